// The folder of an experiment:
//   experiment.json                            the configuration, and the fingerprint of the records
//   cache/                                     decoded windows
//   search/TASK/ARCH/SETTING/                  trials.json and the checkpoint of the best trial
//   runs/TASK/ARCH/SETTING/POSITIVES/pair-K/   one run folder (see run/)
// SETTING names the ratio and the source too, unless the source is the simulator; POSITIVES is a number, a share or `all`.
//   results.parquet, tables.csv, tables.md, report.html
//   held                                       the lock of the process that works in the folder
// Every file is written completely or not at all, so an experiment can be killed at any time and resumed.

import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { isAbsent, writeError } from '../base/files.js';
import { heldName } from '../base/folder-lock.js';
import { readJson, writeJson } from '../base/json-file.js';
import { packageVersion } from '../base/version.js';
import { withoutSchedule } from '../run/run-folder.js';
import type { ExperimentConfig } from './config.js';
import type { CellKey } from './results.js';
import { simulator } from './source-names.js';

/** The files in the folder of an experiment. */
export const experimentFiles = {
  experiment: 'experiment.json',
  cache: 'cache',
  results: 'results.parquet',
  tablesCsv: 'tables.csv',
  tablesMarkdown: 'tables.md',
  report: 'report.html',
} as const;

/** The parts of the configuration that may grow when an experiment is resumed: no finished run depends on them. */
const growing = [
  'tasks',
  'archs',
  'archOptions',
  'settings',
  'sources',
  'ratios',
  'shares',
  'positives',
  'runs',
] as const satisfies (keyof ExperimentConfig)[];

const experimentSchema = z.object({
  version: z.string(),
  config: z.looseObject({ archs: z.array(z.string()), archOptions: z.record(z.string(), z.json()) }),
  fingerprint: z.string(),
  /** What identifies the records of each source with a generator, by its name. */
  generators: z.record(z.string(), z.string()).default({}),
});

/** The content of experiment.json: the stored configuration plus the newly requested tasks, architectures and counts. */
interface Claim {
  readonly config: z.infer<typeof experimentSchema>['config'];
  /** The fingerprint of the records; undefined for a new experiment. */
  readonly fingerprint: string | undefined;
  readonly generators: Readonly<Record<string, string>>;
}

/**
 * Claims the folder for an experiment by writing experiment.json. The folder is empty, or holds the same experiment;
 * the parts that `growing` lists may differ from the stored ones, and a new architecture may bring its options.
 *
 * @param generators - What identifies the records of each source with a generator, by its name.
 * @throws PqrstError ERR_OPTION: when the folder holds another experiment.
 * @throws PqrstError ERR_CHECKPOINT: when another version of pqrst wrote it, or with other records or generators.
 */
export async function claimFolder(
  folder: string,
  config: ExperimentConfig,
  fingerprint: string,
  generators: Readonly<Record<string, string>> = {},
): Promise<void> {
  const claim = await refuseOtherExperiment(folder, config);
  if (claim.fingerprint !== undefined && claim.fingerprint !== fingerprint) {
    throw new PqrstError(
      'ERR_CHECKPOINT',
      `the records have changed since the experiment in ${folder} was started (pqrst data lists the records and what cannot be read); ` +
        'restore the records, or choose another folder',
    );
  }
  refuseChangedGenerators(folder, claim.generators, generators);
  const known = { ...claim.generators, ...generators };
  await writeJson(join(folder, experimentFiles.experiment), {
    version: packageVersion(),
    config: claim.config,
    fingerprint,
    ...(Object.keys(known).length > 0 && { generators: known }),
  });
}

/**
 * Refuses a source whose generator is not the one that made records of the experiment.
 *
 * @throws PqrstError ERR_CHECKPOINT: when the folder of a generator holds another one.
 */
export function refuseChangedGenerators(
  folder: string,
  earlier: Claim['generators'],
  now: Claim['generators'],
): void {
  const changed = Object.keys(now).find(
    (name) => Object.hasOwn(earlier, name) && earlier[name] !== now[name],
  );
  if (changed === undefined) return;
  throw new PqrstError(
    'ERR_CHECKPOINT',
    `the source ${changed} was ${earlier[changed]} when the experiment in ${folder} was started, and is ${now[changed]} now; ` +
      'restore the generator, or choose another folder for the experiment',
  );
}

/**
 * Reads experiment.json.
 *
 * @throws PqrstError ERR_NOT_FOUND: when it does not exist.
 * @throws PqrstError ERR_CHECKPOINT: when it cannot be read or is damaged.
 */
export async function readExperiment(folder: string): Promise<z.infer<typeof experimentSchema>> {
  const stored = await readStored(folder);
  if (stored !== undefined) return stored;
  throw new PqrstError(
    'ERR_NOT_FOUND',
    `the folder ${folder} contains no ${experimentFiles.experiment}; name the folder of an experiment`,
  );
}

function readStored(folder: string): Promise<z.infer<typeof experimentSchema> | undefined> {
  return readJson(
    join(folder, experimentFiles.experiment),
    (value) => experimentSchema.parse(value),
    'restore it, or choose another folder',
  );
}

/**
 * Checks the configuration against the folder as `claimFolder` does, but before the records are loaded, which can take
 * hours.
 */
export async function refuseOtherExperiment(folder: string, config: ExperimentConfig): Promise<Claim> {
  const stored = await readStored(folder);
  const requested: Claim['config'] = JSON.parse(JSON.stringify(config));
  if (stored === undefined) return { config: requested, fingerprint: undefined, generators: {} };
  const expectSame = (name: string, earlier: unknown, now: unknown) => {
    if (isDeepStrictEqual(earlier, now)) return;
    throw new PqrstError(
      'ERR_OPTION',
      `${folder} holds an experiment with ${name} ${JSON.stringify(earlier)}, not ${JSON.stringify(now)}; give ` +
        'the same, or choose another folder',
    );
  };
  const earlier: Claim['config'] = { ...withoutSchedule, ...stored.config };
  for (const name of new Set([...Object.keys(requested), ...Object.keys(earlier)])) {
    if (!growing.some((one) => one === name)) expectSame(name, earlier[name], requested[name]);
  }
  const { archs, archOptions } = stored.config;
  for (const arch of archs.filter((one) => requested.archs.includes(one))) {
    expectSame(`archOptions of ${arch}`, archOptions[arch] ?? {}, requested.archOptions[arch] ?? {});
  }
  // Architectures that this request leaves out keep their runs in the folder.
  requested.archs = [...new Set([...archs, ...requested.archs])];
  requested.archOptions = { ...archOptions, ...requested.archOptions };
  if (stored.version !== packageVersion()) {
    throw new PqrstError(
      'ERR_CHECKPOINT',
      `${folder} was started by pqrst ${stored.version}; this is version ${packageVersion()}; finish the experiment with that version, or choose another folder`,
    );
  }
  return { config: requested, fingerprint: stored.fingerprint, generators: stored.generators };
}

/**
 * Checks that the folder holds only files of an experiment, before the records are loaded, which can take hours.
 *
 * @throws PqrstError ERR_WRITE: when it holds another file.
 */
export async function refuseOtherFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (isAbsent(error)) return [];
    throw writeError(folder, error);
  });
  // Only these files may exist before experiment.json. Runs without it could not be attributed to a configuration.
  const known: readonly string[] = [experimentFiles.cache, heldName];
  const other = names.find((name) => !known.includes(name) && !name.endsWith('.tmp'));
  if (other === undefined || names.includes(experimentFiles.experiment)) return;
  throw new PqrstError(
    'ERR_WRITE',
    `the folder ${folder} is not empty (it holds ${other}); choose another for the experiment`,
  );
}

/**
 * Returns the folder of a run, relative to the folder of the experiment.
 *
 * @param key - Task, architecture, setting and number of positives (null: all). Source, ratio and share, where the run has
 * them; the default source is the simulator.
 * @param pair - The number of the training/validation pair, from 2.
 * @example
 * ```ts
 * import { runFolder } from 'pqrst/train';
 *
 * console.log(runFolder({ task: 'af', arch: 'resnet18', setting: 'real', positives: null }, 2));
 * // runs/af/resnet18/real/all/pair-2
 * ```
 */
export function runFolder(key: RunKey, pair: number): string {
  const { task, arch, positives, share = null } = key;
  const whole = share === null ? 'all' : `${share}-percent`;
  return join(
    'runs',
    safeName(task),
    arch,
    settingFolder(key),
    positives === null ? whole : `${positives}`,
    `pair-${pair}`,
  );
}

/** The cell of a run. Source, ratio and share may be absent where they do not apply. */
export type RunKey = Pick<CellKey, 'task' | 'arch' | 'setting' | 'positives'> &
  Partial<Pick<CellKey, 'source' | 'ratio' | 'share'>>;

/** Identifies a search. Cells that differ only in ratio, positives and share take the hyper-parameters of one search. */
export type SearchKey = Pick<CellKey, 'task' | 'arch' | 'setting' | 'source'>;

/** Returns the folder of a search relative to the folder of the experiment, such as `search/af/resnet18/real`. */
export function searchFolder(key: SearchKey): string {
  return join('search', safeName(key.task), key.arch, settingFolder(key));
}

/** Returns `real`, `real+syn-0.5`, or `syn-generator-gens-af-1a2b3c4d` for another source than the simulator. */
function settingFolder({ setting, ratio = null, source = null }: Omit<RunKey, 'positives'>): string {
  return [
    setting,
    ...(ratio === null ? [] : [ratio]),
    ...(source === null || source === simulator ? [] : [safeName(source)]),
  ].join('-');
}

/** Turns a label into a file name. Other characters are replaced, and a hash keeps different labels apart. */
function safeName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 60);
  return plain === name ? name : `${plain}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}
