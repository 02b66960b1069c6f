// How an experiment's report writes names and numbers. NaN reads as a dash.

import type { LabelTask } from '../tasks.js';
import type { Setting } from '../train/config.js';
import { heldBack } from './results.js';

export const settingTitles: Readonly<Record<Setting, string>> = {
  real: 'Real',
  syn: 'Syn',
  'syn-real': 'Syn→Real',
};

/** `AFLT`, `LVH against NORM`, `normal + af + aflt`. */
export function taskTitle({ name, labels }: LabelTask): string {
  if (labels.length > 2) return labels.join(' + ');
  return name === labels[1] ? name.toUpperCase() : `${labels[1]} against ${labels[0]}`;
}

export function testTitle(test: string): string {
  return test === heldBack ? 'held-back test' : `outside test ${test}`;
}

export function fixed(value: number, digits = 2): string {
  return Number.isFinite(value) ? value.toFixed(digits).replace('-', '−') : '–';
}

/** With its sign. */
export function change(value: number, digits = 2): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value).toFixed(digits);
  return Number(size) === 0 ? '0' : `${value < 0 ? '−' : '+'}${size}`;
}

/** `+6.1 %`. */
export function percent(value: number): string {
  return Number.isFinite(value) ? `${change(value, 1)} %` : '–';
}

/** `p = 0.012`, `p < 0.001`. */
export function pText(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(p < 0.1 ? 3 : 2)}`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
