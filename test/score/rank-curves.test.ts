// Compares ROC, precision-recall and confusion with manual counts and with the scores of metrics.ts.

import { describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { score } from '#lib/score/metrics.js';
import type { Prediction } from '#lib/score/predictions.js';
import {
  addConfusion,
  confusionOf,
  meanOf,
  rankCurves,
  recallGrid,
  rocGrid,
} from '#lib/score/rank-curves.js';

const windowOf = (label: number, ...probabilities: number[]): Prediction => ({
  recordName: 'r',
  patientId: 'p',
  startS: 0,
  label,
  probabilities: probabilities.length === 1 ? [1 - probabilities[0]!, probabilities[0]!] : probabilities,
});

const stream = randomStream(1, 'rank');
const many = Array.from({ length: 600 }, (_, at) => {
  const label = at % 5 === 0 ? 1 : 0;
  // Rounded, so that some values are equal.
  return windowOf(label, Math.round(50 * Math.min(1, 0.6 * stream.uniform() + 0.3 * label)) / 50);
});

describe('rankCurves', () => {
  it('has the area that the scores state', () => {
    const { roc, precision } = rankCurves(many, 2);
    const { auroc, auprc } = score(
      many.map(({ label, probabilities }) => ({
        patientId: 'p',
        positive: label === 1,
        probability: probabilities[1]!,
      })),
    );
    let area = 0;
    for (let at = 1; at < rocGrid.length; at++) {
      area += ((roc[at]! + roc[at - 1]!) / 2) * (rocGrid[at]! - rocGrid[at - 1]!);
    }
    expect(area).toBeCloseTo(auroc, 2);
    // Average precision is the mean precision over the steps of recall.
    const steps = recallGrid.slice(1).map((_, at) => precision[at + 1]!);
    expect(steps.reduce((sum, value) => sum + value, 0) / steps.length).toBeCloseTo(auprc, 2);
  });

  it('equals curves drawn by hand', () => {
    const { roc, precision } = rankCurves(
      [windowOf(1, 0.9), windowOf(0, 0.8), windowOf(1, 0.7), windowOf(0, 0.1)],
      2,
    );
    const rocAt = (rate: number) => roc[rocGrid.findIndex((one) => Math.abs(one - rate) < 1e-12)]!;
    expect([rocAt(0), rocAt(0.25), rocAt(0.64), rocAt(1)]).toEqual([0.5, 0.5, 1, 1]);
    const precisionAt = (recall: number) => precision[Math.round(recall * 100)]!;
    expect([precisionAt(0), precisionAt(0.5), precisionAt(1)]).toEqual([1, 1, 2 / 3]);
  });

  it('is a straight line if all predictions are equal', () => {
    const { roc, precision } = rankCurves([windowOf(1, 0.5), windowOf(0, 0.5), windowOf(0, 0.5)], 2);
    for (const [at, rate] of rocGrid.entries()) expect(roc[at]).toBeCloseTo(rate, 12);
    expect(new Set(precision)).toEqual(new Set([1 / 3]));
  });

  it('is undefined without positives or without negatives', () => {
    expect(rankCurves([windowOf(0, 0.5)], 2).precision.every(Number.isNaN)).toBe(true);
    const alone = rankCurves([windowOf(1, 0.5)], 2);
    expect(alone.roc.every(Number.isNaN)).toBe(true);
    expect(new Set(alone.precision)).toEqual(new Set([1]));
  });

  it('averages the curves of each class against the others', () => {
    const three = [windowOf(0, 0.8, 0.1, 0.1), windowOf(1, 0.1, 0.8, 0.1), windowOf(2, 0.1, 0.1, 0.8)];
    expect(rankCurves(three, 3).roc.every((rate) => rate === 1)).toBe(true);
    expect([...meanOf([Float64Array.of(0, 1), Float64Array.of(1, 1)])]).toEqual([0.5, 1]);
  });
});

describe('confusionOf', () => {
  it('counts by reference and predicted label', () => {
    const counts = confusionOf([windowOf(0, 0.2), windowOf(0, 0.7), windowOf(1, 0.7), windowOf(1, 0.1)], 2);
    expect(addConfusion(counts, counts)).toEqual([
      [2, 2],
      [2, 2],
    ]);
  });
});
