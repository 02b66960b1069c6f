// The columns from which scores are computed: label, probability and patient, 9 bytes per window of two labels. With few
// patients they are scored exactly as rows are; with many, by large-sample.ts.

import { PqrstError } from '../base/errors.js';
import { type Calibration, calibrationOf, calibrationOfSorted } from './calibration.js';
import { compareDecisions, type Decision } from './decisions.js';
import { ascending, estimateF1, measureLarge, measureLargeClasses } from './large-sample.js';
import {
  type ClassMetrics,
  type Metrics,
  measure,
  measureClasses,
  type Scored,
  type ScoredClass,
} from './metrics.js';
import { correctPrior, estimatePrior, thresholdOfPrior } from './prior.js';

/** With more patients than this, intervals come from variances of large samples in place of the bootstrap. */
export const mostBootstrapPatients = 20_000;

/** The reference labels, predictions and patients of N windows. */
export interface ScoreColumns {
  /** [N] indices of the reference labels. */
  readonly labels: Uint8Array;
  /** [N], the probability of the positive label; or [N, K] of K > 2 labels. */
  readonly probabilities: Float32Array;
  /** [N] numbers of the patients. */
  readonly patients: Uint32Array;
  /** Number of different patients. */
  readonly patientCount: number;
}

/** The scores of a test: `Metrics` for two labels, `ClassMetrics` (with a `confusion`) for several. */
export type JudgedScores =
  | {
      readonly kind: 'binary';
      readonly metrics: Metrics;
      /** F1 at 0.5, at the threshold of the validation records if the file states it, and after the correction. */
      readonly decisions: readonly Decision[];
      /** Calibration of the probabilities of the model. */
      readonly calibration: Calibration;
      /** The correction for the prior, if one was requested. */
      readonly prior?: PriorCorrection;
    }
  | { readonly kind: 'multiclass'; readonly metrics: ClassMetrics };

/** A correction of probabilities for the prior, and the calibration after it. */
export interface PriorCorrection {
  /** The share of positives for which the probabilities are corrected. */
  readonly value: number;
  /** True if it was estimated from the probabilities, without labels. */
  readonly isEstimate: boolean;
  /** The share of positives that the training saw. */
  readonly trainPrior: number;
  /** Calibration of the corrected probabilities. */
  readonly calibration: Calibration;
}

/** How columns are scored. */
export interface ScorePlan {
  readonly threshold: number;
  readonly seed: number;
  /** The threshold that was chosen on validation records, if there is one. */
  readonly validationThreshold?: number | undefined;
  /** The correction for the prior; default no correction. */
  readonly correction?: { readonly prior: number | 'estimate'; readonly trainPrior: number } | undefined;
}

/** Collects the columns of up to `most` windows. */
export class ColumnsBuilder {
  readonly #labels: Uint8Array;
  readonly #probabilities: Float32Array;
  readonly #patients: Uint32Array;
  readonly #width: number;
  #count = 0;
  #patientCount = 0;

  /** @param width - numbers of probabilities per window: 1, or K of K > 2 labels. */
  constructor(most: number, width: number) {
    this.#labels = new Uint8Array(most);
    this.#probabilities = new Float32Array(most * width);
    this.#patients = new Uint32Array(most);
    this.#width = width;
  }

  /** Adds a window. The windows of a patient must follow each other. */
  add(label: number, patient: number, probabilities: ArrayLike<number>): void {
    const at = this.#count++;
    this.#labels[at] = label;
    if (at === 0 || patient !== this.#patients[at - 1]) this.#patientCount++;
    this.#patients[at] = patient;
    // Adding 0 turns -0 into 0, so that equal probabilities have equal bits.
    for (let n = 0; n < this.#width; n++) this.#probabilities[at * this.#width + n] = probabilities[n]! + 0;
  }

  /** Returns the columns of the windows so far. */
  columns(): ScoreColumns {
    const count = this.#count;
    return {
      labels: this.#labels.subarray(0, count),
      probabilities: this.#probabilities.subarray(0, count * this.#width),
      patients: this.#patients.subarray(0, count),
      patientCount: this.#patientCount,
    };
  }
}

/**
 * Scores windows of a task of `labelCount` labels.
 *
 * @throws PqrstError ERR_RANGE: when a probability is not in [0, 1].
 */
export function scoreColumns(columns: ScoreColumns, labelCount: number, plan: ScorePlan): JudgedScores {
  const isLarge = columns.patientCount > mostBootstrapPatients;
  if (isLarge) expectProbabilities(columns);
  if (labelCount > 2) {
    const metrics = isLarge
      ? measureLargeClasses(columns, labelCount)
      : measureClasses(classRows(columns, labelCount), plan);
    return { kind: 'multiclass', metrics };
  }
  return isLarge ? scoreLarge(columns, plan) : scoreExactly(columns, plan);
}

function scoreExactly(columns: ScoreColumns, { threshold, seed, ...plan }: ScorePlan): JudgedScores {
  const { probabilities, patients } = columns;
  const scored = Array.from(columns.labels, (label, at): Scored => {
    return { patientId: String(patients[at]), positive: label === 1, probability: probabilities[at]! };
  });
  const prior = correctionOf(probabilities, plan, (correct) =>
    calibrationOf(scored.map((one) => ({ ...one, probability: correct(one.probability) }))),
  );
  return {
    kind: 'binary',
    metrics: measure(scored, { threshold, seed }),
    decisions: compareDecisions(scored, thresholdsOf(prior, plan), { seed }),
    calibration: calibrationOf(scored),
    ...(prior && { prior }),
  };
}

function scoreLarge(columns: ScoreColumns, { threshold, ...plan }: ScorePlan): JudgedScores {
  const order = ascending(columns.probabilities);
  const sorted = new Uint8Array(order.length);
  const probabilities = new Float32Array(order.length);
  for (let at = 0; at < order.length; at++) {
    sorted[at] = columns.labels[order[at]!]!;
    probabilities[at] = columns.probabilities[order[at]!]!;
  }
  // The correction keeps the order of the windows.
  const prior = correctionOf(columns.probabilities, plan, (correct) =>
    calibrationOfSorted(Float64Array.from(probabilities, correct), sorted),
  );
  const thresholds = thresholdsOf(prior, plan);
  const decisions = (['half', 'validation', 'prior'] as const).flatMap((rule): Decision[] => {
    const at = thresholds[rule];
    return at === undefined ? [] : [{ rule, threshold: at, f1: estimateF1(columns, at) }];
  });
  return {
    kind: 'binary',
    metrics: measureLarge(columns, order, threshold),
    decisions,
    calibration: calibrationOfSorted(probabilities, sorted),
    ...(prior && { prior }),
  };
}

function thresholdsOf(
  prior: PriorCorrection | undefined,
  { validationThreshold }: Pick<ScorePlan, 'validationThreshold'>,
): { readonly [Rule in Decision['rule']]: number | undefined } {
  return {
    half: 0.5,
    validation: validationThreshold,
    prior: prior && thresholdOfPrior(prior.value, prior.trainPrior),
  };
}

function correctionOf(
  probabilities: Float32Array,
  { correction }: Pick<ScorePlan, 'correction'>,
  calibrationAfter: (correct: (probability: number) => number) => Calibration,
): PriorCorrection | undefined {
  if (correction === undefined) return undefined;
  const { prior, trainPrior } = correction;
  const isEstimate = prior === 'estimate';
  const value = isEstimate ? estimatePrior(Array.from(probabilities), trainPrior) : prior;
  const calibration = calibrationAfter((probability) => correctPrior(probability, value, trainPrior));
  return { value, isEstimate, trainPrior, calibration };
}

function classRows({ labels, probabilities, patients }: ScoreColumns, count: number): ScoredClass[] {
  return Array.from(labels, (label, at) => {
    const own = Array.from(probabilities.subarray(at * count, (at + 1) * count));
    return { patientId: String(patients[at]), label, probabilities: own };
  });
}

function expectProbabilities({ probabilities }: ScoreColumns): void {
  const wrong = probabilities.find((probability) => !(probability >= 0 && probability <= 1));
  if (wrong === undefined) return;
  throw new PqrstError('ERR_RANGE', `a window has the probability ${wrong}; expected a number from 0 to 1`);
}
