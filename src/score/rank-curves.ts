// ROC and precision-recall curves of runs on one grid, so that they can be averaged, and confusion counts at 0.5.
// Several classes: one against the rest, averaged over the classes. Draws nothing.

import type { Prediction } from './predictions.js';
import { claimOf } from './sweep.js';

/** Numbers of windows, [label there][label claimed]. */
export type Confusion = readonly (readonly number[])[];

const steps = 100;
/** False-positive rates, denser near 0, where a screening test works. */
export const rocGrid: readonly number[] = Array.from({ length: steps + 1 }, (_, at) => (at / steps) ** 2);
export const recallGrid: readonly number[] = Array.from({ length: steps + 1 }, (_, at) => at / steps);

export interface RankCurves {
  /** True-positive rate at each false-positive rate of `rocGrid`; NaN where a side is empty. */
  readonly roc: Float64Array;
  /** Precision at the first threshold that reaches each recall of `recallGrid`; NaN without positives. */
  readonly precision: Float64Array;
}

/** Curves of one run; label 0 of a task of two is the negative side. */
export function rankCurves(windows: readonly Prediction[], labels: number): RankCurves {
  const judged = labels === 2 ? [1] : Array.from({ length: labels }, (_, label) => label);
  const single = judged.map((label) => against(windows, label));
  return {
    roc: meanOf(single.map(({ roc }) => roc)),
    precision: meanOf(single.map(({ precision }) => precision)),
  };
}

/** Point by point; NaN stays NaN. */
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
    // Equal scores are one straight step; a vertical one belongs to its upper end.
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
  // Recall 0 is reached before anything is claimed: the first point with a hit stands for it.
  precision[0] = precision.find((value) => !Number.isNaN(value)) ?? Number.NaN;
  return { roc, precision };
}

export function confusionOf(windows: readonly Prediction[], labels: number): Confusion {
  const counts = Array.from({ length: labels }, () => new Array<number>(labels).fill(0));
  for (const { label, probabilities } of windows) {
    const row = counts[label]!;
    row[claimOf(probabilities)]! += 1;
  }
  return counts;
}

export function addConfusion(a: Confusion, b: Confusion): Confusion {
  return a.map((row, r) => row.map((count, c) => count + b[r]![c]!));
}
