// Runs an ONNX file as a function from windows to probabilities, without blocking the event loop. It accepts any file
// that maps [N, 1, L] or [N, L] float32 to one logit or probability per window, whichever program wrote it, and a file with
// several leads, classes or labels if its metadata name them. It does not scale signals.
// More than 300 lines: most of them reject files of other forms, each with its own message.
// Shapes: N windows, C leads, L samples.

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { isAbsent } from '../base/files.js';
import { parseOptions } from '../base/options.js';
import type { Engine, Execution, Port } from '../engine/engine.js';
import { decodeModelHeader, type ModelPort } from '../graph/proto.js';
import { binary, type Outputs, toProbabilities } from '../signal/outputs.js';
import { samplesOf } from '../signal/samples.js';
import { type ModelMetadata, type OutputKind, parseMetadata } from './metadata.js';

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
  /** Kind of output; required if neither the metadata nor the name of the output state it. */
  readonly output?: OutputKind | undefined;
}

/** An open model. Shapes: N windows, C leads, L samples. */
export interface Model {
  /** Path or name of the file. */
  readonly source: string;
  /** Description in the file. */
  readonly metadata: ModelMetadata;
  /** Number of leads C, in the order of `metadata.leads`. */
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
  /** Releases the model. The engine stays open. */
  close(): Promise<void>;
}

const logitName = /logit/i;
const probabilityName = /prob|sigmoid/i;

/**
 * Opens an ONNX file that classifies ECG windows.
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
 * @throws PqrstError ERR_NOT_FOUND: when the file does not exist.
 * @throws PqrstError ERR_MODEL: when it is not an ONNX file, or its inputs or outputs do not fit.
 * @throws PqrstError ERR_OPTION: when a required option is missing or contradicts the file.
 */
export async function openModel(path: string, options: ModelOptions): Promise<Model> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const missing = isAbsent(cause);
    const what = missing ? 'does not exist; check the path' : `cannot be read: ${(cause as Error).message}`;
    throw new PqrstError(missing ? 'ERR_NOT_FOUND' : 'ERR_MODEL', `the model ${path} ${what}`, { cause });
  }
  return loadModel(bytes, path, options);
}

const optionsSchema = z.looseObject({ engine: z.looseObject({}, 'an engine (openEngine opens one)') });

/** Opens a model from bytes, as `openModel` does. `source` names it in messages. */
export async function loadModel(bytes: Uint8Array, source: string, options: ModelOptions): Promise<Model> {
  parseOptions(optionsSchema, options, 'openModel');
  const header = decodeModelHeader(bytes, source);
  const metadata = parseMetadata(header.metadata, source);
  const leads = metadata.leads?.length ?? 1;
  const input = soleInput(header.inputs, leads, source);
  const stated = statedKind(metadata, options, source);
  const outputs = statedOutputs(metadata, source);
  const output = scoreOutput(header.outputs, outputs, stated, source);
  const lengthSamples = inputLength(input, metadata, options, source);
  const kind = stated ?? kindByName(output, source);
  const program = { bytes, inputs: [asPort(input)], outputs: [asPort(output)], state: [] };
  const engineOptions = options.threads === undefined ? {} : { threads: options.threads };
  const execution = await options.engine.load(program, new Map(), engineOptions).catch((cause: Error) => {
    throw new PqrstError('ERR_MODEL', `${source} cannot be run (${cause.message}); export it again`, {
      cause,
    });
  });
  const { precision = 'float32', preprocessing } = metadata;
  const weights =
    precision === 'float32'
      ? 'its weights are broken: train it again'
      : `${precision} is too coarse: export it as float32`;
  // The z-score of a flat lead is NaN.
  const remedy =
    preprocessing === undefined ? weights : `a lead of a window is flat or holds NaN, or ${weights}`;
  const ends = { input, output, leads, lengthSamples, width: widthOf(outputs), source, remedy };
  const run = (signals: Float32Array) => runAll(execution, ends, signals);
  return {
    source,
    metadata,
    leads,
    lengthSamples,
    output: kind,
    outputs,
    run,
    predict: async (signals) => {
      const values = await run(signals);
      return kind === 'logit' ? toProbabilities(values, outputs) : inRange(values, output, source);
    },
    close: () => execution.close(),
  };
}

function widthOf(outputs: Outputs): number {
  return outputs.kind === 'binary' ? 1 : outputs.count;
}

interface Ends {
  readonly input: ModelPort;
  readonly output: ModelPort;
  readonly leads: number;
  readonly lengthSamples: number;
  /** Number of output values per window. */
  readonly width: number;
  readonly source: string;
  /** Advice in case an output is NaN. */
  readonly remedy: string;
}

/** Runs all windows at once; if the file fixes N, runs N windows at a time and pads the last group with zeros. */
async function runAll(execution: Execution, ends: Ends, signals: Float32Array): Promise<Float32Array> {
  const { input, leads, lengthSamples, width } = ends;
  const size = leads * lengthSamples;
  const count = signals.length / size;
  if (!Number.isInteger(count)) {
    const each = leads === 1 ? '' : `${leads} leads of `;
    throw new PqrstError(
      'ERR_RANGE',
      `${signals.length} samples are not a whole number of windows of ${each}${lengthSamples} samples; give complete windows`,
    );
  }
  const rows = typeof input.shape[0] === 'number' ? input.shape[0] : count;
  const outputs = new Float32Array(count * width);
  for (let start = 0; start < count; start += rows) {
    const part = signals.subarray(start * size, (start + rows) * size);
    const values = await runRows(execution, ends, part, rows);
    outputs.set(values.subarray(0, (count - start) * width), start * width);
  }
  return outputs;
}

async function runRows(execution: Execution, ends: Ends, signals: Float32Array, rows: number) {
  const { input, output, leads, lengthSamples, width, source } = ends;
  const data = new Float32Array(rows * leads * lengthSamples);
  data.set(signals);
  const shape = input.shape.length === 3 ? [rows, leads, lengthSamples] : [rows, lengthSamples];
  const results = await execution.run({ [input.name]: { data, shape } });
  const values = results[output.name]?.data;
  if (!(values instanceof Float32Array) || values.length !== rows * width) {
    throw new PqrstError(
      'ERR_MODEL',
      `${source} answered ${values?.length ?? 0} values for ${rows} windows; expected ${width === 1 ? 'one' : width} per window`,
    );
  }
  if (values.some(Number.isNaN)) {
    throw new PqrstError('ERR_MODEL', `${source} answered NaN; ${ends.remedy}`);
  }
  return values;
}

function soleInput(inputs: readonly ModelPort[], leads: number, source: string): ModelPort {
  const [input] = inputs;
  const { shape = [], dtype } = input ?? {};
  const isWindow =
    (shape.length === 2 && leads === 1) ||
    (shape.length === 3 && (shape[1] === leads || typeof shape[1] === 'string'));
  if (inputs.length === 1 && input !== undefined && dtype === 'float32' && isWindow) return input;
  const expected =
    leads === 1 ? '[N, 1, L] or [N, L]' : `[N, ${leads}, L], as many leads as its metadata name`;
  throw wrongShape(source, 'takes', inputs, `one input float32 ${expected}`);
}

/** Returns the meaning of the outputs according to the metadata. */
function statedOutputs({ outputs: kind = 'binary', classes = [] }: ModelMetadata, source: string): Outputs {
  if (kind === 'binary') return binary;
  if (classes.length > (kind === 'multiclass' ? 1 : 0)) return { kind, count: classes.length };
  throw new PqrstError(
    'ERR_MODEL',
    `${source} states that it is ${kind}, and ${classes.length} classes; name the class of each output in its metadata`,
  );
}

/** Returns the kind of output according to metadata and options, which must not contradict each other. */
function statedKind(metadata: ModelMetadata, options: ModelOptions, source: string): OutputKind | undefined {
  const [ofFile, given] = [metadata.output, options.output];
  if (ofFile === undefined || given === undefined || ofFile === given) return ofFile ?? given;
  throw new PqrstError(
    'ERR_OPTION',
    `${source} states that its output is a ${ofFile}, not a ${given}; omit the option output`,
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

/** Returns the output that holds the scores. Among several candidates, the name decides: the stated kind, or a logit. */
function scoreOutput(
  ports: readonly ModelPort[],
  outputs: Outputs,
  stated: OutputKind | undefined,
  source: string,
): ModelPort {
  const scores = ports.filter(({ shape, dtype }) => {
    // Rank 0 means that the shape is omitted; the first run checks it.
    const isScore =
      outputs.kind === 'binary'
        ? shape.length <= 3 && shape.slice(1).every((dim) => dim === 1)
        : shape.length === 0 ||
          (shape.length === 2 && (shape[1] === outputs.count || typeof shape[1] === 'string'));
    return dtype === 'float32' && isScore;
  });
  const named = (pattern: RegExp) => scores.find(({ name }) => pattern.test(name));
  const byName = { logit: () => named(logitName), probability: () => named(probabilityName) };
  const chosen = stated === undefined ? (byName.logit() ?? byName.probability()) : byName[stated]();
  const found = scores.length === 1 ? scores[0] : chosen;
  if (found !== undefined) return found;
  const shape = outputs.kind === 'binary' ? '[N] or [N, 1]' : `[N, ${outputs.count}]`;
  throw wrongShape(source, 'gives', ports, `an output float32 ${shape}, a logit or a probability`);
}

function wrongShape(source: string, verb: string, ports: readonly ModelPort[], expected: string): PqrstError {
  const found = ports.map(({ name, dtype, shape }) => `${name} ${dtype} [${shape.join(', ')}]`).join(' and ');
  return new PqrstError(
    'ERR_MODEL',
    `${source} ${verb} ${found || 'nothing'}; expected ${expected}: give a binary classifier of one lead, ` +
      'or name leads, outputs and classes in its metadata',
  );
}

/** Returns L according to input shape, metadata and options, which must not contradict each other. */
function inputLength(
  input: ModelPort,
  metadata: ModelMetadata,
  options: ModelOptions,
  source: string,
): number {
  const last = input.shape.at(-1);
  const shape = typeof last === 'number' ? last : undefined;
  if (shape !== undefined && metadata.lengthSamples !== undefined && shape !== metadata.lengthSamples) {
    throw new PqrstError(
      'ERR_MODEL',
      `${source} takes windows of ${shape} samples, but its metadata say ${metadata.lengthSamples}; correct them`,
    );
  }
  const fsHz = metadata.fsHz ?? options.fsHz;
  const asked = fsHz && options.seconds ? samplesOf(options.seconds, fsHz) : undefined;
  const length = shape ?? metadata.lengthSamples ?? asked;
  if (length === undefined) {
    throw new PqrstError(
      'ERR_OPTION',
      `${source} takes windows of any length and does not state which length it was trained on; give \`fsHz\` and \`seconds\``,
    );
  }
  if (asked === undefined || asked === length) return length;
  throw new PqrstError(
    'ERR_OPTION',
    `${source} takes windows of ${length} samples, not ${asked} (${options.seconds} s at ${fsHz} Hz); ` +
      'correct the seconds or omit them',
  );
}

function kindByName({ name }: ModelPort, source: string): OutputKind {
  if (logitName.test(name)) return 'logit';
  if (probabilityName.test(name)) return 'probability';
  throw new PqrstError(
    'ERR_OPTION',
    `the output "${name}" of ${source} may be a logit or a probability; state which with \`output\``,
  );
}

function asPort({ name, shape }: ModelPort): Port {
  return { name, type: 'float32', shape };
}
