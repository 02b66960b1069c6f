// Finds a recording that two data sets contain, by its samples; its names may differ. Resampled or filtered copies are
// not found, and constant signals are ignored.

import { createHash } from 'node:crypto';
import type { EcgWindow, WindowSet } from '../signal/window.js';

/** A window that two sets contain. */
export interface SharedWindow {
  readonly window: EcgWindow;
  /** Index of the set that contains `window`. */
  readonly at: number;
  /** The window with the same samples in an earlier set. */
  readonly same: EcgWindow;
  /** Index of the set that contains `same`. */
  readonly sameAt: number;
}

/** Returns the first window whose samples are also in an earlier set; undefined if there is no such window. */
export function findShared(sets: readonly WindowSet[]): SharedWindow | undefined {
  const known = new Map<string, { same: EcgWindow; sameAt: number }>();
  for (const [at, { windows }] of sets.entries()) {
    for (const window of windows) {
      if (isFlat(window.signal)) continue;
      const digest = createHash('sha256').update(window.signal).digest('base64');
      const earlier = known.get(digest);
      if (earlier === undefined) known.set(digest, { same: window, sameAt: at });
      else if (earlier.sameAt !== at) return { window, at, ...earlier };
    }
  }
  return undefined;
}

function isFlat(signal: Float32Array): boolean {
  return signal.every((value) => value === signal[0]);
}
