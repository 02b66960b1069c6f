// The folder of an experiment:
//   experiment.json                        what it was asked for, and the fingerprint of its records
//   cache/                                 decoded windows
//   search/TASK/ARCH/SETTING/trials.json   and the checkpoint of the best trial
//   runs/TASK/ARCH/SETTING/POSITIVES/pair-K/   checkpoint.bin, curve.csv, predictions.csv and, last of all, metrics.json
//   results.parquet, tables.csv, tables.md, report.html
//   held                                   the process that works on it
// Every file is whole or not there, so that an experiment may be killed at any moment.

import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { writeError } from '../base/files.js';
import { heldName } from '../base/folder-lock.js';
import { readJson, writeJson } from '../base/json-file.js';
import { packageVersion } from '../base/version.js';
import type { ExperimentConfig } from './config.js';
import type { CellKey } from './results.js';

export const experimentFiles = {
  experiment: 'experiment.json',
  cache: 'cache',
  results: 'results.parquet',
  tablesCsv: 'tables.csv',
  tablesMarkdown: 'tables.md',
  report: 'report.html',
} as const;

/** What a later run may add to: no run that is there depends on the others. */
const growing = [
  'tasks',
  'archs',
  'archOptions',
  'settings',
  'positives',
  'runs',
] as const satisfies (keyof ExperimentConfig)[];

const experimentSchema = z.object({
  version: z.string(),
  config: z.looseObject({ archs: z.array(z.string()), archOptions: z.record(z.string(), z.json()) }),
  fingerprint: z.string(),
});

/** An experiment.json: what is there, made longer by what is asked for. */
interface Claim {
  readonly config: z.infer<typeof experimentSchema>['config'];
  /** Of the records, where the experiment was begun before. */
  readonly fingerprint: string | undefined;
}

/**
 * Takes the folder for this experiment: an empty one, or one where the same experiment was begun (`tasks`, `archs`,
 * `settings`, `positives` and `runs` may differ, and a new architecture may bring its options). ERR_OPTION for another
 * experiment, ERR_CHECKPOINT for another version or other records.
 */
export async function claimFolder(
  folder: string,
  config: ExperimentConfig,
  fingerprint: string,
): Promise<void> {
  const claim = await refuseOtherExperiment(folder, config);
  if (claim.fingerprint !== undefined && claim.fingerprint !== fingerprint) {
    throw new PqrstError(
      'ERR_CHECKPOINT',
      `the records have changed since the experiment in ${folder} was begun (pqrst data says what is there and what cannot be read); ` +
        'restore them, or choose another folder',
    );
  }
  await writeJson(join(folder, experimentFiles.experiment), {
    version: packageVersion(),
    config: claim.config,
    fingerprint,
  });
}

/** What of `claimFolder` needs no records, so that it is told before they are read. */
export async function refuseOtherExperiment(folder: string, config: ExperimentConfig): Promise<Claim> {
  const path = join(folder, experimentFiles.experiment);
  const there = await readJson(
    path,
    (value) => experimentSchema.parse(value),
    'restore it, or choose another folder',
  );
  const asked: Claim['config'] = JSON.parse(JSON.stringify(config));
  if (there === undefined) return { config: asked, fingerprint: undefined };
  const expectSame = (name: string, earlier: unknown, now: unknown) => {
    if (isDeepStrictEqual(earlier, now)) return;
    throw new PqrstError(
      'ERR_OPTION',
      `${folder} holds an experiment with ${name} ${JSON.stringify(earlier)}, not ${JSON.stringify(now)}; give ` +
        'the same, or choose another folder',
    );
  };
  for (const name of new Set([...Object.keys(asked), ...Object.keys(there.config)])) {
    if (!growing.some((one) => one === name)) expectSame(name, there.config[name], asked[name]);
  }
  const { archs, archOptions } = there.config;
  for (const arch of archs.filter((one) => asked.archs.includes(one))) {
    expectSame(`archOptions of ${arch}`, archOptions[arch] ?? {}, asked.archOptions[arch] ?? {});
  }
  // Those left out this time have runs here all the same.
  asked.archs = [...new Set([...archs, ...asked.archs])];
  asked.archOptions = { ...archOptions, ...asked.archOptions };
  if (there.version !== packageVersion()) {
    throw new PqrstError(
      'ERR_CHECKPOINT',
      `${folder} was begun by pqrst ${there.version}, this is ${packageVersion()}; finish it with that version, or choose another folder`,
    );
  }
  return { config: asked, fingerprint: there.fingerprint };
}

/** ERR_WRITE where the folder holds something else than an experiment; told before hours of reading. */
export async function refuseOtherFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw writeError(folder, error);
  });
  // All that there is before experiment.json; runs without it would be of nobody knows what.
  const known: readonly string[] = [experimentFiles.cache, heldName];
  const other = names.find((name) => !known.includes(name) && !name.endsWith('.tmp'));
  if (other === undefined || names.includes(experimentFiles.experiment)) return;
  throw new PqrstError(
    'ERR_WRITE',
    `the folder ${folder} is not empty (it holds ${other}); choose another for the experiment`,
  );
}

/** `runs/af/resnet18/real/all/pair-2`, relative to the experiment's folder. */
export function runFolder({ task, arch, setting, positives }: CellKey, pair: number): string {
  return join(
    'runs',
    safeName(task),
    arch,
    setting,
    positives === null ? 'all' : `${positives}`,
    `pair-${pair}`,
  );
}

export function searchFolder({ task, arch, setting }: Omit<CellKey, 'positives'>): string {
  return join('search', safeName(task), arch, setting);
}

/** Labels are anybody's words: what is no plain file name is replaced, and told apart by a hash. */
function safeName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 60);
  return plain === name ? name : `${plain}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}
