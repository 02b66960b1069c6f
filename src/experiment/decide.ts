// The columns of a run's results that depend on a decision threshold or on calibrated probabilities, for a task of two
// labels. Nothing here uses the labels of the test windows to choose a threshold or a prior.

import { trainPrior } from '../objectives/classify.js';
import { calibrationOf } from '../score/calibration.js';
import { score } from '../score/metrics.js';
import type { Prediction } from '../score/predictions.js';
import { estimatePrior, thresholdOfPrior } from '../score/prior.js';
import type { ResultRow } from './results.js';
import type { DecisionColumn } from './summary.js';

/** The columns that `decide` computes. */
export type DecisionColumns = Pick<ResultRow, DecisionColumn>;

/** The columns of a run with several classes or without predictions. */
export const undecided: DecisionColumns = {
  valThreshold: Number.NaN,
  f1AtValThreshold: Number.NaN,
  prior: Number.NaN,
  f1AtPrior: Number.NaN,
  brier: Number.NaN,
  ece: Number.NaN,
};

/**
 * Scores the predictions of one test set at the threshold of the validation records, and after the correction for the
 * share of positives, which is estimated from the probabilities of the test set.
 *
 * @param threshold - The threshold of the validation records; undefined if they gave none.
 */
export function decide(rows: readonly Prediction[], threshold: number | undefined): DecisionColumns {
  const windows = rows.map(({ patientId, label, probabilities }) => {
    return { patientId, positive: label === 1, probability: probabilities[1]! };
  });
  const prior = estimatePrior(
    windows.map(({ probability }) => probability),
    trainPrior,
  );
  const { brier, ece } = calibrationOf(windows);
  return {
    valThreshold: threshold ?? Number.NaN,
    f1AtValThreshold: threshold === undefined ? Number.NaN : score(windows, threshold).f1,
    prior,
    f1AtPrior: score(windows, thresholdOfPrior(prior, trainPrior)).f1,
    brier,
    ece,
  };
}
