// What a window goes through before training sees it: z-score, then a random shift and a random mask. Not synthesis.
// L samples; zero is the window's mean once it is standardised, so zero-filling adds no step of its own.

import { PqrstError } from '../base/errors.js';
import type { RandomStream } from '../base/random.js';

export interface AugmentOptions {
  /** The largest shift as a share of the length, to either side; the paper's search draws it from U(0, 0.75). */
  readonly shiftRate: number;
  /** The longest masked block as a share of the length; the paper's search draws it from U(0, 0.5). */
  readonly maskRate: number;
}

/**
 * `(x - mean) / SD` of the window (population SD, sums in double) into `out` [L], which may be `signal` itself.
 * ERR_SIGNAL where the window is flat or holds a missing sample; `name` says which in the sentence.
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

/** Shifts by U(-shiftRate, shiftRate) of the length, zeros coming in, then zeroes one block; in place. */
export function augment(signal: Float32Array, options: AugmentOptions, stream: RandomStream): void {
  const length = signal.length;
  const shift = Math.round((2 * stream.uniform() - 1) * options.shiftRate * length);
  signal.copyWithin(Math.max(shift, 0), Math.max(-shift, 0), length - Math.max(shift, 0));
  if (shift > 0) signal.fill(0, 0, shift);
  else if (shift < 0) signal.fill(0, length + shift);
  const block = Math.round(stream.uniform() * options.maskRate * length);
  const start = stream.below(length - block + 1);
  signal.fill(0, start, start + block);
}
