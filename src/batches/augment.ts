// What a window goes through before training sees it: z-score, then a random shift and a random mask. Not synthesis.
// L samples per lead. Zero is each lead's mean once it is standardised, so filling with zeros adds no step of its own.

import { PqrstError } from '../base/errors.js';
import type { RandomStream } from '../base/random.js';

/** How far windows are shifted and masked. */
export interface AugmentOptions {
  /** The largest shift as a share of the length, to either side; the paper's search draws it from U(0, 0.75). */
  readonly shiftRate: number;
  /** The longest masked block as a share of the length; the paper's search draws it from U(0, 0.5). */
  readonly maskRate: number;
}

/**
 * Writes `(x - mean) / SD` of one lead (population SD, sums in double) into `out`.
 *
 * @param signal - [L]
 * @param out - [L]; may be `signal` itself.
 * @param name - of the signal, for the message.
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
        'without gaps: leave this window out',
    );
  }
  for (let at = 0; at < signal.length; at++) out[at] = (signal[at]! - mean) / sd;
}

/**
 * Shifts a record by U(-shiftRate, shiftRate) of its length, with zeros coming in, then zeroes one block; in place. All
 * leads are shifted and masked alike.
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
