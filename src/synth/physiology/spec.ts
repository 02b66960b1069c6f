// The spec of the physiological model: the laws of normal sinus rhythm, and for each class the laws in which it differs.
// It is data, so that the manifest of a corpus can contain it and every record can be made again from it.

import { z } from 'zod';
import { PqrstError } from '../../base/errors.js';
import { classInfo, classNames } from '../../signal/class-table.js';
import { suggestClass } from '../../signal/synonyms.js';
import { shippedNumbers } from '../classes/index.js';
import { base } from './base.js';
import { checkLaw, numbersOfNames } from './check-law.js';
import type { ClassFile } from './class-file.js';
import type { ClassNumbers } from './law.js';
import { mergeClasses } from './mixture.js';

/** A class in a spec. */
export interface SpecClass {
  /** The rhythm text of WFDB. */
  readonly rhythm: string;
  /** The laws that differ from those of the base. */
  readonly numbers: ClassNumbers;
}

/** All numbers of the physiological model: the base, and what each class changes. */
export interface PhysiologySpec {
  readonly model: 'physiological';
  /** The law of every number for normal adult sinus rhythm, by its dotted name. */
  readonly base: ClassNumbers;
  /** The classes by their names. */
  readonly classes: Readonly<Record<string, SpecClass>>;
}

const baseLaws: ClassNumbers = Object.fromEntries(
  [...base].filter(([field]) => !numbersOfNames.includes(field)).map(([field, { law }]) => [field, law]),
);
const shippedClasses: Readonly<Record<string, SpecClass>> = Object.fromEntries(
  classNames.map((name) => [
    name,
    { rhythm: classInfo(name)!.rhythm, numbers: shippedNumbers[name as keyof typeof shippedNumbers] },
  ]),
);

/** Returns the spec with the shipped classes and a user's own. */
export function physiologySpec(own: readonly ClassFile[] = []): PhysiologySpec {
  return withOwnClasses({ model: 'physiological', base: baseLaws, classes: shippedClasses }, own);
}

/**
 * Returns a spec with a user's own classes beside its own.
 *
 * @throws PqrstError ERR_SPEC: when the parents of a class contradict each other.
 */
export function withOwnClasses(spec: PhysiologySpec, own: readonly ClassFile[]): PhysiologySpec {
  if (own.length === 0) return spec;
  const added = own.map(({ name, rhythm, parents = [], numbers }) => {
    const inherited = mergeClasses(
      parents.map((parent) => ({ name: parent, numbers: shippedClasses[parent]!.numbers })),
      name,
    );
    return [name, { rhythm, numbers: { ...inherited, ...numbers } }] as const;
  });
  return { ...spec, classes: { ...spec.classes, ...Object.fromEntries(added) } };
}

/** Returns the spec with only the classes that are parts of the names. */
export function narrowSpec(spec: PhysiologySpec, names: readonly string[]): PhysiologySpec {
  const parts = new Set(names.flatMap((name) => name.split(/[+>]/)));
  const kept = Object.entries(spec.classes).filter(([name]) => parts.has(name));
  return { ...spec, classes: Object.fromEntries(kept) };
}

const schema = z.strictObject({
  model: z.literal('physiological'),
  base: z.record(z.string(), z.unknown()),
  classes: z.record(
    z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/),
    z.strictObject({ rhythm: z.string(), numbers: z.record(z.string(), z.unknown()) }),
  ),
});

/**
 * Validates a spec of the physiological model.
 *
 * @throws PqrstError ERR_SPEC: when a value is missing, unknown or out of range.
 */
export function parsePhysiologySpec(given: unknown): PhysiologySpec {
  const fail = (problem: string): never => {
    throw new PqrstError('ERR_SPEC', `the spec is invalid: ${problem}`);
  };
  const result = schema.safeParse(given);
  if (!result.success) {
    const [issue] = result.error.issues;
    return fail(`${issue!.path.map(String).join('.') || 'the spec'}: ${issue!.message}`);
  }
  const checked = (laws: Readonly<Record<string, unknown>>): ClassNumbers =>
    Object.fromEntries(
      Object.entries(laws).map(([field, law]) => {
        const one = checkLaw(field, law);
        return [field, 'problem' in one ? fail(one.problem) : one.law] as const;
      }),
    );
  const laws = checked(result.data.base);
  const missing = Object.keys(baseLaws).find((field) => !Object.hasOwn(laws, field));
  if (missing !== undefined) return fail(`base has no law for ${missing}; copy it from docs/simulator.md`);
  const classes = Object.entries(result.data.classes).map(
    ([name, { rhythm, numbers }]) => [name, { rhythm, numbers: checked(numbers) }] as const,
  );
  return { model: 'physiological', base: laws, classes: Object.fromEntries(classes) };
}

/**
 * Returns a class of a spec.
 *
 * @throws PqrstError ERR_UNKNOWN_CLASS: when the spec has no class of this name.
 */
export function classOf(spec: PhysiologySpec, name: string): SpecClass {
  if (Object.hasOwn(spec.classes, name)) return spec.classes[name]!;
  throw new PqrstError(
    'ERR_UNKNOWN_CLASS',
    `unknown class "${name}"${suggestClass(name, Object.keys(spec.classes))}`,
  );
}
