// A part of a recording, as figures show it.

import type { Annotation } from './window.js';

/** A stretch of one lead with its annotations, whose samples count from the first of `signalMv`. */
export interface Excerpt {
  readonly title: string;
  readonly lead: string;
  readonly fsHz: number;
  readonly signalMv: Float32Array;
  readonly annotations: readonly Annotation[];
  /** Time of the first sample in the recording, s. */
  readonly startS: number;
}
