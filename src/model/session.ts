// An ONNX file as a function from windows to probabilities, run off the event loop. It takes any file that maps
// [N, 1, L] or [N, L] float32 to one logit or probability a window, whoever made it; one of several leads, classes or
// labels where its metadata name them. It scales nothing.
// N windows, C leads, L samples.

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { parseOptions } from '../base/options.js';
import type { Engine, Execution, Port } from '../engine/engine.js';
import { decodeModelHeader, type ModelPort } from '../graph/proto.js';
import { binary, type Outputs, toProbabilities } from '../signal/outputs.js';
import { samplesOf } from '../signal/samples.js';
import { type ModelMetadata, type OutputKind, parseMetadata } from './metadata.js';

export interface ModelOptions {
  readonly engine: Engine;
  readonly threads?: number | undefined;
  /** Both needed for files that state their length neither in the input's shape nor in the metadata. */
  readonly fsHz?: number | undefined;
  readonly seconds?: number | undefined;
  /** Needed for files whose metadata and output's name do not tell. */
  readonly output?: OutputKind | undefined;
}

export interface Model {
  readonly source: string;
  readonly metadata: ModelMetadata;
  /** C, in the order of `metadata.leads`. */
  readonly leads: number;
  readonly lengthSamples: number;
  readonly output: OutputKind;
  readonly outputs: Outputs;
  /** Raw outputs [N], or [N, count], for `signals` [N, C, L]. ERR_ENGINE; ERR_MODEL where one is not a number. */
  run(signals: Float32Array): Promise<Float32Array>;
  /** Probabilities of the same shape. Errors as `run`; ERR_MODEL where a probability is not in [0, 1]. */
  predict(signals: Float32Array): Promise<Float32Array>;
  close(): Promise<void>;
}

const logitName = /logit/i;
const probabilityName = /prob|sigmoid/i;

/** Opens the file; ERR_NOT_FOUND, ERR_MODEL (no ONNX file, wrong inputs or outputs), ERR_OPTION (an option is missing). */
export async function openModel(path: string, options: ModelOptions): Promise<Model> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const what = missing ? 'does not exist; check the path' : `cannot be read: ${(cause as Error).message}`;
    throw new PqrstError(missing ? 'ERR_NOT_FOUND' : 'ERR_MODEL', `the model ${path} ${what}`, { cause });
  }
  return loadModel(bytes, path, options);
}

const optionsSchema = z.looseObject({ engine: z.looseObject({}, 'an engine (openEngine opens one)') });

/** The same for bytes at hand; `source` names them in sentences. */
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
  const { precision = 'float32' } = metadata;
  const remedy =
    precision === 'float32'
      ? 'its weights are broken: train it again'
      : `${precision} is too coarse: export it as float32`;
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
  /** Values a window is answered by. */
  readonly width: number;
  readonly source: string;
  /** Of answers that are no numbers. */
  readonly remedy: string;
}

/** All windows at once, or, where the file fixes N, that many at a time, the last filled up with zeros. */
async function runAll(execution: Execution, ends: Ends, signals: Float32Array): Promise<Float32Array> {
  const { input, leads, lengthSamples, width } = ends;
  const size = leads * lengthSamples;
  const count = signals.length / size;
  if (!Number.isInteger(count)) {
    const each = leads === 1 ? '' : `${leads} leads of `;
    throw new PqrstError(
      'ERR_RANGE',
      `${signals.length} samples are no whole number of windows of ${each}${lengthSamples} samples`,
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
      `${source} answered ${values?.length ?? 0} values for ${rows} windows; expected ${width === 1 ? 'one' : width} a window`,
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

/** What the metadata say that an answer is. */
function statedOutputs({ outputs: kind = 'binary', classes = [] }: ModelMetadata, source: string): Outputs {
  if (kind === 'binary') return binary;
  if (classes.length > (kind === 'multiclass' ? 1 : 0)) return { kind, count: classes.length };
  throw new PqrstError(
    'ERR_MODEL',
    `${source} states that it is ${kind}, and ${classes.length} classes; name the class of each output in its metadata`,
  );
}

/** What the metadata and the options say that the output is; they must not contradict each other. */
function statedKind(metadata: ModelMetadata, options: ModelOptions, source: string): OutputKind | undefined {
  const [ofFile, given] = [metadata.output, options.output];
  if (ofFile === undefined || given === undefined || ofFile === given) return ofFile ?? given;
  throw new PqrstError(
    'ERR_OPTION',
    `${source} states that its output is a ${ofFile}, not a ${given}; leave the option output out`,
  );
}

/** Outputs that are taken for probabilities, or ERR_MODEL where one cannot be. */
function inRange(outputs: Float32Array, { name }: ModelPort, source: string): Float32Array {
  const wrong = outputs.find((value) => !(value >= 0 && value <= 1));
  if (wrong === undefined) return outputs;
  throw new PqrstError(
    'ERR_MODEL',
    `the output "${name}" of ${source} is taken for a probability, but answered ${wrong}; if it is a logit, say so ` +
      'with the option output, or correct the metadata',
  );
}

/** The one output that can be the scores; among several, the one called what it is stated to be, or a logit. */
function scoreOutput(
  ports: readonly ModelPort[],
  outputs: Outputs,
  stated: OutputKind | undefined,
  source: string,
): ModelPort {
  const scores = ports.filter(({ shape, dtype }) => {
    // A rank of 0 is a shape left out; the first run tells.
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

/** L by the input's shape, the metadata and the options, which must not contradict each other. */
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
      `${source} takes windows of any length and does not say which it was trained on; give fsHz and seconds`,
    );
  }
  if (asked === undefined || asked === length) return length;
  throw new PqrstError(
    'ERR_OPTION',
    `${source} takes windows of ${length} samples, not ${asked} (${options.seconds} s at ${fsHz} Hz); ` +
      'correct the seconds or leave them out',
  );
}

function kindByName({ name }: ModelPort, source: string): OutputKind {
  if (logitName.test(name)) return 'logit';
  if (probabilityName.test(name)) return 'probability';
  throw new PqrstError(
    'ERR_OPTION',
    `the output "${name}" of ${source} may be a logit or a probability; say which with the option output`,
  );
}

function asPort({ name, shape }: ModelPort): Port {
  return { name, type: 'float32', shape };
}
