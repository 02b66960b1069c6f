// The classes that the words of a user's own table state.

import { expect, it } from 'vitest';
import { classesOfWords, splitLabels } from '#lib/datasets/own-labels.js';

it('takes the names, mixtures and codes of classes, in the order of the table', () => {
  expect(classesOfWords(['clbbb', 'af'])).toEqual(['af', 'clbbb']);
  expect(classesOfWords(['af+pvc'])).toEqual(['af', 'pvc']);
  expect(classesOfWords(['bigeminy'])).toEqual(['pvc', 'bigeminy']);
  expect(classesOfWords(['AFIB', '59118001', 'LVH'])).toEqual(['af', 'crbbb', 'lvh']);
});

it('needs the name of normal, and takes no other word', () => {
  expect(classesOfWords(['NORM', 'SR', '426783006'])).toEqual([]);
  expect(classesOfWords(['NORM', 'normal'])).toEqual(['normal']);
  expect(classesOfWords(['afib', 'AF', 'af+unheard', 'my-own', 'N', 'V', ''])).toEqual([]);
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
