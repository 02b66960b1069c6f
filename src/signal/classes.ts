// Classes by their names. The set is open: `class-table.ts` lists the shipped classes, and a user may have more. The five
// classes of the paper have codes, which its model and its corpora use.

import { PqrstError } from '../base/errors.js';
import { type ClassInfo, classInfo, classNames, sinus } from './class-table.js';
import { suggestClass } from './synonyms.js';

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
 * @throws PqrstError ERR_UNKNOWN_CLASS: when it is not one of the five; the message suggests a name, or the preset that
 *   makes the class.
 */
export function parseClass(text: string): PaperClass {
  const found = ecgClasses.find((name) => name === text);
  if (found !== undefined) return found;
  const isShipped = text.split(/[+>]/).every((part) => classNames.includes(part));
  throw new PqrstError(
    'ERR_UNKNOWN_CLASS',
    isShipped
      ? `the paper's model makes ${ecgClasses.join(', ')}, not "${text}"; choose \`preset\` physiological, which makes it`
      : `unknown class "${text}"${suggestClass(text, ecgClasses)}`,
  );
}

/**
 * Returns the rhythm text of WFDB for a record of a class or mixture: that of its first part that is not in sinus rhythm.
 * An episode (`normal>af`) has the text of its start.
 *
 * @param own - the user's own classes.
 * @throws PqrstError ERR_UNKNOWN_CLASS: when a part is neither a shipped class nor an own one.
 */
export function rhythmOf(name: string, own: readonly ClassInfo[] = []): string {
  const [start = ''] = name.split('>');
  const texts = start.split('+').map((part) => {
    const info = own.find((one) => one.name === part) ?? classInfo(part);
    if (info !== undefined) return info.rhythm;
    throw new PqrstError('ERR_UNKNOWN_CLASS', `unknown class "${part}"${suggestClass(part, classNames)}`);
  });
  return texts.find((text) => text !== sinus) ?? sinus;
}
