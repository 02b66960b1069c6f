// Classes to the table of specs of the kernel: five doubles per number, one spec after another.

import { PqrstError } from '../../base/errors.js';
import { lawParts, packLaw } from './law-values.js';
import { type ResolvedClass, resolveClass } from './resolve.js';
import { type PhysiologySpec, physiologySpec } from './spec.js';

/** The classes of a synthesizer, ready for the kernel. */
export interface PackedClasses {
  /** [specs, fields, 5] */
  readonly table: Float64Array;
  /** The position of each class in the table, by its name. Classes that only begin midway come after all others. */
  readonly indexOf: ReadonlyMap<string, number>;
  /** The classes in the order of the table. */
  readonly classes: readonly ResolvedClass[];
}

/** Specs that a table can hold, as their indices are bytes. */
const maxSpecs = 256;

/**
 * Packs classes for the kernel.
 *
 * @param names - classes, mixtures and episodes; see `resolveClass`.
 * @param fields - the dotted names of the numbers, in the order of the kernel.
 * @param spec - the numbers of the model; by default those of the shipped classes.
 * @throws PqrstError ERR_UNKNOWN_CLASS, ERR_SPEC: when a name is unknown or contradicts itself.
 * @throws PqrstError ERR_RANGE: when the classes are too many.
 */
export function packClasses(
  names: readonly string[],
  fields: readonly string[],
  spec: PhysiologySpec = physiologySpec(),
): PackedClasses {
  const classes = new Map([...new Set(names)].map((name) => [name, resolveClass(name, spec)] as const));
  for (const { episode } of [...classes.values()]) {
    if (episode !== undefined && !classes.has(episode.name)) classes.set(episode.name, episode);
  }
  if (classes.size > maxSpecs) {
    throw new PqrstError(
      'ERR_RANGE',
      `the classes need ${classes.size} specs with their episodes; expected at most ${maxSpecs}; ask for fewer at once`,
    );
  }
  const indexOf = new Map([...classes.keys()].map((name, at) => [name, at] as const));
  const table = Float64Array.from([...classes.values()].flatMap((one) => packClass(one, fields, indexOf)));
  return { table, indexOf, classes: [...classes.values()] };
}

/** Returns the 24-bit FNV-1a hash of a name. */
export function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return ((hash >>> 24) ^ hash) & 0xffffff;
}

function packClass(
  { name, numbers, episode }: ResolvedClass,
  fields: readonly string[],
  indexOf: ReadonlyMap<string, number>,
): number[] {
  return fields.flatMap((field) => {
    if (field === 'id') return packLaw(hashOf(name));
    if (field === 'rhythm.episodeSpec' && episode !== undefined) return packLaw(indexOf.get(episode.name)!);
    const law = numbers.get(field);
    if (law === undefined) {
      throw new PqrstError(
        'ERR_SPEC',
        `the kernel reads the number "${field}", which the base of the model lacks (expected ${lawParts.length} parts); ` +
          'build the package and its kernel from the same sources',
      );
    }
    return packLaw(law);
  });
}
