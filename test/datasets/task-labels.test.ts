// The windows of a task whose labels are spelled otherwise in the data.

import { describe, expect, it } from 'vitest';
import { selectTask } from '#lib/datasets/dataset.js';
import type { EcgWindow, LabelReading, WindowSet } from '#lib/signal/window.js';

const window = (classes: readonly string[], labels: readonly string[], dataset = ''): EcgWindow => ({
  ...{ signal: new Float32Array(4), unit: 'mV', leads: ['II'], startS: 0, classes, labels },
  origin: { dataset, record: 'r', patient: 'r' },
});
const setOf = (windows: readonly EcgWindow[], readings?: readonly LabelReading[]): WindowSet => ({
  ...{ source: 'x', fsHz: 100, lengthSamples: 4, leads: ['II'], unit: 'mV', skipped: [], windows },
  ...(readings && { readings }),
});
const reading = (label: string, classes: readonly string[], dataset?: string): LabelReading => ({
  ...{ label, classes, isMapped: false, records: 1, applied: 1 },
  ...(dataset !== undefined && { dataset }),
});
const chosen = (set: WindowSet, task: string) => {
  const { windows, labels } = selectTask(set, task, { everyLabel: false });
  return windows.map((one, at) => `${one.labels?.join(';')}=${labels[at]}`);
};

describe('selectTask', () => {
  it('finds all spellings of a label in a table of the user', () => {
    const windows = [window(['af'], ['AF']), window(['af'], ['afib']), window(['normal'], ['NORM'])];
    const set = setOf(windows, [reading('AF', ['af']), reading('afib', ['af']), reading('NORM', ['normal'])]);
    expect(chosen(set, 'AF:SR')).toEqual(['AF=1', 'afib=1', 'NORM=0']);
    expect(selectTask(set, 'AF:SR').windows[1]).toBe(windows[1]);
  });

  it('keeps a label that the user keeps, and two labels of one class apart', () => {
    const windows = [
      window(['af'], ['AF']),
      window(['af'], ['AFIB']),
      window([], ['SR']),
      window(['normal'], ['N']),
    ];
    const set = setOf(windows, [reading('SR', []), reading('AF', ['af']), reading('AFIB', ['af'])]);
    expect(chosen(set, 'AF:SR')).toEqual(['AF=1', 'AFIB=1', 'SR=0']);
    expect(chosen(set, 'AF:AFIB')).toEqual(['AF=1', 'AFIB=0']);
    expect(chosen(set, 'AFIB:af')).toEqual(['AF=0', 'AFIB=1']);
  });

  it('leaves the words of other data sets their meaning, such as AF for flutter', () => {
    const windows = [window(['aflt'], ['AF']), window(['af'], ['AFIB']), window(['normal'], ['SR'])];
    expect(chosen(setOf(windows), 'AF:SR')).toEqual(['AF=1', 'SR=0']);
  });

  it('finds a label that another data set lacks by its class, data set by data set', () => {
    const windows = [
      ...[window(['af'], ['(AFIB'], 'mitdb'), window(['normal'], ['(N'], 'mitdb')],
      ...[window(['aflt'], ['AF'], 'chapman'), window(['af'], ['AFIB'], 'chapman')],
      ...[window(['af'], ['164889003'], 'folder'), window(['normal'], ['SR'], 'folder')],
    ];
    const set = setOf(windows, [reading('164889003', ['af'], 'folder'), reading('SR', ['normal'], 'folder')]);
    expect(chosen(set, 'AF:SR')).toEqual(['(AFIB=1', '(N=0', 'AF=1', '164889003=1', 'SR=0']);
  });
});
