// The classes and rhythms that a shard must have by its plan.

import type { EcgClass } from '../../signal/classes.js';
import { labelAt } from '../../signal/source.js';
import { type RhythmName, soleRhythms } from '../../synth/annotations.js';
import type { CorpusPlan, ShardPlace } from '../format.js';
import { rhythmOf } from '../learned.js';
import { damaged } from './stored.js';

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
