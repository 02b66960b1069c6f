// Finds a recording that two data sets hold, under whatever name, by its samples. Resampled or filtered copies are not
// detected, and constant signals are ignored.

import { createHash } from 'node:crypto';
import type { EcgWindow, WindowSet } from '../signal/window.js';

/** A window that two sets hold. */
export interface SharedWindow {
  readonly window: EcgWindow;
  /** Index of the set that `window` is in. */
  readonly at: number;
  readonly same: EcgWindow;
  /** Index of the earlier set, which holds `same`. */
  readonly sameAt: number;
}

/** Returns the first window of `sets` that an earlier set holds too, sample for sample; otherwise undefined. */
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
