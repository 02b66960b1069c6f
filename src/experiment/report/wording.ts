// How an experiment's report writes names and numbers. NaN reads as a dash.

import { splitSpecs } from '../../datasets/specs.js';
import type { Setting } from '../../run/config.js';
import { heldBack } from '../../run/predictions.js';
import { ecgTasks } from '../../signal/classes.js';
import { type LabelTask, parseLabelTask } from '../../signal/tasks.js';

export const settingTitles: Readonly<Record<Setting, string>> = {
  real: 'Real',
  syn: 'Syn',
  'syn-real': 'Syn→Real',
};

/** Our classes as the field writes them (`AF`, `normal`), a data set's own label as it is. */
export function labelWord(label: string): string {
  return ecgTasks.some((known) => known === label) ? label.toUpperCase() : label;
}

/** `AFLT`, `LVH against NORM`, `normal + AF + AFLT`. */
export function taskTitle(task: LabelTask | string): string {
  const { name, labels } = typeof task === 'string' ? parseLabelTask(task) : task;
  const words = labels.map(labelWord);
  if (words.length > 2) return words.join(' + ');
  return name === labels[1] ? words[1]! : `${words[1]} against ${words[0]}`;
}

/** `held-back test`, `outside test ptb-xl:ptb-xl`; `tests` are all there are. */
export function testTitle(test: string, tests: readonly string[]): string {
  return test === heldBack ? 'held-back test' : `outside test ${sourceTitle(test, tests)}`;
}

/**
 * Kind and last name of a data set's folder, `ptb-xl:records` of `ptb-xl:/data/2024/records`: a report says nothing of
 * the machine. As many names more as tell it from the `others`.
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
  const parts = splitSpecs(source).map((part) => {
    const colon = part.indexOf(':');
    const names = part.slice(colon + 1).split(/[\\/]/);
    const plain = names.filter((name) => name !== '' && name !== '.');
    return `${part.slice(0, colon + 1)}${plain.slice(-count).join('/') || '.'}`;
  });
  return parts.join(', ');
}

export function fixed(value: number, digits = 2): string {
  return Number.isFinite(value) ? value.toFixed(digits).replace('-', '−') : '–';
}

/** With its sign. */
export function change(value: number, digits = 2): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value).toFixed(digits);
  return Number(size) === 0 ? size : `${value < 0 ? '−' : '+'}${size}`;
}

/** `48`, or `377–388` where values differ; a dash of none. */
export function rangeText(values: readonly number[]): string {
  if (values.length === 0) return '–';
  const low = Math.min(...values);
  const high = Math.max(...values);
  return low === high ? String(low) : `${low}–${high}`;
}

/** `+6.1 %`. */
export function percent(value: number): string {
  return Number.isFinite(value) ? `${change(value, 1)} %` : '–';
}

/** `p = 0.012`, `p < 0.001`. */
/** A corrected p below it counts as more than chance. */
export const level = 0.05;
/** Positive windows or patients of a test below which its scores move with single records. */
export const few = 10;

export function pText(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(p < 0.1 ? 3 : 2)}`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
