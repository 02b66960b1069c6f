// What a gallery contains: how many records of which length, and what is known about each class.

import type { EcgClass } from '../signal/classes.js';
import type { Measure, ValueRange } from './intervals.js';
import type { SyntheticClass } from './synthetic-class.js';

/** Rate of all drawn and measured signals in Hz: one sample per tenth of a millimetre. */
export const fsHz = 250;
/** Length of all records in s. */
export const seconds = 10;
/** Synthetic strips per class and preset, real strips per class, and records that are measured. */
export const counts = { synthetic: 3, paper: 2, real: 2, measured: 50 };

/** A class in the gallery. */
export interface GalleryClass {
  readonly name: EcgClass;
  /** The records of each preset that makes the class, in the order of the presets. */
  readonly presets: readonly PresetRecords[];
}

/** The records of one class and preset. */
export interface PresetRecords {
  readonly preset: string;
  readonly made: SyntheticClass;
  /** What the data of the class state about the measures; empty for presets of the paper's model. */
  readonly expected: Readonly<Partial<Record<Measure, ValueRange>>>;
}
