// Names to numbers: a class (`af`), a mixture (`af+pvc`: the numbers of both), an episode (`normal>af`: it begins as
// normal and changes to the rhythm of af midway). Checks that the numbers of the whole agree.

import { PqrstError, suggest } from '../../base/errors.js';
import { classNames } from '../../signal/class-table.js';
import { shippedNumbers } from '../classes/index.js';
import { base } from './base.js';
import { checkTogether } from './check-together.js';
import type { ClassFile } from './class-file.js';
import type { ClassNumbers, Law } from './law.js';
import { boundsOf, limitLaw, plainLaw } from './law-values.js';

/** A class with all its numbers. */
export interface ResolvedClass {
  readonly name: string;
  /** The law of each number of the model. */
  readonly numbers: ReadonlyMap<string, Exclude<Law, string>>;
  /** The class whose rhythm begins midway. */
  readonly episode?: ResolvedClass;
}

/**
 * Returns the class of a name with the law of each number.
 *
 * @param name - a class, a mixture `A+B` or an episode `A>B`.
 * @param own - the user's classes beside the shipped ones.
 * @throws PqrstError ERR_UNKNOWN_CLASS: when a part of the name is unknown.
 * @throws PqrstError ERR_SPEC: when the parts contradict each other.
 */
export function resolveClass(name: string, own: readonly ClassFile[] = []): ResolvedClass {
  const [start = '', episodeName, ...more] = name.split('>');
  if (more.length > 0) {
    throw new PqrstError(
      'ERR_UNKNOWN_CLASS',
      `the class "${name}" changes its rhythm ${more.length + 1} times; one change is possible, as in normal>af`,
    );
  }
  const begin = resolveMixture(start, own);
  if (episodeName === undefined) return begin;
  const episode = resolveMixture(episodeName, own);
  // How long the episode lasts is a number of its own class: a run of VT is shorter than an episode of AF.
  const numbers = new Map(begin.numbers);
  for (const field of ['rhythm.episodeStartS', 'rhythm.episodeS']) {
    numbers.set(field, episode.numbers.get(field)!);
  }
  return { name, numbers, episode };
}

/** Returns the laws of a class that differ from the base, with those of its parents. */
export function overridesOf(name: string, own: readonly ClassFile[] = []): ClassNumbers {
  const shipped: ClassNumbers | undefined = Object.hasOwn(shippedNumbers, name)
    ? shippedNumbers[name as keyof typeof shippedNumbers]
    : undefined;
  if (shipped !== undefined) return shipped;
  const found = own.find((one) => one.name === name);
  if (found === undefined) {
    const known = [...classNames, ...own.map((one) => one.name)];
    throw new PqrstError('ERR_UNKNOWN_CLASS', `unknown class "${name}"${suggest(name, known)}`);
  }
  const parents = found.parents ?? [];
  return { ...(parents.length === 0 ? {} : mixtureOf(parents, found.name)), ...found.numbers };
}

function resolveMixture(name: string, own: readonly ClassFile[]): ResolvedClass {
  const parts = name.split('+');
  const twice = parts.find((part, at) => parts.indexOf(part) < at);
  if (twice !== undefined) {
    throw new PqrstError('ERR_SPEC', `the mixture "${name}" names "${twice}" twice; name each class once`);
  }
  if (parts.length > 1 && parts.includes('normal')) {
    throw new PqrstError(
      'ERR_SPEC',
      `the mixture "${name}" contains normal, which means the absence of every other class; leave it out`,
    );
  }
  const overrides = parts.length === 1 ? overridesOf(name, own) : mixtureOf(parts, name, own);
  const numbers = new Map(
    [...base].map(([field, number]) => [field, plainLaw(overrides[field] ?? number.law, number)] as const),
  );
  const problem = checkTogether(numbers);
  if (problem !== undefined)
    throw new PqrstError('ERR_SPEC', `the class "${name}" contradicts itself: ${problem}`);
  return { name, numbers };
}

/**
 * Merges the laws of several classes. Where two give a law for one number, the later one counts within the range of
 * the earlier; of two chances, the larger counts. Ranges without a common value are a contradiction.
 */
function mixtureOf(parts: readonly string[], name: string, own: readonly ClassFile[] = []): ClassNumbers {
  const merged = new Map<string, Law>();
  const origin = new Map<string, string>();
  for (const part of parts) {
    for (const [field, law] of Object.entries(overridesOf(part, own))) {
      const number = base.get(field)!;
      const earlier = merged.get(field);
      const both = earlier === undefined ? law : together(field, earlier, law);
      if (both === undefined) {
        throw new PqrstError(
          'ERR_SPEC',
          `the classes ${origin.get(field)} and ${part} of "${name}" contradict each other: ${field} is ` +
            `${lawText(earlier!)} in one and ${lawText(law)} in the other (${number.unit}); name one of the two classes`,
        );
      }
      merged.set(field, both);
      origin.set(field, part);
    }
  }
  return Object.fromEntries(merged);
}

function together(field: string, earlier: Law, later: Law): Law | undefined {
  const number = base.get(field)!;
  const [first, second] = [plainLaw(earlier, number), plainLaw(later, number)];
  if (!number.unit.startsWith('chance')) return limitLaw(second, boundsOf(first));
  return boundsOf(first)[1] > boundsOf(second)[1] ? first : second;
}

/** Returns a law in words, such as `0.4 to 0.8`. */
export function lawText(law: Law): string {
  if (typeof law !== 'object') return String(law);
  return `${law.min} to ${law.max}`;
}
