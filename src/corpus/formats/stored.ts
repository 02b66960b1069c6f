// Helpers for reading shards: the scale of stored samples, and the error about a damaged file.

import { PqrstError } from '../../base/errors.js';
import { halfToFloat } from '../../base/half.js';
import type { SampleType } from '../../kernel/binding.js';

/** Counts of an int16 sample per mV, or per SD in a z-scored corpus. */
export const countsPerUnit = 1000;

/** Returns stored samples [N] as numbers in the unit of the corpus. */
export function toUnit(samples: Float32Array | Uint16Array | Int16Array, type: SampleType): Float32Array {
  if (type === 'float16') return halfToFloat(samples as Uint16Array);
  if (type === 'float32') return samples as Float32Array;
  const values = new Float32Array(samples.length);
  for (let n = 0; n < values.length; n++) values[n] = samples[n]! / countsPerUnit;
  return values;
}

/**
 * Checks that every beat has a time of its QRS complex, which the kernel always gives.
 *
 * @param fiducialsS - nine times per beat; that of the QRS peak is the fifth.
 * @throws PqrstError ERR_CORPUS: when one is not a finite number.
 */
export function expectPeaks(name: string, fiducialsS: Float64Array): void {
  for (let at = 4; at < fiducialsS.length; at += 9) {
    if (Number.isFinite(fiducialsS[at])) continue;
    throw damaged(name, `gives beat ${(at - 4) / 9} the QRS time ${fiducialsS[at]}; expected a time in s`);
  }
}

/** Returns the ERR_CORPUS error for the file `name`, with what is wrong about it and how to repair it. */
export function damaged(name: string, problem: string, cause?: unknown): PqrstError {
  return new PqrstError(
    'ERR_CORPUS',
    `${name} ${problem}; pqrst verify names every shard that is damaged, and pqrst regenerate makes its records again`,
    { cause },
  );
}
