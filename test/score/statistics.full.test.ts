// Coverage of the intervals and level of the comparison, over many simulated worlds.

import { describe, expect, it } from 'vitest';
import type { RunPredictions } from '#lib/score/predictions.js';
import { gain, meanScore, resampleRuns } from '#lib/score/statistics.js';
import { simulate } from '../helpers/made-up-runs.js';

const judge = (runs: readonly RunPredictions[], seed: number, resamples = 120) =>
  resampleRuns(runs, { seed, resamples });

describe('meanScore', () => {
  it('has an interval that contains the true score about as often as it states', async () => {
    // The F1 of very many patients of the same world serves as the true value.
    const truth = meanScore(
      await judge(simulate(1, { patients: 20_000, positives: 6000 })[0]!, 1, 0),
      'f1',
    ).mean;
    let held = 0;
    for (let world = 0; world < 150; world++) {
      const { low, high } = meanScore(await judge(simulate(world, {})[0]!, world), 'f1');
      if (low <= truth && truth <= high) held++;
    }
    expect(held / 150).toBeGreaterThan(0.88);
    expect(held / 150).toBeLessThan(0.995);
  });
});

describe('gain', () => {
  // Two settings of equal skill may differ significantly at 5 % in at most about 5 % of the worlds, whatever their random
  // differences are. The interval of the difference must contain 0 in about 95 %.
  it.each([
    ['only predictions differ', {}],
    ['models are lucky or not', { luck: 0.4 }],
    ['patients suit a setting or not', { taste: 0.7 }],
    ['both', { luck: 0.3, taste: 0.5 }],
    ['few patients are positive', { positives: 4 }],
  ])('keeps its level if %s', async (_, world) => {
    const worlds = 400;
    const p = { f1: [] as number[], auprc: [] as number[] };
    const held = { f1: 0, auprc: 0 };
    for (let seed = 0; seed < worlds; seed++) {
      const [a, b] = simulate(seed, world) as [RunPredictions[], RunPredictions[]];
      const [real, synReal] = [await judge(a, seed), await judge(b, seed)];
      for (const name of ['f1', 'auprc'] as const) {
        const one = await gain(real, synReal, name);
        p[name].push(one.p);
        if (one.low <= 0 && one.high >= 0) held[name]++;
      }
    }
    for (const name of ['f1', 'auprc'] as const) {
      const below = (level: number) => p[name].filter((one) => one < level).length / worlds;
      const levels = [0.05, 0.2, 0.5].map(below);
      expect(levels[0], `${name} ${levels.join(' ')}`).toBeLessThanOrEqual(0.08);
      // With few positives, the test is conservative.
      expect(levels[1], `${name} ${levels.join(' ')}`).toBeGreaterThan(0.08);
      expect(levels[1], `${name} ${levels.join(' ')}`).toBeLessThan(0.26);
      expect(levels[2], `${name} ${levels.join(' ')}`).toBeGreaterThan(0.38);
      expect(levels[2], `${name} ${levels.join(' ')}`).toBeLessThan(0.58);
      expect(held[name] / worlds, name).toBeGreaterThan(0.9);
    }
  });
});
