// The z-score of a lead of L samples.

import { PqrstError } from '../base/errors.js';

/** The SD divides the sum of squares by L minus this number: it is that of a population. Model files state it. */
export const sdDdof = 0;

/**
 * Writes `(x - mean) / SD` of one lead (population SD, sums in double) into `out`.
 *
 * @param signal - samples [L].
 * @param out - the result [L]; it may be `signal` itself.
 * @param name - name of the signal in the error message.
 * @throws PqrstError ERR_SIGNAL: when the signal is flat or holds a missing sample.
 */
export function standardize(signal: Float32Array, out: Float32Array, name: string): void {
  const flaw = zScore(signal, out);
  if (flaw === undefined) return;
  throw new PqrstError(
    'ERR_SIGNAL',
    `${name} ${flaw === 'flat' ? 'is flat' : 'holds samples that are not numbers'}; expected a varying signal ` +
      'without gaps; remove this window',
  );
}

/**
 * Writes the z-score of a lead as `standardize` does.
 *
 * @returns undefined, or why the lead has no z-score; `out` is then unchanged.
 */
export function zScore(signal: Float32Array, out: Float32Array): 'flat' | 'missing samples' | undefined {
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
  if (!Number.isFinite(sd)) return 'missing samples';
  if (!varies) return 'flat';
  for (let at = 0; at < signal.length; at++) out[at] = (signal[at]! - mean) / sd;
  return undefined;
}
