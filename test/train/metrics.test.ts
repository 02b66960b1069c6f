import { describe, expect, it } from 'vitest';
import { randomStream } from '#lib/random.js';
import { measure, quantile, type Scored, score } from '#lib/train/metrics.js';

function windows(labels: number[], probabilities: number[], patients?: string[]): Scored[] {
  return labels.map((label, at) => ({
    patientId: patients?.[at] ?? String(at),
    positive: label === 1,
    probability: probabilities[at]!,
  }));
}

/** Ties on purpose: probabilities in steps of 0.05. */
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
  it('gives the values of scikit-learn’s own example', () => {
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

  it('claims a positive at the threshold itself', () => {
    expect(score(windows([1, 0], [0.5, 0.4999]))).toMatchObject({
      truePositives: 1,
      falsePositives: 0,
      f1: 1,
    });
    expect(score(windows([1, 0], [0.5, 0.4999]), 0.6)).toMatchObject({ falseNegatives: 1, f1: 0 });
  });

  it('takes equal probabilities as one step', () => {
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

  it('is NaN where a number is undefined', () => {
    expect(score(windows([0, 0], [0.1, 0.2]))).toMatchObject({
      f1: Number.NaN,
      auprc: Number.NaN,
      auroc: Number.NaN,
    });
    expect(score(windows([0, 0], [0.1, 0.9])).f1).toBe(0);
    expect(score(windows([1, 1], [0.1, 0.9]))).toMatchObject({ auprc: 1, auroc: Number.NaN });
  });

  it('refuses a probability that is none', () => {
    for (const probability of [Number.NaN, -0.1, 1.1]) {
      expect(() => score(windows([1], [probability], ['p7']))).toThrow(
        expect.objectContaining({ code: 'ERR_RANGE', message: expect.stringContaining('p7') }),
      );
    }
  });
});

describe('measure', () => {
  it('repeats itself for a seed and brackets its value', () => {
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

  it('draws patients: a resample equals the metric of the windows written out', () => {
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

  it('counts resamples that lack a class and leaves them out', () => {
    const set = windows([1, 1, 0, 0], [0.9, 0.4, 0.2, 0.6], ['a', 'a', 'b', 'c']);
    const metrics = measure(set, { resamples: 2000 });
    // Of three patients, none is "a" with chance (2/3)^3, all are "a" with chance (1/3)^3.
    expect(metrics.bootstrap.withoutPositives / 2000).toBeCloseTo(8 / 27, 1);
    expect(metrics.bootstrap.withoutNegatives / 2000).toBeCloseTo(1 / 27, 1);
    expect(metrics.f1.low).toBeGreaterThan(0);
    expect(metrics.truePositives.low).toBe(0);
  });

  it('claims no interval for one patient, and survives JSON', () => {
    const metrics = measure(windows([1, 0], [0.8, 0.3], ['a', 'a']));
    expect(metrics.auroc).toEqual({ value: 1, low: Number.NaN, high: Number.NaN });
    expect(JSON.parse(JSON.stringify(metrics)).auroc).toEqual({ value: 1, low: null, high: null });
  });
});
