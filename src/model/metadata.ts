// The description of a model in its own file, as ONNX metadata entries (text), so that an evaluation needs no options.

import { PqrstError } from '../base/errors.js';

export const scalings = ['zscore', 'none'] as const;
/** The scaling of a window before the model: `zscore` gives mean 0 and SD 1; `none` keeps the millivolts. */
export type Scaling = (typeof scalings)[number];

export const outputKinds = ['logit', 'probability'] as const;
/** Whether a model returns logits or probabilities. */
export type OutputKind = (typeof outputKinds)[number];

export const precisions = ['float32', 'float16', 'int8'] as const;
/** The number format in which a model file stores its weights and computes. */
export type Precision = (typeof precisions)[number];

const answerKinds = ['binary', 'multiclass', 'multilabel'] as const;

/** The description of a model in its file. Files from other programs may lack any field. */
export interface ModelMetadata {
  /** Sampling rate of the windows in Hz. */
  readonly fsHz?: number;
  /** Length of a window in samples. */
  readonly lengthSamples?: number;
  /** Name of the lead. */
  readonly lead?: string;
  /** Names of the leads in the order of the input, if the model takes several. */
  readonly leads?: readonly string[];
  /** Scaling of a window before the model. */
  readonly scaling?: Scaling;
  /** Whether the output is a logit or a probability. */
  readonly output?: OutputKind;
  /** Meaning of the outputs: one class against the others, one of several classes, or several labels. Default binary. */
  readonly outputs?: (typeof answerKinds)[number];
  /** [negative, positive], or the class of each output. */
  readonly classes?: readonly string[];
  /** The task, as `parseLabelTask` reads it. Files from other programs may contain any text. */
  readonly task?: string;
  /** A window with at least this probability is predicted positive. */
  readonly threshold?: number;
  /** Name of the architecture. */
  readonly arch?: string;
  /** Setting of the training: real, syn or syn-real. */
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

const readers: Readers = {
  fsHz: numberAbove(1),
  lengthSamples: (text) => (/^[1-9]\d{0,8}$/.test(text.trim()) ? Number(text) : undefined),
  lead: String,
  leads: (text) => text.split(','),
  scaling: oneOf(scalings),
  output: oneOf(outputKinds),
  outputs: oneOf(answerKinds),
  classes: (text) => text.split(','),
  task: String,
  threshold: (text) => (Number(text) <= 1 ? numberAbove(0)(text) : undefined),
  arch: String,
  setting: String,
  seed: numberAbove(0),
  precision: String,
  version: String,
};

/** Converts metadata to entries of a file; arrays are separated by commas. */
export function metadataEntries(metadata: ModelMetadata): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, String(value)]));
}

/** Converts entries of a file to metadata and ignores unknown entries. Throws ERR_MODEL if a known entry is invalid. */
export function parseMetadata(entries: Readonly<Record<string, string>>, source: string): ModelMetadata {
  const known = Object.entries(readers).filter(([name]) => entries[name] !== undefined);
  return Object.fromEntries(
    known.map(([name, read]) => {
      const value = read(entries[name]!);
      if (value !== undefined) return [name, value];
      throw new PqrstError(
        'ERR_MODEL',
        `${source} states ${name} as "${entries[name]}", which is not a valid ${name}; correct its metadata or remove the entry`,
      );
    }),
  );
}
