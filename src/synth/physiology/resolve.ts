// Names to numbers: a class (`af`), a mixture (`af+pvc`: the numbers of both), an episode (`normal>af`: it begins as
// normal and changes to the rhythm of af midway). Checks that the numbers of the whole agree.

import { PqrstError } from '../../base/errors.js';
import { base } from './base.js';
import { checkTogether } from './check-together.js';
import type { Law } from './law.js';
import { plainLaw } from './law-values.js';
import { mergeClasses } from './mixture.js';
import { classOf, type PhysiologySpec, physiologySpec } from './spec.js';

/** A class with all its numbers. */
export interface ResolvedClass {
  readonly name: string;
  /** The rhythm text of WFDB at the start of its records. */
  readonly rhythm: string;
  /** The law of each number of the model. */
  readonly numbers: ReadonlyMap<string, Exclude<Law, string>>;
  /** The class whose rhythm begins midway. */
  readonly episode?: ResolvedClass;
}

const sinusText = '(N';

/**
 * Returns the class of a name with the law of each number.
 *
 * @param name - a class, a mixture `A+B` or an episode `A>B`.
 * @param spec - the numbers of the model; by default those of the shipped classes.
 * @throws PqrstError ERR_UNKNOWN_CLASS: when a part of the name is unknown.
 * @throws PqrstError ERR_SPEC: when the parts contradict each other.
 */
export function resolveClass(name: string, spec: PhysiologySpec = physiologySpec()): ResolvedClass {
  const [start = '', episodeName, ...more] = name.split('>');
  if (more.length > 0) {
    throw new PqrstError(
      'ERR_UNKNOWN_CLASS',
      `the class "${name}" changes its rhythm ${more.length + 1} times; one change is possible, as in normal>af`,
    );
  }
  const begin = resolveMixture(start, spec);
  if (episodeName === undefined) return begin;
  const episode = resolveMixture(episodeName, spec);
  // How long the episode lasts is a number of its own class: a run of VT is shorter than an episode of AF.
  const numbers = new Map(begin.numbers);
  for (const field of ['rhythm.episodeStartS', 'rhythm.episodeS']) {
    numbers.set(field, episode.numbers.get(field)!);
  }
  return { name, rhythm: begin.rhythm, numbers, episode };
}

function resolveMixture(name: string, spec: PhysiologySpec): ResolvedClass {
  const names = name.split('+');
  const twice = names.find((part, at) => names.indexOf(part) < at);
  if (twice !== undefined) {
    throw new PqrstError('ERR_SPEC', `the mixture "${name}" names "${twice}" twice; name each class once`);
  }
  if (names.length > 1 && names.includes('normal')) {
    throw new PqrstError(
      'ERR_SPEC',
      `the mixture "${name}" contains normal, which means the absence of every other class; leave it out`,
    );
  }
  const parts = names.map((part) => ({ name: part, ...classOf(spec, part) }));
  const own = mergeClasses(parts, name);
  const numbers = new Map(
    [...base].map(([field, number]) => {
      const law = own[field] ?? spec.base[field] ?? number.law;
      return [field, plainLaw(law, number)] as const;
    }),
  );
  const problem = checkTogether(numbers);
  if (problem !== undefined) {
    throw new PqrstError('ERR_SPEC', `the class "${name}" contradicts itself: ${problem}`);
  }
  const rhythm = parts.find((part) => part.rhythm !== sinusText)?.rhythm ?? sinusText;
  return { name, rhythm, numbers };
}
