// Parses the tasks of classifiers: `af` (af against normal), `LVH:NORM` (one label of the data set against another),
// `normal+af+aflt` (several classes, one per record). A label is a class of the simulator or a word of a data set.

import { PqrstError, suggest } from '../base/errors.js';
import { type EcgClass, ecgClasses, ecgTasks } from './classes.js';
import type { Outputs } from './outputs.js';

/** The labels that a classifier distinguishes. */
export interface LabelTask {
  /** The task as the user writes it. */
  readonly name: string;
  /** The labels in the order of the outputs. If there are two, the first is negative and the second positive. */
  readonly labels: readonly string[];
}

/**
 * Parses a task. It has one of three forms:
 *
 * - `af`, `aflt`, `pvc` or `wpw`: this class against `normal`;
 * - `POSITIVE:NEGATIVE`, such as `LVH:NORM`: one label against another;
 * - `A+B+C`, such as `normal+af+aflt`: three or more labels, of which a window shows one.
 *
 * A label is a class or a word of the data set.
 *
 * @param name - The task in one of these forms.
 * @returns The task with its labels: [negative, positive] in the first two forms, otherwise in the given order.
 * @example
 * ```js
 * import { parseLabelTask } from 'pqrst/records';
 *
 * console.log(parseLabelTask('LVH:NORM').labels); // ['NORM', 'LVH']
 * ```
 * @throws PqrstError ERR_UNKNOWN_CLASS: when the name is not one of these.
 * @throws PqrstError ERR_OPTION: when a label is empty, named twice or contains a comma.
 */
export function parseLabelTask(name: string): LabelTask {
  if (ecgTasks.some((known) => known === name)) return { name, labels: ['normal', name] };
  const separator = name.includes('+') ? '+' : ':';
  const words = name.split(separator).map((word) => word.trim());
  if (words.length < 2) {
    throw new PqrstError(
      'ERR_UNKNOWN_CLASS',
      `unknown task "${name}" (write a pair of labels as POSITIVE:NEGATIVE, several classes as A+B+C)` +
        suggest(name, ecgTasks),
    );
  }
  const isWrong = words.includes('') || new Set(words).size < words.length;
  if (isWrong || (separator === ':' ? words.length > 2 : words.length < 3)) {
    throw new PqrstError(
      'ERR_OPTION',
      `the task "${name}" must be POSITIVE:NEGATIVE, or three or more labels A+B+C; write each label once`,
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
 * Returns the classes of the task's labels in their order; undefined if the simulator cannot make one of the labels.
 */
export function simulatedClasses({ labels }: LabelTask): readonly EcgClass[] | undefined {
  const classes = labels.map((label) => ecgClasses.find((known) => known === label));
  return classes.includes(undefined) ? undefined : (classes as EcgClass[]);
}

/**
 * Returns the index of the task's label that a window shows. The first label gives way to the others: a window that is
 * labelled normal and af is af. Returns undefined if the window shows no label of the task, or several of the others.
 */
export function labelOf(
  { labels }: LabelTask,
  window: { readonly classes: readonly string[]; readonly labels?: readonly string[] },
): number | undefined {
  const shown = labels.flatMap((label, at) =>
    window.classes.includes(label) || window.labels?.includes(label) ? [at] : [],
  );
  const special = shown.filter((at) => at > 0);
  return special.length > 1 ? undefined : (special[0] ?? shown[0]);
}
