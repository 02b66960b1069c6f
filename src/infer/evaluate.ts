// An ONNX file over a labelled data set: a row per window, and how well the rows tell the task's class from normal.

import { z } from 'zod';
import { type EcgTask, parseTask } from '../classes.js';
import type { Device, Engine } from '../engine/engine.js';
import { type EngineOrChoice, withEngine } from '../engine/open.js';
import { PqrstError } from '../errors.js';
import type { JobOptions } from '../job.js';
import { parseOptions } from '../options.js';
import { openDataset, selectTask } from '../records/dataset.js';
import type { SkippedRecord, WindowSet } from '../records/record.js';
import { type BatchSource, readAhead, realBatches } from '../train/batches.js';
import { type Metrics, measure, type Scored } from '../train/metrics.js';
import { type ModelMetadata, type OutputKind, outputKinds, type Scaling, scalings } from './metadata.js';
import { type Model, openModel } from './session.js';

/**
 * Everything after `data` is needed only where the file does not state it; what it states and is given must agree.
 * `threshold` alone goes before the file's.
 */
export interface EvaluateOptions extends JobOptions, EngineOrChoice {
  readonly modelPath: string;
  /** `mitdb:DIR`, `ptb-xl:DIR`, `folder:DIR`, or windows at the model's rate and length. */
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

/** A judged window. */
export interface Prediction {
  readonly recordName: string;
  readonly patientId: string;
  readonly startS: number;
  readonly label: 0 | 1;
  readonly probability: number;
}

/** JSON-able; NaN becomes null there. */
export interface Evaluation {
  readonly model: ModelMetadata & { readonly path: string };
  readonly engine: { readonly name: string; readonly device: Device; readonly reason: string };
  readonly task: EcgTask;
  readonly data: {
    readonly source: string;
    readonly fsHz: number;
    readonly lengthSamples: number;
    readonly lead: string;
    readonly skipped: readonly SkippedRecord[];
  };
  readonly metrics: Metrics;
  readonly rows: readonly Prediction[];
}

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
  if (leads !== 1 || outputs.kind !== 'binary') {
    throw new PqrstError(
      'ERR_MODEL',
      `${source} is ${outputs.kind} of ${leads} ${leads === 1 ? 'lead' : 'leads'}; an evaluation judges binary ` +
        'classifiers of one lead: run it by openModel and predict',
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
  const task = stated(
    'task',
    metadata.task,
    options.task === undefined ? undefined : parseTask(options.task),
  );
  const fsHz = stated('fsHz', metadata.fsHz, options.fsHz);
  const scaling = stated('scaling', metadata.scaling, options.scaling);
  const threshold = options.threshold ?? metadata.threshold ?? 0.5;
  const set = await windowsFor(model, fsHz, options);
  const { windows, labels } = selectTask(set, task);
  const labelled = windows.map((window, at) => ({ window, positive: labels[at] === 1 }));
  const batches = realBatches(labelled, set.lengthSamples, { batchSize: 64, seed: 0, scaling });
  const { probabilities } = await predictAll(model, batches, options);
  const rows = windows.map(({ recordName, patientId, startS }, at): Prediction => {
    const label = labels[at] === 1 ? 1 : 0;
    return { recordName, patientId, startS, label, probability: probabilities[at]! };
  });
  const { fsHz: rateHz, lengthSamples, lead, skipped } = set;
  return {
    model: { path: source, ...metadata },
    engine: { name: engine.name, device: engine.device, reason: engine.deviceReason ?? '' },
    task,
    data: { source: set.source, fsHz: rateHz, lengthSamples, lead, skipped },
    metrics: measure(toScored(rows), { threshold, seed: options.seed ?? 0 }),
    rows,
  };
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

/** The probabilities and labels of a source's records, in its order. */
export async function predictAll(
  model: Model,
  batches: BatchSource,
  options: JobOptions = {},
): Promise<{ probabilities: Float32Array; labels: Float32Array }> {
  const probabilities = new Float32Array(batches.count);
  const labels = new Float32Array(batches.count);
  let done = 0;
  for await (const batch of readAhead(batches, 0, options.signal)) {
    probabilities.set(await model.predict(batch.signals), done);
    labels.set(batch.labels, done);
    done += batch.count;
    options.signal?.throwIfAborted();
    options.onProgress?.(done, batches.count);
  }
  return { probabilities, labels };
}

export function toScored(rows: readonly Prediction[]): Scored[] {
  return rows.map(({ patientId, label, probability }) => ({ patientId, positive: label === 1, probability }));
}

const columns = ['recordName', 'patientId', 'startS', 'label', 'probability'] as const;

/** Header line and a line per window. */
export function predictionsCsv(rows: readonly Prediction[]): string {
  const field = (value: string | number) =>
    /[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
  return `${[columns.join(','), ...rows.map((row) => columns.map((name) => field(row[name])).join(','))].join('\n')}\n`;
}
