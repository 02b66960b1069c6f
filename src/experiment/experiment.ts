// Runs a whole experiment in a folder: searches, runs, results and the report. Each search and run depends only on the
// configuration and the records. They can therefore run in parallel, be interrupted and resumed, and give the same results.

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { holdFolder } from '../base/folder-lock.js';
import { parseOptions, whole } from '../base/options.js';
import { taskNotes } from '../datasets/label-notes.js';
import type { Engine } from '../engine/engine.js';
import { type EngineChoice, openEngine } from '../engine/open.js';
import { displayNames } from '../signal/window.js';
import { readRun } from './cell.js';
import { cellsOf, searchOf } from './cells.js';
import { type ExperimentConfig, type ExperimentConfigInput, parseExperimentConfig } from './config.js';
import { type ExperimentData, mostPositives, openExperimentData, type TaskData } from './data.js';
import type { ExperimentEvent } from './events.js';
import {
  claimFolder,
  experimentFiles,
  refuseChangedGenerators,
  refuseOtherExperiment,
  refuseOtherFolder,
  runFolder,
  searchFolder,
} from './folder.js';
import { Jobs } from './jobs.js';
import { type ExperimentOutcome, writeResults } from './outcome.js';
import { refuseAddedCorpora, refuseTrainedCorpora } from './overlap.js';
import { Pool } from './pool.js';
import type { CellKey, ResultRow } from './results.js';
import { Sources } from './sources.js';
import type { Worker } from './training.js';

/** The options of `runExperiment` besides the configuration. */
export interface RunExperimentOptions extends EngineChoice {
  /** Folder of the experiment. If it holds an unfinished experiment, that experiment is resumed. */
  readonly out: string;
  /** Number of searches and runs in parallel, each with its share of the threads; default 1. */
  readonly jobs?: number | undefined;
  /** Threads of all jobs together; default: the number of processor cores. */
  readonly threads?: number | undefined;
  /** Aborts the experiment, which rejects with `signal.reason`; a later call with the same folder resumes it. */
  readonly signal?: AbortSignal | undefined;
  /** Rejects data with a row, path or record that cannot be read. Default: it is skipped. */
  readonly strict?: boolean | undefined;
  /**
   * Receives each event of the experiment, for a progress bar or a log. An error that it throws ends the experiment.
   */
  readonly onEvent?: ((event: ExperimentEvent) => void) | undefined;
}

const optionsSchema = z.strictObject({
  out: z.string("the experiment's folder").min(1, "the experiment's folder"),
  jobs: whole(1).optional(),
  threads: whole(1).optional(),
  strict: z.boolean('true or false').optional(),
  engine: z.any().optional(),
  device: z.any().optional(),
  tfBackend: z.any().optional(),
  signal: z.any().optional(),
  onEvent: z.any().optional(),
});

/**
 * Runs an experiment and writes its results (Nonaka and Seita 2026, section 5): hyper-parameter search, training in each
 * setting, tests, statistics and report. Runs that are finished in `options.out` are not repeated.
 *
 * @param given - The configuration; only `data` and `tasks` are required.
 * @param options - The folder, the engine, parallel jobs, an abort signal and a listener for events.
 * @returns The rows of all runs, their summary and the path of the report.
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { writeCorpus } from 'pqrst/corpus';
 * import { runExperiment } from 'pqrst/train';
 *
 * // A corpus stands for your records here; its seed must differ from the seed of the experiment.
 * const folder = await mkdtemp(join(tmpdir(), 'pqrst-'));
 * const records = join(folder, 'records');
 * const classes = { normal: 1, af: 1 };
 * await writeCorpus(records, { format: 'npy', classes, count: 60, fsHz: 100, seconds: 4, seed: 1 });
 * const { rows, report } = await runExperiment(
 *   {
 *     data: `corpus:${records}`,
 *     tasks: 'af',
 *     archs: 'lstm',
 *     settings: ['real'],
 *     fsHz: 100,
 *     seconds: 4,
 *     runs: 1,
 *     epochs: 1,
 *     validateEvery: 1,
 *     batch: 8,
 *     search: { trials: 0 },
 *     archOptions: { lstm: { layers: 1, units: 16 } },
 *   },
 *   { out: join(folder, 'experiment') },
 * );
 * console.log(rows.length, report);
 * ```
 * @throws PqrstError ERR_OPTION, ERR_RANGE, ERR_UNKNOWN_CLASS, ERR_UNKNOWN_ARCH, ERR_UNKNOWN_PRESET: when the configuration
 * is invalid.
 * @throws PqrstError ERR_DATA_EMPTY: when the records of a task cannot be split.
 * @throws PqrstError ERR_DATA_UNREADABLE: with `strict`, when a row, path or record cannot be read.
 * @throws PqrstError ERR_WRITE, ERR_CHECKPOINT: when the folder holds something else, is damaged, or another process works
 * in it.
 * @throws PqrstError The errors of `openDataset` and of training.
 * @throws `options.signal.reason`: when the signal is aborted. The experiment can be resumed.
 * @throws The error of `onEvent`: when it throws. The experiment can be resumed.
 */
export async function runExperiment(
  given: ExperimentConfigInput,
  options: RunExperimentOptions,
): Promise<ExperimentOutcome> {
  const config = parseExperimentConfig(given);
  const {
    out,
    jobs = 1,
    threads = availableParallelism(),
    strict,
  } = parseOptions(optionsSchema, options, 'runExperiment');
  const { signal, onEvent = () => undefined } = options;
  signal?.throwIfAborted();
  if (jobs > threads) {
    throw new PqrstError(
      'ERR_RANGE',
      `${jobs} jobs cannot share ${threads} threads; choose at most ${threads} jobs, or more threads`,
    );
  }
  await refuseOtherFolder(out);
  await refuseOtherExperiment(out, config);
  const release = await holdFolder(out);
  const engines: Engine[] = [];
  let opened: OpenExperiment | undefined;
  try {
    const { engine, device, tfBackend } = options;
    opened = await openExperiment(config, { ...options, out, threads, strict, onEvent });
    const { data, sources } = opened;
    for (let job = 0; job < jobs; job++) engines.push(await openEngine({ engine, device, tfBackend }));
    const { name, device: found, deviceReason: reason = '' } = engines[0]!;
    onEvent({ kind: 'engine', name, device: found, reason });
    const share = Math.floor(threads / jobs);
    const workers = engines.map((engine): Worker => ({ engine, threads: share }));
    const rows = await runAll({ config, data, sources, out, pool: new Pool(workers), signal, onEvent });
    const generators = sources.facts;
    return await writeResults({ config, data, generators, out, rows, signal, onEvent });
  } finally {
    await Promise.all([...engines, ...(opened ? [opened.sources] : [])].map((one) => one.close()));
    await release();
  }
}

/** The records and the sources of an experiment whose folder is claimed. */
export interface OpenExperiment {
  readonly data: ExperimentData;
  /** To be closed by the caller. */
  readonly sources: Sources;
}

/** The options of `openExperiment`. */
export interface OpenExperimentOptions extends EngineChoice {
  readonly out: string;
  readonly threads: number;
  readonly strict?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent: (event: ExperimentEvent) => void;
}

/**
 * Checks the folder of an experiment, opens its sources and records, and claims the folder. Several processes may do this
 * at the same time with one configuration.
 */
export async function openExperiment(
  config: ExperimentConfig,
  { out, threads, strict, signal, onEvent, engine, device, tfBackend }: OpenExperimentOptions,
): Promise<OpenExperiment> {
  await refuseOtherFolder(out);
  const claim = await refuseOtherExperiment(out, config);
  await refuseTrainedCorpora(config);
  const sources = await Sources.open(config, { engine, device, tfBackend, threads });
  try {
    refuseChangedGenerators(out, claim.generators, sources.ids);
    const data = await openExperimentData(config, join(out, experimentFiles.cache), {
      ...(signal && { signal }),
      strict,
      onProgress: (done, total) => onEvent({ kind: 'loading', done, total }),
    });
    sources.refuseLearnt(data);
    await refuseAddedCorpora(config, data.tasks);
    await claimFolder(out, config, data.fingerprint, sources.ids);
    onEvent({ kind: 'data', ...describeData(data) });
    return { data, sources };
  } catch (error) {
    await sources.close();
    throw error;
  }
}

function describeData({ set, outside, tasks }: ExperimentData) {
  const sets = [set, ...outside.map((one) => one.set)];
  return {
    windows: set.windows.length,
    patients: new Set(set.windows.map((window) => displayNames(window).patientId)).size,
    skipped: set.skipped.length,
    unreadable: sets.flatMap(({ skipped }) => skipped.filter(({ unreadable }) => unreadable === true)),
    notes: sets.flatMap((one) => [
      ...(one.notes ?? []),
      ...taskNotes(
        one,
        tasks.map(({ task }) => task),
      ),
    ]),
    left: tasks.flatMap(({ left }) => left),
  };
}

interface RunAll {
  readonly config: ExperimentConfig;
  readonly data: ExperimentData;
  readonly sources: Sources;
  readonly out: string;
  readonly pool: Pool<Worker>;
  readonly signal: AbortSignal | undefined;
  readonly onEvent: (event: ExperimentEvent) => void;
}

/** A run that the configuration asks for. */
export interface WantedRun {
  readonly taskData: TaskData;
  readonly key: CellKey;
  readonly pair: number;
}

/** Returns the runs of an experiment in the order of the configuration. */
export function wantedRuns(config: ExperimentConfig, data: ExperimentData): WantedRun[] {
  const wanted: WantedRun[] = [];
  for (const taskData of data.tasks) {
    const task = { name: taskData.task.name, most: mostPositives(taskData) };
    for (const arch of config.archs) {
      for (const key of cellsOf(config, task, arch)) {
        for (let pair = 2; pair <= config.runs + 1; pair++) wanted.push({ taskData, key, pair });
      }
    }
  }
  return wanted;
}

/** Returns all rows in the order of the configuration. The first failure stops all runs. */
async function runAll(context: RunAll): Promise<ResultRow[]> {
  const { config, data, out, signal, onEvent } = context;
  const stop = new AbortController();
  const both = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const jobs = new Jobs({ ...context, signal: both });
  const wanted = wantedRuns(config, data);
  const { length: runs } = wanted;
  const searched = new Set(wanted.map(({ key }) => searchFolder(searchOf(key))));
  const searches = config.search.trials === 0 ? 0 : searched.size;
  onEvent({ kind: 'plan', searches, runs });
  let done = 0;
  const report = ({ key, pair }: WantedRun, rows: readonly ResultRow[], earlier: boolean) =>
    onEvent({ kind: 'run', key, pair, rows, done: ++done, runs, earlier });
  // Finished runs are read one after the other, because thousands of files cannot be open at once.
  const found: (readonly ResultRow[] | undefined)[] = [];
  for (const one of wanted) {
    signal?.throwIfAborted();
    const rows = (await readRun(join(out, runFolder(one.key, one.pair))))?.rows;
    if (rows !== undefined) report(one, rows, true);
    found.push(rows);
  }
  const results = await Promise.allSettled(
    wanted.map(async (one, at) => {
      try {
        const earlier = found[at];
        if (earlier !== undefined) return earlier;
        const rows = await jobs.run(one.taskData, one.key, one.pair);
        report(one, rows, false);
        return rows;
      } catch (error) {
        stop.abort(error);
        throw error;
      }
    }),
  );
  signal?.throwIfAborted();
  // Runs that stopped because another run failed reject too; only the first failure is reported.
  if (stop.signal.aborted) throw stop.signal.reason;
  return results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
}
