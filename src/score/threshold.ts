// Chooses the decision threshold of a task of two labels on labelled windows that were not used for training.

import type { Scored } from './metrics.js';

/** A decision threshold and how well it did on the windows on which it was chosen. */
export interface ChosenThreshold {
  /** A window with at least this probability is predicted positive. */
  readonly threshold: number;
  /** F1 at this threshold on the windows that chose it. */
  readonly f1: number;
}

/**
 * Returns the threshold with the highest F1. The candidates lie halfway between neighbouring probabilities of the windows,
 * and halfway between 0 and the lowest one. Of several candidates with the highest F1 it takes the one nearest to 0.5,
 * and of two equally near ones the lower.
 *
 * @returns Undefined if the windows lack one of the two labels.
 */
export function chooseThreshold(
  windows: readonly Pick<Scored, 'positive' | 'probability'>[],
): ChosenThreshold | undefined {
  const positives = windows.filter(({ positive }) => positive).length;
  if (positives === 0 || positives === windows.length) return undefined;
  const ranked = [...windows].sort((a, b) => b.probability - a.probability);
  let best: ChosenThreshold = { threshold: Number.NaN, f1: -1 };
  let hits = 0;
  for (const [at, { positive, probability }] of ranked.entries()) {
    if (positive) hits++;
    const next = ranked[at + 1]?.probability ?? 0;
    // Equal probabilities cannot be separated. The last window is a candidate even with the probability 0.
    if (next === probability && at + 1 < ranked.length) continue;
    const f1 = (2 * hits) / (at + 1 + positives);
    const threshold = between(next, probability);
    const isNearer = Math.abs(threshold - 0.5) <= Math.abs(best.threshold - 0.5);
    if (f1 > best.f1 || (f1 === best.f1 && isNearer)) best = { threshold, f1 };
  }
  return best;
}

/** Returns a number above `low`, up to `high`, halfway between them if a double lies there. */
function between(low: number, high: number): number {
  const middle = low + (high - low) / 2;
  return middle > low ? middle : high;
}
