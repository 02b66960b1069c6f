// Classes by their names. The set is open: `class-table.ts` lists the shipped classes, and a user may have more. The five
// classes of the paper have codes, which its model and its corpora use.

import { PqrstError, suggest } from '../base/errors.js';

/** The classes of the paper; the position of a class is its label byte. */
export const ecgClasses = ['normal', 'af', 'aflt', 'pvc', 'wpw'] as const;
/** A class of the paper by its name. */
export type PaperClass = (typeof ecgClasses)[number];
/** The classes of this package, in the order of `classTable`. */
export const shippedClasses = [
  ...ecgClasses,
  ...(['sbrad', 'stach', 'sarrh', 'pac', 'svt', 'avb1', 'avb2m1', 'avb2m2', 'avb3', 'bigeminy'] as const),
  ...(['trigeminy', 'vt', 'clbbb', 'crbbb', 'irbbb', 'lafb', 'paced', 'lvh', 'ste', 'std', 'invt'] as const),
  ...(['lngqt', 'lvolt'] as const),
] as const;
/** A class of this package by its name. */
export type ShippedClass = (typeof shippedClasses)[number];
/** The name of a class: of the paper, of this package (`clbbb`), of a user, or of a mixture (`af+pvc`). */
export type EcgClass = PaperClass | (string & Record<never, never>);

/**
 * The names of classes that an option takes: shipped ones, `Own` ones, mixtures (`af+pvc`) and episodes (`normal>af`). The
 * compiler rejects any other literal; a `string` that it does not know is checked when the program runs.
 */
export type ClassName<Name extends string, Own extends string = never> = string extends Name | Own
  ? Name
  : Name extends ShippedClass | Own | `${string}+${string}` | `${string}>${string}`
    ? Name
    : ShippedClass | Own;

/** The classes that a binary task can distinguish from `normal`. */
export const ecgTasks = ['af', 'aflt', 'pvc', 'wpw'] as const;
/** A class that a binary task sets against `normal`. */
export type EcgTask = (typeof ecgTasks)[number];

/**
 * Returns the label byte of a class of the paper: normal 0, af 1, aflt 2, pvc 3, wpw 4.
 *
 * @param name - one of the five classes in `ecgClasses`.
 * @example
 * ```ts
 * import { classCode } from 'pqrst/synth';
 *
 * console.log(classCode('pvc')); // 3
 * ```
 * @throws PqrstError ERR_UNKNOWN_CLASS: when the class is not one of the five.
 */
export function classCode(name: EcgClass): number {
  return ecgClasses.indexOf(parseClass(name));
}

/**
 * Returns the class of the paper of that name.
 *
 * @throws PqrstError ERR_UNKNOWN_CLASS: when it is not one of the five; the message suggests a similar name.
 */
export function parseClass(text: string): PaperClass {
  const found = ecgClasses.find((name) => name === text);
  if (found === undefined) {
    throw new PqrstError('ERR_UNKNOWN_CLASS', `unknown class "${text}"${suggest(text, ecgClasses)}`);
  }
  return found;
}
