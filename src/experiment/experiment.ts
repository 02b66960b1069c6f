// A whole experiment as a folder: searches, runs, results and the report. Every search and run depends on the
// configuration, the records and nothing else, so they may go side by side, be interrupted and be taken up again, and
// end in the same results.

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { holdFolder } from '../base/folder-lock.js';
import { parseOptions, whole } from '../base/options.js';
import type { Engine } from '../engine/engine.js';
import { type EngineChoice, openEngine } from '../engine/open.js';
import { readRun } from './cell.js';
import { type ExperimentConfig, type ExperimentConfigInput, parseExperimentConfig } from './config.js';
import { type ExperimentData, mostPositives, openExperimentData, type TaskData } from './data.js';
import type { ExperimentEvent } from './events.js';
import {
  claimFolder,
  experimentFiles,
  refuseOtherExperiment,
  refuseOtherFolder,
  runFolder,
} from './folder.js';
import { Jobs } from './jobs.js';
import { type ExperimentOutcome, writeResults } from './outcome.js';
import { Pool } from './pool.js';
import type { CellKey, ResultRow } from './results.js';
import type { Worker } from './training.js';

export interface RunExperimentOptions extends EngineChoice {
  /** The experiment's folder; one that was begun is gone on with. */
  readonly out: string;
  /** Searches and runs side by side, each with its share of the threads; default 1. */
  readonly jobs?: number | undefined;
  /** Of all jobs together; default the machine's cores. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ExperimentEvent) => void) | undefined;
}

const optionsSchema = z.strictObject({
  out: z.string("the experiment's folder").min(1, "the experiment's folder"),
  jobs: whole(1).optional(),
  threads: whole(1).optional(),
  engine: z.any().optional(),
  device: z.any().optional(),
  tfBackend: z.any().optional(),
  signal: z.any().optional(),
  onEvent: z.any().optional(),
});

/**
 * Runs what is not done yet and writes the results (Nonaka and Seita 2026, section 5). ERR_OPTION, ERR_RANGE and the
 * like for the configuration, ERR_DATA_EMPTY where a task cannot be split, ERR_WRITE and ERR_CHECKPOINT where `out` is
 * of something else, damaged, or another process works in it, the errors of the data sets and of training. Rejects with
 * `signal.reason` when aborted, with its error where `onEvent` throws; either way `out` can be gone on with.
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
  } = parseOptions(optionsSchema, options, 'runExperiment');
  const { signal, onEvent = () => undefined } = options;
  signal?.throwIfAborted();
  if (jobs > threads) {
    throw new PqrstError(
      'ERR_RANGE',
      `${jobs} jobs cannot share ${threads} threads; ask for at most ${threads} jobs, or for more threads`,
    );
  }
  await refuseOtherFolder(out);
  await refuseOtherExperiment(out, config);
  const release = await holdFolder(out);
  const engines: Engine[] = [];
  try {
    const data = await openExperimentData(config, join(out, experimentFiles.cache), {
      ...(signal && { signal }),
      onProgress: (done, total) => onEvent({ kind: 'loading', done, total }),
    });
    await claimFolder(out, config, data.fingerprint);
    onEvent({ kind: 'data', ...describeData(data) });
    const { engine, device, tfBackend } = options;
    for (let job = 0; job < jobs; job++) engines.push(await openEngine({ engine, device, tfBackend }));
    const { name, device: found, deviceReason: reason = '' } = engines[0]!;
    onEvent({ kind: 'engine', name, device: found, reason });
    const share = Math.floor(threads / jobs);
    const workers = engines.map((engine): Worker => ({ engine, threads: share }));
    const rows = await runAll({ config, data, out, pool: new Pool(workers), signal, onEvent });
    return await writeResults({ config, data, out, rows, signal, onEvent });
  } finally {
    await Promise.all(engines.map((engine) => engine.close()));
    await release();
  }
}

function describeData({ set, tasks }: ExperimentData) {
  return {
    windows: set.windows.length,
    patients: new Set(set.windows.map(({ patientId }) => patientId)).size,
    skipped: set.skipped.length,
    left: tasks.flatMap(({ left }) => left),
  };
}

/** The cells of a task and architecture: every setting with all positives, then cut down. */
export function cellsOf(
  { settings, positives }: ExperimentConfig,
  { name, most }: { readonly name: string; readonly most: number },
  arch: string,
): CellKey[] {
  // A cut that leaves everything is the cell of all positives once more.
  const levels = [null, ...positives.filter((count) => count < most).reverse()];
  return levels.flatMap((level) =>
    settings
      .filter((setting) => level === null || setting !== 'syn')
      .map((setting): CellKey => ({ task: name, arch, setting, positives: level })),
  );
}

interface RunAll {
  readonly config: ExperimentConfig;
  readonly data: ExperimentData;
  readonly out: string;
  readonly pool: Pool<Worker>;
  readonly signal: AbortSignal | undefined;
  readonly onEvent: (event: ExperimentEvent) => void;
}

interface WantedRun {
  readonly taskData: TaskData;
  readonly key: CellKey;
  readonly pair: number;
}

/** All rows in the order of the configuration, whatever was done when. The first failure stops everything. */
async function runAll({ config, data, out, pool, signal, onEvent }: RunAll): Promise<ResultRow[]> {
  const stop = new AbortController();
  const both = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const jobs = new Jobs({ config, data, out, pool, signal: both, onEvent });
  const wanted: WantedRun[] = [];
  for (const taskData of data.tasks) {
    const task = { name: taskData.task.name, most: mostPositives(taskData) };
    for (const arch of config.archs) {
      for (const key of cellsOf(config, task, arch)) {
        for (let pair = 2; pair <= config.runs + 1; pair++) wanted.push({ taskData, key, pair });
      }
    }
  }
  const { length: runs } = wanted;
  const searches =
    config.search.trials === 0 ? 0 : data.tasks.length * config.archs.length * config.settings.length;
  onEvent({ kind: 'plan', searches, runs });
  let done = 0;
  const tell = ({ key, pair }: WantedRun, rows: readonly ResultRow[], earlier: boolean) =>
    onEvent({ kind: 'run', key, pair, rows, done: ++done, runs, earlier });
  // One after the other: thousands of runs that are done would have as many files open at once.
  const found: (readonly ResultRow[] | undefined)[] = [];
  for (const one of wanted) {
    signal?.throwIfAborted();
    const rows = (await readRun(join(out, runFolder(one.key, one.pair))))?.rows;
    if (rows !== undefined) tell(one, rows, true);
    found.push(rows);
  }
  const results = await Promise.allSettled(
    wanted.map(async (one, at) => {
      try {
        const earlier = found[at];
        if (earlier !== undefined) return earlier;
        const rows = await jobs.run(one.taskData, one.key, one.pair);
        tell(one, rows, false);
        return rows;
      } catch (error) {
        stop.abort(error);
        throw error;
      }
    }),
  );
  signal?.throwIfAborted();
  // What was stopped because another failed is not the failure to tell.
  if (stop.signal.aborted) throw stop.signal.reason;
  return results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
}
