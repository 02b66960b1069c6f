// One recording in two data sets, under another name or path: found by its samples. Resampled or filtered copies are
// not, and a flat line is nobody's.

import { createHash } from 'node:crypto';
import type { EcgWindow, WindowSet } from '../signal/window.js';

export interface SharedWindow {
  readonly window: EcgWindow;
  /** Index of the set that `window` is in, and of the one that has it already. */
  readonly at: number;
  readonly same: EcgWindow;
  readonly sameAt: number;
}

/** The first window of `sets` that an earlier one holds too, sample for sample. */
export function findShared(sets: readonly WindowSet[]): SharedWindow | undefined {
  const known = new Map<string, { same: EcgWindow; sameAt: number }>();
  for (const [at, { windows }] of sets.entries()) {
    for (const window of windows) {
      if (isFlat(window.signalMv)) continue;
      const digest = createHash('sha256').update(window.signalMv).digest('base64');
      const earlier = known.get(digest);
      if (earlier === undefined) known.set(digest, { same: window, sameAt: at });
      else if (earlier.sameAt !== at) return { window, at, ...earlier };
    }
  }
  return undefined;
}

function isFlat(signalMv: Float32Array): boolean {
  return signalMv.every((mv) => mv === signalMv[0]);
}
