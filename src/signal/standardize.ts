// The z-score of a lead of L samples.

import { PqrstError } from '../base/errors.js';

/** The SD divides the sum of squares by L minus this number: it is that of a population. Model files state it. */
export const sdDdof = 0;

/**
 * Writes `(x - mean) / SD` of one lead (population SD, sums in double) into `out`, as models with the scaling `zscore`
 * take their windows.
 *
 * @param signal - samples [L].
 * @param out - the result [L]; it may be `signal` itself.
 * @param name - name of the signal in the error message.
 * @example
 * ```js
 * import { standardize } from 'pqrst/records';
 *
 * const lead = Float32Array.from([1, 2, 3, 4]);
 * standardize(lead, lead, 'lead II');
 * console.log(lead); // mean 0, SD 1
 * ```
 * @throws PqrstError ERR_SIGNAL: when the signal is flat or holds a missing sample.
 */
export function standardize(signal: Float32Array, out: Float32Array, name: string): void {
  const flaw = zScore(signal, out);
  if (typeof flaw !== 'string') return;
  throw new PqrstError(
    'ERR_SIGNAL',
    `${name} ${flaw === 'flat' ? 'is flat' : 'holds samples that are not numbers'}; expected a varying signal ` +
      'without gaps; remove this window',
  );
}

/** Mean and SD of a lead, or why it has no z-score. */
export type ZScored = { readonly mean: number; readonly sd: number } | 'flat' | 'missing samples';

/**
 * Writes the z-score of a lead as `standardize` does. If the lead has none, `out` is unchanged.
 *
 * @returns mean and SD of the lead, or why it has no z-score.
 */
export function zScore(signal: Float32Array, out: Float32Array): ZScored {
  const { length } = signal;
  let sum = 0;
  // Loops by index: iterators took three times as long.
  for (let n = 0; n < length; n++) sum += signal[n]!;
  const mean = sum / length;
  let squares = 0;
  for (let n = 0; n < length; n++) squares += (signal[n]! - mean) ** 2;
  const sd = Math.sqrt(squares / (length - sdDdof));
  if (!Number.isFinite(sd)) return 'missing samples';
  // The mean of a flat lead is rounded, so its SD may be above 0, but not by much.
  if (sd <= 1e-6 * Math.abs(mean) && signal.every((value) => value === signal[0])) return 'flat';
  for (let n = 0; n < length; n++) out[n] = (signal[n]! - mean) / sd;
  return { mean, sd };
}
