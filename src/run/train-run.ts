// `pqrst train`: one run from its configuration to its folder. During training it writes checkpoint.bin. At the end it
// exports the model, compares it with the network and tests it. Then it writes model.onnx, predictions.csv, curve.csv
// and metrics.json.

import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { expectWritable, isAbsent, writeError, writeFileAtomic } from '../base/files.js';
import { heldName, holdFolder } from '../base/folder-lock.js';
import { parseOptions } from '../base/options.js';
import type { Device, Engine } from '../engine/engine.js';
import { type EngineOrChoice, withEngine } from '../engine/open.js';
import { type CheckedModel, checkedModel, type ExportReport } from '../model/export.js';
import { withNetwork } from '../model/network.js';
import { loadModel } from '../model/session.js';
import type { Calibration } from '../score/calibration.js';
import type { JudgedScores } from '../score/columns.js';
import type { Decision } from '../score/decisions.js';
import type { ClassMetrics, Metrics } from '../score/metrics.js';
import type { SkippedRecord, WindowSet } from '../signal/window.js';
import type { Checkpoint } from '../train/checkpoint.js';
import type { TrainingEvent, TrainingSnapshot } from '../train/trainer.js';
import { parseConfig, type TrainConfig, type TrainConfigInput } from './config.js';
import { continuedWeights } from './continued-weights.js';
import { type Judged, judge } from './judge.js';
import { withKnownLabels } from './known-labels.js';
import { hasThreshold, modelMetadataOf, modelPlanOf, trainPhase } from './phase.js';
import { heldBack } from './predictions.js';
import { keptSource, type RecordSource } from './record-source.js';
import { openRunData, type RunData, type SplitSummary } from './run-data.js';
import {
  identityOf,
  RunFolder,
  type RunIdentity,
  type RunMetrics,
  runFiles,
  runMetrics,
} from './run-folder.js';
import { type ValidationThreshold, validationKind, validationThreshold } from './threshold.js';

/** The options of `trainRun` besides the configuration. */
export interface TrainRunOptions extends EngineOrChoice {
  /** The folder of the run. It is created if it does not exist. */
  readonly out: string;
  /**
   * A data set as `KIND:DIR` (`mitdb:DIR`; [openDataset](records.md#opendataset) lists the kinds), or windows at the
   * configured rate and length. Optional for syn.
   */
  readonly data?: string | WindowSet | undefined;
  /**
   * What makes the synthetic records, such as a generator (`openGenerator`); default: the simulator. The training keeps the
   * records in memory.
   */
  readonly source?: RecordSource | undefined;
  /**
   * Resumes from the checkpoint in `out`. The weights are the same as those of an uninterrupted run. If `out` is empty or
   * does not exist, the run begins from the start.
   */
  readonly resume?: boolean | undefined;
  /** Rejects data with a row, path or record that cannot be read. Default: it is skipped. */
  readonly strict?: boolean | undefined;
  /** Number of threads per operator, from 1; default the number of cores. */
  readonly threads?: number | undefined;
  /** Aborts the run, which rejects with `signal.reason`; a later call with `resume` continues it. */
  readonly signal?: AbortSignal | undefined;
  /** Receives each event of the run, for a progress bar or a log. */
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
}

/** The events of a run, for a progress bar or a log. */
export type RunEvent =
  /** `resume` found no started run in `out`, so the run begins from the start. */
  | { readonly kind: 'fresh'; readonly out: string }
  | { readonly kind: 'engine'; readonly name: string; readonly device: Device; readonly reason: string }
  | { readonly kind: 'loading'; readonly done: number; readonly total: number }
  /** Synthetic records made so far for real+syn, which keeps them in memory. */
  | { readonly kind: 'making'; readonly done: number; readonly total: number }
  | {
      readonly kind: 'data';
      readonly split: SplitSummary | null;
      /** The recordings that give no windows, or fewer than their length allows, with the reasons. */
      readonly skipped: readonly SkippedRecord[];
      /** Sentences about the real records for the user. */
      readonly notes: readonly string[];
    }
  | {
      readonly kind: 'phase';
      readonly phase: string;
      readonly records: number;
      readonly labelCounts: readonly number[];
    }
  | TrainingEvent
  | { readonly kind: 'export'; readonly report: ExportReport }
  | { readonly kind: 'test'; readonly metrics: Metrics | ClassMetrics };

/** The content of metrics.json of a `pqrst train` run. */
export interface RunResult extends RunMetrics {
  /** Windows and patients of the training, validation and test sides; null without real data. */
  readonly split: SplitSummary | null;
  /** Precision and size of model.onnx, and its differences from the trained network. */
  readonly export: Omit<ExportReport, 'path'>;
  readonly test: {
    /** Whether the test records are real, or synthetic records that did not train. */
    readonly on: 'real' | 'synthetic';
    readonly metrics: Metrics | ClassMetrics;
    /** F1 at 0.5 and at the threshold that the validation records gave; only for a task of two labels. */
    readonly decisions?: readonly Decision[];
    /** Calibration of the probabilities; only for a task of two labels. */
    readonly calibration?: Calibration;
  };
}

/**
 * Trains a model, exports it as an ONNX file and tests it. The run folder gets `model.onnx`, `metrics.json`,
 * `predictions.csv`, `curve.csv` and `checkpoint.bin`. With `resume` an interrupted run continues from its last
 * validation and ends with the same weights.
 *
 * @param given - The configuration; only `task` and `setting` are required.
 * @param options - The run folder, the real records, the engine, a signal and a listener for events.
 * @returns The content of metrics.json.
 * @example
 * ```ts
 * import { trainRun } from 'pqrst/train';
 *
 * // Small, so that the example takes seconds. With real records: setting 'syn-real', and data: 'mitdb:DIR'.
 * const { test } = await trainRun(
 *   {
 *     task: 'af',
 *     setting: 'syn',
 *     arch: 'lstm',
 *     archOptions: { layers: 1, units: 16 },
 *     fsHz: 100,
 *     seconds: 4,
 *     epochs: 1,
 *     validateEvery: 1,
 *     syntheticCount: 32,
 *     batch: 8,
 *   },
 *   { out: 'run' },
 * );
 * console.log(test.on, test.metrics.auroc);
 * ```
 * @throws PqrstError ERR_OPTION, ERR_RANGE, ERR_UNKNOWN_CLASS, ERR_UNKNOWN_ARCH: when the configuration is invalid.
 * @throws PqrstError ERR_DATA_EMPTY: when no split has every label on each side.
 * @throws PqrstError ERR_DATA_UNREADABLE: with `strict`, when a row, path or record cannot be read.
 * @throws PqrstError ERR_WRITE: when `out` holds another run, another process works in it, or it cannot be written.
 * @throws PqrstError ERR_NOT_FOUND: when `out` holds other files and no checkpoint, and `resume` is set.
 * @throws PqrstError ERR_CHECKPOINT: when `resume` finds the checkpoint of another run.
 * @throws PqrstError The errors of `openDataset`, of the engine and of `exportModel`.
 */
export async function trainRun(given: TrainConfigInput, options: TrainRunOptions): Promise<RunResult> {
  const config = await configOf(given, options);
  parseOptions(z.looseObject({ out: z.string('the folder of the run') }), options, 'trainRun');
  options.signal?.throwIfAborted();
  const folder = new RunFolder(options.out);
  await expectWritable(folder.file('checkpoint'));
  const release = await holdFolder(folder.path);
  try {
    const found = await namesIn(folder.path);
    if (!options.resume) refuseEarlierRun(folder, found);
    const isFresh = found.length === 0;
    if (options.resume && isFresh) options.onEvent?.({ kind: 'fresh', out: folder.path });
    const resume = options.resume && !isFresh;
    return await withEngine(options, (engine) => runWith(config, { ...options, resume, engine, folder }));
  } finally {
    await release();
  }
}

/** Parses a configuration. A task that it refuses is answered with the labels of the data. */
async function configOf(
  given: TrainConfigInput,
  { data, source, signal, onEvent }: TrainRunOptions,
): Promise<TrainConfig> {
  try {
    return parseConfig(given, source);
  } catch (error) {
    const onProgress = (done: number, total: number) => onEvent?.({ kind: 'loading', done, total });
    throw await withKnownLabels(error, given, data, { signal, onProgress });
  }
}

interface RunContext extends TrainRunOptions {
  readonly engine: Engine;
  readonly folder: RunFolder;
}

async function runWith(config: TrainConfig, context: RunContext): Promise<RunResult> {
  const { folder, engine, threads, resume = false, signal, onEvent } = context;
  const began = performance.now();
  const checkpoint = resume ? await folder.readCheckpoint() : undefined;
  const data = await openRunData(config, context.data, {
    ...(signal && { signal }),
    strict: context.strict,
    source: context.source && keptSource(context.source),
    onProgress: (done, total) => onEvent?.({ kind: 'loading', done, total }),
    onMade: (done, total) => onEvent?.({ kind: 'making', done, total }),
  });
  const { split, skipped, notes } = data;
  onEvent?.({ kind: 'data', split, skipped, notes });
  const { train, val, test } = data.split ?? {};
  const windows = [train, val, test].map((side) => side?.windows ?? 0);
  const origin = {
    ...{ data: data.summary.source, windows },
    ...(context.source && { source: context.source.id }),
  };
  const identity = identityOf(config, origin);
  if (checkpoint !== undefined) {
    const remedy = 'resume with the options of that run, or train into another folder';
    folder.expectIdentity(checkpoint, identity, remedy);
  }
  const { name, device, deviceReason: reason = '' } = engine;
  onEvent?.({ kind: 'engine', name, device, reason });
  const snapshot = await trainPhases(config, data, { ...context, checkpoint, identity });
  const threshold = await chosenThreshold(config, data, snapshot, context);
  const model = await exportBest(config, data, snapshot, threshold, context);
  const { rows, ...judged } = await testModel(model, config, data, context);
  const { metrics } = judged;
  await writeFileAtomic(folder.file('model'), model.bytes);
  const { path: _, ...report } = model.report;
  onEvent?.({ kind: 'export', report: model.report });
  onEvent?.({ kind: 'test', metrics });
  const { on } = data.test;
  const result: RunResult = {
    ...runMetrics({
      engine: { name, device, threads: threads ?? availableParallelism() },
      config,
      origin,
      data: data.summary,
      curve: snapshot.progress.curve,
      threshold,
      seconds: (performance.now() - began) / 1000,
    }),
    split: data.split,
    export: report,
    test: { on, ...testOf(judged) },
  };
  await folder.finish(result, [{ test: on === 'real' ? heldBack : on, rows }]);
  return result;
}

interface PhasesContext extends RunContext {
  readonly checkpoint: Checkpoint | undefined;
  readonly identity: RunIdentity;
}

/** Trains the phases in order, each from the best weights of the previous one. A checkpoint states where to resume. */
async function trainPhases(
  config: TrainConfig,
  data: RunData,
  { folder, engine, threads, signal, onEvent, checkpoint, identity }: PhasesContext,
): Promise<TrainingSnapshot> {
  let last: TrainingSnapshot | undefined;
  const first = data.phases.findIndex(({ name }) => name === checkpoint?.progress.phase);
  const phases = data.phases.slice(Math.max(first, 0));
  for (const [at, phase] of phases.entries()) {
    const { count: records, labelCounts } = phase.training;
    onEvent?.({ kind: 'phase', phase: phase.name, records, labelCounts });
    last = await trainPhase({
      ...{ folder, config, identity, phase, engine, threads, signal, onEvent },
      weights: last && continuedWeights(last.best, config, phases[at - 1]!, phase),
      curve: last?.progress.curve,
      resume: last === undefined ? checkpoint : undefined,
    });
  }
  return last!;
}

/** Chooses the threshold on the validation records of the last phase; returns null for several classes. */
async function chosenThreshold(
  config: TrainConfig,
  data: RunData,
  { best: state }: TrainingSnapshot,
  { engine, threads, signal }: RunContext,
): Promise<ValidationThreshold | null> {
  if (!hasThreshold(config)) return null;
  const { leads, lengthSamples } = data.summary;
  const plan = modelPlanOf(config, { leads: leads.length, lengthSamples });
  const { validation } = data.phases.at(-1)!;
  return withNetwork({ engine, threads, plan, state }, (run) =>
    validationThreshold(run, validation, validationKind(config), signal),
  );
}

/**
 * Returns the bytes of model.onnx. They are made on the processor, because another device can round products to fewer
 * bits, which would change the constants of the file.
 */
async function exportBest(
  config: TrainConfig,
  data: RunData,
  { best: state }: TrainingSnapshot,
  threshold: ValidationThreshold | null,
  { folder, engine, threads, signal }: RunContext,
): Promise<CheckedModel> {
  const { signals: samples } = await data.phases.at(-1)!.validation.batch(0, 0, signal);
  const { leads, lengthSamples } = data.summary;
  const plan = modelPlanOf(config, { leads: leads.length, lengthSamples });
  const metadata = modelMetadataOf(config, data.summary, threshold);
  const exporter: EngineOrChoice = engine.device === 'cpu' ? { engine } : { device: 'cpu' };
  return withEngine(exporter, (engine) =>
    checkedModel(folder.file('model'), { engine, threads, plan, metadata, state, samples }),
  );
}

/** Tests the bytes that will become model.onnx. */
async function testModel(
  { bytes, report }: CheckedModel,
  { seed }: TrainConfig,
  { test: { batches, describe } }: RunData,
  { engine, threads, signal }: RunContext,
): Promise<Judged> {
  const model = await loadModel(bytes, report.path, { engine, threads });
  try {
    return await judge(model, batches, describe, { threshold: 0.5, seed, ...(signal && { signal }) });
  } finally {
    await model.close();
  }
}

function testOf(judged: JudgedScores): Omit<RunResult['test'], 'on'> {
  if (judged.kind === 'multiclass') return { metrics: judged.metrics };
  const { metrics, decisions, calibration } = judged;
  return { metrics, decisions, calibration };
}

/** Returns the names of the files in the folder of a run, without unfinished ones; none if it does not exist. */
async function namesIn(path: string): Promise<string[]> {
  const names = await readdir(path).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw writeError(path, error);
  });
  return names.filter((name) => !name.endsWith('.tmp') && !name.startsWith(heldName));
}

function refuseEarlierRun(folder: RunFolder, names: readonly string[]): void {
  for (const name of ['checkpoint', 'model', 'metrics'] as const) {
    if (!names.includes(runFiles[name])) continue;
    throw new PqrstError(
      'ERR_WRITE',
      `${folder.path} holds ${runFiles[name]} of an earlier run; continue it with \`resume\`, or choose another folder`,
    );
  }
}
