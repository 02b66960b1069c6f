// Mean scores over runs, the gain of one setting over another, and the correction for several comparisons.

import { describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { scoreClasses } from '#lib/score/metrics.js';
import type { RunPredictions } from '#lib/score/predictions.js';
import { rankRun, weightedScores } from '#lib/score/ranked-runs.js';
import { gain, holm, meanScore, type ResampledRuns, resampleRuns, smallestP } from '#lib/score/statistics.js';
import { studentQuantile, upperTail } from '#lib/score/student.js';
import { simulate } from '../helpers/made-up-runs.js';

const rangeError = expect.objectContaining({ code: 'ERR_RANGE' });

/** Each row is one window: patient, label, then the probability of the positive label for each run. */
function runsOf(rows: readonly (readonly [string, number, ...number[]])[]): RunPredictions[] {
  return rows[0]!.slice(2).map((_, run) => ({
    pair: run + 2,
    windows: rows.map(([patientId, label, ...probabilities], at) => {
      const positive = probabilities[run]!;
      return { recordName: `r${at}`, patientId, startS: 0, label, probabilities: [1 - positive, positive] };
    }),
  }));
}

const judge = (runs: readonly RunPredictions[], seed = 1, resamples = 120) =>
  resampleRuns(runs, { seed, resamples });
const judgeBoth = async (both: readonly (readonly RunPredictions[])[], seed?: number, resamples?: number) =>
  (await Promise.all(both.map((runs) => judge(runs, seed, resamples)))) as [ResampledRuns, ResampledRuns];

describe('weightedScores', () => {
  it.each([2, 4])(
    'for %i labels equal those of metrics.ts, and with weights those of repeated windows',
    (labels) => {
      const draw = randomStream(labels, 'test');
      const windows = Array.from({ length: 200 }, (_, at) => {
        const raw = Array.from({ length: labels }, () => 1 + draw.below(9));
        const sum = raw.reduce((a, b) => a + b, 0);
        const probabilities = raw.map((one) => one / sum);
        return {
          recordName: `r${at}`,
          patientId: `p${at % 20}`,
          startS: 0,
          label: draw.below(labels),
          probabilities,
        };
      });
      const run = rankRun({ pair: 2, windows });
      const times = Float64Array.from({ length: 20 }, () => draw.below(4));
      const repeated = windows.flatMap((one) =>
        new Array<typeof one>(times[run.patients.indexOf(one.patientId)]!).fill(one),
      );
      for (const [weights, same] of [
        [new Float64Array(20).fill(1), windows],
        [times, repeated],
      ] as const) {
        const { f1, auprc, auroc } = scoreClasses(same);
        const scores = weightedScores(run, weights);
        expect(scores.f1).toBeCloseTo(f1, 12);
        expect(scores.auprc).toBeCloseTo(auprc, 12);
        expect(scores.auroc).toBeCloseTo(auroc, 12);
      }
    },
  );
});

describe('meanScore', () => {
  it('averages runs as computed by hand', async () => {
    // Run 2: one hit, one miss, no false positive: F1 is 2/3. Run 3: all correct: 1.
    const cell = await judge(
      runsOf([
        ['a', 1, 0.9, 0.8],
        ['b', 1, 0.2, 0.7],
        ['c', 0, 0.1, 0.3],
        ['d', 0, 0.3, 0.1],
      ]),
    );
    const f1 = meanScore(cell, 'f1');
    expect(f1.runs).toEqual([2 / 3, 1]);
    expect(f1.mean).toBeCloseTo(5 / 6, 12);
    expect(f1.sd).toBeCloseTo(1 / 3 / Math.SQRT2, 12);
    // AUPRC of run 2: 1/2 * 1 + 1/2 * 2/3; AUROC: 3 of 4 pairs.
    expect(meanScore(cell, 'auprc').runs[0]).toBeCloseTo(5 / 6, 12);
    expect(meanScore(cell, 'auroc').runs[0]).toBe(0.75);
  });

  it('has no interval if all windows of a label belong to one patient', async () => {
    const cell = await judge(
      runsOf([
        ['a', 1, 0.9, 0.8],
        ['a', 1, 0.2, 0.7],
        ['c', 0, 0.1, 0.3],
        ['d', 0, 0.3, 0.1],
      ]),
    );
    expect(meanScore(cell, 'f1')).toMatchObject({ runs: [2 / 3, 1], low: Number.NaN, high: Number.NaN });
  });

  it('draws the same patients for every run, and the same with the same seed', async () => {
    const [[run]] = simulate(3, {}) as [RunPredictions[]];
    const twins = await judge([run!, { ...run!, pair: 3 }]);
    expect(meanScore(twins, 'f1')).toMatchObject({ sd: 0, low: meanScore(await judge([run!]), 'f1').low });
    expect(meanScore(await judge([run!]), 'auprc')).toEqual(meanScore(await judge([run!]), 'auprc'));
    expect(meanScore(await judge([run!]), 'auprc').low).not.toBe(
      meanScore(await judge([run!], 2), 'auprc').low,
    );
  });

  it('is undefined with too little data', async () => {
    const alone = await judge(
      runsOf([
        ['a', 1, 0.9],
        ['a', 0, 0.8],
      ]),
    );
    expect(meanScore(alone, 'f1')).toEqual({ mean: 2 / 3, sd: NaN, low: NaN, high: NaN, runs: [2 / 3] });
    const without = await judge(
      runsOf([
        ['a', 0, 0.4],
        ['b', 0, 0.3],
      ]),
    );
    expect(meanScore(without, 'auprc')).toMatchObject({ mean: NaN, low: NaN, high: NaN });
  });

  it('rejects runs of other patients, no runs, and invalid probabilities', async () => {
    const [one] = runsOf([['a', 1, 0.9]]);
    const [other] = runsOf([['b', 1, 0.9]]);
    await expect(judge([one!, { ...other!, pair: 3 }])).rejects.toEqual(rangeError);
    await expect(judge([])).rejects.toEqual(rangeError);
    await expect(judge(runsOf([['a', 1, 1.5]]))).rejects.toEqual(rangeError);
  });
});

describe('gain', () => {
  it('is the difference of the means and its share of Real', async () => {
    const [real, synReal] = await judgeBoth(simulate(5, { better: 0.5 }));
    const f1 = await gain(real, synReal, 'f1');
    const [from, to] = [meanScore(real, 'f1').mean, meanScore(synReal, 'f1').mean];
    expect(f1.difference).toBeCloseTo(to - from, 12);
    expect(f1.percent).toBeCloseTo((100 * (to - from)) / from, 10);
    expect(f1.low).toBeLessThan(f1.difference);
    expect(f1.high).toBeGreaterThan(f1.difference);
    expect(f1.percentLow).toBeLessThan(f1.percent);
    expect(f1.percentHigh).toBeGreaterThan(f1.percent);
    const back = await gain(synReal, real, 'f1');
    expect(back.difference).toBeCloseTo(-f1.difference, 12);
    expect(back.p).toBeCloseTo(f1.p, 12);
  });

  it('is the exact permutation test over patients if the runs agree', async () => {
    // b finds the five positive patients that a misses; all other predictions are the same. Of the 2^5 exchanges, two
    // (of all patients and of no patient) give a difference this large: p = 2 / 32.
    const rows = (found: number) =>
      Array.from({ length: 12 }, (_, at) => {
        const p = at < 5 ? found : 0.1;
        return [`p${at}`, at < 6 ? 1 : 0, ...(at === 5 ? [0.9, 0.9] : [p, p])] as [
          string,
          number,
          ...number[],
        ];
      });
    const [real, synReal] = await judgeBoth([rows(0.4), rows(0.8)].map(runsOf), 1, 2000);
    const f1 = await gain(real, synReal, 'f1');
    expect(f1.difference).toBeCloseTo(1 - 2 / 7, 12);
    expect(f1.discordantPatients).toBe(5);
    expect(f1.p).toBeGreaterThan(0.052);
    expect(f1.p).toBeLessThan(0.074);
    expect(smallestP(5)).toBe(1 / 16);
  });

  it('does not depend on the scale of a model in AUPRC', async () => {
    const [a, b] = simulate(6, { better: 0.4 }) as [RunPredictions[], RunPredictions[]];
    const cubed = b.map(({ pair, windows }) => ({
      pair,
      windows: windows.map((one) => {
        const p = one.probabilities[1]! ** 3;
        return { ...one, probabilities: [1 - p, p] };
      }),
    }));
    expect(await gain(...(await judgeBoth([a, cubed])), 'auprc')).toEqual(
      await gain(...(await judgeBoth([a, b])), 'auprc'),
    );
  });

  // statistics.full.test.ts has more worlds.
  it('keeps its level if models are lucky and patients suit a setting', async () => {
    const worlds = 50;
    const p: number[] = [];
    for (let seed = 0; seed < worlds; seed++) {
      const both = await judgeBoth(simulate(seed, { luck: 0.4, taste: 0.5 }), seed, 60);
      p.push((await gain(...both, 'f1')).p);
    }
    expect(p.filter((one) => one < 0.05).length / worlds).toBeLessThanOrEqual(0.1);
    expect(p.filter((one) => one < 0.5).length / worlds).toBeGreaterThan(0.3);
    expect(p.filter((one) => one < 0.5).length / worlds).toBeLessThan(0.7);
  });

  it('detects a real gain', async () => {
    const worlds = 20;
    let found = 0;
    for (let seed = 0; seed < worlds; seed++) {
      const both = await judgeBoth(simulate(seed, { better: 1.2 }), seed, 100);
      if ((await gain(...both, 'f1')).p < 0.05) found++;
    }
    expect(found / worlds).toBeGreaterThan(0.8);
  });

  it('compares the common pairs', async () => {
    const [a, b] = simulate(7, { better: 0.5 }) as [RunPredictions[], RunPredictions[]];
    const both = await gain(...(await judgeBoth([a.slice(1), b.slice(0, 4)])), 'f1');
    const same = await gain(...(await judgeBoth([a.slice(1, 4), b.slice(1, 4)])), 'f1');
    expect(both.difference).toBeCloseTo(same.difference, 12);
    expect(both.p).toBe(same.p);
    await expect(gain(...(await judgeBoth([a.slice(0, 1), b.slice(1)])), 'f1')).rejects.toEqual(rangeError);
  });

  it('has an interval within the possible range of a difference and of a gain in percent', async () => {
    // Two very different runs: Student's t with one degree of freedom alone would reach far beyond the range.
    const rows = (first: number, second: number) =>
      runsOf(
        Array.from({ length: 12 }, (_, at) => {
          const said = (found: number) => (at < found ? 0.9 : 0.1);
          return [`p${at}`, Number(at < 6), said(first), said(second)];
        }),
      );
    const both = await judgeBoth([rows(1, 6), rows(6, 1)]);
    expect(await gain(...both, 'f1')).toMatchObject({ low: -1, high: 1, percentLow: -100 });
    const { low, high, percentLow } = await gain(...both, 'auprc');
    expect(low).toBeGreaterThanOrEqual(-1);
    expect(high).toBeLessThanOrEqual(1);
    expect(percentLow).toBeGreaterThanOrEqual(-100);
  });

  it('rejects with the reason of an abort, in the middle of a resampling or a test', async () => {
    const [a, b] = simulate(2, { patients: 400, positives: 120 }) as [RunPredictions[], RunPredictions[]];
    const reason = new Error('enough');
    const stopped = () => {
      const stop = new AbortController();
      setImmediate(() => stop.abort(reason));
      return stop.signal;
    };
    const many = { seed: 1, resamples: 20_000 };
    await expect(resampleRuns(a, { ...many, signal: stopped() })).rejects.toBe(reason);
    const [real, synReal] = await judgeBoth([a, b]);
    const long = [real, synReal].map((one) => ({ ...one, ...many }));
    await expect(gain(long[0]!, long[1]!, 'auprc', stopped())).rejects.toBe(reason);
  });

  it('rejects other test windows', async () => {
    const both = [0, 1].map((label) =>
      runsOf([
        ['a', 1, 0.9],
        ['b', label, 0.3],
      ]),
    );
    const [one, other] = await judgeBoth(both);
    await expect(gain(one, other, 'f1')).rejects.toEqual(rangeError);
  });

  it('states why there is no p-value, and has no percentage if Real is 0', async () => {
    const [a, b] = simulate(8, {}) as [RunPredictions[], RunPredictions[]];
    expect(await gain(...(await judgeBoth([a.slice(0, 1), b.slice(0, 1)])), 'f1')).toMatchObject({
      p: NaN,
      reason: 'one run of both settings; two are needed',
    });
    expect(await gain(...(await judgeBoth([a, a])), 'auprc')).toMatchObject({
      p: NaN,
      difference: 0,
      reason: 'both settings give the same answers',
    });
    const single = await judgeBoth(simulate(8, { positives: 1 }));
    expect((await gain(...single, 'f1')).reason).toBe(
      'only 1 test patient has one of the labels; two are needed',
    );
    const blind = a.map((run) => ({
      ...run,
      windows: run.windows.map((one) => ({ ...one, probabilities: [1, 0] })),
    }));
    const fromNothing = await gain(...(await judgeBoth([blind, b])), 'f1');
    expect(fromNothing).toMatchObject({ percent: NaN, percentLow: NaN, percentHigh: NaN });
    expect(fromNothing.difference).toBeGreaterThan(0);
    expect(fromNothing.p).toBeLessThan(0.05);
  });
});

describe('holm', () => {
  it('equals the steps computed by hand', () => {
    // Ascending .01 * 3, .02 * 2, .5 * 1.
    expect(holm([0.02, 0.5, 0.01])).toEqual([0.04, 0.5, 0.03]);
    // Never below the value of a smaller p, never above 1; NaN is not a comparison.
    expect(holm([0.04, Number.NaN, 0.03, 0.9])).toEqual([0.09, Number.NaN, 0.09, 0.9]);
    expect(holm([0.6, 0.7])).toEqual([1, 1]);
  });
});

describe('Student’s t', () => {
  it('has the tails and quantiles of published tables', () => {
    expect(upperTail(12.706, 1, 1)).toBeCloseTo(0.025, 5);
    expect(upperTail(4.3027, 1, 2)).toBeCloseTo(0.025, 5);
    expect(upperTail(2 * 2.7764, 2, 4)).toBeCloseTo(0.025, 5);
    expect(upperTail(-1.8331, 1, 9)).toBeCloseTo(0.95, 5);
    expect(studentQuantile(0.975, 3)).toBeCloseTo(3.18245, 5);
    expect(studentQuantile(0.975, 30)).toBeCloseTo(2.04227, 5);
  });
});
