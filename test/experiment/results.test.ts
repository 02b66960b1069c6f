// The rows of an experiment, as its files store them.

import { describe, expect, it } from 'vitest';
import { type CellKey, isOfCell, resultColumns, resultRowSchema } from '#lib/experiment/results.js';
import { keyOf } from '../helpers/cell-keys.js';
import { someDecisions } from '../helpers/some-decisions.js';

const numbers = Object.entries(resultColumns).flatMap(([name, { parquet }]) =>
  parquet === 'STRING' || ['source', 'generator', 'ratio', 'share', 'positives'].includes(name)
    ? []
    : [[name, 1]],
);
const stored = {
  ...Object.fromEntries(numbers),
  ...someDecisions(0.5),
  ...{ task: 'af', arch: 's4', positives: null, test: 'held-back', archOptions: '{}', version: '1' },
};

describe('resultRowSchema', () => {
  it.each([
    ['real', null],
    ['syn', 'simulator'],
    ['syn-real', 'simulator'],
    ['real+real', null],
  ] as const)('gives a row of %s without a source the source %s', (setting, source) => {
    const row = resultRowSchema.parse({ ...stored, setting });
    expect(row).toMatchObject({ source, generator: null, ratio: null, share: null });
    const test = { test: 'held-back' };
    expect(isOfCell(row, { ...keyOf('af', 's4', setting), ...test })).toBe(true);
    for (const other of [{ source: 'generator:g' }, { ratio: 1 }, { share: 10 }] as Partial<CellKey>[]) {
      expect(isOfCell(row, { ...keyOf('af', 's4', setting, other), ...test })).toBe(false);
    }
  });
});
