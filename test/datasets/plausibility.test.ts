// Notes about implausible recordings.

import { expect, it } from 'vitest';
import { leadFacts, plausibilityNotes } from '#lib/datasets/plausibility.js';

const wave = (length: number, amplitude = 1) =>
  Float32Array.from({ length }, (_, n) => amplitude * Math.sin(n / 5 + 0.1));
const factsOf = (
  name: string,
  signals: Float32Array[],
  { leads = ['II'], unit = 'mV' as 'mV' | 'sd' } = {},
) => leadFacts(name, { fsHz: 100, leads, signals, unit });

it('finds no fault in ordinary recordings, and none in an empty data set', () => {
  const lossy = wave(500);
  lossy[7] = Number.NaN;
  expect(plausibilityNotes([factsOf('a', [wave(500)]), factsOf('b', [lossy])])).toEqual([]);
  expect(plausibilityNotes([])).toEqual([]);
});

it('states amplitudes above 20 mV, but not of other units', () => {
  const facts = [
    factsOf('a', [wave(500, 1500)]),
    factsOf('b', [wave(500, 19)]),
    factsOf('c', [wave(500, 30)]),
  ];
  expect(plausibilityNotes(facts)).toEqual([
    expect.stringMatching(/^2 records are above 20 mV \(a: 1500 mV\), where an ECG has a few mV; the unit/),
  ]);
  expect(plausibilityNotes([factsOf('a', [wave(500, 1500)], { unit: 'sd' })])).toEqual([]);
});

it('states padding at the start and at the end', () => {
  const end = wave(500).fill(0, 150);
  const start = wave(500).fill(0.25, 0, 120);
  const short = wave(500).fill(0, 420);
  const facts = [
    factsOf('end', [wave(500), end], { leads: ['I', 'II'] }),
    factsOf('start', [start], { leads: ['I'] }),
  ];
  expect(facts.map(({ paddedS }) => paddedS)).toEqual([3.5, 1.2]);
  expect(
    plausibilityNotes([facts[0]!, factsOf('short', [wave(500), short], { leads: ['I', 'II'] })]),
  ).toEqual([
    expect.stringMatching(
      /^1 record is constant for 1 s or more at the start or end \(end: 3\.5 s\), probably padding/,
    ),
  ]);
  // A recording that is flat from start to end is skipped with its own reason.
  expect(factsOf('flat', [new Float32Array(500)]).paddedS).toBe(0);
});

it('states different leads, and counts MLII and Lead II as II', () => {
  const facts = ['Lead II', 'MLII', 'ECG'].map((lead, at) =>
    factsOf(`r${at}`, [wave(500)], { leads: [lead] }),
  );
  expect(plausibilityNotes(facts.slice(0, 2))).toEqual([]);
  expect(plausibilityNotes(facts)).toEqual([
    'the records are read in different leads: II (2, such as r0), ECG (1, such as r2)',
  ]);
});
