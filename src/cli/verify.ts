// `pqrst verify`: checks that a corpus is unchanged. The exit code is 0 if it is unchanged, otherwise 1.

import { plural } from '../base/text.js';
import type { Register, Result, Task } from './task.js';

const shownFaults = 20;

export const registerVerify: Register = (program, run) => {
  program
    .command('verify')
    .summary('check a corpus against its manifest')
    .description(
      'Checks that every file of a corpus exists with the right size and SHA-256, and that no other file exists.',
    )
    .argument('<dir>', 'folder that pqrst synth wrote, or s3://bucket/prefix')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Exit code 0: the corpus is as it was written; 1: it is not, and each fault is listed.

Examples:
  $ pqrst verify corpus
  $ pqrst verify corpus --json`,
    )
    .action((folder: string) => run<void>((_, task) => verify(folder, task))(undefined));
};

async function verify(folder: string, task: Task): Promise<Result> {
  const { verifyCorpus } = await import('../corpus/verify.js');
  const progress = task.startProgress('verify');
  const found = await verifyCorpus(folder, {
    signal: task.signal,
    onProgress: (done, total) => progress.update(done, total),
  }).finally(() => progress.stop());
  const { manifest, files, bytes, faults, faultCount } = found;
  const { generator, records } = manifest;
  return {
    exitCode: faultCount === 0 ? 0 : 1,
    json: { dir: folder, ok: faultCount === 0, generator, records, files, bytes, faultCount, faults },
    text:
      faultCount === 0
        ? `${folder} is as it was written: ${plural(records, 'record')}, ${plural(files, 'file')}, ${plural(bytes, 'byte')} (${generator})`
        : [
            `${folder} is not as it was written: ${plural(faultCount, 'fault')}`,
            ...faults.slice(0, shownFaults).map((fault) => `  ${fault}`),
            ...(faultCount > shownFaults
              ? [`  and ${faultCount - shownFaults} more (--json lists up to 1000)`]
              : []),
          ].join('\n'),
  };
}
