// Corrects probabilities for the share of positives (the prior). A model that was trained on as many positives as
// negatives gives probabilities for such a world; where positives are rare, they are too high. If the signals of each
// label look alike in training and in the application, then
//   logit' = logit + log(prior / (1 - prior)) - log(trainPrior / (1 - trainPrior)).
// Source of the correction and of the estimate: Saerens, Latinne and Decaestecker, Neural Computation 14 (2002) 21-41,
// equations 2.4 and 2.9. For tasks of two labels.

import { PqrstError } from '../base/errors.js';

const mostRounds = 10_000;
const tolerance = 1e-9;

/**
 * Converts the probability of a model to a world with another share of positives. The order of windows does not change.
 *
 * @param probability - The probability that the model gives, 0-1.
 * @param prior - The share of positives in the application, above 0 and below 1.
 * @param trainPrior - The share of positives that the training saw, counted by their weights in the loss; default 0.5, to
 *   which pqrst weights every training of two labels.
 * @example
 * ```ts
 * import { correctPrior } from 'pqrst/evaluate';
 *
 * console.log(correctPrior(0.9, 0.05).toFixed(2)); // 0.32: 0.9 for a balanced world, where 5 % are positive
 * ```
 * @throws PqrstError ERR_RANGE: when a number is out of range.
 */
export function correctPrior(probability: number, prior: number, trainPrior = 0.5): number {
  expectShare('prior', prior);
  expectShare('trainPrior', trainPrior);
  if (!(probability >= 0 && probability <= 1)) {
    throw new PqrstError('ERR_RANGE', `a probability must be a number from 0 to 1, got ${probability}`);
  }
  const positive = (probability * prior) / trainPrior;
  const negative = ((1 - probability) * (1 - prior)) / (1 - trainPrior);
  return positive / (positive + negative);
}

/** Returns the probability of the model at which the corrected probability is 0.5. */
export function thresholdOfPrior(prior: number, trainPrior = 0.5): number {
  // The correction of one world for the other, and back.
  return correctPrior(0.5, trainPrior, prior);
}

/**
 * Estimates the share of positives among windows without labels, from the probabilities of a model alone (expectation
 * maximisation). The estimate is as good as the calibration of the model: false positives raise it.
 *
 * @param probabilities - The probabilities that the model gives for all windows, 0-1.
 * @param trainPrior - As for `correctPrior`.
 * @returns The share, at least that of half a window and at most that of all windows but half of one.
 * @example
 * ```ts
 * import { estimatePrior } from 'pqrst/evaluate';
 *
 * console.log(estimatePrior([0.99, 0.02, 0.01, 0.03, 0.01]).toFixed(2)); // 0.20
 * ```
 * @throws PqrstError ERR_RANGE: when a number is out of range, or there are no windows.
 */
export function estimatePrior(probabilities: readonly number[], trainPrior = 0.5): number {
  if (probabilities.length === 0) {
    throw new PqrstError(
      'ERR_RANGE',
      'there are no probabilities to estimate a prior from; give those of at least one window',
    );
  }
  const least = 1 / (2 * probabilities.length);
  const bounded = (share: number) => Math.min(1 - least, Math.max(least, share));
  let prior = bounded(trainPrior);
  for (let round = 0; round < mostRounds; round++) {
    const sum = probabilities.reduce((total, one) => total + correctPrior(one, prior, trainPrior), 0);
    const next = bounded(sum / probabilities.length);
    const isSettled = Math.abs(next - prior) < tolerance;
    prior = next;
    if (isSettled) break;
  }
  return prior;
}

function expectShare(name: string, value: number): void {
  if (value > 0 && value < 1) return;
  throw new PqrstError('ERR_RANGE', `\`${name}\` must be a number above 0 and below 1, got ${value}`);
}
