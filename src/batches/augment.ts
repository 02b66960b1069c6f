// Standardises windows and augments them for training with a random shift and a random mask. L is the number of samples
// per lead. The mean of a standardised lead is zero, so a gap that is filled with zeros does not change its level.

import { PqrstError } from '../base/errors.js';
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
 * Writes `(x - mean) / SD` of one lead (population SD, sums in double) into `out`.
 *
 * @param signal - samples [L].
 * @param out - the result [L]; it may be `signal` itself.
 * @param name - name of the signal in the error message.
 * @throws PqrstError ERR_SIGNAL: when the signal is flat or holds a missing sample.
 */
export function standardize(signal: Float32Array, out: Float32Array, name: string): void {
  let sum = 0;
  let varies = false;
  for (const value of signal) {
    sum += value;
    varies ||= value !== signal[0];
  }
  const mean = sum / signal.length;
  let squares = 0;
  for (const value of signal) squares += (value - mean) ** 2;
  const sd = Math.sqrt(squares / signal.length);
  if (!varies || !Number.isFinite(sd)) {
    throw new PqrstError(
      'ERR_SIGNAL',
      `${name} ${varies ? 'holds samples that are not numbers' : 'is flat'}; expected a varying signal ` +
        'without gaps; remove this window',
    );
  }
  for (let at = 0; at < signal.length; at++) out[at] = (signal[at]! - mean) / sd;
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
