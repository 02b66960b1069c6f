// A calibration on records of a simulator with other laws finds these laws again, and stores nothing else.

import { describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { calibrate } from '#lib/calibrate/calibrate.js';
import { changed, stepped } from '#lib/calibrate/laws.js';
import { synthesizedRecords } from '#lib/fidelity/sources.js';
import { type LognormalLaw, lognormal, normal, uniform } from '#lib/synth/physiology/law.js';
import { boundsOf } from '#lib/synth/physiology/law-values.js';
import { errorOf } from '../helpers/folder.js';

const shape = { fsHz: 250, seconds: 10, lead: 'II', filter: '0.5-40' };
const other = {
  ...{ name: 'slow', title: 'Slow', scp: ['NORM'], snomed: [], rhythm: '(N', parents: ['normal'] },
  numbers: {
    'rhythm.rrS': lognormal(1.15, 0.04, 1, 1.3),
    'qrs.sizeMv': lognormal(2.6, 0.1, 2, 3.2),
    'repolarisation.qtcS': normal(0.43, 0.008, 0.4, 0.46),
  },
};

describe('calibrate', () => {
  it('moves the laws towards those of the records, on records that it did not see too', async () => {
    const real = await synthesizedRecords(
      { preset: 'physiological', ownClasses: [other], ecgClass: 'slow' },
      60,
      11,
      shape,
      'mV',
    );
    const trials: number[] = [];
    const found = await calibrate(real, {
      ...{ label: 'normal', name: 'fitted', title: 'Fitted', lead: 'II', filter: '0.5-40', budget: 6 },
      onTrial: (done, total, loss) => trials.push(done / total, loss),
    });
    const law = (field: string) => found.classFile.numbers[field] as unknown as { median: number };
    expect(law('rhythm.rrS').median).toBeGreaterThan(1.05);
    expect(law('rhythm.rrS').median).toBeLessThan(1.25);
    expect(found.loss.after).toBeLessThan(0.7 * found.loss.before);
    const w1 = (side: 'before' | 'after') =>
      found[side].rows.find(({ key }) => key === 'w1.rrMeanS')!.made.value;
    expect(w1('after')).toBeLessThan(w1('before') / 2);
    expect(trials.at(-2)).toBe(1);
    expect(found.fitted.patients + found.held.patients).toBe(60);
    // The file holds laws with four digits and the codes of the class, and no sample of a record.
    const text = JSON.stringify(found.classFile);
    const numbers = text.match(/-?\d+\.\d+(?:e-?\d+)?/g)!;
    expect(numbers.every((number) => Number(Number(number).toPrecision(4)) === Number(number))).toBe(true);
    expect(numbers.length).toBeLessThan(300);
    const samples = new Set(real.signals.flatMap((signal) => Array.from(signal, String)));
    expect(numbers.filter((number) => samples.has(number))).toEqual([]);
    expect(text).not.toContain('synthetic 0');
  });

  it('refuses fewer than 20 records, an unknown class and a shipped name', async () => {
    const few = await synthesizedRecords(
      { preset: 'physiological', ownClasses: [], ecgClass: 'normal' },
      19,
      1,
      shape,
      'mV',
    );
    const options = { label: 'normal', name: 'fitted', title: 'Fitted', lead: 'II' };
    expect(await errorOf(calibrate(few, options))).toMatch(
      /^ERR_DATA_EMPTY: .*at least 20 records .*, got 19/,
    );
    expect(await errorOf(calibrate(few, { ...options, label: 'xyz' }))).toMatch(
      /^ERR_UNKNOWN_CLASS: .*"xyz"/,
    );
    const more = { ...few, signals: [...few.signals, few.signals[0]!], patients: [...few.patients, 'x'] };
    expect(await errorOf(calibrate(more, { ...options, name: 'af' }))).toMatch(
      /^ERR_CLASS_FILE: .*"af" is the name of a shipped class/,
    );
  });
});

describe('the records held back', () => {
  const options = { label: 'normal', name: 'fitted', title: 'Fitted', lead: 'II', budget: 2 };
  const normal = (count: number) =>
    synthesizedRecords(
      { preset: 'physiological', ownClasses: [], ecgClass: 'normal' },
      count,
      1,
      { ...shape, fsHz: 100 },
      'mV',
    );

  it('are of other patients, also of few patients with many records', async () => {
    const records = await normal(50);
    const real = { ...records, patients: records.patients.map((_, at) => `p${at % 5}`) };
    const { fitted, held } = await calibrate(real, options);
    expect(fitted).toEqual({ records: 30, patients: 3 });
    expect(held).toEqual({ records: 20, patients: 2 });
  });

  it('are refused before the fit where one patient has all records, or none shows a beat', async () => {
    const records = await normal(24);
    const one = { ...records, patients: records.patients.map(() => 'p') };
    let trials = 0;
    const counted = { ...options, onTrial: () => trials++ };
    expect(await errorOf(calibrate(one, counted))).toMatch(
      /^ERR_DATA_EMPTY: .*two patients .*24 records of 1 patients/,
    );
    const noise = records.signals.map((_, at) => {
      const random = randomStream(at, 'noise');
      return Float32Array.from({ length: 1000 }, () => random.normal());
    });
    expect(await errorOf(calibrate({ ...records, signals: noise }, counted))).toMatch(
      /^ERR_SIGNAL: none of \d+ real records shows a clear beat/,
    );
    expect(trials).toBe(0);
  });
});

describe('laws', () => {
  it('move and stretch inside their allowed ranges', () => {
    const law = changed('rhythm.rrS', lognormal(0.8, 0.2, 0.4, 1.6), { middle: 1, share: 1, stretch: 0.5 });
    expect(law).toMatchObject({ law: 'lognormal', sdLog: 0.1 });
    expect((law as { median: number }).median).toBeCloseTo(1, 12);
    const half = changed('repolarisation.qtcS', normal(0.4, 0.02, 0.3, 0.5), {
      middle: 0.44,
      share: 0.5,
      stretch: 1,
    });
    expect((half as { mean: number }).mean).toBeCloseTo(0.42, 12);
    expect(changed('p.sigmaS', uniform(0.02, 0.03), { middle: 0.025, share: 1, stretch: 1 })).toMatchObject({
      law: 'lognormal',
      median: 0.025,
    });
    expect(changed('rhythm.pauseChance', 0.02, { middle: 1, share: 1, stretch: 1 })).toBe(0.02);
  });

  it('step by the standard deviation of the shipped class, and a chance by its log-odds', () => {
    const shipped = lognormal(0.01, 0.5, 0.001, 0.06);
    const white = stepped('faults.whiteOfR', lognormal(0.02, 0.1, 0.001, 0.06), shipped, {
      ...{ middle: 2, spread: Math.log(3) },
    }) as LognormalLaw;
    expect(white.median).toBeCloseTo(0.02 * Math.exp(1), 12);
    expect(white.sdLog).toBeCloseTo(0.3, 12);
    const qtc = normal(0.4, 0.02, 0.3, 0.5);
    expect(stepped('repolarisation.qtcS', qtc, qtc, { middle: -1, spread: 0 })).toMatchObject({ mean: 0.38 });
    expect(stepped('pac.chance', 0.5, 0.06, { middle: Math.log(3), spread: 0 })).toBeCloseTo(0.75, 12);
    // A chance of 0 can come back.
    expect(stepped('pac.chance', 0, 0.06, { middle: 3, spread: 0 })).toBeGreaterThan(0.01);
    const wide = lognormal(1, 0.5, 0.4, 3);
    expect(boundsOf(stepped('rhythm.rrS', wide, wide, { middle: 0, spread: 1 }))).toEqual([0.2, 3]);
  });
});
