// The tasks of classifiers, in words: `af` (af against normal), `LVH:NORM` (one label of the data set against another),
// `normal+af+aflt` (several classes, one per record). A label is one of our classes or a data set's own word.

import { PqrstError, suggest } from '../base/errors.js';
import { type EcgClass, ecgClasses, ecgTasks } from './classes.js';
import type { Outputs } from './outputs.js';

/** The labels that a classifier distinguishes. */
export interface LabelTask {
  /** As the user writes it. */
  readonly name: string;
  /** In the order of the outputs. Of two the first is negative, the second positive. */
  readonly labels: readonly string[];
}

/**
 * Parses a task.
 *
 * @param name `af`, `POSITIVE:NEGATIVE` or `A+B+C`.
 * @example
 * ```js
 * import { parseLabelTask } from 'pqrst/records';
 *
 * console.log(parseLabelTask('LVH:NORM').labels); // ['NORM', 'LVH']
 * ```
 * @throws PqrstError ERR_UNKNOWN_CLASS: when the name is not one of these. ERR_OPTION: when a label is empty, named twice
 *   or contains a comma.
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
      `the task "${name}" must be POSITIVE:NEGATIVE or three or more labels A+B+C, each once`,
    );
  }
  const listed = words.find((word) => word.includes(','));
  if (listed !== undefined) {
    throw new PqrstError(
      'ERR_OPTION',
      `the label "${listed}" of the task "${name}" holds a comma, which separates the classes in a model file; ` +
        'write the labels A+B+C, or rename that one in the data',
    );
  }
  return { name, labels: separator === ':' ? words.reverse() : words };
}

/** Returns the outputs of a classifier of the task: one logit for two labels, otherwise one per label. */
export function outputsOf({ labels }: Pick<LabelTask, 'labels'>): Outputs {
  return labels.length === 2 ? { kind: 'binary' } : { kind: 'multiclass', count: labels.length };
}

/** Returns the simulator's classes in the order of the task's labels; undefined where it cannot make one of them. */
export function simulatedClasses({ labels }: LabelTask): readonly EcgClass[] | undefined {
  const classes = labels.map((label) => ecgClasses.find((known) => known === label));
  return classes.includes(undefined) ? undefined : (classes as EcgClass[]);
}

/**
 * Returns the index of the task's label that a window shows; undefined where it shows no label, or two that exclude each
 * other. Another label takes precedence over the first: a window labelled normal and af is af.
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
