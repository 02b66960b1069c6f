// Sentences about labels that a task reads otherwise than its user may think: labels of an own table that state no class,
// and words that mean one thing in a data set and another in the table of synonyms.

import { plural } from '../base/text.js';
import { classInfo, classNames } from '../signal/class-table.js';
import { classOfLabel, foldLabel } from '../signal/synonyms.js';
import { type LabelTask, restLabel } from '../signal/tasks.js';
import type { ClasslessLabel, EcgWindow, WindowSet } from '../signal/window.js';
import { shownLabels } from './own-labels.js';
import { classRulesOf, readClassOf } from './task-labels.js';

/**
 * Returns the sentences about the labels of a data set that concern these tasks: labels that state no class, and labels of
 * a task that are words of the data set with another meaning.
 */
export function taskNotes(set: WindowSet, tasks: readonly LabelTask[]): string[] {
  const datasets = [...new Set(set.windows.map(({ origin }) => origin.dataset))];
  return datasets.flatMap((dataset) => {
    const labels = (set.classless ?? []).filter((one) => (one.dataset ?? '') === dataset);
    const notes = [
      ...classlessNotes(labels, tasks),
      ...tasks.flatMap((task) => meaningNotes(set, dataset, task)),
    ];
    return notes.map((note) => (dataset === '' ? note : `${dataset}: ${note}`));
  });
}

/**
 * Returns one sentence about the labels that state no class, if there are any.
 *
 * @param tasks - the tasks that use the labels; a label of each task is not named. Default: the sentence explains two
 *   tasks as examples.
 */
export function classlessNotes(
  labels: readonly ClasslessLabel[] = [],
  tasks?: readonly LabelTask[],
): string[] {
  const passedBy = (task: LabelTask) => labels.filter(({ label }) => isPassedBy(label, task));
  const concerned = tasks?.filter((task) => passedBy(task).length > 0);
  const named =
    concerned === undefined
      ? labels
      : labels.filter((one) => concerned.some((task) => passedBy(task).includes(one)));
  if (named.length === 0) return [];
  const shown = named
    .slice(0, shownLabels)
    .map(({ label, records }) => `${label} (${plural(records, 'record')})`);
  const more = named.length - shown.length;
  const word = named[0]!.label;
  const pair = /[\s'"$*?;&|<>()]/.test(word) ? `"${word}=CLASS"` : `${word}=CLASS`;
  return [
    `${plural(named.length, 'label')} ${named.length === 1 ? 'has' : 'have'} no class: ` +
      `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}; ${effectOf(concerned)}, unless another label states the ` +
      `class; if a label means a class, give \`labelMap\` ${pair}`,
  ];
}

/** Returns whether a task passes a label by: it is neither a label of the task nor one that leaves its class open. */
function isPassedBy(label: string, { labels }: LabelTask): boolean {
  const isUnclear = labels[0] === restLabel && classInfo(labels[1]!)?.unclear?.includes(label) === true;
  return !labels.includes(label) && !isUnclear;
}

function effectOf(tasks: readonly LabelTask[] | undefined): string {
  if (tasks === undefined) {
    return 'a task such as af:rest counts their records as negatives, and af:normal leaves them out';
  }
  const listed = (some: readonly LabelTask[], one: string, several: string) => {
    if (some.length === 0) return [];
    return [
      `the task${some.length === 1 ? '' : 's'} ${some.map(({ name }) => name).join(', ')} ${some.length === 1 ? one : several}`,
    ];
  };
  const isRest = ({ labels }: LabelTask) => labels[0] === restLabel;
  return [
    ...listed(tasks.filter(isRest), 'counts their records as negatives', 'count their records as negatives'),
    ...listed(
      tasks.filter((task) => !isRest(task)),
      'leaves their records out',
      'leave their records out',
    ),
  ].join(', and ');
}

/** A label of a task that finds other windows than its class has. */
interface Ambiguous {
  readonly label: string;
  /** The class that the table of synonyms, or the reading of an own table, gives the label. */
  readonly name: string;
  readonly found: number;
  readonly ofClass: number;
  readonly both: number;
}

/** Returns one sentence per label of a task that is a word of a data set and does not find the windows of its class. */
function meaningNotes(set: WindowSet, dataset: string, task: LabelTask): string[] {
  const ambiguous = ambiguousLabels(set, dataset, task.labels);
  const classOf = new Map(ambiguous.map(({ label, name }) => [label, name]));
  const renamed = task.labels.map((label) => classOf.get(label) ?? label);
  const other = renamed.length === 2 ? `${renamed[1]}:${renamed[0]}` : renamed.join('+');
  const isOwn = (set.readings ?? []).some((one) => (one.dataset ?? '') === dataset);
  return ambiguous.map(({ label, name, found, ofClass, both }) => {
    const map = isOwn ? `, or give \`labelMap\` ${label}=${name} if the label always means it` : '';
    return (
      `the label ${label} of the task ${task.name} is a word of this data set: it finds ${plural(found, 'window')}, but the ` +
      `class ${name}, which ${label} means in other data, has ${ofClass} (${both} in both); for the class, choose the ` +
      `\`task\` ${other}${map}`
    );
  });
}

function ambiguousLabels(set: WindowSet, dataset: string, labels: readonly string[]): Ambiguous[] {
  const windows = set.windows.filter(({ origin }) => origin.dataset === dataset);
  const readings = (set.readings ?? []).filter((one) => (one.dataset ?? '') === dataset);
  const rules = classRulesOf(set, dataset, labels);
  const isKept = (label: string) =>
    readings.some((one) => one.classes.length === 0 && foldLabel(one.label) === foldLabel(label));
  const meant = labels.flatMap((label) => {
    if (label === restLabel || classNames.includes(label) || isKept(label)) return [];
    const name = readClassOf(label, readings) ?? classOfLabel(label);
    return name === undefined ? [] : [{ label, name }];
  });
  // Two labels of one class (`AF:AFIB`) are distinguished by their words on purpose.
  const names = [...meant.map(({ name }) => name), ...labels];
  const single = meant.filter(({ name }) => names.filter((one) => one === name).length === 1);
  return single.flatMap(({ label, name }) => {
    const isOfClass = ({ classes }: EcgWindow) => classes.includes(name);
    const hasWord = (one: EcgWindow) => one.labels?.includes(label) === true;
    const isFound = (one: EcgWindow) => hasWord(one) || (rules.has(label) && isOfClass(one));
    if (!windows.some(hasWord)) return [];
    const [found, ofClass] = [windows.filter(isFound), windows.filter(isOfClass)];
    const both = found.filter(isOfClass).length;
    if (both === found.length && both === ofClass.length) return [];
    return [{ label, name, found: found.length, ofClass: ofClass.length, both }];
  });
}
