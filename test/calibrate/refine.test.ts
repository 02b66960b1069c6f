// A fit of all laws together, on records whose quantities are known functions of their laws: no signal is rendered.

import { describe, expect, it, vi } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import type { PlainLaw } from '#lib/calibrate/laws.js';
import { marginalsOf } from '#lib/calibrate/marginals.js';
import type { Numbers } from '#lib/calibrate/match.js';
import { probesOf, refineNumbers } from '#lib/calibrate/refine.js';
import { Target } from '#lib/calibrate/target.js';
import { type QuantityKey, quantities } from '#lib/fidelity/quantities.js';
import type { MeasuredSet } from '#lib/fidelity/record-set.js';
import { type LognormalLaw, lognormal } from '#lib/synth/physiology/law.js';
import { resolveClass } from '#lib/synth/physiology/resolve.js';

const shipped: Numbers = resolveClass('normal').numbers;

/**
 * Measures of records: R follows its law, and the standard deviation of the signal follows R; T is inverted in a share of
 * them. The other quantities are noise.
 */
function measured(numbers: Numbers, records: number, seed: number): MeasuredSet {
  const random = randomStream(seed, 'records');
  const size = numbers.get('qrs.sizeMv') as LognormalLaw;
  const inverted = numbers.get('repolarisation.tInvertedChance') as number;
  const rows = Array.from({ length: records }, () => {
    const noise = quantities.map(() => random.normal());
    const [draw, chance] = [random.normal(), random.uniform()];
    const rAmplitude = size.median * Math.exp(size.sdLog * draw);
    const known: Partial<Record<QuantityKey, number>> = {
      rAmplitude,
      sd: 0.2 * rAmplitude + 0.01 * noise[16]!,
      tAmplitude: (chance < inverted ? -0.3 : 0.3) + 0.05 * noise[13]!,
    };
    return Float64Array.from(quantities, ({ key }, column) => known[key] ?? noise[column]!);
  });
  return {
    ...{ signals: [], patients: rows.map(String), fsHz: 250, unit: 'mV', quantities: rows, spectra: [] },
    ...{ frequenciesHz: new Float64Array(), meanBeats: [], fiducialsS: [] },
  };
}

const changed = (changes: Record<string, PlainLaw>): Numbers =>
  new Map([...shipped, ...Object.entries(changes)]);

describe('the residuals of a target', () => {
  const target = new Target(measured(shipped, 200, 1), new Set());

  it('are 0 for the same records, and grow with the difference', () => {
    const same = measured(shipped, 200, 1);
    const zero = target.residualsOf(same, marginalsOf(same));
    expect(Math.max(...zero.map(Math.abs))).toBeLessThan(1e-9);
    const [near, far] = [1.6, 2.4].map((median) => {
      const made = measured(changed({ 'qrs.sizeMv': lognormal(median, 0.28, 0.5, 8) }), 200, 1);
      return target.lossOf(target.residualsOf(made, marginalsOf(made)));
    });
    expect(near).toBeGreaterThan(0);
    expect(far).toBeGreaterThan(2 * near!);
  });

  it('see what two quantities show together', () => {
    // The same values of each quantity, but the standard deviation no longer follows R.
    const made = measured(shipped, 200, 1);
    const column = quantities.findIndex(({ key }) => key === 'sd');
    const turned = made.quantities.map((row, at, rows) => {
      const other = Float64Array.from(row);
      other[column] = rows[(at + 1) % rows.length]![column]!;
      return other;
    });
    const broken = { ...made, quantities: turned };
    const found = target.residualsOf(broken, marginalsOf(broken));
    for (const [at, key] of target.keys.entries()) {
      if (key !== undefined) expect(Math.abs(found[at]!)).toBeLessThan(1e-9);
    }
    expect(target.lossOf(found)).toBeGreaterThan(0.03);
  });
});

describe('refineNumbers', () => {
  it('finds the laws of the records: a middle, a spread and a chance', async () => {
    const real = changed({
      'qrs.sizeMv': lognormal(2, 0.14, 0.5, 8),
      'repolarisation.tInvertedChance': 0.3,
    });
    const target = new Target(measured(real, 400, 2), new Set());
    const start = { numbers: shipped, loss: Number.POSITIVE_INFINITY };
    const losses: number[] = [];
    const problem = {
      ...{ target, isMv: true },
      simulate: async (numbers: Numbers, records = 300) => measured(numbers, records, 3),
    };
    const trials = probesOf(shipped) + 20;
    const { numbers, loss } = await refineNumbers(start, shipped, problem, trials, (done, now) => {
      expect(done).toBeLessThanOrEqual(trials);
      losses.push(now);
    });
    const size = numbers.get('qrs.sizeMv') as LognormalLaw;
    expect(size.median).toBeCloseTo(2, 1);
    expect(size.sdLog).toBeGreaterThan(0.11);
    expect(size.sdLog).toBeLessThan(0.18);
    const inverted = numbers.get('repolarisation.tInvertedChance') as number;
    expect(inverted).toBeGreaterThan(0.2);
    expect(inverted).toBeLessThan(0.4);
    expect(loss).toBeLessThan(losses[0]! / 2);
  });

  it('keeps the laws where a simulation contradicts itself', async () => {
    const target = new Target(measured(shipped, 100, 2), new Set());
    const start = { numbers: shipped, loss: 1 };
    const problem = { target, isMv: true, simulate: async () => undefined };
    expect(await refineNumbers(start, shipped, problem, 60, vi.fn())).toBe(start);
  });
});
