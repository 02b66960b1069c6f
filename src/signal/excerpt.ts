// A part of a recording, as figures show it.

import type { Annotation } from './window.js';

/** A stretch of a recording with what is annotated on it; sample 0 of the annotations is the signal's first. */
export interface Excerpt {
  readonly title: string;
  readonly lead: string;
  readonly fsHz: number;
  readonly signalMv: Float32Array;
  readonly annotations: readonly Annotation[];
  /** Of the first sample in the recording. */
  readonly startS: number;
}
