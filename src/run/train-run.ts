// A whole training run as a folder: checkpoint.bin while it goes, in the end model.onnx (checked against the network),
// predictions.csv, curve.csv and, last of all, metrics.json. Each file is whole or not there.

import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { writeError, writeFileAtomic } from '../base/files.js';
import { parseOptions } from '../base/options.js';
import { packageVersion } from '../base/version.js';
import type { SplitSide } from '../batches/splits.js';
import type { Device, Engine, State } from '../engine/engine.js';
import { type EngineOrChoice, withEngine } from '../engine/open.js';
import { type ExportReport, exportModel } from '../model/export.js';
import type { ModelMetadata } from '../model/metadata.js';
import type { ModelPlan } from '../model/program.js';
import { openModel } from '../model/session.js';
import { classify } from '../objectives/classify.js';
import type { ClassMetrics, Metrics } from '../score/metrics.js';
import { outputsOf, parseLabelTask } from '../signal/tasks.js';
import type { WindowSet } from '../signal/window.js';
import { type Checkpoint, type CurvePoint, readCheckpoint, writeCheckpoint } from '../train/checkpoint.js';
import { curveCsv } from '../train/curve.js';
import { type TrainerPlan, type TrainingEvent, type TrainingSnapshot, train } from '../train/trainer.js';
import { parseConfig, type TrainConfig, type TrainConfigInput } from './config.js';
import { type Judged, judge, predictionsCsv } from './evaluate.js';
import { openRunData, type Phase, type RunData, type SideSummary } from './run-data.js';

export interface TrainRunOptions extends EngineOrChoice {
  /** The run's folder; made where it is not there. */
  readonly out: string;
  /** As `openDataset` takes it, `mitdb:DIR`, or windows at the config's rate and length. Optional for setting syn. */
  readonly data?: string | WindowSet | undefined;
  /** Go on from `out`'s checkpoint, to the same weights as a run that was never stopped. */
  readonly resume?: boolean | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
}

export type RunEvent =
  | { readonly kind: 'engine'; readonly name: string; readonly device: Device; readonly reason: string }
  | { readonly kind: 'loading'; readonly done: number; readonly total: number }
  | { readonly kind: 'data'; readonly split: Readonly<Record<SplitSide, SideSummary>> | null }
  | {
      readonly kind: 'phase';
      readonly phase: string;
      readonly records: number;
      readonly labelCounts: readonly number[];
    }
  | TrainingEvent
  | { readonly kind: 'export'; readonly report: ExportReport }
  | { readonly kind: 'test'; readonly metrics: Metrics | ClassMetrics };

/** What metrics.json holds. */
export interface RunResult {
  readonly version: string;
  /**
   * What ran it last; a run may be taken up with another engine. The threads change the time alone (docs/adr/0002);
   * another engine or processor changes last bits.
   */
  readonly engine: { readonly name: string; readonly device: Device; readonly threads: number };
  readonly config: TrainConfig;
  /** Of the task, in the order of counts, confusion and probabilities. */
  readonly labels: readonly string[];
  readonly data: RunData['summary'];
  readonly split: Readonly<Record<SplitSide, SideSummary>> | null;
  readonly phases: readonly {
    readonly phase: string;
    readonly bestEpoch: number;
    readonly bestValLoss: number;
    readonly epochs: number;
    readonly steps: number;
    readonly seconds: number;
  }[];
  readonly curve: readonly CurvePoint[];
  readonly export: Omit<ExportReport, 'path'>;
  /** `on` says whether the test saw real patients or synthetic records that were held back. */
  readonly test: { readonly on: 'real' | 'synthetic'; readonly metrics: Metrics | ClassMetrics };
}

/** The files of a run's folder. */
export const runFiles = {
  checkpoint: 'checkpoint.bin',
  model: 'model.onnx',
  metrics: 'metrics.json',
  curve: 'curve.csv',
  predictions: 'predictions.csv',
} as const;
/** The picture that `pqrst train` adds. */
export const learningCurveName = 'learning-curve.svg';

/**
 * Trains, exports and tests. ERR_OPTION, ERR_RANGE and the like for the config, ERR_DATA_EMPTY where no split has every
 * label on all sides, ERR_WRITE where `out` holds another run, ERR_CHECKPOINT where `resume` does not fit.
 */
export async function trainRun(given: TrainConfigInput, options: TrainRunOptions): Promise<RunResult> {
  const config = parseConfig(given);
  expectFolder(options);
  options.signal?.throwIfAborted();
  if (!options.resume) await refuseEarlierRun(options.out);
  return withEngine(options, (engine) => runWith(config, { ...options, engine }));
}

/** The rest is checked where it is used. */
function expectFolder(options: TrainRunOptions): void {
  parseOptions(z.looseObject({ out: z.string('the folder of the run') }), options, 'trainRun');
}

interface RunContext extends TrainRunOptions {
  readonly engine: Engine;
}

async function runWith(config: TrainConfig, options: RunContext): Promise<RunResult> {
  const { out, engine, resume = false, signal, onEvent } = options;
  const checkpoint = resume ? await readCheckpoint(join(out, runFiles.checkpoint)) : undefined;
  const data = await openRunData(config, options.data, {
    ...(signal && { signal }),
    onProgress: (done, total) => onEvent?.({ kind: 'loading', done, total }),
  });
  onEvent?.({ kind: 'data', split: data.split });
  const { train, val, test } = data.split ?? {};
  const windows = [train, val, test].map((side) => side?.windows ?? 0);
  const identity = { ...config, data: data.summary.source, windows };
  if (checkpoint !== undefined) refuseOtherConfig(checkpoint, identity, out);
  const { name, device, deviceReason: reason = '' } = engine;
  onEvent?.({ kind: 'engine', name, device, reason });
  const { progress, best } = await trainPhases(config, data, { ...options, checkpoint, identity });
  return finish(config, data, { ...options, best, curve: progress.curve });
}

interface PhaseContext extends RunContext {
  readonly checkpoint: Checkpoint | undefined;
  readonly identity: object;
}

/** One phase after the other, each from the best weights of the last; a checkpoint says where to begin. */
async function trainPhases(
  config: TrainConfig,
  data: RunData,
  context: PhaseContext,
): Promise<TrainingSnapshot> {
  const { engine, threads, signal, onEvent, checkpoint, identity, out } = context;
  let last: TrainingSnapshot | undefined;
  const first = data.phases.findIndex(({ name }) => name === checkpoint?.progress.phase);
  for (const phase of data.phases.slice(Math.max(first, 0))) {
    const { name, training, validation } = phase;
    onEvent?.({ kind: 'phase', phase: name, records: training.count, labelCounts: training.labelCounts });
    last = await train({
      engine,
      threads,
      objective: classify(describeModel(config, data.summary).plan, phase),
      plan: planOf(config, phase),
      training,
      validation,
      weights: last?.best,
      curve: last?.progress.curve,
      resume: last === undefined ? checkpoint : undefined,
      signal,
      onEvent,
      onSnapshot: (snapshot) =>
        writeCheckpoint(join(out, runFiles.checkpoint), {
          config: JSON.parse(JSON.stringify(identity)),
          ...snapshot,
        }),
    });
  }
  return last!;
}

function planOf(config: TrainConfig, { name }: Phase): TrainerPlan {
  const { seed, weightDecay, epochs, validateEvery, patience } = config;
  const learningRate = name === 'finetune' ? config.fineTuneLearningRate : config.learningRate;
  return {
    phase: name,
    batchSize: config.batch,
    seed,
    learningRate,
    weightDecay,
    epochs,
    validateEvery,
    patience,
  };
}

interface FinishContext extends RunContext {
  readonly best: State;
  readonly curve: readonly CurvePoint[];
}

async function finish(config: TrainConfig, data: RunData, context: FinishContext): Promise<RunResult> {
  const { out, engine, threads, best, curve, signal, onEvent } = context;
  const path = join(out, runFiles.model);
  const { seed } = config;
  const { signals: samples } = await data.phases.at(-1)!.validation.batch(0, 0, signal);
  // On the processor: a device may round products to fewer bits, and the file's folded constants keep all of theirs.
  const exporter: EngineOrChoice = engine.device === 'cpu' ? { engine } : { device: 'cpu' };
  const { path: _, ...report } = await withEngine(exporter, (engine) =>
    exportModel(path, {
      engine,
      threads,
      ...describeModel(config, data.summary),
      state: best,
      samples,
    }),
  );
  onEvent?.({ kind: 'export', report: { path, ...report } });
  const { rows, metrics } = await testFile(path, data, { ...context, seed });
  onEvent?.({ kind: 'test', metrics });
  const result: RunResult = {
    version: packageVersion(),
    engine: { name: engine.name, device: engine.device, threads: threads ?? availableParallelism() },
    config,
    labels: parseLabelTask(config.task).labels,
    data: data.summary,
    split: data.split,
    phases: data.phases.map(({ name }) => summarize(name, curve)),
    curve,
    export: report,
    test: { on: data.test.on, metrics },
  };
  await writeFileAtomic(join(out, runFiles.predictions), predictionsCsv(rows, result.labels));
  await writeFileAtomic(join(out, runFiles.curve), curveCsv(curve));
  await writeFileAtomic(join(out, runFiles.metrics), `${JSON.stringify(result, null, 2)}\n`);
  return result;
}

/** The network of a run, and what its file says of itself. */
export function describeModel(
  { arch, archOptions, seed, setting, task }: TrainConfig,
  { fsHz, lengthSamples, lead }: Pick<RunData['summary'], 'fsHz' | 'lengthSamples' | 'lead'>,
): { plan: ModelPlan; metadata: ModelMetadata } {
  const { labels } = parseLabelTask(task);
  const outputs = outputsOf({ labels });
  return {
    plan: { arch, options: archOptions, lengthSamples, outputs },
    metadata: {
      fsHz,
      lengthSamples,
      lead,
      scaling: 'zscore',
      output: 'logit',
      classes: labels,
      task,
      ...(outputs.kind === 'binary' && { threshold: 0.5 }),
      arch,
      setting,
      seed,
      version: packageVersion(),
    },
  };
}

/** The test side through the file just written, as anyone would use it. */
async function testFile(
  path: string,
  data: RunData,
  { engine, threads, signal, seed }: FinishContext & { readonly seed: number },
): Promise<Judged> {
  const model = await openModel(path, { engine, threads });
  try {
    const { batches, describe } = data.test;
    return await judge(model, batches, describe, { threshold: 0.5, seed, ...(signal && { signal }) });
  } finally {
    await model.close();
  }
}

function summarize(phase: string, curve: readonly CurvePoint[]): RunResult['phases'][number] {
  const points = curve.filter((point) => point.phase === phase);
  const last = points.at(-1)!;
  const best = points.reduce((low, point) => (point.valLoss! < low.valLoss! ? point : low));
  return {
    phase,
    bestEpoch: best.epoch,
    bestValLoss: best.valLoss!,
    epochs: last.epoch,
    steps: last.step,
    seconds: last.seconds,
  };
}

async function refuseEarlierRun(out: string): Promise<void> {
  for (const name of [runFiles.checkpoint, runFiles.model, runFiles.metrics]) {
    const found = await stat(join(out, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw writeError(join(out, name), error);
    });
    if (found !== undefined) {
      throw new PqrstError(
        'ERR_WRITE',
        `${out} holds ${name} of an earlier run; resume that run, or choose another folder`,
      );
    }
  }
}

function refuseOtherConfig({ config }: Checkpoint, identity: object, out: string): void {
  const wanted: Record<string, unknown> = JSON.parse(JSON.stringify(identity));
  for (const name of new Set([...Object.keys(wanted), ...Object.keys(config)])) {
    if (isDeepStrictEqual(config[name], wanted[name])) continue;
    throw new PqrstError(
      'ERR_CHECKPOINT',
      `the checkpoint in ${out} is of a run with ${name} ${JSON.stringify(config[name])}, not ` +
        `${JSON.stringify(wanted[name])}; resume with the options of that run, or train into another folder`,
    );
  }
}
