// The one shape every real or synthetic recording takes in memory, and the windows that training sees.

import type { EcgClass } from './classes.js';

/** A recording: `signalsMv[lead]` in mV (NaN where a sample is missing), all of one rate and length. */
export interface EcgRecord {
  readonly name: string;
  readonly fsHz: number;
  readonly leads: readonly string[];
  readonly signalsMv: readonly Float32Array[];
}

/** A WFDB annotation: where (sample of the record's rate), what (symbol: N, V, +, p, (, ...), and its fields. */
export interface Annotation {
  readonly sample: number;
  readonly symbol: string;
  readonly subtype: number;
  readonly channel: number;
  readonly number: number;
  /** The text field, e.g. `(AFIB` at a rhythm change `+`. */
  readonly aux: string;
}

/** One labelled stretch of one lead. */
export interface EcgWindow {
  /** [length] at the data set's rate, mV, no NaN. */
  readonly signalMv: Float32Array;
  readonly recordName: string;
  readonly patientId: string;
  /** Start in the recording. */
  readonly startS: number;
  /** The classes that the reference labels give this window; empty where none of ours applies. */
  readonly classes: readonly EcgClass[];
  /** What the data set itself says, in its own words: SCP codes, SNOMED codes and their abbreviations, `(AFIB`, N. */
  readonly labels?: readonly string[];
  /** PTB-XL's strat_fold 1-10. */
  readonly fold?: number;
  /** Name of its lead (`II`, `MLII`, `ECG`), as the recording has it; every loader tells it. */
  readonly lead?: string;
}

/** A record that a loader could not use, with the reason. */
export interface SkippedRecord {
  readonly recordName: string;
  readonly reason: string;
}

/** What a loader yields: all windows at one rate, length and lead. */
export interface WindowSet {
  readonly source: string;
  readonly fsHz: number;
  readonly lengthSamples: number;
  /** The leads of its windows, each once, by `/`; of one window see `EcgWindow.lead`. */
  readonly lead: string;
  readonly windows: readonly EcgWindow[];
  readonly skipped: readonly SkippedRecord[];
}

/** The options of `openDataset`. */
export interface WindowOptions {
  /** Rate of the windows; records of another rate are resampled. */
  readonly fsHz: number;
  readonly seconds: number;
  /** Where decoded windows are kept for the next run; none are without it. A corpus needs none and keeps none. */
  readonly cacheFolder?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}
