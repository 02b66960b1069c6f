// An ONNX file over a labelled data set: a row per window, and how well the rows tell the task's labels apart. Labels
// that do not exclude each other are not judged.

import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import type { JobOptions } from '../base/job.js';
import { parseOptions } from '../base/options.js';
import { type BatchSource, readAhead, realBatches } from '../batches/batches.js';
import { openDataset, selectTask } from '../datasets/dataset.js';
import type { Device, Engine } from '../engine/engine.js';
import { type EngineOrChoice, withEngine } from '../engine/open.js';
import {
  type ModelMetadata,
  type OutputKind,
  outputKinds,
  type Scaling,
  scalings,
} from '../model/metadata.js';
import { type Model, openModel } from '../model/session.js';
import { type ClassMetrics, type Metrics, measure, measureClasses } from '../score/metrics.js';
import { type LabelTask, parseLabelTask } from '../signal/tasks.js';
import type { SkippedRecord, WindowSet } from '../signal/window.js';

/**
 * Everything after `data` is needed only where the file does not state it; what it states and is given must agree.
 * `threshold` alone goes before the file's.
 */
export interface EvaluateOptions extends JobOptions, EngineOrChoice {
  readonly modelPath: string;
  /** As `openDataset` takes it, `mitdb:DIR`, or windows at the model's rate and length. */
  readonly data: string | WindowSet;
  readonly task?: string | undefined;
  readonly fsHz?: number | undefined;
  readonly seconds?: number | undefined;
  readonly scaling?: Scaling | undefined;
  readonly output?: OutputKind | undefined;
  readonly threshold?: number | undefined;
  /** Of the bootstrap; default 0. */
  readonly seed?: number | undefined;
  readonly threads?: number | undefined;
}

/** Where a judged window comes from. */
export interface JudgedWindow {
  readonly recordName: string;
  readonly patientId: string;
  readonly startS: number;
}

/** A judged window of a task of two labels. */
export interface Prediction extends JudgedWindow {
  readonly label: 0 | 1;
  /** Of label 1. */
  readonly probability: number;
}

/** A judged window of a task of several classes. */
export interface ClassPrediction extends JudgedWindow {
  /** Index into the labels. */
  readonly label: number;
  /** One a label, in their order. */
  readonly probabilities: readonly number[];
}

/** The rows and what they amount to: `Metrics` of two labels, `ClassMetrics` (with a `confusion`) of several. */
export type Judged =
  | { readonly kind: 'binary'; readonly rows: readonly Prediction[]; readonly metrics: Metrics }
  | {
      readonly kind: 'multiclass';
      readonly rows: readonly ClassPrediction[];
      readonly metrics: ClassMetrics;
    };

/** JSON-able; NaN becomes null there. */
export type Evaluation = Judged & {
  readonly model: ModelMetadata & { readonly path: string };
  readonly engine: { readonly name: string; readonly device: Device; readonly reason: string };
  readonly task: string;
  /** Of the task; of several classes in the order of the file's outputs. */
  readonly labels: readonly string[];
  readonly data: {
    readonly source: string;
    readonly fsHz: number;
    readonly lengthSamples: number;
    readonly lead: string;
    readonly skipped: readonly SkippedRecord[];
  };
};

const optionsSchema = z.strictObject({
  modelPath: z.string('the path of an ONNX file'),
  data: z.union([z.string(), z.looseObject({ windows: z.array(z.any()) })], 'KIND:DIR or a set of windows'),
  task: z.string('the name of a task').optional(),
  fsHz: z.number('a rate in Hz').positive('a rate above 0 Hz').optional(),
  seconds: z.number('a length in s').positive('a length above 0 s').optional(),
  scaling: z.enum(scalings, `one of ${scalings.join(', ')}`).optional(),
  output: z.enum(outputKinds, `one of ${outputKinds.join(', ')}`).optional(),
  threshold: z.number('a probability').min(0, 'from 0 to 1').max(1, 'from 0 to 1').optional(),
  seed: z.int('a whole number from 0').min(0, 'a whole number from 0').optional(),
  threads: z.int('a whole number from 1').min(1, 'a whole number from 1').optional(),
  engine: z.any().optional(),
  device: z.any().optional(),
  tfBackend: z.any().optional(),
  signal: z.any().optional(),
  onProgress: z.any().optional(),
});

/**
 * Evaluates the file. ERR_OPTION where something is missing or contradicts the file, ERR_MODEL, ERR_DATA_EMPTY and
 * the errors of the loaders; rejects with `signal.reason` when aborted. `onProgress` counts windows.
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  parseOptions(optionsSchema, options, 'evaluate');
  const { modelPath, fsHz, seconds, output, threads } = options;
  return withEngine(options, async (engine) => {
    const model = await openModel(modelPath, { engine, threads, fsHz, seconds, output });
    try {
      return await evaluateModel(model, engine, options);
    } finally {
      await model.close();
    }
  });
}

async function evaluateModel(model: Model, engine: Engine, options: EvaluateOptions): Promise<Evaluation> {
  const { metadata, source, leads, outputs } = model;
  if (leads !== 1 || outputs.kind === 'multilabel') {
    throw new PqrstError(
      'ERR_MODEL',
      `${source} is ${outputs.kind} of ${leads} ${leads === 1 ? 'lead' : 'leads'}; an evaluation judges one ` +
        'lead and one label a window: run it by openModel and predict',
    );
  }
  const stated = <T>(name: string, ofFile: T | undefined, given: T | undefined): T => {
    if (ofFile !== undefined && given !== undefined && ofFile !== given) {
      throw new PqrstError(
        'ERR_OPTION',
        `${source} was made for ${name} ${ofFile}, not ${given}; leave the option out`,
      );
    }
    const value = ofFile ?? given;
    if (value !== undefined) return value;
    throw new PqrstError('ERR_OPTION', `${source} does not state its ${name}; give it as an option`);
  };
  const task = taskOf(model, options.task);
  const fsHz = stated('fsHz', metadata.fsHz, options.fsHz);
  const scaling = stated('scaling', metadata.scaling, options.scaling);
  const threshold = options.threshold ?? metadata.threshold ?? 0.5;
  const set = await windowsFor(model, fsHz, options);
  const { windows, labels } = selectTask(set, task);
  const labelled = windows.map((window, at) => ({ window, label: labels[at]! }));
  const batches = realBatches(labelled, set.lengthSamples, { batchSize: 64, seed: 0, scaling });
  const describe = (at: number) => {
    const { recordName, patientId, startS } = windows[at]!;
    return { recordName, patientId, startS };
  };
  const { seed = 0, signal, onProgress } = options;
  const job = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
  const judged = await judge(model, batches, describe, { threshold, seed, ...job });
  const { fsHz: rateHz, lengthSamples, lead, skipped } = set;
  return {
    model: { path: source, ...metadata },
    engine: { name: engine.name, device: engine.device, reason: engine.deviceReason ?? '' },
    task: task.name,
    labels: task.labels,
    data: { source: set.source, fsHz: rateHz, lengthSamples, lead, skipped },
    ...judged,
  };
}

/** The task that the file and the caller agree on, its labels in the order of the file's outputs. */
function taskOf({ metadata, source, outputs }: Model, given: string | undefined): LabelTask {
  const { classes = [] } = metadata;
  const sorted = (labels: readonly string[]) => [...labels].sort().join();
  const ofFile = metadata.task === undefined ? undefined : parseLabelTask(metadata.task);
  const asked = given === undefined ? undefined : parseLabelTask(given);
  const isMulticlass = outputs.kind === 'multiclass';
  const differs =
    ofFile !== undefined &&
    asked !== undefined &&
    (isMulticlass
      ? sorted(ofFile.labels) !== sorted(asked.labels)
      : ofFile.labels.join() !== asked.labels.join());
  if (differs) {
    throw new PqrstError(
      'ERR_OPTION',
      `${source} was made for task ${ofFile.name}, not ${asked.name}; leave the option out`,
    );
  }
  const task = ofFile ?? asked;
  if (isMulticlass) {
    const known = task ?? { name: classes.join('+'), labels: classes };
    if (sorted(known.labels) === sorted(classes)) return { name: known.name, labels: classes };
    throw new PqrstError(
      'ERR_OPTION',
      `${source} tells ${classes.join(', ')} apart, not the labels of the task "${known.name}"; leave the option ` +
        'task out, or correct the metadata of the file',
    );
  }
  if (task?.labels.length === 2) return task;
  if (task === undefined && classes.length === 2) {
    return { name: `${classes[1]}:${classes[0]}`, labels: classes };
  }
  throw new PqrstError(
    'ERR_OPTION',
    task === undefined
      ? `${source} does not state its task; give it as an option`
      : `${source} answers one number a window, but the task "${task.name}" has ${task.labels.length} labels; give a ` +
          'task of two',
  );
}

async function windowsFor(model: Model, fsHz: number, options: EvaluateOptions): Promise<WindowSet> {
  const { data, signal } = options;
  const seconds = model.lengthSamples / fsHz;
  if (typeof data === 'string') return openDataset(data, { fsHz, seconds, ...(signal && { signal }) });
  if (data.fsHz === fsHz && data.lengthSamples === model.lengthSamples) return data;
  throw new PqrstError(
    'ERR_OPTION',
    `the windows of ${data.source} are ${data.lengthSamples} samples at ${data.fsHz} Hz, but ${model.source} takes ` +
      `${model.lengthSamples} at ${fsHz} Hz; load them at that rate and length`,
  );
}

/** Judges the records of a source in its order; `onProgress` counts them. */
export async function judge(
  model: Model,
  batches: BatchSource,
  describe: (at: number) => JudgedWindow,
  { threshold, seed, signal, onProgress }: JobOptions & { threshold: number; seed: number },
): Promise<Judged> {
  const { outputs } = model;
  const width = outputs.kind === 'binary' ? 1 : outputs.count;
  const probabilities = new Float32Array(batches.count * width);
  const labels: number[] = [];
  for await (const batch of readAhead(batches, 0, signal)) {
    probabilities.set(await model.predict(batch.signals), labels.length * width);
    labels.push(...batch.labels);
    signal?.throwIfAborted();
    onProgress?.(labels.length, batches.count);
  }
  if (outputs.kind === 'binary') {
    const rows = labels.map((label, at): Prediction => {
      return { ...describe(at), label: label === 1 ? 1 : 0, probability: probabilities[at]! };
    });
    const scored = rows.map(({ patientId, label, probability }) => {
      return { patientId, positive: label === 1, probability };
    });
    return { kind: 'binary', rows, metrics: measure(scored, { threshold, seed }) };
  }
  const rows = labels.map((label, at): ClassPrediction => {
    const own = probabilities.subarray(at * width, (at + 1) * width);
    return { ...describe(at), label, probabilities: [...own] };
  });
  return { kind: 'multiclass', rows, metrics: measureClasses(rows, { seed }) };
}

/** Header line and a line per window; of several classes a column of probabilities for each of `labels`. */
export function predictionsCsv(
  rows: readonly (Prediction | ClassPrediction)[],
  labels: readonly string[] = [],
): string {
  const isBinary = rows.every((row) => 'probability' in row);
  const header = ['recordName', 'patientId', 'startS', 'label', ...(isBinary ? ['probability'] : labels)];
  const lines = rows.map((row) => {
    const probabilities = 'probability' in row ? [row.probability] : row.probabilities;
    return [row.recordName, row.patientId, row.startS, row.label, ...probabilities];
  });
  return `${[header, ...lines].map((line) => line.map(csvField).join(',')).join('\n')}\n`;
}

function csvField(value: string | number): string {
  return /[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
}
