// `pqrst generate`: writes a corpus of records that a learned generator makes.

import { Option } from 'commander';
import { PqrstError } from '../base/errors.js';
import { plural } from '../base/text.js';
import type { ClassWeights } from '../corpus/pattern.js';
import { type GeneratedFormat, generatedFormats } from '../corpus/plan-learned.js';
import { type SampleType, sampleTypes } from '../kernel/binding.js';
import { addEngineOptions, type EngineFlags } from './engine-options.js';
import { type SamplingFlags, samplingOf, samplingOptions } from './generator-options.js';
import { classWeights, oneOf, partOf, seed, shares, wholeNumber } from './options.js';
import type { Register, Result, Task } from './task.js';

interface Options extends EngineFlags, SamplingFlags {
  labels?: ClassWeights;
  count: number;
  start: number;
  seed: number;
  format: GeneratedFormat;
  type?: SampleType;
  split?: Readonly<Record<string, number>>;
  shard: { part: number; parts: number };
  resume?: boolean;
  out: string;
}

export const registerGenerate: Register = (program, run) => {
  const command = program
    .command('generate')
    .argument('<dir>', 'folder of a generator (pqrst train-generator)')
    .summary('write records of a learned generator')
    .description(
      'Writes z-scored records of a learned generator as a corpus. The manifest states the generator by a hash, and the patients that it was trained on by digests.',
    )
    .addOption(
      new Option(
        '--labels <list>',
        'labels, separated by commas; with weights: normal:3,af:1 (default: all of the generator)',
      ).argParser(classWeights),
    )
    .requiredOption('--count <n>', 'number of records', wholeNumber('--count', 1, 1e9))
    .option('--start <n>', 'index of the first record', wholeNumber('--start', 0, 1e15), 0)
    .option('--seed <n>', 'seed; the same seed gives the same records', seed, 0)
    .option(
      '--format <name>',
      `file format: ${generatedFormats.join(', ')}`,
      oneOf('--format', generatedFormats),
      'npy',
    )
    .option(
      '--type <name>',
      `sample type: ${sampleTypes.join(', ')} (default: float32)`,
      oneOf('--type', sampleTypes),
    )
    .option('--split <list>', 'splits and their shares, which sum to 1: train:0.8,val:0.2', shares('--split'))
    .addOption(
      new Option('--shard <i/n>', 'write only part i of n; all parts use the same folder')
        .argParser(partOf('--shard'))
        .default({ part: 1, parts: 1 }, '1/1'),
    )
    .option('--resume', 'continue an unfinished corpus in the folder')
    .requiredOption('--out <dir>', 'new or empty folder for the records, or s3://bucket/prefix')
    .option('--json', 'print the result as JSON');
  for (const option of samplingOptions()) command.addOption(option);
  addEngineOptions(command)
    .addHelpText(
      'after',
      `
A generated record has a label, and no beats or waves: pqrst delineate finds these.

Examples:
  $ pqrst generate af-generator --count 10000 --seed 7 --out made
  $ pqrst generate af-generator --count 10000 --labels normal:3,af:1 --guidance 1.5 --out strict
  $ pqrst generate af-generator --count 1000000 --shard 3/64 --resume --out many
  $ pqrst train --task af --setting real --data corpus:made --fs 100 --out run`,
    )
    .action((dir: string, options: Options) =>
      run<Options>((given, task) => generate(dir, given, task))(options),
    );
};

async function generate(dir: string, options: Options, task: Task): Promise<Result> {
  const { writeGenerated } = await import('../generators/generate.js');
  const { out, shard, resume, engine, device, tfBackend, threads } = options;
  let progress: ReturnType<Task['startProgress']> | undefined;
  const written = await writeGenerated(
    dir,
    out,
    {
      ...{ format: options.format, count: options.count, start: options.start, seed: options.seed },
      ...{ labels: options.labels as Readonly<Record<string, number>>, type: options.type },
      ...{ split: options.split, parts: shard.parts },
    },
    {
      ...{ part: shard.part, resume, sampling: samplingOf(options), signal: task.signal },
      ...{ engine, device, tfBackend, threads },
      onProgress: (done, total) => {
        progress ??= task.startProgress('generate');
        progress.update(done, total);
      },
    },
  )
    .catch((error: unknown) => {
      const remedy = 'finished shards are kept: repeat the command with --resume to continue';
      throw task.signal.aborted && progress !== undefined
        ? new PqrstError('ERR_INTERRUPTED', `interrupted; ${remedy}`, { cause: error })
        : error;
    })
    .finally(() => progress?.stop());
  const { plan, records, counts, complete } = written;
  const perLabel = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  const part = shard.parts === 1 ? '' : `part ${shard.part}/${shard.parts}: `;
  return {
    json: {
      ...{ generator: dir, out, ...shard, records, counts, complete },
      ...{ fsHz: plan.fsHz, lengthSamples: plan.lengthSamples, leads: plan.leads, seed: options.seed },
      spec: plan.spec,
    },
    text:
      `${part}${plural(records, 'record')} of ${plan.seconds} s at ${plan.fsHz} Hz (${perLabel.join(', ')}) in ${out}` +
      (complete ? '' : '; other parts are not finished yet'),
  };
}
