// The records of a label have mean 0 and standard deviation 1 where their unit is not mV, so that a filter does not tell
// stored z-scores from synthetic ones. Synthetic records of a task are as many as the real ones.

import { expect, it } from 'vitest';
import { inUnitOf, recordsOf, syntheticTask } from '#lib/fidelity/sources.js';
import { transferTask } from '#lib/fidelity/transfer.js';
import { errorOf } from '../helpers/folder.js';
import { setOf, windowOf } from '../helpers/windows.js';

const signal = Float32Array.from({ length: 400 }, (_, at) => 0.5 + 0.3 * Math.sin(at));
const window = (unit: 'mV' | 'sd' | 'arbitrary', name: string) =>
  windowOf({ signal, unit, record: name, classes: [name.startsWith('n') ? 'normal' : 'af'] });

it('z-scores records of another unit than mV', () => {
  const sdOf = (unit: 'mV' | 'sd' | 'arbitrary') => {
    const found = recordsOf(setOf([window(unit, 'a1')]), 'af');
    const [record] = found.signals;
    const mean = record!.reduce((sum, value) => sum + value, 0) / 400;
    const sd = Math.sqrt(record!.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 400);
    return { unit: found.unit, sd: Number(sd.toFixed(2)) };
  };
  expect(sdOf('mV')).toEqual({ unit: 'mV', sd: 0.21 });
  expect(sdOf('sd')).toEqual({ unit: 'sd', sd: 1 });
  expect(sdOf('arbitrary')).toEqual({ unit: 'sd', sd: 1 });
  expect(() => recordsOf(setOf([window('mV', 'a1'), window('sd', 'a2')]), 'af')).toThrow(/different units/);
});

it('z-scores records in mV beside z-scored records alone', () => {
  const set = recordsOf(setOf([window('mV', 'a1')]), 'af');
  expect(inUnitOf(set, { unit: 'mV' })).toBe(set);
  const scored = inUnitOf(set, { unit: 'sd' });
  expect(scored.unit).toBe('sd');
  expect(scored.signals).toEqual(recordsOf(setOf([window('arbitrary', 'a1')]), 'af').signals);
  expect(inUnitOf(scored, { unit: 'mV' })).toBe(scored);
});

it('makes as many synthetic records of each label as there are real ones', async () => {
  const real = setOf(['n1', 'n2', 'n3', 'a1', 'a2'].map((name) => window('mV', name)));
  const shape = { fsHz: 100, seconds: 4, lead: 'II', filter: undefined };
  const made = (from: string, set = real) => syntheticTask(from, set, transferTask('af', 'af'), 0, shape);
  const [normal, af] = await made('preset:paper');
  expect([normal!.signals.length, af!.signals.length]).toEqual([3, 2]);
  expect(af!.signals[0]).not.toEqual(normal!.signals[0]);
  const without = setOf([window('mV', 'a1')]);
  expect(await errorOf(made('preset:paper', without))).toMatch(/^ERR_DATA_EMPTY: .*0 of normal/);
});
