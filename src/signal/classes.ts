// The five classes that the simulator makes and the loaders label. The position is the label byte.

import { PqrstError, suggest } from '../base/errors.js';

/** The classes of the simulator; the position is the label byte. */
export const ecgClasses = ['normal', 'af', 'aflt', 'pvc', 'wpw'] as const;
/** A class of the simulator. */
export type EcgClass = (typeof ecgClasses)[number];

/** The classes a binary task can set against `normal`. */
export const ecgTasks = ['af', 'aflt', 'pvc', 'wpw'] as const;
/** A class that a binary task sets against `normal`. */
export type EcgTask = (typeof ecgTasks)[number];

/**
 * Returns the label byte of a class: normal 0, af 1, aflt 2, pvc 3, wpw 4.
 *
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

export function parseClass(text: string): EcgClass {
  const found = ecgClasses.find((name) => name === text);
  if (found === undefined) {
    throw new PqrstError('ERR_UNKNOWN_CLASS', `unknown class "${text}"${suggest(text, ecgClasses)}`);
  }
  return found;
}
