// Scores of two and of several labels, and their bootstrap intervals over patients.

import { describe, expect, it } from 'vitest';
import { quantile } from '#lib/base/quantile.js';
import { randomStream } from '#lib/base/random.js';
import {
  measure,
  measureClasses,
  type Scored,
  type ScoredClass,
  score,
  scoreClasses,
} from '#lib/score/metrics.js';
import { claimOf } from '#lib/score/sweep.js';

function windows(labels: number[], probabilities: number[], patients?: string[]): Scored[] {
  return labels.map((label, at) => ({
    patientId: patients?.[at] ?? String(at),
    positive: label === 1,
    probability: probabilities[at]!,
  }));
}

/** Probabilities in steps of 0.05, so that ties occur. */
function draw(seed: number, count: number, patients: number): Scored[] {
  const stream = randomStream(seed, 'test');
  return Array.from({ length: count }, () => {
    const positive = stream.uniform() < 0.3;
    const raw = stream.uniform() * 0.8 + (positive ? 0.2 : 0);
    return { positive, probability: Math.round(raw * 20) / 20, patientId: `p${stream.below(patients)}` };
  });
}

function bruteAuroc(set: Scored[]): number {
  let sum = 0;
  let pairs = 0;
  for (const a of set.filter((w) => w.positive)) {
    for (const b of set.filter((w) => !w.positive)) {
      pairs++;
      sum += a.probability > b.probability ? 1 : a.probability === b.probability ? 0.5 : 0;
    }
  }
  return sum / pairs;
}

function bruteAuprc(set: Scored[]): number {
  const total = set.filter((w) => w.positive).length;
  let last = 0;
  let sum = 0;
  for (const threshold of [...new Set(set.map((w) => w.probability))].sort((a, b) => b - a)) {
    const claimed = set.filter((w) => w.probability >= threshold);
    const hits = claimed.filter((w) => w.positive).length;
    sum += (hits / total - last) * (hits / claimed.length);
    last = hits / total;
  }
  return sum;
}

describe('score', () => {
  it('gives the values of scikit-learn’s example', () => {
    // roc_auc_score and average_precision_score of y = [0, 0, 1, 1], s = [.1, .4, .35, .8] are 0.75 and 0.8333.
    const scores = score(windows([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]));
    expect(scores.auroc).toBe(0.75);
    expect(scores.auprc).toBeCloseTo(0.5 + 0.5 * (2 / 3), 12);
    expect(scores).toMatchObject({
      truePositives: 1,
      falsePositives: 0,
      falseNegatives: 1,
      trueNegatives: 2,
    });
    expect(scores.f1).toBeCloseTo(2 / 3, 12);
  });

  it('predicts a positive exactly at the threshold', () => {
    expect(score(windows([1, 0], [0.5, 0.4999]))).toMatchObject({
      truePositives: 1,
      falsePositives: 0,
      f1: 1,
    });
    expect(score(windows([1, 0], [0.5, 0.4999]), 0.6)).toMatchObject({ falseNegatives: 1, f1: 0 });
  });

  it('treats equal probabilities as one step', () => {
    const scores = score(windows([1, 0, 1, 0, 0], [0.7, 0.7, 0.7, 0.7, 0.1]));
    expect(scores.auroc).toBeCloseTo((2 * 1 + 4 * 0.5) / 6, 12);
    expect(scores.auprc).toBe(0.5);
  });

  it('agrees with brute force over pairs and thresholds, ties included', () => {
    for (let seed = 0; seed < 20; seed++) {
      const set = draw(seed, 60, 9);
      const scores = score(set);
      expect(scores.auroc).toBeCloseTo(bruteAuroc(set), 12);
      expect(scores.auprc).toBeCloseTo(bruteAuprc(set), 12);
    }
  });

  it('is NaN if a score is undefined', () => {
    expect(score(windows([0, 0], [0.1, 0.2]))).toMatchObject({
      f1: Number.NaN,
      auprc: Number.NaN,
      auroc: Number.NaN,
    });
    expect(score(windows([0, 0], [0.1, 0.9])).f1).toBe(0);
    expect(score(windows([1, 1], [0.1, 0.9]))).toMatchObject({ auprc: 1, auroc: Number.NaN });
  });

  it('rejects an invalid probability', () => {
    for (const probability of [Number.NaN, -0.1, 1.1]) {
      expect(() => score(windows([1], [probability], ['p7']))).toThrow(
        expect.objectContaining({ code: 'ERR_RANGE', message: expect.stringContaining('p7') }),
      );
    }
  });
});

describe('measure', () => {
  it('gives the same result for the same seed, and intervals that contain the value', () => {
    const set = draw(3, 300, 30);
    const metrics = measure(set, { seed: 5 });
    expect(metrics).toEqual(measure(set, { seed: 5 }));
    expect(metrics.auroc).not.toEqual(measure(set, { seed: 6 }).auroc);
    for (const name of ['f1', 'auprc', 'auroc', 'truePositives'] as const) {
      expect(metrics[name].low).toBeLessThan(metrics[name].value);
      expect(metrics[name].high).toBeGreaterThan(metrics[name].value);
    }
    expect(metrics).toMatchObject({ windows: 300, patients: 30, threshold: 0.5 });
  });

  it('draws patients: a resample equals the score of the repeated windows', () => {
    const set = draw(4, 40, 6);
    const order = [...new Set(set.map((w) => w.patientId))];
    const values = Array.from({ length: 50 }, (_, resample) => {
      const stream = randomStream(9, 'bootstrap', resample);
      const drawn = order.flatMap(() => {
        const patient = order[stream.below(order.length)];
        return set.filter((w) => w.patientId === patient);
      });
      return bruteAuroc(drawn);
    }).sort((a, b) => a - b);
    const { auroc } = measure(set, { seed: 9, resamples: 50 });
    expect(auroc.low).toBeCloseTo(quantile(values, 0.025), 12);
    expect(auroc.high).toBeCloseTo(quantile(values, 0.975), 12);
  });

  it('widens when the windows come from fewer patients', () => {
    const set = draw(7, 400, 400);
    const few = set.map((w, at) => ({ ...w, patientId: `${w.positive}${at % 4}` }));
    const width = ({ low, high }: { low: number; high: number }) => high - low;
    expect(width(measure(few).truePositives)).toBeGreaterThan(width(measure(set).truePositives));
  });

  it('counts resamples that lack a class and ignores them', () => {
    const set = windows([1, 1, 0, 0], [0.9, 0.4, 0.2, 0.6], ['a', 'a', 'b', 'c']);
    const metrics = measure(set, { resamples: 2000 });
    // Of three drawn patients, no one is "a" with probability (2/3)^3, and all are "a" with probability (1/3)^3.
    expect(metrics.bootstrap!.withoutPositives / 2000).toBeCloseTo(8 / 27, 1);
    expect(metrics.bootstrap!.withoutNegatives / 2000).toBeCloseTo(1 / 27, 1);
    expect(metrics.f1.low).toBeGreaterThan(0);
    expect(metrics.truePositives.low).toBe(0);
  });

  it('has no interval for one patient, and can be stored as JSON', () => {
    const metrics = measure(windows([1, 0], [0.8, 0.3], ['a', 'a']));
    expect(metrics.auroc).toEqual({ value: 1, low: Number.NaN, high: Number.NaN });
    expect(JSON.parse(JSON.stringify(metrics)).auroc).toEqual({ value: 1, low: null, high: null });
  });
});

/** Makes windows from rows of label and probabilities; by default each row is a new patient. */
function rows(...given: (readonly [number, readonly number[], string?])[]): ScoredClass[] {
  return given.map(([label, probabilities, patientId], at) => {
    return { label, probabilities, patientId: patientId ?? String(at) };
  });
}

describe('scoreClasses', () => {
  it('gives for two labels the result of score for the second at 0.5', () => {
    for (let seed = 0; seed < 20; seed++) {
      const set = draw(seed, 60, 9);
      const two = set.map(({ patientId, positive, probability }) => {
        return { patientId, label: positive ? 1 : 0, probabilities: [1 - probability, probability] };
      });
      const { f1, auprc, auroc, ...counts } = score(set);
      expect(scoreClasses(two)).toMatchObject({ f1, auprc, auroc });
      expect(scoreClasses(two).confusion).toEqual([
        [counts.trueNegatives, counts.falsePositives],
        [counts.falseNegatives, counts.truePositives],
      ]);
      const [one, both] = [
        measure(set, { seed, resamples: 50 }),
        measureClasses(two, { seed, resamples: 50 }),
      ];
      expect([both.auprc, both.auroc]).toEqual([one.auprc, one.auroc]);
    }
  });

  it('counts windows, and averages the scores of each class against the others', () => {
    const scores = scoreClasses(
      rows(
        [0, [0.7, 0.2, 0.1]],
        [0, [0.3, 0.6, 0.1]],
        [1, [0.1, 0.8, 0.1]],
        [1, [0.4, 0.2, 0.4]],
        [2, [0.2, 0.1, 0.7]],
      ),
    );
    // The fourth row has its highest probability twice: the first label is predicted.
    expect(scores.confusion).toEqual([
      [1, 1, 0],
      [1, 1, 0],
      [0, 0, 1],
    ]);
    expect(scores.classes.map(({ f1 }) => f1)).toEqual([0.5, 0.5, 1]);
    expect(scores.f1).toBeCloseTo(2 / 3, 12);
    // Ranking of class 0: hit, miss, hit. Class 1: hit, miss, then one hit and one miss at 0.2. Class 2: its only window
    // first.
    expect(scores.classes[0]!.auprc).toBeCloseTo((1 + 2 / 3) / 2, 12);
    expect(scores.classes[1]!.auprc).toBeCloseTo((1 + 2 / 4) / 2, 12);
    expect(scores.auprc).toBeCloseTo((5 / 6 + 3 / 4 + 1) / 3, 12);
    expect(scores.classes[0]!.auroc).toBeCloseTo(5 / 6, 12);
    expect(scores.classes[1]!.auroc).toBeCloseTo((3 + 1.5) / 6, 12);
    expect(scores.auroc).toBeCloseTo((5 / 6 + 4.5 / 6 + 1) / 3, 12);
  });

  it('ignores a class without windows, even if it is predicted', () => {
    const scores = scoreClasses(rows([0, [0.8, 0.1, 0.1]], [0, [0.2, 0.3, 0.5]], [1, [0.1, 0.8, 0.1]]));
    expect(scores.classes[2]).toEqual({ windows: 0, f1: 0, auprc: Number.NaN, auroc: 0 / 0 });
    expect(scores.f1).toBeCloseTo((2 / 3 + 1) / 2, 12);
    expect(scores.auprc).toBe(1);
    const alone = scoreClasses(rows([1, [0.1, 0.8, 0.1]]));
    expect(alone).toMatchObject({ f1: 1, auprc: 1, auroc: Number.NaN });
    expect(() => scoreClasses(rows([1, [0.1, 1.8, 0.1]]))).toThrow(
      expect.objectContaining({ code: 'ERR_RANGE' }),
    );
  });
});

describe('measureClasses', () => {
  /** Three windows per patient, all of class at % 3 for patient `at`. Two patients are predicted as the next class. */
  const set = (patients: number) =>
    Array.from({ length: 3 * patients }, (_, at): ScoredClass => {
      const patient = Math.floor(at / 3);
      const claimed = patient === 1 || patient === 5 ? (patient + 1) % 3 : patient % 3;
      const probabilities = [0, 1, 2].map((k) => (k === claimed ? 0.6 : 0.2));
      return { patientId: `p${patient}`, label: patient % 3, probabilities };
    });

  it('draws patients: the values are inside their intervals, and the same seed gives the same intervals', () => {
    const result = measureClasses(set(18), { seed: 2, resamples: 200 });
    const plain = scoreClasses(set(18));
    expect(result).toMatchObject({ windows: 54, patients: 18, confusion: plain.confusion });
    for (const name of ['f1', 'auprc', 'auroc'] as const) {
      const { value, low, high } = result[name];
      expect(value).toBe(plain[name]);
      expect(low).toBeLessThan(value);
      expect(high).toBeGreaterThan(value);
      expect(result.classes[0]![name].value).toBe(plain.classes[0]![name]);
    }
    expect(measureClasses(set(18), { seed: 2, resamples: 200 })).toEqual(result);
    expect(measureClasses(set(18), { seed: 3, resamples: 200 }).f1).not.toEqual(result.f1);
  });

  it('ignores and counts resamples without a class', () => {
    // With three patients, one per class, a resample has all three with probability 3!/27.
    const { bootstrap, f1 } = measureClasses(set(3), { resamples: 900 });
    expect(bootstrap!.withoutAClass).toBeGreaterThan(640);
    expect(bootstrap!.withoutAClass).toBeLessThan(760);
    expect(f1.low).toBe(f1.high);
    expect(measureClasses(set(1)).f1.low).toBeNaN();
  });
});

describe('claimOf', () => {
  it('is the second of two labels from 0.5, or the first of the most probable of several labels', () => {
    expect(
      [
        [0.5, 0.5],
        [0.51, 0.49],
        [0.2, 0.5, 0.3],
        [0.4, 0.2, 0.4],
      ].map(claimOf),
    ).toEqual([1, 0, 1, 0]);
  });
});
