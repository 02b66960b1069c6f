import { describe, expect, it } from 'vitest';
import { rankRun, weightedScores } from '#lib/experiment/ranking.js';
import type { RunPredictions } from '#lib/experiment/results.js';
import {
  gain,
  holm,
  meanScore,
  type ResampledRuns,
  resampleRuns,
  smallestP,
} from '#lib/experiment/statistics.js';
import { studentQuantile, upperTail } from '#lib/experiment/student.js';
import { randomStream } from '#lib/random.js';
import { scoreClasses } from '#lib/train/metrics.js';
import { simulate } from '../helpers/made-up-runs.js';

const rangeError = expect.objectContaining({ code: 'ERR_RANGE' });

/** One window a row: patient, label, then a probability of the positive label for each run. */
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

describe('weightedScores', () => {
  it.each([2, 4])(
    'of %i labels are those of train/metrics.ts, with weights those of repeated windows',
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
  it('averages runs by hand', () => {
    // Run 2: one hit, one miss, no false claim: F1 2/3. Run 3: all right: 1.
    const cell = judge(
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

  it('draws the same patients for every run, and the same with the same seed', () => {
    const [[run]] = simulate(3, {}) as [RunPredictions[]];
    const twins = judge([run!, { ...run!, pair: 3 }]);
    expect(meanScore(twins, 'f1')).toMatchObject({ sd: 0, low: meanScore(judge([run!]), 'f1').low });
    expect(meanScore(judge([run!]), 'auprc')).toEqual(meanScore(judge([run!]), 'auprc'));
    expect(meanScore(judge([run!]), 'auprc').low).not.toBe(meanScore(judge([run!], 2), 'auprc').low);
  });

  it('is undefined where it cannot tell', () => {
    const alone = judge(
      runsOf([
        ['a', 1, 0.9],
        ['a', 0, 0.8],
      ]),
    );
    expect(meanScore(alone, 'f1')).toEqual({ mean: 2 / 3, sd: NaN, low: NaN, high: NaN, runs: [2 / 3] });
    const without = judge(
      runsOf([
        ['a', 0, 0.4],
        ['b', 0, 0.3],
      ]),
    );
    expect(meanScore(without, 'auprc')).toMatchObject({ mean: NaN, low: NaN, high: NaN });
  });

  it('refuses runs of other patients, no runs, and what is no probability', () => {
    const [one] = runsOf([['a', 1, 0.9]]);
    const [other] = runsOf([['b', 1, 0.9]]);
    expect(() => judge([one!, { ...other!, pair: 3 }])).toThrow(rangeError);
    expect(() => judge([])).toThrow(rangeError);
    expect(() => judge(runsOf([['a', 1, 1.5]]))).toThrow(rangeError);
  });
});

describe('gain', () => {
  it('is the difference of the means and its part of Real', () => {
    const [a, b] = simulate(5, { better: 0.5 }) as [RunPredictions[], RunPredictions[]];
    const [real, synReal] = [judge(a), judge(b)];
    const f1 = gain(real, synReal, 'f1');
    const [from, to] = [meanScore(real, 'f1').mean, meanScore(synReal, 'f1').mean];
    expect(f1.difference).toBeCloseTo(to - from, 12);
    expect(f1.percent).toBeCloseTo((100 * (to - from)) / from, 10);
    expect(f1.low).toBeLessThan(f1.difference);
    expect(f1.high).toBeGreaterThan(f1.difference);
    expect(f1.percentLow).toBeLessThan(f1.percent);
    expect(f1.percentHigh).toBeGreaterThan(f1.percent);
    const back = gain(synReal, real, 'f1');
    expect(back.difference).toBeCloseTo(-f1.difference, 12);
    expect(back.p).toBeCloseTo(f1.p, 12);
  });

  it('where runs agree is the exact exchange over patients', () => {
    // b finds the five positive patients that a misses; every other answer is the same. Of the 2^5 exchanges two, of
    // all and of none, give a difference as large: p = 2 / 32.
    const rows = (found: number) =>
      Array.from({ length: 12 }, (_, at) => {
        const p = at < 5 ? found : 0.1;
        return [`p${at}`, at < 6 ? 1 : 0, ...(at === 5 ? [0.9, 0.9] : [p, p])] as [
          string,
          number,
          ...number[],
        ];
      });
    const [real, synReal] = [rows(0.4), rows(0.8)].map((one) => judge(runsOf(one), 1, 2000)) as [
      ResampledRuns,
      ResampledRuns,
    ];
    const f1 = gain(real, synReal, 'f1');
    expect(f1.difference).toBeCloseTo(1 - 2 / 7, 12);
    expect(f1.discordantPatients).toBe(5);
    expect(f1.p).toBeGreaterThan(0.052);
    expect(f1.p).toBeLessThan(0.074);
    expect(smallestP(5)).toBe(1 / 16);
  });

  it('does not care for the scale of a model in AUPRC', () => {
    const [a, b] = simulate(6, { better: 0.4 }) as [RunPredictions[], RunPredictions[]];
    const cubed = b.map(({ pair, windows }) => ({
      pair,
      windows: windows.map((one) => {
        const p = one.probabilities[1]! ** 3;
        return { ...one, probabilities: [1 - p, p] };
      }),
    }));
    expect(gain(judge(a), judge(cubed), 'auprc')).toEqual(gain(judge(a), judge(b), 'auprc'));
  });

  // statistics.full.test.ts tries more worlds.
  it('keeps to its level where models are lucky and patients suit a setting', () => {
    const worlds = 50;
    const p = Array.from({ length: worlds }, (_, seed) => {
      const [a, b] = simulate(seed, { luck: 0.4, taste: 0.5 }) as [RunPredictions[], RunPredictions[]];
      return gain(judge(a, seed, 60), judge(b, seed, 60), 'f1').p;
    });
    expect(p.filter((one) => one < 0.05).length / worlds).toBeLessThanOrEqual(0.1);
    expect(p.filter((one) => one < 0.5).length / worlds).toBeGreaterThan(0.3);
    expect(p.filter((one) => one < 0.5).length / worlds).toBeLessThan(0.7);
  });

  it('finds a gain that is there', () => {
    const worlds = 20;
    let found = 0;
    for (let seed = 0; seed < worlds; seed++) {
      const [a, b] = simulate(seed, { better: 1.2 }) as [RunPredictions[], RunPredictions[]];
      if (gain(judge(a, seed, 100), judge(b, seed, 100), 'f1').p < 0.05) found++;
    }
    expect(found / worlds).toBeGreaterThan(0.8);
  });

  it('compares the pairs that both have', () => {
    const [a, b] = simulate(7, { better: 0.5 }) as [RunPredictions[], RunPredictions[]];
    const both = gain(judge(a.slice(1)), judge(b.slice(0, 4)), 'f1');
    const same = gain(judge(a.slice(1, 4)), judge(b.slice(1, 4)), 'f1');
    expect(both.difference).toBeCloseTo(same.difference, 12);
    expect(both.p).toBe(same.p);
    expect(() => gain(judge(a.slice(0, 1)), judge(b.slice(1)), 'f1')).toThrow(rangeError);
  });

  it('refuses other test windows', () => {
    const [one, other] = [0, 1].map((label) =>
      judge(
        runsOf([
          ['a', 1, 0.9],
          ['b', label, 0.3],
        ]),
      ),
    ) as [ResampledRuns, ResampledRuns];
    expect(() => gain(one, other, 'f1')).toThrow(rangeError);
  });

  it('says why there is no p, and has no percent of a Real of 0', () => {
    const [a, b] = simulate(8, {}) as [RunPredictions[], RunPredictions[]];
    expect(gain(judge(a.slice(0, 1)), judge(b.slice(0, 1)), 'f1')).toMatchObject({
      p: NaN,
      reason: 'one run of both settings; two are needed',
    });
    expect(gain(judge(a), judge(a), 'auprc')).toMatchObject({
      p: NaN,
      difference: 0,
      reason: 'both settings give the same answers',
    });
    const single = simulate(8, { positives: 1 }).map((runs) => judge(runs)) as [ResampledRuns, ResampledRuns];
    expect(gain(...single, 'f1').reason).toBe('1 test patient of one label; two are needed');
    const blind = a.map((run) => ({
      ...run,
      windows: run.windows.map((one) => ({ ...one, probabilities: [1, 0] })),
    }));
    const fromNothing = gain(judge(blind), judge(b), 'f1');
    expect(fromNothing).toMatchObject({ percent: NaN, percentLow: NaN, percentHigh: NaN });
    expect(fromNothing.difference).toBeGreaterThan(0);
    expect(fromNothing.p).toBeLessThan(0.05);
  });
});

describe('holm', () => {
  it('steps down by hand', () => {
    // Ascending .01 * 3, .02 * 2, .5 * 1.
    expect(holm([0.02, 0.5, 0.01])).toEqual([0.04, 0.5, 0.03]);
    // Never below that of a smaller p, never above 1, NaN no comparison.
    expect(holm([0.04, Number.NaN, 0.03, 0.9])).toEqual([0.09, Number.NaN, 0.09, 0.9]);
    expect(holm([0.6, 0.7])).toEqual([1, 1]);
  });
});

describe('Student’s t', () => {
  it('has the tails and quantiles of the tables', () => {
    expect(upperTail(12.706, 1, 1)).toBeCloseTo(0.025, 5);
    expect(upperTail(4.3027, 1, 2)).toBeCloseTo(0.025, 5);
    expect(upperTail(2 * 2.7764, 2, 4)).toBeCloseTo(0.025, 5);
    expect(upperTail(-1.8331, 1, 9)).toBeCloseTo(0.95, 5);
    expect(studentQuantile(0.975, 3)).toBeCloseTo(3.18245, 5);
    expect(studentQuantile(0.975, 30)).toBeCloseTo(2.04227, 5);
  });
});
