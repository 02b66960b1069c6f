// The comparison of two sets of records: the floor for records of one simulator, and the stated direction for others.

import { describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { compareRecords, compareSides } from '#lib/fidelity/compare.js';
import { fidelityPage } from '#lib/fidelity/page.js';
import { quantities } from '#lib/fidelity/quantities.js';
import { measureSet, type RecordSet } from '#lib/fidelity/record-set.js';
import { synthesizedRecords } from '#lib/fidelity/sources.js';
import { errorOf } from '../helpers/folder.js';

const shape = { fsHz: 250, seconds: 10, lead: 'II', filter: '0.5-40' };
const records = (ecgClass: string, count: number, seed: number, preset = 'physiological') =>
  synthesizedRecords({ preset, ownClasses: [], ecgClass }, count, seed, shape, 'mV');

describe('measureSet', () => {
  it('measures the quantities of a simulated record near its exact annotations', async () => {
    const set = await records('normal', 30, 3);
    const { quantities: rows } = await measureSet(set);
    const column = (key: string) => quantities.findIndex((one) => one.key === key);
    const medianOf = (key: string) => rows.map((row) => row[column(key)]!).sort((a, b) => a - b)[15]!;
    expect(medianOf('rrMeanS')).toBeGreaterThan(0.6);
    expect(medianOf('rrMeanS')).toBeLessThan(1.1);
    expect(medianOf('prS')).toBeGreaterThan(0.12);
    expect(medianOf('prS')).toBeLessThan(0.22);
    expect(medianOf('qtcS')).toBeGreaterThan(0.35);
    expect(medianOf('rAmplitude')).toBeGreaterThan(0.3);
  });

  it('refuses a flat record and a missing sample by name', async () => {
    const flat: RecordSet = { signals: [new Float32Array(2500)], patients: ['p7'], fsHz: 250, unit: 'mV' };
    expect(await errorOf(measureSet(flat))).toMatch(/^ERR_SIGNAL: record 0 \(patient p7\) is flat at 0/);
    const gap = { ...flat, signals: [new Float32Array(2500).fill(Number.NaN, 7, 8)] };
    expect(await errorOf(measureSet(gap))).toMatch(/^ERR_SIGNAL: record 0 .* not a number/);
  });
});

describe('compareRecords', () => {
  it('finds no difference between two seeds of one class, and copies in copies', async () => {
    const real = await records('normal', 80, 1);
    const found = await compareRecords(real, await records('normal', 40, 2), { resamples: 50 });
    expect(found.n).toBe(40);
    const row = (key: string) => found.rows.find((one) => one.key === key)!;
    expect(row('features.mmd').made.p).toBeGreaterThan(0.05);
    expect(row('features.logistic').made.low).toBeLessThan(0.6);
    expect(row('features.logistic').ceiling).toBeGreaterThan(0.9);
    expect(row('features.mmd').made.value).toBeLessThan(row('features.mmd').ceiling);
    expect(found.memorisation.z).toBeGreaterThan(-3);
    expect(found.memorisation).toMatchObject({ copies: 0, heldCopies: 0 });
    expect(found.notes).toEqual([]);
    // Copies of both halves, louder: their share per half is even, and only the count finds them.
    const louder = { ...real, signals: real.signals.map((signal) => signal.map((value) => 1.3 * value)) };
    const copied = await compareRecords(real, louder, { resamples: 20 });
    expect(copied.memorisation.nearerToTraining.value).toBeGreaterThan(0.3);
    expect(copied.memorisation).toMatchObject({ n: 40, copies: 40, heldCopies: 0 });
    expect(copied.notes.at(-1)).toMatch(/^40 of 40 synthetic records equal a real record/);
  });

  it('tells AF from sinus rhythm by the rhythm, and names what gives the records away', async () => {
    const real = await records('normal', 60, 1);
    const found = await compareSides(real, await records('af', 30, 2), { resamples: 20 });
    const row = (key: string) => found.rows.find((one) => one.key === key)!;
    expect(row('features.logistic').made.value).toBeGreaterThan(0.85);
    expect(row('w1.rrCv').made.value).toBeGreaterThan(3 * row('w1.rrCv').floor);
    expect(found.giveaways[0]!.coefficient).not.toBe(0);
    const page = fidelityPage(found, {
      ...{
        label: 'af',
        real: 'made',
        synthetic: 'preset:physiological',
        lead: 'II',
        filter: '0.5-40',
        seed: 0,
      },
    });
    expect(page).toContain('RR coefficient of variation');
    expect(page.match(/<svg/g)!.length).toBeGreaterThan(20);
    expect(page).not.toMatch(/NaN|undefined/);
  });

  it('has a row of the test on signals where one is given, and none otherwise', async () => {
    const real = await records('normal', 24, 1);
    const made = await records('normal', 12, 2);
    const asked: string[] = [];
    const found = await compareSides(real, made, {
      resamples: 20,
      signalTest: async (a, b, name) => {
        asked.push(`${name}: ${a.set.signals.length} and ${b.set.signals.length}`);
        return { value: 0.5 + 0.1 * asked.length, low: 0.4, high: 0.9, n: 12 };
      },
    });
    expect(asked).toEqual([
      'other real records: 12 and 12',
      'random phases: 12 and 12',
      'synthetic records: 12 and 12',
    ]);
    const row = found.rows.find(({ key }) => key === 'signals.network')!;
    expect(row).toMatchObject({ name: 'network two-sample AUC on signals', floor: 0.6, ceiling: 0.7 });
    expect(row.made.value).toBeCloseTo(0.8, 12);
    const plain = await compareRecords(real, made, { resamples: 20 });
    expect(plain.rows.map(({ key }) => key)).not.toContain('signals.network');
  });

  it('counts records without beats, and refuses a side that has no others', async () => {
    const real = await records('normal', 24, 1);
    const made = await records('normal', 12, 2);
    const noise = made.signals.map((_, at) => {
      const random = randomStream(at, 'noise');
      return Float32Array.from({ length: 2500 }, () => random.normal());
    });
    const some = { ...made, signals: [...noise.slice(0, 3), ...made.signals.slice(3)] };
    const found = await compareRecords(real, some, { resamples: 20 });
    expect(found.withoutBeats).toEqual({ real: 0, otherReal: 0, made: 3 });
    expect(found.notes).toEqual([expect.stringMatching(/^3 of 12 synthetic records show no clear beat/)]);
    expect(await errorOf(compareRecords(real, { ...made, signals: noise }))).toMatch(
      /^ERR_SIGNAL: none of 12 synthetic records shows a clear beat/,
    );
  });

  it('refuses sides of another rate or unit, and too few records', async () => {
    const real = await records('normal', 20, 1);
    expect(await errorOf(compareRecords(real, { ...real, fsHz: 500 }))).toMatch(
      /^ERR_OPTION: .*the same sampling rate in Hz, got 250 and 500/,
    );
    expect(await errorOf(compareRecords(real, { ...real, unit: 'sd' }))).toMatch(
      /^ERR_OPTION: .*the same unit of the signals, got mV and sd/,
    );
    const one = { ...real, patients: real.patients.map(() => 'p') };
    expect(await errorOf(compareRecords(one, real))).toMatch(
      /^ERR_DATA_EMPTY: .*20 synthetic records and 20 and 0 real records of 1 patients/,
    );
  });
});
