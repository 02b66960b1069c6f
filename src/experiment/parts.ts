// An experiment as parts for several machines: one part per search, one per run, and one that writes the results. A part
// depends only on the configuration, the records and the parts before it, as in jobs.ts.

import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { type EngineChoice, openEngine } from '../engine/open.js';
import { readRun } from './cell.js';
import { searchOf } from './cells.js';
import { type ExperimentConfigInput, parseExperimentConfig } from './config.js';
import type { ExperimentEvent } from './events.js';
import { type OpenExperiment, openExperiment, type WantedRun, wantedRuns } from './experiment.js';
import { runFolder, type SearchKey, searchFolder } from './folder.js';
import { Jobs } from './jobs.js';
import { writeResults } from './outcome.js';
import { Pool } from './pool.js';
import { isFinishedSearch } from './search.js';
import { WorkFolder, workName } from './work-folder.js';

/** The part that writes results.parquet, the tables and the report. */
export const tablePart = 'table';

/** A part of an experiment. */
export interface ExperimentPart {
  /** The folder of the search or run, relative to the folder of the experiment, with `/`; or `table`. */
  readonly name: string;
  /** The names of the parts that must be done first. */
  readonly after: readonly string[];
}

/** The options of the parts of an experiment. */
export interface ExperimentPartOptions extends EngineChoice {
  /** Folder of the experiment. */
  readonly out: string;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ExperimentEvent) => void) | undefined;
}

/** A search or a run with the key to compute it. */
type PartKey =
  | { readonly kind: 'search'; readonly run: WantedRun; readonly key: SearchKey }
  | { readonly kind: 'run'; readonly run: WantedRun };

/**
 * Opens the records, claims the folder and lists the parts, each after those that it needs. The last one writes the
 * results.
 *
 * @throws The errors of `runExperiment` before its first training.
 */
export async function listExperimentParts(
  given: ExperimentConfigInput,
  options: ExperimentPartOptions,
): Promise<ExperimentPart[]> {
  const config = parseExperimentConfig(given);
  return withExperiment(given, options, async ({ data }) => {
    const keys = partKeys(wantedRuns(config, data), config.search.trials > 0);
    const hasSearch = config.search.trials > 0;
    const parts = [...keys].map(([name, key]): ExperimentPart => ({ name, after: neededBy(key, hasSearch) }));
    return [...parts, { name: tablePart, after: parts.map(({ name }) => name) }];
  });
}

/**
 * Computes one part. A finished part is not computed again.
 *
 * @returns what was done, for a log.
 * @throws PqrstError ERR_OPTION: when the experiment has no such part.
 * @throws PqrstError ERR_CHECKPOINT: when a part that this one needs is not finished.
 * @throws The errors of `runExperiment`, and `options.signal.reason`.
 */
export async function runExperimentPart(
  given: ExperimentConfigInput,
  name: string,
  options: ExperimentPartOptions,
): Promise<Record<string, unknown>> {
  const { out, signal = new AbortController().signal, onEvent = () => undefined } = options;
  const config = parseExperimentConfig(given);
  return withExperiment(given, options, async ({ data, sources }) => {
    const wanted = wantedRuns(config, data);
    if (name === tablePart) {
      const rows = [];
      for (const { key, pair } of wanted) {
        const folder = runFolder(key, pair);
        const found = await readRun(join(out, folder));
        if (found === undefined) throw unfinished(folder, out);
        rows.push(...found.rows);
      }
      const { report } = await writeResults({
        ...{ config, data, generators: sources.facts, out, rows, signal, onEvent },
      });
      await rm(join(out, workName), { recursive: true, force: true });
      return { rows: rows.length, report };
    }
    const found = partKeys(wanted, config.search.trials > 0).get(name);
    if (found === undefined) {
      throw new PqrstError('ERR_OPTION', `the experiment in ${out} has no part ${name}; submit it again`);
    }
    const { taskData, key, pair } = found.run;
    const isDone =
      found.kind === 'search'
        ? await isFinishedSearch(join(out, searchFolder(found.key)))
        : (await readRun(join(out, runFolder(key, pair)))) !== undefined;
    if (isDone) return { earlier: true };
    const folder = found.kind === 'search' ? searchFolder(found.key) : runFolder(key, pair);
    const work = await WorkFolder.take(out, folder);
    const { engine: engineName, device, tfBackend, threads = availableParallelism() } = options;
    const engine = await openEngine({ engine: engineName, device, tfBackend });
    try {
      const pool = new Pool([{ engine, threads }]);
      const only = { name: folder, folder: work.path };
      const jobs = new Jobs({ config, data, sources, out, pool, signal, onEvent, only });
      if (found.kind === 'search') await jobs.search(taskData, found.key);
      else await jobs.run(taskData, key, pair);
    } finally {
      await engine.close();
    }
    await work.place();
    return { earlier: false };
  });
}

async function withExperiment<T>(
  given: ExperimentConfigInput,
  options: ExperimentPartOptions,
  work: (opened: OpenExperiment) => Promise<T>,
): Promise<T> {
  const { threads = availableParallelism(), onEvent = () => undefined } = options;
  const opened = await openExperiment(parseExperimentConfig(given), { ...options, threads, onEvent });
  try {
    return await work(opened);
  } finally {
    await opened.sources.close();
  }
}

/** Returns the searches and runs by their names, each after those that it needs. */
function partKeys(wanted: readonly WantedRun[], hasSearch: boolean): Map<string, PartKey> {
  const parts = new Map<string, PartKey>();
  const add = (name: string, key: PartKey) => {
    if (!parts.has(name)) parts.set(name, key);
  };
  if (hasSearch) {
    for (const run of wanted) {
      const key = searchOf(run.key);
      if (key.setting === 'syn-real') addSearch({ ...key, setting: 'syn' }, run);
      addSearch(key, run);
    }
  }
  // The runs that others start from come first.
  const order = [...wanted].sort((a, b) => Number(startsFromRun(a)) - Number(startsFromRun(b)));
  for (const run of order) add(slashed(runFolder(run.key, run.pair)), { kind: 'run', run });
  return parts;

  function addSearch(key: SearchKey, run: WantedRun) {
    add(slashed(searchFolder(key)), { kind: 'search', key, run });
  }
}

function startsFromRun({ key }: WantedRun): boolean {
  return key.setting === 'syn-real';
}

/** Returns the names of the parts that a part needs. */
function neededBy(part: PartKey, hasSearch: boolean): string[] {
  if (part.kind === 'search') {
    return part.key.setting === 'syn-real' ? [slashed(searchFolder({ ...part.key, setting: 'syn' }))] : [];
  }
  const { key, pair } = part.run;
  const syn = { ...key, setting: 'syn' as const, positives: null, share: null };
  return [
    ...(hasSearch ? [slashed(searchFolder(searchOf(key)))] : []),
    ...(startsFromRun(part.run) ? [slashed(runFolder(syn, pair))] : []),
  ];
}

function slashed(path: string): string {
  return path.replaceAll('\\', '/');
}

function unfinished(name: string, out: string): PqrstError {
  return new PqrstError(
    'ERR_CHECKPOINT',
    `${name} is not finished in ${out}; submit the experiment again, which starts its failed parts`,
  );
}
