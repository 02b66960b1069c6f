// One run of an experiment: a training in its folder, judged on every test set. metrics.json, written last, says that
// it is done; what it holds is the run's rows of results.parquet.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { writeFileAtomic } from '../base/files.js';
import { packageVersion } from '../base/version.js';
import { runFiles } from '../run/train-run.js';
import { scoreClasses } from '../score/metrics.js';
import type { ScoredWindow } from '../score/predictions.js';
import { type CurvePoint, curvePointSchema } from '../train/checkpoint.js';
import { curveCsv } from '../train/curve.js';
import type { TestSet } from './data.js';
import { readJson } from './folder.js';
import { predict } from './predict.js';
import { predictionsCsv } from './predictions.js';
import type { CellKey, ResultRow } from './results.js';
import { slimCheckpoint, type TrainingHooks, type TrainingJob, trainJob, type Worker } from './training.js';

/** Counts of one side of a run. */
export interface SideCounts {
  readonly windows: number;
  readonly positives: number;
  readonly patients: number;
  readonly positivePatients: number;
}

export interface CellRun {
  readonly key: CellKey;
  readonly pair: number;
  /** Of the experiment. */
  readonly seed: number;
  readonly job: TrainingJob;
  /** The model that it should start from diverged: nothing is trained. */
  readonly isLost: boolean;
  readonly train: SideCounts;
  readonly val: SideCounts;
  readonly tests: readonly TestSet[];
  /** For whoever exports the model. */
  readonly data: {
    readonly source: string;
    readonly fsHz: number;
    readonly lengthSamples: number;
    readonly lead: string;
  };
}

const score = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
const rowSchema = z.object({
  task: z.string(),
  arch: z.string(),
  setting: z.enum(['real', 'syn', 'syn-real']),
  positives: z.number().nullable(),
  pair: z.number(),
  test: z.string(),
  seed: z.number(),
  trainWindows: z.number(),
  trainPositives: z.number(),
  trainPatients: z.number(),
  trainPositivePatients: z.number(),
  valWindows: z.number(),
  valPositives: z.number(),
  testWindows: z.number(),
  testPositives: z.number(),
  testPatients: z.number(),
  testPositivePatients: z.number(),
  f1: score,
  auprc: score,
  auroc: score,
  learningRate: z.number(),
  shiftRate: z.number(),
  maskRate: z.number(),
  archOptions: z.string(),
  bestEpoch: z.number(),
  epochs: z.number(),
  steps: z.number(),
  version: z.string(),
}) satisfies z.ZodType<ResultRow>;
const metricsSchema = z.object({ rows: z.array(rowSchema), curve: z.array(curvePointSchema) });

/** What a run that is done has written down; undefined where it is not done. */
export async function readRun(
  folder: string,
): Promise<{ readonly rows: readonly ResultRow[]; readonly curve: readonly CurvePoint[] } | undefined> {
  return readJson(join(folder, runFiles.metrics), metricsSchema);
}

/** Trains, tests and writes everything down. A training that diverges gives rows without scores. */
export async function runCell(
  run: CellRun,
  worker: Worker,
  hooks: TrainingHooks,
): Promise<readonly ResultRow[]> {
  const { job, tests } = run;
  const { folder } = job;
  const began = performance.now();
  const snapshot = run.isLost ? undefined : await trainUnlessDiverged(job, worker, hooks);
  const curve = snapshot?.progress.curve ?? [];
  const last = curve.at(-1);
  const judged: { test: TestSet; windows: readonly ScoredWindow[] }[] = [];
  for (const test of snapshot === undefined ? [] : tests) {
    judged.push({ test, windows: await predict(job, snapshot!.best, test.windows, worker, hooks.signal) });
  }
  const { config } = job;
  const rows = tests.map((test): ResultRow => {
    const windows = judged.find((one) => one.test === test)?.windows;
    const { f1, auprc, auroc } = windows === undefined ? undefinedScores : scoreClasses(windows);
    const counts = countSide(test.windows);
    return {
      ...run.key,
      pair: run.pair,
      test: test.name,
      seed: run.seed,
      trainWindows: run.train.windows,
      trainPositives: run.train.positives,
      trainPatients: run.train.patients,
      trainPositivePatients: run.train.positivePatients,
      valWindows: run.val.windows,
      valPositives: run.val.positives,
      testWindows: counts.windows,
      testPositives: counts.positives,
      testPatients: counts.patients,
      testPositivePatients: counts.positivePatients,
      f1,
      auprc,
      auroc,
      learningRate: config.setting === 'syn-real' ? config.fineTuneLearningRate : config.learningRate,
      shiftRate: config.shiftRate,
      maskRate: config.maskRate,
      archOptions: JSON.stringify(config.archOptions),
      bestEpoch: snapshot?.progress.best?.epoch ?? 0,
      epochs: last?.epoch ?? 0,
      steps: last?.step ?? 0,
      version: packageVersion(),
    };
  });
  if (snapshot !== undefined) await slimCheckpoint(job, snapshot);
  // What diverged is no model, whatever it was some epochs before.
  else await rm(join(folder, runFiles.checkpoint), { force: true });
  await writeFileAtomic(join(folder, runFiles.curve), curveCsv(curve));
  await writeFileAtomic(join(folder, runFiles.predictions), predictionsCsv(judged));
  const seconds = (performance.now() - began) / 1000;
  const { data } = run;
  const { name, device } = worker.engine;
  const result = {
    version: packageVersion(),
    engine: { name, device },
    config,
    origin: job.origin,
    data,
    seconds,
    curve,
    rows,
  };
  await writeFileAtomic(join(folder, runFiles.metrics), `${JSON.stringify(result, null, 2)}\n`);
  return rows;
}

async function trainUnlessDiverged(job: TrainingJob, worker: Worker, hooks: TrainingHooks) {
  try {
    return await trainJob(job, worker, hooks);
  } catch (error) {
    if (error instanceof PqrstError && error.code === 'ERR_DIVERGED') return undefined;
    throw error;
  }
}

/** Whether the run's training diverged: it has no model, no scores and no predictions. */
export function isDiverged({ epochs }: ResultRow): boolean {
  return epochs === 0;
}

const undefinedScores = { f1: Number.NaN, auprc: Number.NaN, auroc: Number.NaN };

/** Positive is every label but the first. */
export function countSide(
  windows: readonly { readonly window: { readonly patientId: string }; readonly label: number }[],
): SideCounts {
  const positives = windows.filter(({ label }) => label > 0);
  const patients = (some: typeof windows) => new Set(some.map(({ window }) => window.patientId)).size;
  return {
    windows: windows.length,
    positives: positives.length,
    patients: patients(windows),
    positivePatients: patients(positives),
  };
}
