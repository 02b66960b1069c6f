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
  let sum = 0;
  let varies = false;
  // Loops by index: iterators took three times as long.
  for (let n = 0; n < signal.length; n++) {
    const value = signal[n]!;
    sum += value;
    if (value !== signal[0]) varies = true;
  }
  const mean = sum / signal.length;
  let squares = 0;
  for (let n = 0; n < signal.length; n++) squares += (signal[n]! - mean) ** 2;
  const sd = Math.sqrt(squares / (signal.length - sdDdof));
  if (!varies || !Number.isFinite(sd)) {
    throw new PqrstError(
      'ERR_SIGNAL',
      `${name} ${varies ? 'holds samples that are not numbers' : 'is flat'}; expected a varying signal ` +
        'without gaps; remove this window',
    );
  }
  for (let at = 0; at < signal.length; at++) out[at] = (signal[at]! - mean) / sd;
}
