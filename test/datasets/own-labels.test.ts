// The classes that the words of a user's own table state.

import { expect, it } from 'vitest';
import {
  classesOfWords,
  readingsNote,
  readingsOf,
  splitLabels,
  unusedOfMap,
} from '#lib/datasets/own-labels.js';

it('takes the names, mixtures and codes of classes, in the order of the table', () => {
  expect(classesOfWords(['clbbb', 'af'])).toEqual(['af', 'clbbb']);
  expect(classesOfWords(['af+pvc'])).toEqual(['af', 'pvc']);
  expect(classesOfWords(['bigeminy'])).toEqual(['pvc', 'bigeminy']);
  expect(classesOfWords(['AFIB', '59118001', 'LVH'])).toEqual(['af', 'crbbb', 'lvh']);
});

it.each([
  [['afib'], ['af']],
  [['Atrial  Fibrillation'], ['af']],
  [['AFL', 'atrial_flutter'], ['aflt']],
  [['AF+PVC'], ['af', 'pvc']],
  [['af+unheard', 'my-own', 'V', 'ST', ''], []],
  [['2AVB'], ['avb2m1', 'avb2m2']],
])('reads %j by the table of synonyms', (words, classes) => {
  expect(classesOfWords(words)).toEqual(classes);
});

it('calls a record normal by its name, or if all its words say so', () => {
  expect(classesOfWords(['NORM', 'SR', '426783006'])).toEqual(['normal']);
  expect(classesOfWords(['N'])).toEqual(['normal']);
  expect(classesOfWords(['Normal', 'LVH'])).toEqual(['normal', 'lvh']);
  expect(classesOfWords(['SR', 'LVH'])).toEqual(['lvh']);
  expect(classesOfWords(['NORM', 'unheard'])).toEqual([]);
});

it('follows the map of the user before the table', () => {
  expect(classesOfWords(['sr', 'LVH'], { SR: 'normal' })).toEqual(['normal', 'lvh']);
  expect(classesOfWords(['SR'], { SR: 'SR' })).toEqual([]);
  expect(classesOfWords(['B', 'C'], { B: 'bigeminy', C: 'af+lvh' })).toEqual([
    'af',
    'pvc',
    'bigeminy',
    'lvh',
  ]);
});

it('states how each label is read, and in how many records', () => {
  const map = { X: 'af', SR: 'SR' };
  const records = [['NORM', 'SR'], ['NORM'], ['af', 'AF'], ['X', 'other'], ['SR']].map((labels) => ({
    labels,
    classes: classesOfWords(labels, map),
  }));
  expect(readingsOf(records, map)).toEqual([
    { label: 'NORM', classes: ['normal'], isMapped: false, records: 2, applied: 1 },
    { label: 'SR', classes: [], isMapped: true, records: 2, applied: 2 },
    { label: 'AF', classes: ['af'], isMapped: false, records: 1, applied: 1 },
    { label: 'X', classes: ['af'], isMapped: true, records: 1, applied: 1 },
  ]);
  expect(unusedOfMap(records, { x: 'af', Y: 'af' })).toEqual(['Y']);
});

it('sums the readings up in one note, which is missing without any', () => {
  expect(readingsNote([])).toEqual([]);
  const reading = { classes: ['af'], isMapped: false, records: 1, applied: 1 };
  const many = Array.from({ length: 14 }, (_, n) => ({ ...reading, label: `AF${n}` }));
  expect(readingsNote(many)[0]).toMatch(/^labels are read as classes: AF0 as af, .* AF11 as af and 2 more; /);
});

it('splits a cell into different words', () => {
  expect(splitLabels(' AFIB; LVH ;;AFIB')).toEqual(['AFIB', 'LVH']);
});

it.each([
  ['AFIB|LVH', ['AFIB', 'LVH']],
  ['AFIB, LVH', ['AFIB', 'LVH']],
  ['sinus rhythm, normal; LVH', ['sinus rhythm, normal', 'LVH']],
  [`['AFIB', 'LVH']`, ['AFIB', 'LVH']],
  ['["AFIB","LVH","AFIB"]', ['AFIB', 'LVH']],
  [`['AFIB' 'LVH']`, ['AFIB', 'LVH']],
  [`('AFIB',)`, ['AFIB']],
  [`{'LVH', "it's"}`, ['LVH', "it's"]],
  [`{'NORM': 100.0, 'SR': 0.0}`, ['NORM', 'SR']],
  ['[164889003, 426783006]', ['164889003', '426783006']],
  [`[u'AFIB', None, nan]`, ['AFIB']],
  [`['a, b; c', '\\u00fc\\x41\\'']`, ['a, b; c', "üA'"]],
  ['164889003.0', ['164889003']],
  ['[]', []],
  ['{}', []],
  ['[unknown rhythm', ['[unknown rhythm']],
  [`['AFIB' LVH: x]`, [`['AFIB' LVH: x]`]],
  ['rhythm (paced)', ['rhythm (paced)']],
])('finds the words of the cell %s', (cell, words) => {
  expect(splitLabels(cell)).toEqual(words);
});
