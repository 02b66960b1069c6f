// Scores of two labels as means over both, with intervals by a bootstrap over patients.

import {
  groupsOf,
  interval,
  type Measured,
  type ResampleSettings,
  resampleWeights,
} from '../measures/bootstrap.js';
import { scoreClasses } from '../score/metrics.js';
import type { Prediction } from '../score/predictions.js';

/** A score of all records, and of each resample. */
export interface Drawn {
  readonly value: number;
  readonly draws: readonly number[];
}

/**
 * Computes the means of F1 and AUPRC over the labels, of all records and of each resample of the patients. A resample
 * without one of the labels gives NaN. Equal patients and seeds give equal resamples, so that differences are paired.
 */
export function macroScores(
  rows: readonly Prediction[],
  settings: ResampleSettings,
): { readonly f1: Drawn; readonly auprc: Drawn } {
  const macro = (some: readonly Prediction[]) => {
    const { classes } = scoreClasses(some);
    const isWhole = classes.every(({ windows }) => windows > 0);
    const mean = (name: 'f1' | 'auprc') =>
      isWhole ? classes.reduce((sum, one) => sum + one[name], 0) / classes.length : Number.NaN;
    return { f1: mean('f1'), auprc: mean('auprc') };
  };
  const whole = macro(rows);
  const groups = groupsOf(rows.map(({ patientId }) => patientId));
  const draws = Array.from(resampleWeights(groups, settings, 'transfer'), (weights) =>
    macro(rows.flatMap((row, at) => Array<Prediction>(weights[at]!).fill(row))),
  );
  const of = (name: 'f1' | 'auprc') => ({ value: whole[name], draws: draws.map((drawn) => drawn[name]) });
  return { f1: of('f1'), auprc: of('auprc') };
}

/** Returns a score with its interval. */
export function measured({ value, draws }: Drawn): Measured {
  return interval(value, draws);
}

/** Returns the difference of two scores of the same records with its interval. */
export function gapOf(a: Drawn, b: Drawn): Measured {
  return interval(
    a.value - b.value,
    a.draws.map((value, at) => value - b.draws[at]!),
  );
}
