// `pqrst fetch`: downloads a public data set from PhysioNet, checks it, and resumes an interrupted download.

import { PqrstError } from '../base/errors.js';
import type { Register, Result, Task } from './task.js';

interface Options {
  out?: string;
  part?: string;
  list?: true;
}

export const registerFetch: Register = (program, run) => {
  program
    .command('fetch')
    .summary('download a public data set from PhysioNet, checked and resumable')
    .description(
      'Downloads a public data set (ptb-xl, mitdb, afdb, ltafdb, nsrdb, svdb, incartdb, icentia11k, ludb, cinc2017, ' +
        'cinc2021) from PhysioNet and checks each file against the SHA-256 of the release. The same command resumes an interrupted download; a second run downloads only missing or ' +
        'changed files.',
    )
    .argument('[name]', 'data set; --list shows them')
    .option('--out <dir>', 'folder to write (default: the name of the data set)')
    .option('--part <names>', 'only these parts, separated by commas: georgia,ptb')
    .option('--list', 'list data sets, parts, sizes and licences, and download nothing')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
PQRST_PHYSIONET names a mirror to use instead of https://physionet.org/files: the address of a folder that contains
ptb-xl/1.0.3/SHA256SUMS.txt. PhysioNet's own mirror on S3, https://physionet-open.s3.amazonaws.com, has the same
files, and downloads the many files of PTB-XL faster. Behind a proxy set NODE_USE_ENV_PROXY=1 in addition to
HTTPS_PROXY (Node.js 22.21, 24.5 or later), and NODE_EXTRA_CA_CERTS if the proxy has a certificate of its own.

Examples:
  $ pqrst fetch --list
  $ pqrst fetch mitdb
  $ pqrst fetch icentia11k --part p00
  $ pqrst fetch ptb-xl --part records100 --out data/ptb-xl
  $ pqrst fetch cinc2021 --part georgia,ptb`,
    )
    .action((name: string | undefined, options: Options) =>
      run<Options>((given, task) => download(name, given, task))(options),
    );
};

async function download(name: string | undefined, { out, part, list }: Options, task: Task): Promise<Result> {
  if (list) return sources();
  if (name === undefined) {
    throw new PqrstError('ERR_OPTION', 'fetch takes the name of a data set; pqrst fetch --list shows them');
  }
  const { fetchDataset } = await import('../fetch/download.js');
  const baseUrl = process.env.PQRST_PHYSIONET || undefined;
  if (baseUrl !== undefined && !/^https?:\/\//.test(baseUrl)) {
    const problem = 'PQRST_PHYSIONET must be an address that starts with http:// or https://';
    throw new PqrstError('ERR_OPTION', `${problem}, got ${JSON.stringify(baseUrl)}`);
  }
  const progress = task.startProgress(`fetch ${name} (files)`);
  let last = '';
  const result = await fetchDataset(name, {
    ...(out !== undefined && { out }),
    ...(part !== undefined && { parts: part.split(',').map((word) => word.trim()) }),
    ...(baseUrl !== undefined && { baseUrl }),
    signal: task.signal,
    onProgress: ({ done, files, bytes }) => {
      last = `${done} of ${files} files are complete`;
      progress.update(done, files);
      progress.activity(`${size(bytes)} downloaded`);
    },
  })
    .catch((error: unknown) => {
      throw task.signal.aborted ? interrupted(last, error) : error;
    })
    .finally(() => progress.stop());
  const { title, folder, spec, files, fetched, replaced, bytes, licence, cite } = result;
  const changed =
    replaced === 0 ? '' : `, ${replaced} of them in place of files that differ from the release`;
  return {
    json: result,
    text: [
      `${title}`,
      `${folder} contains ${files} files, all with the right SHA-256; ${fetched} downloaded (${size(bytes)})${changed}`,
      `Licence: ${licence}`,
      `Please cite: ${cite}`,
      `Next: pqrst data ${spec}`,
    ].join('\n'),
  };
}

async function sources(): Promise<Result> {
  const { fetchSources } = await import('../fetch/sources.js');
  return {
    json: fetchSources.map(({ name, title, path, parts, licence, cite }) => ({
      ...{ name, title, path, licence, cite },
      parts: parts.map((part) => ({
        ...{ name: part.name, about: part.about, aboutGb: part.aboutGb },
        byDefault: part.onlyByName === undefined,
      })),
    })),
    text: fetchSources
      .flatMap(({ name, title, parts, licence }) => [
        `${name}: ${title}; ${licence}`,
        ...parts.map((part) => {
          const byName = part.onlyByName ? '; only by --part' : '';
          return `  ${part.name.padEnd(21)}${`${part.aboutGb} GB`.padEnd(10)}${part.about}${byName}`;
        }),
      ])
      .join('\n'),
  };
}

function interrupted(last: string, cause: unknown): PqrstError {
  const kept = 'incomplete files are kept as .part files';
  const message = `interrupted; ${last === '' ? '' : `${last}, `}${kept}; the same command resumes the download`;
  return new PqrstError('ERR_INTERRUPTED', message, { cause });
}

function size(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
