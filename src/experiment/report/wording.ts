// Formats names and numbers for the report of an experiment. NaN becomes a dash.

import { refParts, splitDatasetRefs } from '../../datasets/refs.js';
import { heldBack } from '../../run/predictions.js';
import type { Setting } from '../../run/settings.js';
import { classTasks, type LabelTask, parseLabelTask, restLabel } from '../../signal/tasks.js';
import type { CellKey } from '../results.js';
import { simulator } from '../source-names.js';

/** The settings as reports write them. */
export const settingTitles: Readonly<Record<Setting, string>> = {
  real: 'Real',
  syn: 'Syn',
  'syn-real': 'Syn→Real',
  'real+syn': 'Real+Syn',
  'real+real': 'Real+Real',
};

/**
 * Returns a setting with its ratio and its source: `Real+Syn × 0.5 of generator:af`. The simulator is not named.
 *
 * @param key - The cell, with the source as `sourceTitle` shortens it.
 */
export function settingTitle({
  setting,
  ratio,
  source,
}: Pick<CellKey, 'setting' | 'ratio' | 'source'>): string {
  const times = ratio === null ? '' : ` × ${ratio}`;
  return `${settingTitles[setting]}${times}${source === null || source === simulator ? '' : ` of ${source}`}`;
}

/** Returns the different sources of cells, in the order of their first cells. */
export function sourcesOf(cells: readonly Pick<CellKey, 'source'>[]): string[] {
  return [...new Set(cells.flatMap(({ source }) => source ?? []))];
}

/** Classes whose names are words and not abbreviations. */
const plainWords = new Set(['bigeminy', 'trigeminy', 'paced']);

/** Returns a class as cardiologists write it (`AF`, `normal`), and a label of a data set unchanged. */
export function labelWord(label: string): string {
  if (label === restLabel) return 'the rest';
  return classTasks.includes(label) && !plainWords.has(label) ? label.toUpperCase() : label;
}

/** Returns the title of a task: `AFLT`, `LVH against NORM`, `AF against the rest`, `normal + AF + AFLT`. */
export function taskTitle(task: LabelTask | string): string {
  const { name, labels } = typeof task === 'string' ? parseLabelTask(task) : task;
  const words = labels.map(labelWord);
  if (words.length > 2) return words.join(' + ');
  return name === labels[1] ? words[1]! : `${words[1]} against ${words[0]}`;
}

/** Returns the title of a test set, `held-back test` or `outside test ptb-xl:ptb-xl`; `tests` are all test sets. */
export function testTitle(test: string, tests: readonly string[]): string {
  return test === heldBack ? 'held-back test' : `outside test ${sourceTitle(test, tests)}`;
}

/**
 * Returns the kind and the last name of a data set's folder, `ptb-xl:records` for `ptb-xl:/data/2024/records`, because a
 * report states no paths of the machine. If one of `others` has the same short name, more folders of the path are added.
 */
export function sourceTitle(source: string, others: readonly string[]): string {
  const known = others.filter((other) => other !== source);
  const most = source.split(/[\\/]/).length;
  for (let names = 1; names < most; names++) {
    const short = lastNames(source, names);
    if (known.every((other) => lastNames(other, names) !== short)) return short;
  }
  return source;
}

function lastNames(source: string, count: number): string {
  const parts = splitDatasetRefs(source).map((ref) => {
    const { kind, folder } = refParts(ref);
    const names = folder.split(/[\\/]/).filter((name) => name !== '' && name !== '.');
    return folder === '' ? kind : `${kind}:${names.slice(-count).join('/') || '.'}`;
  });
  return parts.join(', ');
}

/** Returns a number with `digits` decimal places. */
export function fixed(value: number, digits = 2): string {
  return Number.isFinite(value) ? value.toFixed(digits).replace('-', '−') : '–';
}

/** Returns a mean with its standard deviation, `0.812 (0.031)`, or the mean alone if there is no standard deviation. */
export function withSd(mean: number, sd: number): string {
  return Number.isFinite(mean + sd) ? `${fixed(mean, 3)} (${fixed(sd, 3)})` : fixed(mean, 3);
}

/** Returns a number with its sign. */
export function change(value: number, digits = 2): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value).toFixed(digits);
  return Number(size) === 0 ? size : `${value < 0 ? '−' : '+'}${size}`;
}

/** Returns `48`, or `377–388` if the values differ, or a dash for an empty list. */
export function rangeText(values: readonly number[]): string {
  if (values.length === 0) return '–';
  const low = Math.min(...values);
  const high = Math.max(...values);
  return low === high ? String(low) : `${low}–${high}`;
}

/** Returns a percentage with its sign, `+6.1 %`. */
export function percent(value: number): string {
  return Number.isFinite(value) ? `${change(value, 1)} %` : '–';
}

/** A corrected p-value below this level is significant. */
export const level = 0.05;
/** With fewer positive windows or patients in a test than this, single records change its scores. */
export const few = 10;

/** Returns `p = 0.012` or `p < 0.001`. */
export function pText(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(p < 0.1 ? 3 : 2)}`;
}
