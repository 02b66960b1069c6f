// Augments standardised windows for training with a random shift and a random mask. L is the number of samples per lead.
// The mean of a standardised lead is zero, so a gap that is filled with zeros does not change its level.

import type { RandomStream } from '../base/random.js';

/** The limits of shifts and masks. */
export interface AugmentOptions {
  /**
   * The largest shift in either direction, as a share of the length. The search of the paper draws it from U(0, 0.75).
   */
  readonly shiftRate: number;
  /** The longest masked block, as a share of the length. The search of the paper draws it from U(0, 0.5). */
  readonly maskRate: number;
}

/**
 * Shifts a window by U(-shiftRate, shiftRate) of its length, fills the gap with zeros, and then sets one block to zero,
 * in place. All leads are shifted and masked in the same way.
 *
 * @param leads - one array [L] per lead.
 */
export function augment(leads: readonly Float32Array[], options: AugmentOptions, stream: RandomStream): void {
  const { length } = leads[0]!;
  const shift = Math.round((2 * stream.uniform() - 1) * options.shiftRate * length);
  const block = Math.round(stream.uniform() * options.maskRate * length);
  const start = stream.below(length - block + 1);
  for (const lead of leads) {
    lead.copyWithin(Math.max(shift, 0), Math.max(-shift, 0), length - Math.max(shift, 0));
    if (shift > 0) lead.fill(0, 0, shift);
    else if (shift < 0) lead.fill(0, length + shift);
    lead.fill(0, start, start + block);
  }
}
