// The table of synonyms: labels of people's tables and the classes that they state.

import { describe, expect, it } from 'vitest';
import { classNames, classTable } from '#lib/signal/class-table.js';
import { classWords } from '#lib/signal/class-words.js';
import {
  classesOfLabel,
  classOfLabel,
  foldLabel,
  parseLabelMap,
  readLabel,
  suggestClass,
} from '#lib/signal/synonyms.js';
import { errorOf } from '../helpers/folder.js';

describe('the words of the table', () => {
  it('are folded, state one class each, and repeat no name or code', () => {
    expect([...classWords.keys()]).toEqual(classNames);
    for (const { name, scp, snomed } of classTable) {
      const words = classWords.get(name)!;
      expect([name, words.filter((word) => foldLabel(word) !== word)]).toEqual([name, []]);
      expect([name, words.filter((word) => classesOfLabel(word).join() !== name)]).toEqual([name, []]);
      const others = [name, ...scp, ...snomed].map(foldLabel);
      const own = words.filter((word) => others.includes(word) && word !== foldLabel(scp[0] ?? ''));
      expect([name, own]).toEqual([name, []]);
      expect([name, new Set(words).size]).toEqual([name, words.length]);
    }
  });

  it.each([
    [
      'af',
      ['AF', 'AFIB', 'afib', 'Afib', 'A-Fib', 'atrial fibrillation', 'Atrial_Fibrillation', '164889003'],
    ],
    ['normal', ['Normal', 'NORM', 'SR', 'NSR', 'SNR', 'N', 'sinus rhythm', 'Sinus  Rhythm', '426783006']],
    ['aflt', ['AFLT', 'AFL', 'aflt', 'atrial flutter', '164890007']],
    ['pvc', ['PVC', 'VPB', 'VEB', 'Premature Ventricular Contraction', '427172004', '17338001', '164884008']],
    ['wpw', ['WPW', 'Wolff-Parkinson-White', '74390002']],
    ['clbbb', ['LBBB', 'CLBBB', '164909002', '733534002']],
    ['crbbb', ['RBBB', 'CRBBB', '59118001', '713427006']],
    ['avb1', ['1AVB', 'IAVB', 'I-AVB', '1dAVb', '270492004']],
    ['stach', ['STACH', 'STach', '427084000']],
    ['sbrad', ['SBRAD', 'SB', '426177001']],
    ['pac', ['PAC', 'SVPB', '284470004', '63593006']],
    ['std', ['STD', 'STD_', 'ST depression']],
  ])('give %s for the usual spellings', (name, labels) => {
    expect(labels.filter((label) => classesOfLabel(label).join() !== name)).toEqual([]);
  });

  it('leave out words of two meanings, parts of words and neighbours', () => {
    const labels = [
      'ST',
      'BBB',
      'AVB',
      'PAF',
      'AFAFL',
      'atrial',
      'af2',
      'fibrillation',
      'afi',
      'A',
      'V',
      'L',
      '',
    ];
    expect(labels.filter((label) => classesOfLabel(label).length > 0)).toEqual([]);
  });
});

describe('suggestClass', () => {
  it('suggests the class that the table has, and by spelling only what it lacks', () => {
    expect(suggestClass('afib', classNames)).toBe('; did you mean "af"?');
    expect(suggestClass('AFIB', classNames)).toBe('; did you mean "af"?');
    expect(suggestClass('2AVB', classNames)).toBe('; did you mean "avb2m1" or "avb2m2"?');
    expect(suggestClass('alft', classNames)).toBe('; did you mean "aflt"?');
  });

  it('never suggests flutter for fibrillation, even where flutter is the only similar word', () => {
    for (const word of ['afib', 'AFIB', 'Afib', 'a-fib']) {
      expect(suggestClass(word, ['normal', 'aflt'])).toBe('; expected one of normal, aflt');
    }
  });
});

describe('a map of labels', () => {
  it('decides before the table, whatever the case', () => {
    const map = parseLabelMap({ SR: 'SR', 'My AF': 'af', mix: 'af+pvc' });
    expect(readLabel('sr', map)).toEqual({ classes: [], by: 'map' });
    expect(readLabel('my_af', map)).toEqual({ classes: ['af'], by: 'map' });
    expect(readLabel('mix', map)).toEqual({ classes: ['af', 'pvc'], by: 'map' });
    expect(readLabel('Normal', { Normal: 'normal' })).toEqual({ classes: ['normal'], by: 'map' });
    expect(readLabel('Normal', { Normal: 'Normal' })).toEqual({ classes: [], by: 'map' });
    expect(readLabel('NORM', map)).toEqual({ classes: ['normal'], by: 'table' });
    expect(['SR', 'My AF', 'mix', 'AFIB', '2AVB', 'x'].map((label) => classOfLabel(label, map))).toEqual([
      ...[undefined, 'af', 'af+pvc', 'af'],
      ...[undefined, undefined],
    ]);
  });

  it('is refused where a target is not a class, or a label is empty or named twice', async () => {
    const refused = (map: Record<string, string>) => errorOf(() => parseLabelMap(map));
    expect(await refused({ X: 'afib' })).toMatch(
      /ERR_OPTION.*the label "X" as "afib", which is not a class; did you mean "af"\?; write X=X to keep/,
    );
    expect(await refused({ X: 'af+unheard' })).toMatch(/ERR_OPTION.*"af\+unheard", which is not a class/);
    expect(await refused({ SR: 'normal', sr: 'af' })).toMatch(
      /ERR_OPTION.*"SR" and "sr", which are one label/,
    );
    expect(await refused({ ' ': 'normal' })).toMatch(/ERR_OPTION.*an empty label/);
  });
});
