// Decides which task an evaluation scores: the requested one, that of the file, or that between the classes of the file. A
// task that does not fit the outputs of the file is refused.

import { PqrstError } from '../base/errors.js';
import { type Model, replacedNote } from '../model/session.js';
import { type LabelTask, parseLabelTask } from '../signal/tasks.js';

/**
 * Returns the task, its labels in the order of the file's outputs if there are three or more, and for two labels their places
 * among the outputs, if the file has them in another order. Adds a note if the caller replaces the task of the file.
 */
export function taskOf(
  model: Model,
  given: string | undefined,
  notes: string[],
): { readonly task: LabelTask; readonly order?: readonly number[] } {
  const { metadata, source, outputs } = model;
  const { classes } = metadata;
  const sorted = (labels: readonly string[]) => [...labels].sort().join();
  const requested = given === undefined ? undefined : parseLabelTask(given);
  const ofFile = requested === undefined && metadata.task !== undefined ? taskOfFile(model) : undefined;
  const task = requested ?? ofFile ?? taskOfClasses(classes!);
  const isSame = metadata.task !== undefined && sorted(labelsOf(metadata.task)) === sorted(task.labels);
  if (!isSame) notes.push(...replacedNote(source, 'task', metadata.task, given));
  const fits = classes !== undefined && sorted(classes) === sorted(task.labels);
  if (outputs.kind === 'binary') {
    if (task.labels.length !== 2) {
      throw new PqrstError(
        'ERR_OPTION',
        `${source} gives one number per window, but the task "${task.name}" has ${task.labels.length} labels; give a ` +
          'task of two labels',
      );
    }
    if (!fits || classes.join() === task.labels.join()) return { task };
    throw new PqrstError(
      'ERR_OPTION',
      `${source} gives the value of ${classes[1]}, but the positive label of the task "${task.name}" is ${task.labels[1]}; ` +
        `give the task ${classes[1]}:${classes[0]}`,
    );
  }
  if (classes === undefined || !fits) {
    throw new PqrstError(
      'ERR_OPTION',
      `${source} distinguishes ${classes?.join(', ')}, not the labels of the task "${task.name}"; leave \`task\` out, or name ` +
        'the labels in the order of its outputs with `classes`',
    );
  }
  if (classes.length > 2) return { task: { name: task.name, labels: classes } };
  const order = task.labels.map((label) => classes.indexOf(label));
  return order[0] === 0 ? { task } : { task, order };
}

/** Returns the task that the file states. */
function taskOfFile({ metadata, source }: Model): LabelTask {
  try {
    return parseLabelTask(metadata.task!);
  } catch (cause) {
    throw new PqrstError(
      'ERR_MODEL',
      `the metadata of ${source} state the task "${metadata.task}", which is not a task; give one with \`task\``,
      { cause },
    );
  }
}

/** Returns the labels of the file's task; empty if it is not a task. */
function labelsOf(task: string): readonly string[] {
  try {
    return parseLabelTask(task).labels;
  } catch (error) {
    if (error instanceof PqrstError) return [];
    throw error;
  }
}

/** Returns the task between the classes of a file that states no task. */
function taskOfClasses(classes: readonly string[]): LabelTask {
  const name = classes.length === 2 ? `${classes[1]}:${classes[0]}` : classes.join('+');
  return { name, labels: classes };
}
