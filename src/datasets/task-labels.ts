// Finds the windows of a task whose labels are spelled otherwise in the data: the task `AF:SR` in a table with AFIB and NORM.

import { classNames } from '../signal/class-table.js';
import { classOfLabel, foldLabel } from '../signal/synonyms.js';
import { type LabelTask, restLabel } from '../signal/tasks.js';
import type { LabelReading, WindowSet } from '../signal/window.js';

/**
 * Adds a label of the task to the windows that have its class under another word. In a user's own table the class of a
 * label is the one that the table is read with. In other data sets a label keeps the meaning that the data set gives it
 * (AF is flutter in `chapman:`), and only a label that the data set lacks is found by its class.
 *
 * @returns the windows in the same order; the same set if no label is spelled otherwise.
 */
export function withTaskLabels(set: WindowSet, { labels }: Pick<LabelTask, 'labels'>): WindowSet {
  const datasets = [...new Set(set.windows.map(({ origin }) => origin.dataset))];
  const rules = new Map(datasets.map((dataset) => [dataset, rulesOf(set, dataset, labels)]));
  if ([...rules.values()].every((rule) => rule.size === 0)) return set;
  const windows = set.windows.map((window) => {
    const { classes, labels: words = [], origin } = window;
    const added = [...rules.get(origin.dataset)!]
      .filter(([label, name]) => classes.includes(name) && !words.includes(label))
      .map(([label]) => label);
    return added.length === 0 ? window : { ...window, labels: [...words, ...added] };
  });
  return { ...set, windows };
}

/** Returns the class by which each label is found in a data set; a label that is found by its word alone has no entry. */
function rulesOf(
  { windows, readings = [] }: WindowSet,
  dataset: string,
  labels: readonly string[],
): Map<string, string> {
  const read = readings.filter((one) => (one.dataset ?? '') === dataset);
  const hasWord = (label: string) =>
    windows.some((one) => one.origin.dataset === dataset && one.labels?.includes(label));
  const found = labels.flatMap((label): [string, string][] => {
    if (label === restLabel || classNames.includes(label)) return [];
    const name = classOf(label, read) ?? (hasWord(label) ? undefined : classOfLabel(label));
    return name === undefined ? [] : [[label, name]];
  });
  // Two labels of one class (`AF:AFIB`) are distinguished by their words.
  const isShared = (name: string) =>
    [...found.map(([, one]) => one), ...labels].filter((one) => one === name).length > 1;
  return new Map(found.filter(([, name]) => !isShared(name)));
}

/** Returns the one class with which a label of an own table is read. */
function classOf(label: string, readings: readonly LabelReading[]): string | undefined {
  const reading = readings.find((one) => foldLabel(one.label) === foldLabel(label));
  return reading?.classes.length === 1 ? reading.classes[0] : undefined;
}
