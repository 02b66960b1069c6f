// Evaluates an ONNX file on a labelled data set: one row per window, and the scores of the rows. A model whose labels
// do not exclude each other cannot be evaluated.
// More than 300 lines: most of them describe the options, their checks and the result.

import { z } from 'zod';
import { expectWritable } from '../base/files.js';
import type { JobOptions } from '../base/job.js';
import { parseOptions } from '../base/options.js';
import { realBatches } from '../batches/batches.js';
import { NpyWriter } from '../codecs/npy/write.js';
import { selectTask } from '../datasets/dataset.js';
import { taskNotes } from '../datasets/label-notes.js';
import { withOwnLabels } from '../datasets/own-classes.js';
import type { Engine } from '../engine/engine.js';
import { lazyEngine } from '../engine/lazy.js';
import { type EngineOrChoice, withEngine } from '../engine/open.js';
import { type OutputKind, outputKinds, type Scaling, scalings } from '../model/metadata.js';
import { readModelFile } from '../model/model-file.js';
import type { FurtherNeeds } from '../model/model-ports.js';
import { loadModel, type Model } from '../model/session.js';
import { type LabelMap, labelMapSchema } from '../signal/synonyms.js';
import type { WindowSet } from '../signal/window.js';
import { type ClassFile, parseOwnClasses } from '../synth/physiology/class-file.js';
import { type Evaluation, evaluationOf, knownTraining, trainedNote } from './evaluation.js';
import { judge, onePatientNotes } from './judge.js';
import { missingOptions } from './missing-options.js';
import { openWindowsAt } from './open-windows.js';
import { type PredictionsOptions, predictionsSchema } from './part-formats.js';
import { originsOf } from './predict.js';
import { termsOf } from './terms.js';
import { patientsOf, trainedShare } from './trained-patients.js';

/** The options of `evaluate` besides the file. */
export interface JudgeOptions extends JobOptions {
  /**
   * A data set as `KIND:DIR` (`mitdb:DIR`; [openDataset](records.md#opendataset) lists the kinds), or windows at the
   * rate and length of the model. Windows are given as the file takes them: filtered if it states a `filter`.
   */
  readonly data: string | WindowSet;
  /** The task as `parseLabelTask` reads it; default: the task that the file states. */
  readonly task?: string | undefined;
  /** Sampling rate of the model's windows in Hz; default: the rate that the file states. */
  readonly fsHz?: number | undefined;
  /** Leads such as `I,II,V1` or `12`; default the leads that the file states, or one lead as `openDataset` reads it. */
  readonly leads?: string | readonly string[] | undefined;
  /** Scaling of each window before the model; default: the scaling that the file states. */
  readonly scaling?: Scaling | undefined;
  /** A window with at least this probability is predicted positive, 0-1; default: that of the file, otherwise 0.5. */
  readonly threshold?: number | undefined;
  /**
   * The share of positives among the windows' population, above 0 and below 1, for the correction of the probabilities
   * (`correctPrior`); `estimate` takes it from the probabilities (`estimatePrior`). Default: no correction. Only for a task
   * of two labels.
   */
  readonly prior?: number | 'estimate' | undefined;
  /** The share of positives that the training saw; needed only with `prior` and if the file does not state it. */
  readonly trainPrior?: number | undefined;
  /** What labels of your own tables mean, in place of the table of synonyms; default: the map that the file states. */
  readonly labelMap?: LabelMap | undefined;
  /** Rejects data with a row, path or record that cannot be read. Default: it is skipped. */
  readonly strict?: boolean | undefined;
  /** The seed of the bootstrap; default 0. */
  readonly seed?: number | undefined;
  /**
   * A .npy file to write: the input of the model for each window, float32 [windows, leads, samples], in the order of
   * `rows`. An error leaves no file there.
   */
  readonly dumpInputs?: string | undefined;
  /** Classes of your own; a window shows one if its data set states a code of the class. */
  readonly ownClasses?: readonly ClassFile[] | undefined;
}

/**
 * The options of `evaluate`. A file that pqrst exported states its task, rate, length, scaling, threshold and output. Give
 * these options only if the file does not state them. An option replaces the statement of the file, and `notes` of the
 * result say so. An option that contradicts the shapes of the file is an error.
 */
export interface EvaluateOptions extends JudgeOptions, EngineOrChoice {
  /** The path of the ONNX file. */
  readonly modelPath: string;
  /** Length of a window in s; needed only if neither the input shape nor the metadata state it. */
  readonly seconds?: number | undefined;
  /**
   * The classes in the order of the model's outputs; needed only if the output has one value per class and the file does
   * not name them. With one value per window: the negative and the positive class.
   */
  readonly classes?: readonly string[] | undefined;
  /** Kind of the output; needed only if neither the metadata nor the name of the output state it. */
  readonly output?: OutputKind | undefined;
  /**
   * Number of threads, default the number of cores: workers that read, prepare and run batches of a corpus, otherwise
   * threads per operator.
   */
  readonly threads?: number | undefined;
  /**
   * Writes the predictions of a corpus into a folder, one part per shard. Its windows are then not in `rows`. Only for the
   * records of one corpus in the format npy or parquet, and for `synth:FILE`.
   */
  readonly predictions?: PredictionsOptions | undefined;
  /**
   * Whether the result has `rows`; default true without `predictions`. False keeps label, probability and patient of each
   * window of a corpus in memory (9 bytes for two labels), and nothing else.
   */
  readonly rows?: boolean | undefined;
}

const between0And1 = z
  .number('a number above 0 and below 1')
  .gt(0, 'a number above 0 and below 1')
  .lt(1, 'a number above 0 and below 1');

const optionsSchema = z.strictObject({
  modelPath: z.string('the path of an ONNX file'),
  data: z.union([z.string(), z.looseObject({ windows: z.array(z.any()) })], 'KIND:DIR or a set of windows'),
  task: z.string('the name of a task').optional(),
  fsHz: z.number('a rate in Hz').positive('a rate above 0 Hz').optional(),
  seconds: z.number('a length in s').positive('a length above 0 s').optional(),
  leads: z.union([z.string(), z.array(z.string())], 'leads such as I,II,V1 or 12').optional(),
  classes: z.array(z.string(), 'a list of classes').optional(),
  scaling: z.enum(scalings, `one of ${scalings.join(', ')}`).optional(),
  output: z.enum(outputKinds, `one of ${outputKinds.join(', ')}`).optional(),
  threshold: z.number('a probability').min(0, 'from 0 to 1').max(1, 'from 0 to 1').optional(),
  prior: z
    .union([between0And1, z.literal('estimate')], 'a number above 0 and below 1, or estimate')
    .optional(),
  trainPrior: between0And1.optional(),
  labelMap: labelMapSchema.optional(),
  seed: z.int('a whole number from 0').min(0, 'a whole number from 0').optional(),
  ownClasses: z.array(z.unknown(), 'an array of classes').optional(),
  threads: z.int('a whole number from 1').min(1, 'a whole number from 1').optional(),
  predictions: predictionsSchema.optional(),
  rows: z.boolean('true or false').optional(),
  strict: z.boolean('true or false').optional(),
  dumpInputs: z.string('the path of a .npy file').optional(),
  engine: z.any().optional(),
  device: z.any().optional(),
  tfBackend: z.any().optional(),
  signal: z.any().optional(),
  onProgress: z.any().optional(),
});

/**
 * Evaluates an ONNX file on labelled windows. The windows are read at the rate, length and leads that the file states,
 * and filtered and scaled as it states. A file that computes these steps itself gets the raw windows.
 *
 * @param options - The file, the records, and values that the file does not state. `onProgress` counts windows.
 * @returns The predictions of all windows, and scores with 95 % intervals over patients.
 * @example
 * ```ts
 * import { writeCorpus } from 'pqrst/corpus';
 * import { evaluate } from 'pqrst/evaluate';
 * import { trainRun } from 'pqrst/train';
 *
 * await trainRun(
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
 * // The corpus stands for your records; its seed differs from the seed of the training (0).
 * await writeCorpus('records', { format: 'npy', count: 40, classes: { normal: 1, af: 1 }, fsHz: 100, seconds: 4, seed: 1 });
 * const { kind, metrics } = await evaluate({ modelPath: 'run/model.onnx', data: 'corpus:records' });
 * console.log(metrics.auroc.value, metrics.auroc.low, metrics.auroc.high);
 * if (kind === 'binary') console.log(metrics.threshold); // a task of several labels has no threshold
 * ```
 * @throws PqrstError ERR_OPTION: when the file does not state a needed value, or an option contradicts its shapes.
 * @throws PqrstError ERR_MODEL: when the file is not a classifier of one label per window.
 * @throws PqrstError ERR_DATA_EMPTY: when no window has a label of the task. If only some labels have windows, scores that
 * need the others are NaN.
 * @throws PqrstError ERR_DATA_UNREADABLE: with `strict`, when a row, path or record cannot be read.
 * @throws PqrstError ERR_WRITE: when `dumpInputs` cannot be written; this is checked first.
 * @throws PqrstError The errors of `openModel` and `openDataset`.
 * @throws `options.signal.reason`: when the signal is aborted.
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  parseOptions(optionsSchema, options, 'evaluate');
  const { modelPath, fsHz, seconds, leads, classes, output, threads, dumpInputs } = options;
  if (dumpInputs !== undefined) await expectWritable(dumpInputs);
  // Loaded on demand: a corpus needs the simulator and Parquet, other data do not.
  const { corpusSource } = await import('./corpus-source.js');
  const corpus = await corpusSource(options);
  return withEngine(options, async (engine) => {
    // The workers of a corpus have sessions of their own.
    const own = corpus === undefined ? engine : lazyEngine(engine);
    const opening = { engine: own, threads, fsHz, seconds, leads, classes, output };
    const needs: FurtherNeeds = (...facts) => missingOptions(options, ...facts);
    const bytes = await readModelFile(modelPath);
    const model = await loadModel(bytes, modelPath, opening, needs);
    try {
      if (corpus !== undefined) {
        const { evaluateCorpus } = await import('./evaluate-corpus.js');
        return await evaluateCorpus({ model, bytes, engine, corpus, options });
      }
      const evaluation = await evaluateModel(model, engine, options);
      return options.rows === false ? { ...evaluation, rows: [] } : evaluation;
    } finally {
      await model.close();
    }
  });
}

/** Evaluates an open model; see `evaluate`. */
export async function evaluateModel(
  model: Model,
  engine: Engine,
  options: JudgeOptions,
): Promise<Evaluation> {
  const { source } = model;
  const { data, strict, signal, onProgress } = options;
  const terms = termsOf(model, data, options);
  const job = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
  const { task, order, scaling, scores, fsHz, seconds, filter, labelMap, leads: wanted, notes } = terms;
  const shape = { fsHz, seconds, filter, labelMap, leads: wanted, leadCount: model.leads };
  const own = parseOwnClasses(options.ownClasses ?? []);
  const set = withOwnLabels(await openWindowsAt(data, shape, source, { signal, strict }), own);
  const { windows, labels } = selectTask(set, task, { everyLabel: false });
  const labelled = windows.map((window, at) => ({ window, label: labels[at]! }));
  const batches = realBatches(labelled, set.lengthSamples, { batchSize: 64, seed: 0, scaling });
  const judged = await withDump(options.dumpInputs, model, (onInputs) =>
    judge(model, batches, originsOf(labelled), { ...scores, order, onInputs, ...job }),
  );
  const training = await knownTraining(model, notes);
  const trained = training && trainedShare(training, { windows, source: set.source });
  if (trained) notes.push(...trainedNote(trained, patientsOf(windows), windows.length));
  const { rows, ...scored } = judged;
  return evaluationOf(model, engine, terms, {
    ...{ rows, scored, trained, set },
    notes: onePatientNotes(rows, task.labels),
    setNotes: [...(set.notes ?? []), ...taskNotes(set, [task])],
  });
}

/** Calls `work` with a function that writes the inputs of the model to `path`, if a path is given. */
async function withDump<T>(
  path: string | undefined,
  { leads, lengthSamples }: Model,
  work: (onInputs?: (signals: Float32Array) => Promise<void>) => Promise<T>,
): Promise<T> {
  if (path === undefined) return work();
  const file = await NpyWriter.open(path, 'float32', [leads, lengthSamples]);
  try {
    const result = await work((signals) => file.append(signals));
    await file.close();
    return result;
  } catch (error) {
    await file.abort();
    throw error;
  }
}
