// The sentences about labels without a class, and about words with two meanings.

import { describe, expect, it } from 'vitest';
import { classlessNotes, taskNotes } from '#lib/datasets/label-notes.js';
import { withOwnLabels } from '#lib/datasets/own-classes.js';
import { parseLabelTask } from '#lib/signal/tasks.js';
import type { ClasslessLabel, EcgWindow, LabelReading, WindowSet } from '#lib/signal/window.js';

const window = (classes: readonly string[], labels: readonly string[], dataset = ''): EcgWindow => ({
  ...{ signal: new Float32Array(4), unit: 'mV', leads: ['II'], startS: 0, classes, labels },
  origin: { dataset, record: 'r', patient: 'r' },
});
const setOf = (
  windows: readonly EcgWindow[],
  tables: {
    readonly readings?: readonly LabelReading[];
    readonly classless?: readonly ClasslessLabel[];
  } = {},
): WindowSet => ({
  ...{ source: 'x', fsHz: 100, lengthSamples: 4, leads: ['II'], unit: 'mV', skipped: [], windows, ...tables },
});
const tasksOf = (...names: string[]) => names.map(parseLabelTask);
const classless = [
  { label: 'Vorhof fl', records: 3 },
  { label: 'VHF', records: 1 },
];

describe('labels without a class', () => {
  it('are named with their records, their effect and the map', () => {
    expect(classlessNotes(classless)).toEqual([
      '2 labels have no class: Vorhof fl (3 records), VHF (1 record); a task such as af:rest counts their records as ' +
        'negatives, and af:normal leaves them out, unless another label states the class; if a label means a class, give ' +
        '`labelMap` "Vorhof fl=CLASS"',
    ]);
    expect(classlessNotes([])).toEqual([]);
    expect(classlessNotes()).toEqual([]);
  });

  it('have the effect of the tasks, and a label of the task is not named', () => {
    expect(classlessNotes(classless, tasksOf('af:rest', 'af', 'VHF:SR'))[0]).toMatch(
      /^2 labels .*; the task af:rest counts their records as negatives, and the tasks af, VHF:SR leave their records out, /,
    );
    expect(classlessNotes(classless.slice(1), tasksOf('VHF:rest'))).toEqual([]);
    expect(classlessNotes(classless, tasksOf('VHF:rest'))[0]).toMatch(
      /^1 label has no class: Vorhof fl \(3 records\); the task VHF:rest counts /,
    );
  });

  it('are cut with a count', () => {
    const many = Array.from({ length: 15 }, (_, n) => ({ label: `X${n}`, records: 15 - n }));
    expect(classlessNotes(many)[0]).toMatch(/^15 labels have no class: X0 \(15 records\), .* and 3 more; /);
  });

  it('do not include codes that leave the class open in LABEL:rest, nor codes of an own class', () => {
    const code = [{ label: '195080001', records: 1 }];
    expect(classlessNotes(code, tasksOf('af:rest'))).toEqual([]);
    expect(classlessNotes(code, tasksOf('pvc:rest'))).toHaveLength(1);
    const own = { name: 'mine', title: 'Mine', rhythm: '(N', scp: ['VHF'], snomed: [] };
    const set = withOwnLabels(setOf([window([], ['VHF'])], { classless }), [own]);
    expect(set.classless).toEqual([classless[0]]);
  });

  it('are named by data set if several are merged', () => {
    const set = setOf([window(['af'], [], 'mitdb'), window([], ['VHF'], 'folder')], {
      classless: [{ label: 'VHF', records: 1, dataset: 'folder' }],
    });
    expect(taskNotes(set, tasksOf('af:rest'))).toEqual([
      expect.stringMatching(/^folder: 1 label has no class: VHF/),
    ]);
  });
});

describe('a label of a task that is a word of the data set', () => {
  // As in PTB-XL, SR is the rhythm of normal and of other records.
  const ptbxl = (dataset = '') => [
    window(['normal'], ['NORM', 'SR'], dataset),
    window(['normal'], ['NORM'], dataset),
    window(['lvh'], ['LVH', 'SR'], dataset),
    window(['lvh'], ['LVH', 'SR'], dataset),
    window(['af'], ['AFIB'], dataset),
  ];

  it('is named with both counts and the task of the class, if it finds other windows', () => {
    expect(taskNotes(setOf(ptbxl()), tasksOf('AF:SR'))).toEqual([
      'the label SR of the task AF:SR is a word of this data set: it finds 3 windows, but the class normal, which SR means ' +
        'in other data, has 2 (1 in both); for the class, choose the `task` AF:normal',
    ]);
  });

  it('is named for the data set of several that has another meaning', () => {
    const own = [window(['af'], ['AF'], 'folder'), window(['normal'], ['SR'], 'folder')];
    const reading = { isMapped: false, records: 1, applied: 1, dataset: 'folder' };
    const readings = [
      { ...reading, label: 'AF', classes: ['af'] },
      { ...reading, label: 'SR', classes: ['normal'] },
    ];
    const set = setOf([...own, ...ptbxl('ptb-xl')], { readings });
    expect(taskNotes(set, tasksOf('AF:SR'))).toEqual([
      expect.stringMatching(/^ptb-xl: the label SR .*`task` AF:normal$/),
    ]);
  });

  it('is named in an own table with the map, unless the map keeps it', () => {
    const windows = [window(['normal'], ['SR']), window(['lvh'], ['SR', 'LVH']), window(['af'], ['AF'])];
    const reading = { label: 'SR', isMapped: false, records: 2, applied: 1 };
    const notes = (classes: readonly string[]) =>
      taskNotes(setOf(windows, { readings: [{ ...reading, classes }] }), tasksOf('AF:SR'));
    expect(notes(['normal'])).toEqual([
      expect.stringMatching(/finds 2 windows, .* has 1 \(1 in both\); .*, or give `labelMap` SR=normal if/),
    ]);
    expect(notes([])).toEqual([]);
  });

  it('has no sentence if the windows are the same, or if two labels of one class differ by their words', () => {
    expect(taskNotes(setOf(ptbxl()), tasksOf('AFIB:NORM', 'AF:NORM', 'af', 'SR:NORM', 'LVH:rest'))).toEqual(
      [],
    );
  });

  it('is named in every task, such as AF for flutter', () => {
    const set = setOf([window(['aflt'], ['AF']), window(['af'], ['AFIB']), window(['normal'], ['SR'])]);
    expect(taskNotes(set, tasksOf('AF:rest', 'AF+SR+LVH'))).toEqual([
      expect.stringMatching(
        /AF of the task AF:rest .* finds 1 window, .* class af,.* has 1 \(0 in both\).*`task` af:rest$/,
      ),
      expect.stringMatching(/AF of the task AF\+SR\+LVH .*`task` af\+SR\+LVH$/),
    ]);
  });
});
