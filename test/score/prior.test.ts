import { describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { calibrationOf } from '#lib/score/calibration.js';
import { correctPrior, estimatePrior } from '#lib/score/prior.js';

const logit = (p: number) => Math.log(p / (1 - p));

/** Returns windows of a world with the share `prior`, and their probabilities for a world with the share `trainPrior`. */
function world(prior: number, trainPrior: number, count = 20_000) {
  const stream = randomStream(1, 'world', prior);
  return Array.from({ length: count }, () => {
    const positive = stream.uniform() < prior;
    // Two normal distributions with SD 1 and means +1 and -1: the log-likelihood ratio of x is 2 x.
    const x = (positive ? 1 : -1) + stream.normal();
    return { positive, probability: 1 / (1 + Math.exp(-2 * x - logit(trainPrior))) };
  });
}

describe('correctPrior', () => {
  it.each([
    [0.9, 0.05, 0.5],
    [0.2, 0.7, 0.1],
    [1e-12, 0.3, 0.5],
  ])('shifts the logit of %d from one prior to the other', (probability, prior, trainPrior) => {
    const shifted = logit(probability) + logit(prior) - logit(trainPrior);
    expect(logit(correctPrior(probability, prior, trainPrior))).toBeCloseTo(shifted, 9);
  });

  it('keeps certain answers, and changes nothing if the priors are equal', () => {
    expect([0, 1].map((p) => correctPrior(p, 0.01))).toEqual([0, 1]);
    expect(correctPrior(0.3, 0.2, 0.2)).toBeCloseTo(0.3, 15);
  });

  it('makes the probabilities of a balanced training true where positives are rare', () => {
    const windows = world(0.05, 0.5);
    const corrected = windows.map((one) => ({ ...one, probability: correctPrior(one.probability, 0.05) }));
    expect(calibrationOf(windows).ece).toBeGreaterThan(0.1);
    expect(calibrationOf(corrected).ece).toBeLessThan(0.01);
  });

  it('refuses numbers out of range', () => {
    expect(() => correctPrior(0.5, 0)).toThrow(/`prior` must be a number above 0 and below 1, got 0/);
    expect(() => correctPrior(0.5, 0.5, 1)).toThrow(/`trainPrior` must be .*got 1/);
    expect(() => correctPrior(Number.NaN, 0.5)).toThrow(/from 0 to 1, got NaN/);
  });
});

describe('estimatePrior', () => {
  it.each([
    [0.05, 0.5],
    [0.5, 0.5],
    [0.8, 0.2],
  ])('finds the share %d of positives without labels (training %d)', (prior, trainPrior) => {
    const windows = world(prior, trainPrior);
    const share = windows.filter(({ positive }) => positive).length / windows.length;
    const estimate = estimatePrior(
      windows.map(({ probability }) => probability),
      trainPrior,
    );
    expect(Math.abs(estimate - share)).toBeLessThan(0.01);
  });

  it('stays between half a window and all but half a window', () => {
    expect(estimatePrior([0, 0, 0, 0])).toBe(1 / 8);
    expect(estimatePrior([1, 1, 1, 1])).toBe(7 / 8);
  });

  it('refuses an empty list', () => {
    expect(() => estimatePrior([])).toThrow(/at least one window/);
  });
});
