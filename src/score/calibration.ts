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
  const probabilities = sorted.map(({ probability }) => probability);
  const limits = Array.from({ length: binCount - 1 }, (_, at) => limitOf(probabilities, at + 1));
  const groups = Array.from({ length: binCount }, (): typeof sorted => []);
  for (const window of sorted) {
    // A probability that equals a limit belongs to the lower bin.
    groups[limits.filter((limit) => limit < window.probability).length]!.push(window);
  }
  const bins = groups
    .filter(({ length }) => length > 0)
    .map(
      (group): CalibrationBin => ({
        windows: group.length,
        meanProbability: meanOf(group, ({ probability }) => probability),
        positiveShare: meanOf(group, ({ positive }) => Number(positive)),
      }),
    );
  const gap = ({ windows: n, meanProbability, positiveShare }: CalibrationBin) =>
    n * Math.abs(meanProbability - positiveShare);
  return {
    brier: meanOf(sorted, ({ positive, probability }) => (Number(positive) - probability) ** 2),
    ece: bins.reduce((sum, bin) => sum + gap(bin), 0) / sorted.length,
    bins,
  };
}

/** Returns the `at`-th of the quantiles that separate the bins, with linear interpolation (Hyndman and Fan's type 7). */
function limitOf(sorted: readonly number[], at: number): number {
  // The product comes before the division, so that a limit at a window has exactly the probability of that window.
  const position = (at * (sorted.length - 1)) / binCount;
  const below = Math.floor(position);
  const [low = Number.NaN, high = low] = sorted.slice(below, below + 2);
  return low + (high - low) * (position - below);
}

function meanOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0) / items.length;
}
