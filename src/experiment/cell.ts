// One run of an experiment. It trains in its folder, tests the model on every test set and writes the results. Its
// metrics.json has the content that every run has, and the rows that the run adds to results.parquet.

import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { packageVersion } from '../base/version.js';
import { realBatches } from '../batches/batches.js';
import { withNetwork } from '../model/network.js';
import { hasThreshold, modelPlanOf } from '../run/phase.js';
import { originsOf, predictBatches } from '../run/predict.js';
import type { TestPredictions } from '../run/predictions.js';
import { type RunDataSummary, RunFolder, type RunMetrics, runMetrics } from '../run/run-folder.js';
import { type SideSummary, summarizeSide } from '../run/sides.js';
import { type ValidationThreshold, validationKind, validationThreshold } from '../run/threshold.js';
import { scoreClasses } from '../score/metrics.js';
import type { TrainingSnapshot } from '../train/trainer.js';
import type { TestSet } from './data.js';
import { decide, undecided } from './decide.js';
import { type CellKey, type ResultRow, resultRowSchema } from './results.js';
import { slimCheckpoint, type TrainingHooks, type TrainingJob, trainJob, type Worker } from './training.js';

/** The content of metrics.json of an experiment's run. */
export interface CellMetrics extends RunMetrics {
  readonly rows: readonly ResultRow[];
}

/** One run: its place in the experiment, its training, and the windows of its three sides. */
export interface CellRun {
  readonly key: CellKey;
  /** SHA-256 of the generator of the source; null without one. */
  readonly generator: string | null;
  readonly pair: number;
  /** The seed of the experiment; `job.config` has the seed of the run. */
  readonly seed: number;
  readonly job: TrainingJob;
  /** True if the training that this run starts from diverged. Such a run trains nothing. */
  readonly isLost: boolean;
  readonly train: SideSummary;
  readonly val: SideSummary;
  readonly tests: readonly TestSet[];
  readonly data: RunDataSummary;
}

/**
 * Reads the rows and the curve of a run; returns undefined if the run is not finished.
 *
 * @throws PqrstError The errors of `RunFolder.readMetrics`.
 */
export function readRun(folder: string) {
  return new RunFolder(folder).readMetrics({ rows: z.array(resultRowSchema) });
}

/**
 * Trains a model, tests it on every test set and writes the results into the folder of the run.
 *
 * @returns One row per test set. The rows of a training that diverged have no scores.
 * @throws PqrstError ERR_WRITE: when a result cannot be written.
 * @throws PqrstError The errors of `trainJob`, except ERR_DIVERGED.
 * @throws `hooks.signal.reason`: when the signal is aborted.
 */
export async function runCell(
  run: CellRun,
  worker: Worker,
  hooks: TrainingHooks,
): Promise<readonly ResultRow[]> {
  const { job, tests, data } = run;
  const { folder, config, origin } = job;
  const began = performance.now();
  const snapshot = run.isLost ? undefined : await trainUnlessDiverged(job, worker, hooks);
  const { predictions, threshold } =
    snapshot === undefined ? untested : await predictTests(run, snapshot, worker, hooks.signal);
  const rows = tests.map((test) => rowOf(run, test, snapshot, predictions, threshold));
  if (snapshot !== undefined) await slimCheckpoint(job, snapshot);
  // A training that diverged leaves no model, not even that of an earlier epoch.
  else await rm(folder.file('checkpoint'), { force: true });
  const { name, device } = worker.engine;
  const metrics: CellMetrics = {
    ...runMetrics({
      engine: { name, device, threads: worker.threads },
      config,
      origin,
      data,
      curve: snapshot?.progress.curve ?? [],
      threshold,
      seconds: (performance.now() - began) / 1000,
    }),
    rows,
  };
  await folder.finish(metrics, predictions);
  return rows;
}

/** The predictions of a run, and the threshold that its validation records gave; null for several classes. */
interface Tested {
  readonly predictions: readonly TestPredictions[];
  readonly threshold: ValidationThreshold | null;
}

const untested: Tested = { predictions: [], threshold: null };

/**
 * Predicts the validation records and every test set with the network itself, because only `pqrst export` writes a model
 * file.
 */
function predictTests(
  { job: { config, phase }, tests, data: { leads, lengthSamples } }: CellRun,
  { best: state }: TrainingSnapshot,
  { engine, threads }: Worker,
  signal: AbortSignal,
): Promise<Tested> {
  const plan = modelPlanOf(config, { leads: leads.length, lengthSamples });
  return withNetwork({ engine, threads, plan, state }, async (run) => {
    const threshold = hasThreshold(config)
      ? await validationThreshold(run, phase.validation, validationKind(config), signal)
      : null;
    const predictions: TestPredictions[] = [];
    for (const { name, windows } of tests) {
      const batches = realBatches(windows, lengthSamples, { batchSize: 64, seed: config.seed });
      const rows = await predictBatches(run, batches, originsOf(windows), { signal });
      predictions.push({ test: name, rows });
    }
    return { predictions, threshold };
  });
}

function rowOf(
  { key, generator, pair, seed, job: { config }, train, val }: CellRun,
  test: TestSet,
  snapshot: TrainingSnapshot | undefined,
  predictions: readonly TestPredictions[],
  threshold: ValidationThreshold | null,
): ResultRow {
  const rows = predictions.find((one) => one.test === test.name)?.rows;
  const { f1, auprc, auroc } = rows === undefined ? undefinedScores : scoreClasses(rows);
  const decided =
    rows === undefined || !hasThreshold(config)
      ? undecided
      : decide(rows, threshold?.reason === '' ? threshold.value : undefined);
  const counts = summarizeSide(test.windows, 0);
  const { setting, learningRate, fineTuneLearningRate, shiftRate, maskRate, archOptions } = config;
  const last = snapshot?.progress.curve.at(-1);
  return {
    ...key,
    generator,
    pair,
    test: test.name,
    seed,
    trainWindows: train.windows,
    trainPositives: train.positives,
    trainPatients: train.patients.length,
    trainPositivePatients: train.positivePatients,
    valWindows: val.windows,
    valPositives: val.positives,
    testWindows: counts.windows,
    testPositives: counts.positives,
    testPatients: counts.patients.length,
    testPositivePatients: counts.positivePatients,
    f1,
    auprc,
    auroc,
    ...decided,
    learningRate: setting === 'syn-real' ? fineTuneLearningRate : learningRate,
    shiftRate,
    maskRate,
    archOptions: JSON.stringify(archOptions),
    bestEpoch: snapshot?.progress.best?.epoch ?? 0,
    epochs: last?.epoch ?? 0,
    steps: last?.step ?? 0,
    version: packageVersion(),
  };
}

const undefinedScores = { f1: Number.NaN, auprc: Number.NaN, auroc: Number.NaN };

async function trainUnlessDiverged(job: TrainingJob, worker: Worker, hooks: TrainingHooks) {
  try {
    return await trainJob(job, worker, hooks);
  } catch (error) {
    if (error instanceof PqrstError && error.code === 'ERR_DIVERGED') return undefined;
    throw error;
  }
}
