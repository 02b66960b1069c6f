// The five classes: the simulator makes records of each, and the readers of data sets label windows with them.

import { PqrstError, suggest } from '../base/errors.js';

/** All classes; the position of a class is its label byte. */
export const ecgClasses = ['normal', 'af', 'aflt', 'pvc', 'wpw'] as const;
/** A class by its name. */
export type EcgClass = (typeof ecgClasses)[number];

/** The classes that a binary task can distinguish from `normal`. */
export const ecgTasks = ['af', 'aflt', 'pvc', 'wpw'] as const;
/** A class that a binary task sets against `normal`. */
export type EcgTask = (typeof ecgTasks)[number];

/**
 * Returns the label byte of a class: normal 0, af 1, aflt 2, pvc 3, wpw 4.
 *
 * @param name - one of the five classes in `ecgClasses`.
 * @example
 * ```ts
 * import { classCode } from 'pqrst/synth';
 *
 * console.log(classCode('pvc')); // 3
 * ```
 */
export function classCode(name: EcgClass): number {
  return ecgClasses.indexOf(name);
}

/**
 * Returns the classes that a record of the simulator shows: the parts of a mixture (`af+pvc`) or of an episode
 * (`normal>af`), each once.
 */
export function shownClasses(name: EcgClass): EcgClass[] {
  return [...new Set(name.split(/[+>]/))] as EcgClass[];
}

/**
 * Returns the class of that name.
 *
 * @throws PqrstError ERR_UNKNOWN_CLASS: when there is no such class; the message suggests a similar name.
 */
export function parseClass(text: string): EcgClass {
  const found = ecgClasses.find((name) => name === text);
  if (found === undefined) {
    throw new PqrstError('ERR_UNKNOWN_CLASS', `unknown class "${text}"${suggest(text, ecgClasses)}`);
  }
  return found;
}
