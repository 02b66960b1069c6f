// Computes ROC and precision-recall curves on a common grid, so that curves of several runs can be averaged, and
// confusion counts at 0.5. With several classes, each class is compared with the others and the curves are averaged.

import type { Prediction } from './predictions.js';
import { claimOf } from './sweep.js';

/** Numbers of windows by [reference label][predicted label]. */
export type Confusion = readonly (readonly number[])[];

const steps = 100;
/** False-positive rates of the ROC curve, denser near 0, where a screening test operates. */
export const rocGrid: readonly number[] = Array.from({ length: steps + 1 }, (_, at) => (at / steps) ** 2);
/** Recalls of the precision-recall curve. */
export const recallGrid: readonly number[] = Array.from({ length: steps + 1 }, (_, at) => at / steps);

/** The curves of one run. */
export interface RankCurves {
  /** True-positive rate at each false-positive rate of `rocGrid`; NaN without positives or without negatives. */
  readonly roc: Float64Array;
  /** Precision at the first threshold that reaches each recall of `recallGrid`; NaN without positives. */
  readonly precision: Float64Array;
}

/** Computes the curves of one run. With two labels, label 0 is negative. */
export function rankCurves(windows: readonly Prediction[], labels: number): RankCurves {
  const averaged = labels === 2 ? [1] : Array.from({ length: labels }, (_, label) => label);
  const single = averaged.map((label) => against(windows, label));
  return {
    roc: meanOf(single.map(({ roc }) => roc)),
    precision: meanOf(single.map(({ precision }) => precision)),
  };
}

/** Averages curves point by point; NaN stays NaN. */
export function meanOf(curves: readonly Float64Array[]): Float64Array {
  const length = curves[0]?.length ?? 0;
  return Float64Array.from(
    { length },
    (_, at) => curves.reduce((sum, one) => sum + one[at]!, 0) / curves.length,
  );
}

function against(windows: readonly Prediction[], label: number): RankCurves {
  const ranked = windows
    .map(({ probabilities, label: shown }) => ({ score: probabilities[label]!, positive: shown === label }))
    .sort((a, b) => b.score - a.score);
  const positives = ranked.filter(({ positive }) => positive).length;
  const negatives = ranked.length - positives;
  const roc = new Float64Array(rocGrid.length).fill(Number.NaN);
  const precision = new Float64Array(recallGrid.length).fill(Number.NaN);
  if (positives === 0) return { roc, precision };
  let hits = 0;
  let alarms = 0;
  let [before, beforeRate] = [0, 0];
  let [rocAt, recallAt] = [0, 0];
  for (let at = 0; at < ranked.length; ) {
    const { score } = ranked[at]!;
    for (; ranked[at]?.score === score; at++) {
      if (ranked[at]!.positive) hits++;
      else alarms++;
    }
    const [hitRate, rate] = [hits / positives, alarms / negatives];
    // Equal scores form one straight segment. A point on a vertical segment gets the value of its upper end.
    while (negatives > 0 && rocAt < rocGrid.length && rocGrid[rocAt]! < rate) {
      const share = (rocGrid[rocAt]! - beforeRate) / (rate - beforeRate);
      roc[rocAt++] = before + share * (hitRate - before);
    }
    while (recallAt < recallGrid.length && recallGrid[recallAt]! <= hitRate + 1e-12) {
      if (hits > 0) precision[recallAt] = hits / (hits + alarms);
      recallAt++;
    }
    [before, beforeRate] = [hitRate, rate];
  }
  if (negatives > 0) roc.fill(1, rocAt);
  // Precision is undefined at recall 0, so it gets the precision of the first point with a true positive.
  precision[0] = precision.find((value) => !Number.isNaN(value)) ?? Number.NaN;
  return { roc, precision };
}

/** Counts windows by reference label and predicted label. */
export function confusionOf(windows: readonly Prediction[], labels: number): Confusion {
  const counts = Array.from({ length: labels }, () => new Array<number>(labels).fill(0));
  for (const { label, probabilities } of windows) {
    const row = counts[label]!;
    row[claimOf(probabilities)]! += 1;
  }
  return counts;
}

/** Adds the counts of two confusion matrices. */
export function addConfusion(a: Confusion, b: Confusion): Confusion {
  return a.map((row, r) => row.map((count, c) => count + b[r]![c]!));
}
