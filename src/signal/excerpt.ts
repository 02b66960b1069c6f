// The type of an excerpt: the part of a recording that a figure shows.

import type { Annotation } from './window.js';

/** A stretch of one lead with its annotations, whose times are samples from the start of `signalMv`. */
export interface Excerpt {
  readonly title: string;
  readonly lead: string;
  readonly fsHz: number;
  readonly signalMv: Float32Array;
  readonly annotations: readonly Annotation[];
  /** Time in the recording, in s, at which the excerpt starts. */
  readonly startS: number;
}
