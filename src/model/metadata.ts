// The metadata of a model file as ONNX entries (text). They state what an evaluation needs, so that
// the caller gives no options. The names of the entries begin with `pqrst.`, because other programs write entries of their
// own (`task`, `names`) that mean something else.

import { ZodError } from 'zod';
import { PqrstError } from '../base/errors.js';
import { parseJson } from '../base/parse-json.js';
import type { ModelHeader } from '../graph/header.js';
import { parseFilter } from '../signal/filter.js';
import { type LabelMap, labelMapSchema, parseLabelMap } from '../signal/synonyms.js';
import type { WindowSet } from '../signal/window.js';
import { expectInputSteps, type InputStep, readInputSteps } from './input-steps.js';

/** All scalings. */
export const scalings = ['zscore', 'none'] as const;
/** The scaling of a window before the model: `zscore` gives each lead mean 0 and SD 1; `none` keeps the window's unit. */
export type Scaling = (typeof scalings)[number];

/** All kinds of output. */
export const outputKinds = ['logit', 'probability'] as const;
/** Whether a model returns logits or probabilities. */
export type OutputKind = (typeof outputKinds)[number];

/** All precisions. */
export const precisions = ['float32', 'float16', 'int8'] as const;
/** The number format in which a model file stores its weights and computes. */
export type Precision = (typeof precisions)[number];

const units: readonly WindowSet['unit'][] = ['mV', 'sd', 'arbitrary', 'mixed'];
const answerKinds = ['binary', 'multiclass', 'multilabel'] as const;

/** The fields that a file may state. All are optional, because other programs write files without them. */
export interface ModelMetadata {
  /** Sampling rate of the windows in Hz. */
  readonly fsHz?: number;
  /** Length of a window in samples. */
  readonly lengthSamples?: number;
  /** Names of the leads, in the order of the input's channels. */
  readonly leads?: readonly string[];
  /** Unit of the windows that it was trained on, before scaling. Absent in files of other programs. */
  readonly unit?: WindowSet['unit'];
  /** Filter of a window before its scaling: `LOW-HIGH` in Hz, as `filterSignal` takes it. Absent: no filter. */
  readonly filter?: string;
  /** Scaling of a window before the model. */
  readonly scaling?: Scaling;
  /**
   * The steps of `Preprocessing` that the file computes itself, in order: `filter 0.5-40`, `zscore`. Its input is then a
   * raw window in `unit`, so `filter` is absent and `scaling` is `none`.
   */
  readonly preprocessing?: readonly string[];
  /**
   * The steps from a recording to the input of the file, in order and with all their numbers. They follow from the other
   * statements; a program without this package needs them.
   */
  readonly inputSteps?: readonly InputStep[];
  /** Whether the output is a logit or a probability. */
  readonly output?: OutputKind;
  /** Meaning of an answer: one class against the rest, one of several classes, or several labels. Default binary. */
  readonly outputs?: 'binary' | 'multiclass' | 'multilabel';
  /** [negative, positive], or the class of each output. */
  readonly classes?: readonly string[];
  /** The task, as `parseLabelTask` reads it. Files from other programs may contain any text. */
  readonly task?: string;
  /** What labels of own tables mean, in place of the table of synonyms; JSON in the file. Absent: the table decides. */
  readonly labelMap?: LabelMap;
  /** A window with at least this probability is predicted positive. */
  readonly threshold?: number;
  /** The threshold with the highest F1 of the run's validation records. Absent if they gave none. */
  readonly validationThreshold?: number;
  /** The share of positives that the training saw, counted by their weights in the loss; for `correctPrior`. */
  readonly trainPrior?: number;
  /** Name of the architecture. */
  readonly arch?: string;
  /** Setting of the training: real, syn, syn-real, real+syn or real+real. */
  readonly setting?: string;
  /** Seed of the training. */
  readonly seed?: number;
  /** A `Precision` in files of this package; undefined for float32. */
  readonly precision?: string;
  /** Version of pqrst that trained the model. */
  readonly version?: string;
}

type Readers = { readonly [Name in keyof ModelMetadata]-?: (text: string) => ModelMetadata[Name] };

const numberAbove = (least: number) => (text: string) => {
  const value = Number(text);
  return text.trim() !== '' && Number.isFinite(value) && value >= least ? value : undefined;
};
const oneOf =
  <Word extends string>(words: readonly Word[]) =>
  (text: string) =>
    words.find((word) => word === text);

function readFilter(text: string): string | undefined {
  try {
    return parseFilter(text);
  } catch (error) {
    if (error instanceof PqrstError) return undefined;
    throw error;
  }
}

function readLabelMap(text: string): LabelMap | undefined {
  try {
    return parseLabelMap(labelMapSchema.parse(parseJson(text)));
  } catch (error) {
    if (error instanceof PqrstError || error instanceof SyntaxError || error instanceof ZodError)
      return undefined;
    throw error;
  }
}
const probability = (text: string) => (Number(text) <= 1 ? numberAbove(0)(text) : undefined);

const readers: Readers = {
  fsHz: numberAbove(1),
  lengthSamples: (text) => (/^[1-9]\d{0,8}$/.test(text.trim()) ? Number(text) : undefined),
  leads: (text) => text.split(','),
  unit: oneOf(units),
  filter: readFilter,
  scaling: oneOf(scalings),
  preprocessing: (text) => text.split(','),
  inputSteps: readInputSteps,
  output: oneOf(outputKinds),
  outputs: oneOf(answerKinds),
  classes: (text) => text.split(','),
  task: String,
  labelMap: readLabelMap,
  threshold: probability,
  validationThreshold: probability,
  trainPrior: (text) => (Number(text) > 0 && Number(text) < 1 ? probability(text) : undefined),
  arch: String,
  setting: String,
  seed: numberAbove(0),
  precision: String,
  version: String,
};

const prefix = 'pqrst.';

/** Returns the entries of the file. The items of a list are separated by commas; `inputSteps` and a map are JSON. */
export function metadataEntries(metadata: ModelMetadata): Record<string, string> {
  const textOf = (name: string, value: unknown) =>
    name === 'inputSteps' || name === 'labelMap' ? JSON.stringify(value) : String(value);
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [`${prefix}${name}`, textOf(name, value)]),
  );
}

/**
 * Reads the entries of a file. Ignores the entries of other programs. A file without `leads` may name its only lead in
 * `lead`.
 *
 * @param source - The file, for error messages.
 * @throws PqrstError ERR_MODEL: when an entry of this package holds an invalid value, or states other input steps than
 * this version computes.
 */
export function parseMetadata(
  header: Pick<ModelHeader, 'producer' | 'metadata'>,
  source: string,
): ModelMetadata {
  const entries = ownEntries(header);
  const known = Object.entries(readers).filter(([name]) => entries[name] !== undefined);
  const read = known.map(([name, readText]) => {
    const value = readText(entries[name]!);
    if (value !== undefined) return [name, value];
    throw new PqrstError(
      'ERR_MODEL',
      `${source} states ${name} as "${entries[name]}", which is not a valid ${name}; correct its metadata or remove the entry`,
    );
  });
  const { lead, leads } = entries;
  const sole = lead !== undefined && leads === undefined ? { leads: [lead] } : {};
  const metadata: ModelMetadata = { ...sole, ...Object.fromEntries(read) };
  if (metadata.inputSteps !== undefined) expectInputSteps(metadata.inputSteps, metadata, source);
  return metadata;
}

/**
 * Returns the entries of this package without the prefix. Older files have no prefix. They name the package as
 * their producer, or state `fsHz`, an entry that no other program writes.
 */
function ownEntries({ producer, metadata }: Pick<ModelHeader, 'producer' | 'metadata'>) {
  const all = Object.entries(metadata);
  const own = all.filter(([name]) => name.startsWith(prefix));
  if (own.length > 0) return Object.fromEntries(own.map(([name, text]) => [name.slice(prefix.length), text]));
  const isOwn = producer === 'pqrst' || Object.hasOwn(metadata, 'fsHz');
  return Object.fromEntries(isOwn ? all : []);
}
