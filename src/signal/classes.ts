// The five classes that the simulator makes and the loaders label. The position is the label byte.

import { PqrstError, suggest } from '../base/errors.js';

export const ecgClasses = ['normal', 'af', 'aflt', 'pvc', 'wpw'] as const;
export type EcgClass = (typeof ecgClasses)[number];

/** The classes a binary task can set against `normal`. */
export const ecgTasks = ['af', 'aflt', 'pvc', 'wpw'] as const;
export type EcgTask = (typeof ecgTasks)[number];

/** The label byte of a class: normal 0, af 1, aflt 2, pvc 3, wpw 4. */
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
