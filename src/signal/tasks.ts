// Parses the tasks of classifiers: `af` (af against normal), `LVH:NORM` (one label of the data set against another),
// `af:rest` (one label against everything else), `normal+af+aflt` (several classes, one per record). A label is a class
// or a word of a data set. A label is never a mixture: in a task, `+` separates labels, and a record of the mixture
// `af+pvc` shows the two labels af and pvc.

import { PqrstError } from '../base/errors.js';
import { type ClassInfo, classInfo, classNames, sharesCode, shownClasses } from './class-table.js';
import type { EcgClass } from './classes.js';
import type { Outputs } from './outputs.js';
import { classOfLabel, type LabelMap, suggestClass } from './synonyms.js';

/** The negative label of a task such as `af:rest`: every labelled window that does not show the other label. */
export const restLabel = 'rest';

/** The names of the tasks that set one shipped class against `normal`. */
export const classTasks: readonly string[] = classNames.filter((name) => name !== 'normal');

/** The labels that a classifier distinguishes. */
export interface LabelTask {
  /** The task as the user writes it. */
  readonly name: string;
  /** The labels in the order of the outputs. If there are two, the first is negative and the second positive. */
  readonly labels: readonly string[];
}

/**
 * Parses a task. It has one of four forms:
 *
 * - `af`, `pvc`, `clbbb` or another shipped class: this class against `normal`;
 * - `POSITIVE:NEGATIVE`, such as `LVH:NORM`: one label against another;
 * - `LABEL:rest`, such as `af:rest`: one label against all labelled windows without it;
 * - `A+B+C`, such as `normal+af+aflt`: three or more labels, of which a window shows one.
 *
 * A label is a class or a word of the data set.
 *
 * @param name - The task in one of these forms.
 * @returns The task with its labels: [negative, positive] in the first three forms, otherwise in the given order.
 * @example
 * ```js
 * import { parseLabelTask } from 'pqrst/records';
 *
 * console.log(parseLabelTask('LVH:NORM').labels); // ['NORM', 'LVH']
 * console.log(parseLabelTask('af:rest').labels); // ['rest', 'af']
 * ```
 * @throws PqrstError ERR_UNKNOWN_CLASS: when the name is not one of these.
 * @throws PqrstError ERR_OPTION: when a label is empty, named twice or contains a comma, or `rest` is not the negative
 *   label of a pair.
 */
export function parseLabelTask(name: string): LabelTask {
  if (classTasks.includes(name)) return { name, labels: ['normal', name] };
  const separator = name.includes('+') ? '+' : ':';
  const words = name.split(separator).map((word) => word.trim());
  if (words.length < 2) {
    throw new PqrstError(
      'ERR_UNKNOWN_CLASS',
      `unknown task "${name}" (write a pair of labels as POSITIVE:NEGATIVE, one label against all other records as ` +
        `LABEL:rest, several classes as A+B+C)${suggestClass(name, classTasks)}`,
    );
  }
  if (separator === '+' && name.includes(':')) {
    throw new PqrstError(
      'ERR_OPTION',
      `the task "${name}" has both "+" and ":"; write one label on each side of ":" (a record of a mixture shows each ` +
        'of its classes), or several labels as A+B+C',
    );
  }
  const isWrong = words.includes('') || new Set(words).size < words.length;
  if (isWrong || (separator === ':' ? words.length > 2 : words.length < 3)) {
    throw new PqrstError(
      'ERR_OPTION',
      `the task "${name}" must be POSITIVE:NEGATIVE, or three or more labels A+B+C; write each label once`,
    );
  }
  const isRest = separator === ':' && words[1] === restLabel;
  if (words.includes(restLabel) && !isRest) {
    throw new PqrstError(
      'ERR_OPTION',
      `"rest" in the task "${name}" means all other records, so it can only be the second label of a pair; write ` +
        'LABEL:rest, or rename this label in the data',
    );
  }
  const listed = words.find((word) => word.includes(','));
  if (listed !== undefined) {
    throw new PqrstError(
      'ERR_OPTION',
      `the label "${listed}" of the task "${name}" contains a comma, which separates the classes in a model file; ` +
        'write the labels as A+B+C, or rename this label in the data',
    );
  }
  return { name, labels: separator === ':' ? words.reverse() : words };
}

/** Returns the outputs of a classifier of the task: one logit for two labels, otherwise one per label. */
export function outputsOf({ labels }: Pick<LabelTask, 'labels'>): Outputs {
  return labels.length === 2 ? { kind: 'binary' } : { kind: 'multiclass', count: labels.length };
}

/**
 * Returns the classes of the synthetic records of each output, in the order of the task's labels. An output of a label
 * has the class of this name, or the class that the table of synonyms has for it (`AF`). The outputs of `LABEL:rest` have
 * all offered classes between them:
 *
 * - negative: every class that neither shows the label nor shares a code with it (data sets do not distinguish the two
 *   types of second-degree block);
 * - positive: the class itself; if other offered classes show it too (`af+pvc`, or `bigeminy` for pvc), every second
 *   record is of the class itself.
 *
 * The records of an output take turns among its classes.
 *
 * @param offered - the classes that the simulator offers for the records.
 * @param own - the user's own classes among them.
 * @param map - what the user's own labels mean.
 * @returns one list per output; undefined if the simulator does not offer one of the labels, or nothing but the label, or
 *   if two labels mean one class.
 */
export function simulatedClasses(
  task: LabelTask,
  offered: readonly EcgClass[],
  own: readonly ClassInfo[] = [],
  map: LabelMap = {},
): readonly (readonly EcgClass[])[] | undefined {
  const labels = task.labels.map((label) => simulatedLabel(label, offered, map));
  if (new Set(labels).size < labels.length) return undefined;
  const shows = (name: EcgClass, label: string) => shownClasses(name, own).includes(label);
  const outputs = labels.map((label) => {
    if (label !== restLabel) return offered.includes(label) ? [label] : [];
    return offered.filter((name) => !shows(name, labels[1]!) && !sharesCode(name, labels[1]!, own));
  });
  if (outputs.some((classes) => classes.length === 0)) return undefined;
  if (labels[0] !== restLabel) return outputs;
  const label = labels[1]!;
  const others = offered.filter((name) => name !== label && shows(name, label));
  // A rhythm that starts as normal is not an example of normal.
  if (others.length === 0 || label === 'normal') return outputs;
  return [outputs[0]!, others.flatMap((name) => [label, name])];
}

/** Returns the name by which the simulator knows a label of a task; the label itself if it does not know it. */
export function simulatedLabel(label: string, offered: readonly EcgClass[], map: LabelMap = {}): string {
  if (label === restLabel || offered.includes(label)) return label;
  return classOfLabel(label, map) ?? label;
}

/**
 * Returns the labels of a task that the simulator cannot make: those without an offered class; if each has one, those that
 * mean the same class; otherwise all, because nothing is left for the rest.
 */
export function unsimulatedLabels(
  { labels }: LabelTask,
  offered: readonly EcgClass[],
  map: LabelMap = {},
): string[] {
  const names = labels.map((label) => simulatedLabel(label, offered, map));
  const missing = labels.filter((_, at) => names[at] !== restLabel && !offered.includes(names[at]!));
  const same = labels.filter((_, at) => names.filter((name) => name === names[at]).length > 1);
  return [missing, same].find((some) => some.length > 0) ?? [...labels];
}

/**
 * Returns the classes of an endless list of records in which the outputs take turns: record i belongs to output
 * i % outputs.length and has the class turns[i % turns.length].
 */
export function turnsOf(outputs: readonly (readonly EcgClass[])[]): EcgClass[] {
  const rounds = outputs.reduce((rounds, classes) => leastCommonMultiple(rounds, classes.length), 1);
  return Array.from({ length: rounds }, (_, round) =>
    outputs.map((classes) => classes[round % classes.length]!),
  ).flat();
}

function leastCommonMultiple(a: number, b: number): number {
  let [large, small] = [a, b];
  while (small > 0) [large, small] = [small, large % small];
  return (a / large) * b;
}

/** The labels of a window, as tasks see them. */
interface Labelled {
  readonly classes: readonly EcgClass[];
  readonly labels?: readonly string[];
}

/**
 * Returns the index of the task's label that a window shows; undefined if it shows no label of the task, or several of
 * those after the first.
 *
 * The first label gives way to the others: a window that is labelled normal and af is af. In `LABEL:rest` a window
 * without the label is negative if it has a class or label at all, and none of its codes leaves open whether it shows
 * the label.
 */
export function labelOf({ labels }: LabelTask, window: Labelled): number | undefined {
  const shown = labels.flatMap((label, at) => (shows(window, label) ? [at] : []));
  const special = shown.filter((at) => at > 0);
  if (labels[0] === restLabel && special.length === 0) return isWithout(window, labels[1]!) ? 0 : undefined;
  return special.length > 1 ? undefined : (special[0] ?? shown[0]);
}

function shows({ classes, labels }: Labelled, label: string): boolean {
  return classes.includes(label) || (labels?.includes(label) ?? false);
}

/** Returns whether the labels of a window that does not show `label` say that it does not show it. */
function isWithout({ classes, labels = [] }: Labelled, label: string): boolean {
  if (classes.length + labels.length === 0) return false;
  const { scp = [], snomed = [], unclear = [] } = classInfo(label) ?? {};
  if (labels.some((word) => unclear.includes(word))) return false;
  // A long recording has the codes of its diagnoses, but its windows have no classes.
  return classes.length > 0 || !labels.some((word) => scp.includes(word) || snomed.includes(word));
}
