// What a model file says of itself, as ONNX metadata entries (text), so that an evaluation needs no options.

import { PqrstError } from '../base/errors.js';
import type { WindowSet } from '../signal/window.js';

export const scalings = ['zscore', 'none'] as const;
/** What a window goes through before the model sees it: mean 0 and SD 1 per lead, or nothing. */
export type Scaling = (typeof scalings)[number];

export const outputKinds = ['logit', 'probability'] as const;
export type OutputKind = (typeof outputKinds)[number];

export const precisions = ['float32', 'float16', 'int8'] as const;
/** How a file stores and computes: see graph/float16.ts and graph/int8.ts. */
export type Precision = (typeof precisions)[number];

const units: readonly WindowSet['unit'][] = ['mV', 'sd', 'arbitrary', 'mixed'];
const answerKinds = ['binary', 'multiclass', 'multilabel'] as const;

/** Every field that a file may state; a file of another maker may state none. */
export interface ModelMetadata {
  readonly fsHz?: number;
  readonly lengthSamples?: number;
  readonly lead?: string;
  /** Where it takes several: their names, in the order of the input. */
  readonly leads?: readonly string[];
  /** Unit of the windows that it was trained on, before scaling. Absent where it is mV, and in files of other makers. */
  readonly unit?: WindowSet['unit'];
  readonly scaling?: Scaling;
  readonly output?: OutputKind;
  /** What an answer is: one class against the rest, one of several classes, or several labels. Default binary. */
  readonly outputs?: (typeof answerKinds)[number];
  /** [negative, positive], or those of the outputs in their order. */
  readonly classes?: readonly string[];
  /** As `parseLabelTask` reads it; a file of another maker may say anything. */
  readonly task?: string;
  readonly threshold?: number;
  readonly arch?: string;
  readonly setting?: string;
  readonly seed?: number;
  /** A `Precision` in our files; absent for float32. */
  readonly precision?: string;
  /** The pqrst that trained it. */
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
  unit: oneOf(units),
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

/** As the entries of the file; arrays by commas. */
export function metadataEntries(metadata: ModelMetadata): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, String(value)]));
}

/** The inverse; foreign entries are ignored, ERR_MODEL where one of ours holds what it cannot. */
export function parseMetadata(entries: Readonly<Record<string, string>>, source: string): ModelMetadata {
  const known = Object.entries(readers).filter(([name]) => entries[name] !== undefined);
  return Object.fromEntries(
    known.map(([name, read]) => {
      const value = read(entries[name]!);
      if (value !== undefined) return [name, value];
      throw new PqrstError(
        'ERR_MODEL',
        `${source} states ${name} as "${entries[name]}", which is no ${name}; correct its metadata or remove the entry`,
      );
    }),
  );
}
