// What the runs of an experiment say together: means and spreads of each cell, Syn->Real against Real with intervals
// and corrected p-values, the curve over positives, and what a reader must be warned of.

import type { CellKey } from './results.js';

/** Mean over runs 2-6, its sample SD over them, and a 95 % interval by bootstrap over the test's patients. */
export interface MeanScore {
  readonly mean: number;
  readonly sd: number;
  readonly low: number;
  readonly high: number;
  /** In the order of pairs. */
  readonly runs: readonly number[];
}

export interface CellSummary extends CellKey {
  readonly test: string;
  readonly f1: MeanScore;
  readonly auprc: MeanScore;
  readonly auroc: MeanScore;
  /** Smallest over the runs; training's are 0 patients in setting syn. */
  readonly trainPositives: number;
  readonly trainPositivePatients: number;
  readonly testPositives: number;
  readonly testPositivePatients: number;
  readonly testWindows: number;
  readonly testPatients: number;
}

/** One score of Syn->Real against Real over the same runs and test windows. */
export interface Gain {
  /** mean(Syn->Real) - mean(Real), 95 % interval by a bootstrap over runs and patients at once. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** (Syn->Real - Real) / Real of the means, in percent (the paper's gain); NaN where Real is 0. */
  readonly percent: number;
  readonly percentLow: number;
  readonly percentHigh: number;
  /** Paired, two-sided; NaN where too few patients or runs can tell (see `reason`). */
  readonly p: number;
  /** After Holm's correction over all comparisons of the experiment in that score and test set. */
  readonly pCorrected: number;
  /** Why there is no p; '' where there is one. */
  readonly reason: string;
}

export interface Comparison {
  readonly task: string;
  readonly arch: string;
  readonly positives: number | null;
  readonly test: string;
  readonly f1: Gain;
  readonly auprc: Gain;
}

/** Mean gain in percent over architectures at one number of positives, with the interval over architectures (figure 5). */
export interface GainPoint {
  readonly task: string;
  readonly test: string;
  readonly positives: number | null;
  readonly percent: number;
  readonly low: number;
  readonly high: number;
  readonly archs: number;
}

export interface ExperimentSummary {
  readonly cells: readonly CellSummary[];
  readonly comparisons: readonly Comparison[];
  readonly gains: readonly GainPoint[];
  /** Sentences: fewer than ten positives, one patient, a split that mixes patients, runs not done. */
  readonly warnings: readonly string[];
}
