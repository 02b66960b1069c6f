// Ranks windows by probability, computes scores in one pass over them, and chooses the predicted label. metrics.ts adds
// intervals and means over classes.

import { PqrstError } from '../base/errors.js';
import type { Scored, Scores } from './metrics.js';

/** Windows in descending order of probability, as parallel arrays. A resample only changes their weights. */
export interface Ranked {
  readonly probabilities: Float64Array;
  readonly positives: Uint8Array;
  /** [windows], index of the patient of each window. */
  readonly patientOf: Uint32Array;
  readonly patients: number;
}

/**
 * Ranks windows by probability.
 *
 * @throws PqrstError ERR_RANGE: when a probability is not in [0, 1].
 */
export function rank(windows: readonly Scored[]): Ranked {
  const wrong = windows.find(({ probability }) => !(probability >= 0 && probability <= 1));
  if (wrong !== undefined) {
    throw new PqrstError(
      'ERR_RANGE',
      `a window of patient ${wrong.patientId} has the probability ${wrong.probability}; expected a number from 0 to 1`,
    );
  }
  const numbers = numbered(windows);
  const sorted = [...windows].sort((a, b) => b.probability - a.probability);
  return {
    probabilities: Float64Array.from(sorted, ({ probability }) => probability),
    positives: Uint8Array.from(sorted, ({ positive }) => (positive ? 1 : 0)),
    patientOf: Uint32Array.from(sorted, ({ patientId }) => numbers.get(patientId)!),
    patients: numbers.size,
  };
}

/**
 * Returns the predicted label: with two labels the second if its probability is at least 0.5; with several the most
 * probable one, and among equals the first.
 */
export function claimOf(probabilities: readonly number[]): number {
  if (probabilities.length === 2) return probabilities[1]! >= 0.5 ? 1 : 0;
  return probabilities.indexOf(Math.max(...probabilities));
}

/** Returns an index for each patient, in the order of their first windows. */
export function numbered(windows: readonly { readonly patientId: string }[]): Map<string, number> {
  return new Map([...new Set(windows.map(({ patientId }) => patientId))].map((id, at) => [id, at]));
}

/** Computes scores in one pass from the highest probability; a window counts `times[patient]` times, by default once. */
export function sweep(ranked: Ranked, threshold: number, times?: Float64Array): Scores {
  const { probabilities, positives, patientOf } = ranked;
  let truePositives = 0;
  let falsePositives = 0;
  let precisionSteps = 0;
  let outranked = 0;
  let claimedTrue = 0;
  let claimedFalse = 0;
  for (let at = 0; at < probabilities.length; ) {
    const probability = probabilities[at]!;
    let groupPositives = 0;
    let groupNegatives = 0;
    for (; at < probabilities.length && probabilities[at] === probability; at++) {
      const weight = times === undefined ? 1 : times[patientOf[at]!]!;
      if (positives[at] === 1) groupPositives += weight;
      else groupNegatives += weight;
    }
    outranked += groupNegatives * (truePositives + groupPositives / 2);
    truePositives += groupPositives;
    falsePositives += groupNegatives;
    if (groupPositives > 0) {
      precisionSteps += (groupPositives * truePositives) / (truePositives + falsePositives);
    }
    if (probability >= threshold) {
      claimedTrue = truePositives;
      claimedFalse = falsePositives;
    }
  }
  // At the end of the ranking, all windows are counted, so both counts are totals.
  const falseNegatives = truePositives - claimedTrue;
  return {
    truePositives: claimedTrue,
    falsePositives: claimedFalse,
    falseNegatives,
    trueNegatives: falsePositives - claimedFalse,
    f1: (2 * claimedTrue) / (2 * claimedTrue + claimedFalse + falseNegatives),
    auprc: precisionSteps / truePositives,
    auroc: outranked / (truePositives * falsePositives),
  };
}
