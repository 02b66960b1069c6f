// Runs an ONNX file as a function from windows to probabilities, without blocking the event loop. It accepts any file
// that maps windows of leads to one logit or probability per window, or to one per class, whichever program wrote it. It
// does not scale signals. Shapes: N windows, C leads, L samples.

import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { parseOptions } from '../base/options.js';
import { plural } from '../base/text.js';
import type { Engine, Execution } from '../engine/engine.js';
import { floatCodes, withFloatPorts } from '../graph/adapt-model.js';
import { decodeModelHeader, type ModelPort } from '../graph/header.js';
import { parseLeads } from '../signal/leads.js';
import { type Answers, type Outputs, toLogits, toProbabilities } from '../signal/outputs.js';
import { type ModelMetadata, type OutputKind, parseMetadata } from './metadata.js';
import { readModelFile, readParts } from './model-file.js';
import { type FurtherNeeds, portsOf, type Unzipped, unzipped } from './model-ports.js';
import { type Ends, runAll, runBatch } from './run-windows.js';
import { checkClasses, outputsOfWidth, widthOf } from './score-output.js';

/** Options of `openModel`. */
export interface ModelOptions {
  /** An open engine. */
  readonly engine: Engine;
  /** Number of threads per operator; default the number of cores. */
  readonly threads?: number | undefined;
  /** Sampling rate in Hz. `fsHz` and `seconds` are required if neither input shape nor metadata state the length. */
  readonly fsHz?: number | undefined;
  /** Length of a window in seconds. */
  readonly seconds?: number | undefined;
  /** Leads in the order of the input, such as `I,II,V1` or `12`; required for several leads that the file does not name. */
  readonly leads?: string | readonly string[] | undefined;
  /** Class of each value of the output, in its order; required for several values that the file does not name. */
  readonly classes?: readonly string[] | undefined;
  /** Kind of output; required if neither the metadata nor the name of the output state it. */
  readonly output?: OutputKind | undefined;
}

/** An open model. Shapes: N windows, C leads, L samples. */
export interface Model {
  /** Path or name of the file. */
  readonly source: string;
  /** Description in the file. An option of `openModel` replaces the statement of the file. */
  readonly metadata: ModelMetadata;
  /** One sentence for each statement of the file that an option replaced. */
  readonly notes: readonly string[];
  /** Number of leads C, in the order of `metadata.leads`. The input of the file may have another order of dimensions. */
  readonly leads: number;
  /** Length L of a window. */
  readonly lengthSamples: number;
  /** Kind of the values that `run` returns. */
  readonly output: OutputKind;
  /** Number and meaning of the outputs. */
  readonly outputs: Outputs;
  /**
   * Returns the raw outputs [N], or [N, count], for `signals` [N, C, L]. The caller first filters the signals if
   * `metadata.filter` states a filter (`filterSignal` does this for one lead), and then scales them as
   * `metadata.scaling` says: `zscore` needs mean 0 and population SD 1 in each lead of each window; `none` needs the
   * samples in `metadata.unit` (mV if absent). A file with `metadata.preprocessing` computes both steps itself.
   *
   * @param signals - Scaled samples [N, C, L]: window after window, within a window lead after lead.
   * @throws PqrstError ERR_RANGE: when `signals` is not a whole number of windows.
   * @throws PqrstError ERR_MODEL: when an output is NaN.
   * @throws PqrstError ERR_ENGINE: when the engine fails.
   */
  run(signals: Float32Array): Promise<Float32Array>;
  /**
   * Returns probabilities [N], or [N, count], for `signals` [N, C, L]. The caller prepares the signals as for
   * `run`. For two labels a probability is that of the positive label. `evaluate` prepares them by itself.
   *
   * @param signals - Scaled samples [N, C, L]: window after window, within a window lead after lead.
   * @throws PqrstError ERR_MODEL: when a probability is not in [0, 1].
   * @throws PqrstError The errors of `run`.
   */
  predict(signals: Float32Array): Promise<Float32Array>;
  /**
   * Returns logits and probabilities, [N] or [N, count] each, for `signals` [N, C, L], as `run` and `predict` do. If
   * `output` is `probability`, the logits are computed: ln(p / (1 - p)), or ln p of several classes.
   *
   * @param signals - Scaled samples [N, C, L]: window after window, within a window lead after lead.
   * @throws PqrstError The errors of `predict`.
   */
  answer(signals: Float32Array): Promise<Answers>;
  /** Releases the model. The engine stays open. */
  close(): Promise<void>;
}

/**
 * Opens an ONNX file that classifies ECG windows. Its input is [N, L], [N, C, L] or [N, L, C], as float32, float16,
 * bfloat16 or float64; its output has one logit or probability per window, or one per class. Weights in other files are
 * read if these files are in the folder of the model.
 *
 * @param path - The path of the file.
 * @param options - The engine, and the values that the file does not state.
 * @example
 * ```ts
 * import { openEngine, openModel } from 'pqrst/evaluate';
 * import { Synthesizer } from 'pqrst/synth';
 * import { trainRun } from 'pqrst/train';
 *
 * const small = { arch: 'lstm', archOptions: { layers: 1, units: 16 }, epochs: 1, validateEvery: 1 };
 * await trainRun({ task: 'af', setting: 'syn', fsHz: 100, seconds: 4, syntheticCount: 32, batch: 8, ...small }, { out: 'run' });
 * const engine = await openEngine({ device: 'cpu' });
 * const model = await openModel('run/model.onnx', { engine });
 * const { metadata, lengthSamples } = model;
 *
 * // The records stand for yours: 4 windows of one lead at the rate and length of the model, in mV.
 * const { fsHz = 100 } = metadata;
 * const synth = new Synthesizer({ preset: 'paper', fsHz, seconds: lengthSamples / fsHz, seed: 1 });
 * const { signals } = await synth.batch({ classes: ['normal', 'af'], count: 4 });
 * if (metadata.scaling === 'zscore') {
 *   for (let at = 0; at < signals.length; at += lengthSamples) {
 *     const lead = signals.subarray(at, at + lengthSamples);
 *     const mean = lead.reduce((sum, value) => sum + value, 0) / lengthSamples;
 *     const sd = Math.sqrt(lead.reduce((sum, value) => sum + (value - mean) ** 2, 0) / lengthSamples);
 *     lead.set(lead.map((value) => (value - mean) / sd));
 *   }
 * }
 * console.log(await model.predict(signals)); // 4 probabilities of af
 * await model.close();
 * await engine.close();
 * ```
 * @throws PqrstError ERR_NOT_FOUND: when the file, or a file of its weights, does not exist.
 * @throws PqrstError ERR_PATH_OUTSIDE: when it names a file of weights outside its folder.
 * @throws PqrstError ERR_MODEL: when it is not an ONNX file, or its inputs or outputs do not fit.
 * @throws PqrstError ERR_OPTION: when a required option is missing, or contradicts the shapes of the file.
 */
export async function openModel(path: string, options: ModelOptions): Promise<Model> {
  return loadModel(await readModelFile(path), path, options);
}

const optionsSchema = z.looseObject({
  engine: z.looseObject({}, 'an engine (openEngine opens one)'),
  classes: z
    .array(z.string().min(1), 'a list of class names')
    .min(2, 'two or more class names')
    .refine((names) => new Set(names).size === names.length, 'a list of different class names')
    .optional(),
});

/**
 * Opens a model from bytes that contain its weights, as `openModel` does. `source` names it in messages. One error states
 * all missing options, those of `needs` among them.
 */
export async function loadModel(
  bytes: Uint8Array,
  source: string,
  options: ModelOptions,
  needs: FurtherNeeds = () => undefined,
): Promise<Model> {
  parseOptions(optionsSchema, options, 'openModel');
  const file = unzipped(bytes, decodeModelHeader(bytes, source), source);
  const { metadata, notes } = described(file, options, source);
  checkClasses(metadata, source);
  const { layout, output, kind } = portsOf(file, metadata, options, source, needs);
  const casts = [castOf(layout.port), castOf(output)] as const;
  const ports = readParts(source, () => withFloatPorts(file.bytes, ...casts));
  const program = {
    bytes: ports.bytes,
    inputs: [{ name: ports.inputName, type: 'float32' as const, shape: layout.port.shape }],
    outputs: [{ name: ports.outputName, type: 'float32' as const, shape: output.shape }],
    state: [],
  };
  const engineOptions = options.threads === undefined ? {} : { threads: options.threads };
  const execution = await options.engine.load(program, new Map(), engineOptions).catch((cause: Error) => {
    throw loadError(cause, layout.port, source);
  });
  const { inputName, outputName } = ports;
  const ends = { layout, inputName, outputName, source, remedy: remedyOf(metadata) };
  try {
    const outputs = await outputsOf(execution, ends, output, metadata);
    const run = (signals: Float32Array) => runAll(execution, { ...ends, width: countOf(outputs) }, signals);
    const answer = async (signals: Float32Array): Promise<Answers> => {
      const values = await run(signals);
      if (kind === 'logit') return { logit: values, probability: toProbabilities(values, outputs) };
      return { logit: toLogits(values, outputs), probability: inRange(values, output, source) };
    };
    return {
      ...{ source, metadata, notes, outputs, run, answer },
      leads: layout.leads,
      lengthSamples: layout.lengthSamples,
      output: kind,
      predict: async (signals) => (await answer(signals)).probability,
      close: () => execution.close(),
    };
  } catch (error) {
    await execution.close();
    throw error;
  }
}

/** Returns the error of a model that the runtime cannot load. */
function loadError(cause: Error, { dtype }: ModelPort, source: string): PqrstError {
  const { message } = cause;
  // On the CPU the runtime has no convolution of float64, for example.
  const isMissing = /Could not find an implementation/.test(message);
  const isForeign = /is not a registered function\/op|No Op registered/.test(message);
  const advice = isForeign
    ? 'with standard operators'
    : isMissing && dtype !== 'float32'
      ? 'as float32'
      : 'again';
  return new PqrstError('ERR_MODEL', `${source} cannot be run (${message}); export it ${advice}`, { cause });
}

/** Returns the description of the file with the options in it, and a note for each statement that an option replaces. */
function described({ header, classes }: Unzipped, options: ModelOptions, source: string) {
  const stated = { ...(classes && { classes }), ...parseMetadata(header, source) };
  const given = {
    ...(options.fsHz !== undefined && { fsHz: options.fsHz }),
    ...(options.leads !== undefined && { leads: parseLeads(options.leads) }),
    ...(options.classes !== undefined && { classes: options.classes }),
    ...(options.output !== undefined && { output: options.output }),
  };
  const notes = Object.entries(given).flatMap(([name, value]) =>
    replacedNote(source, name, stated[name as keyof ModelMetadata], value),
  );
  return { metadata: { ...stated, ...given }, notes };
}

/** Returns a note if an option replaces a different statement of the file. */
export function replacedNote(source: string, name: string, ofFile: unknown, given: unknown): string[] {
  if (ofFile === undefined || given === undefined || String(ofFile) === String(given)) return [];
  return [`${source} states \`${name}\` ${ofFile}; the given ${given} is used instead`];
}

function castOf({ name, dtype }: ModelPort) {
  const code = floatCodes[dtype];
  return dtype === 'float32' || code === undefined ? { name } : { name, castCode: code };
}

function remedyOf({ precision = 'float32', preprocessing }: ModelMetadata): string {
  const weights =
    precision === 'float32'
      ? 'its weights are broken: train it again'
      : `${precision} is too coarse: export it as float32`;
  // The z-score of a flat lead is NaN.
  return preprocessing === undefined ? weights : `a lead of a window is flat or holds NaN, or ${weights}`;
}

function countOf(outputs: Outputs): number {
  return outputs.kind === 'binary' ? 1 : outputs.count;
}

/** Returns the meaning of the outputs. If the file does not state their number, runs one window to count them. */
async function outputsOf(
  execution: Execution,
  ends: Ends,
  output: ModelPort,
  metadata: ModelMetadata,
): Promise<Outputs> {
  const { layout, source } = ends;
  const { batch = 1, leads, lengthSamples } = layout;
  const stated = widthOf(output);
  const values =
    stated === undefined
      ? await runBatch(execution, ends, new Float32Array(leads * lengthSamples), batch)
      : undefined;
  const width = values === undefined ? stated! : values.length / batch;
  const outputs = outputsOfWidth(width, metadata);
  if (outputs !== undefined) return outputs;
  const { classes = [] } = metadata;
  const named = classes.length === 0 ? '' : `, and ${classes.length} classes are named (${classes})`;
  throw new PqrstError(
    Number.isInteger(width) && width > 1 ? 'ERR_OPTION' : 'ERR_MODEL',
    `${source} answered ${plural(values?.length ?? 0, 'value')} for ${plural(batch, 'window')}${named}; name the class of ` +
      'each value of a window in their order with `classes`',
  );
}

/**
 * Checks that the outputs are probabilities, and returns them.
 *
 * @throws PqrstError ERR_MODEL: when one is not in [0, 1].
 */
function inRange(outputs: Float32Array, { name }: ModelPort, source: string): Float32Array {
  const wrong = outputs.find((value) => !(value >= 0 && value <= 1));
  if (wrong === undefined) return outputs;
  throw new PqrstError(
    'ERR_MODEL',
    `the output "${name}" of ${source} should be a probability, but answered ${wrong}; if it is a logit, say so ` +
      'with the option output, or correct the metadata',
  );
}
