// Helpers for reading shards: the scale of stored samples, the expected labels, and the error about a damaged file.

import { PqrstError } from '../../base/errors.js';
import { halfToFloat } from '../../base/half.js';
import type { SampleType } from '../../kernel/binding.js';
import type { EcgClass } from '../../signal/classes.js';
import { labelAt } from '../../signal/source.js';
import { type RhythmName, soleRhythms } from '../../synth/annotations.js';
import type { CorpusPlan, ShardPlace } from '../format.js';
import { rhythmOf } from '../learned.js';

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
 * Compares the label of record `index` with the one that the plan gives it.
 *
 * @throws PqrstError ERR_CORPUS: when they differ.
 */
export function expectLabel(
  name: string,
  found: EcgClass | string | undefined,
  expected: EcgClass,
  index: number,
): void {
  if (found === expected) return;
  throw damaged(
    name,
    `gives record ${index} the label ${found ?? 'of no class'}, but the manifest states ${expected}`,
  );
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

/** Returns the class of each record of the shard at a place, in order. */
export function classesOf({ classes }: CorpusPlan, { start, count }: ShardPlace): EcgClass[] {
  return Array.from({ length: count }, (_, k) => labelAt(classes, start + k));
}

/** Returns the rhythms of records that do not change theirs, by their classes, with their names. */
export function rhythmsOfClasses(
  { classes, spec }: CorpusPlan,
  ofRecords: readonly EcgClass[],
): ReturnType<typeof soleRhythms> & { readonly names: readonly RhythmName[] } {
  const different = [...new Set(classes)];
  const indices = Uint8Array.from(ofRecords, (name) => different.indexOf(name));
  return { ...soleRhythms(indices), names: different.map((name) => rhythmOf(spec, name)) };
}

/** Returns the ERR_CORPUS error for the file `name`, with what is wrong about it and how to repair it. */
export function damaged(name: string, problem: string, cause?: unknown): PqrstError {
  return new PqrstError(
    'ERR_CORPUS',
    `${name} ${problem}; pqrst verify names every shard that is damaged, and pqrst regenerate makes its records again`,
    { cause },
  );
}
