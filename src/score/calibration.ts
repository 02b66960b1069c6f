// Measures whether probabilities can be believed: the Brier score (Brier 1950), and the shares of positives in bins of
// windows with similar probabilities (reliability diagram), with the expected calibration error that follows from them
// (Naeini, Cooper and Hauskrecht 2015). The bins have equal mass: their limits are quantiles of the probabilities, so
// that a bin does not stay nearly empty where a model gives few probabilities. For tasks of two labels only.

import type { Scored } from './metrics.js';

/** The windows whose probabilities are between two limits. */
export interface CalibrationBin {
  /** Number of windows n of the bin. */
  readonly windows: number;
  /** Mean predicted probability of the positive label. */
  readonly meanProbability: number;
  /** Share of windows whose reference label is positive. */
  readonly positiveShare: number;
}

/** The calibration of a model on labelled windows. The numbers are NaN without windows. */
export interface Calibration {
  /** Mean squared difference between probability and label (0 or 1); 0 is best. */
  readonly brier: number;
  /**
   * Expected calibration error: the mean of |`meanProbability` - `positiveShare`| over the bins, weighted by their
   * windows; 0 is best.
   */
  readonly ece: number;
  /**
   * The points of a reliability diagram, in ascending order of probability: up to ten bins of equally many windows. Equal
   * probabilities are in one bin, so bins can differ in size, and empty ones are left out.
   */
  readonly bins: readonly CalibrationBin[];
}

/** The number of bins; a window count that ten divides gives ten bins of equal size. */
const binCount = 10;

/** Computes the Brier score, the expected calibration error and the bins of a reliability diagram. */
export function calibrationOf(windows: readonly Pick<Scored, 'positive' | 'probability'>[]): Calibration {
  const sorted = [...windows].sort((a, b) => a.probability - b.probability);
  return calibrationOfSorted(
    sorted.map(({ probability }) => probability),
    sorted.map(({ positive }) => Number(positive)),
  );
}

/**
 * Computes the same from columns.
 *
 * @param probabilities - in ascending order.
 * @param positives - 1 for each positive window, otherwise 0.
 */
export function calibrationOfSorted(
  probabilities: ArrayLike<number>,
  positives: ArrayLike<number>,
): Calibration {
  const { length } = probabilities;
  const limits = Array.from({ length: binCount - 1 }, (_, at) => limitOf(probabilities, at + 1));
  const groups = Array.from({ length: binCount }, () => ({ windows: 0, probabilities: 0, positives: 0 }));
  let [squares, bin] = [0, 0];
  for (let at = 0; at < length; at++) {
    const [probability, positive] = [probabilities[at]!, positives[at]!];
    squares += (positive - probability) ** 2;
    // A probability that equals a limit belongs to the lower bin.
    while (bin < limits.length && limits[bin]! < probability) bin++;
    const group = groups[bin]!;
    group.windows++;
    group.probabilities += probability;
    group.positives += positive;
  }
  const bins = groups
    .filter(({ windows }) => windows > 0)
    .map(
      (group): CalibrationBin => ({
        windows: group.windows,
        meanProbability: group.probabilities / group.windows,
        positiveShare: group.positives / group.windows,
      }),
    );
  const gap = ({ windows: n, meanProbability, positiveShare }: CalibrationBin) =>
    n * Math.abs(meanProbability - positiveShare);
  return {
    brier: squares / length,
    ece: bins.reduce((sum, one) => sum + gap(one), 0) / length,
    bins,
  };
}

/** Returns the `at`-th of the quantiles that separate the bins, with linear interpolation (Hyndman and Fan's type 7). */
function limitOf(sorted: ArrayLike<number>, at: number): number {
  // The product comes before the division, so that a limit at a window has exactly the probability of that window.
  const position = (at * (sorted.length - 1)) / binCount;
  const below = Math.floor(position);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[below + 1] ?? low;
  return low + (high - low) * (position - below);
}
