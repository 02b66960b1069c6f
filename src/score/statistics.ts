// Summarises several runs (train/validation pairs) of one setting, and tests whether Syn->Real differs from Real.
// Longer than other files, because the parts below share the same model of the variation.
//
// Runs and test patients are crossed random factors, like readers and cases in a reading study:
// - Interval of a mean: a bootstrap over patients with the same draw for all runs (Field and Welsh 2007).
// - Interval of a difference: as the p-value below, with a bootstrap over patients instead of their exchange. Drawing
//   runs and patients at once (Owen 2007) counts the variation that belongs to neither alone up to three times, and
//   gives intervals that are too narrow with few runs.
// - p-value of a difference d, the mean over runs of d_r. Under the null hypothesis both settings produce equally good
//   models. The predictions for a test patient can then be exchanged between the settings, in all runs together, because
//   a patient who is difficult for one run is difficult for the others. This exchange of patients alone (Bandos,
//   Rockette and Gur 2005) treats the models as fixed and would report a lucky run as a gain (the flaw of the McNemar
//   test in Dietterich 1998). An exchange of whole runs includes that luck, but with five runs no p-value can be below
//   2 / 2^5; an exchange of both treats the effects of runs and patients as independent noise. Therefore both sources
//   are added, as Obuchowski and Rockette (1995) add readers and cases. The null distribution of d is the distribution
//   under the exchange of patients, shrunk to the part that the runs share (their covariance under the exchange), plus
//   s / sqrt(R) times Student's t with R - 1 degrees of freedom, where s is the SD of d_r over the R runs. If all runs
//   agree, this is the exact permutation test over patients; if they share nothing, it is the paired t-test over runs.
//   The observed assignment is one of the permutations (Phipson and Smyth 2010), so no p-value is 0; `smallestP` states
//   how small a p-value over patients can be.
// The p-value covers other patients of the same test population, and other seeds and splits of the same training pool. It
// does not cover another pool. The pairs of one pool overlap (two training sides of 8:2 share 80 % of their records); the
// larger variance of Nadeau and Bengio (2003) for this is made for redrawn test sets, but here the test set is fixed.

import { PqrstError } from '../base/errors.js';
import { type JobOptions, resting } from '../base/job.js';
import { quantile } from '../base/quantile.js';
import { randomStream } from '../base/random.js';
import { scoreClasses } from './metrics.js';
import type { RunPredictions } from './predictions.js';
import { exchangeRuns, meanOf, type RankedRun, rankRun, type Scores, weightedScores } from './ranked-runs.js';
import { upperTail } from './student.js';

/** The mean of a score over the runs of a cell. */
export interface MeanScore {
  /** Arithmetic mean of `runs`, 0-1; NaN if the score is undefined. */
  readonly mean: number;
  /** Sample standard deviation over the runs. */
  readonly sd: number;
  /** Lower end of the 95 % interval by bootstrap over the test patients. */
  readonly low: number;
  /** Upper end of the 95 % interval by bootstrap over the test patients. */
  readonly high: number;
  /** The score of each run, in the order of pairs. */
  readonly runs: readonly number[];
}

/** Compares one score of Syn->Real with Real, over the same runs and test windows. */
export interface Gain {
  /** mean(Syn->Real) - mean(Real). */
  readonly difference: number;
  /** Lower end of the 95 % interval of `difference` over runs and patients, at least -1. */
  readonly low: number;
  /** Upper end of the 95 % interval of `difference` over runs and patients, at most 1. */
  readonly high: number;
  /** (Syn->Real - Real) / Real of the means, in percent (the paper's gain); NaN if Real is 0. */
  readonly percent: number;
  /** Lower end of the 95 % interval of `percent`, at least -100. */
  readonly percentLow: number;
  /** Upper end of the 95 % interval of `percent`. */
  readonly percentHigh: number;
  /** Paired, two-sided p-value; NaN with too few patients or runs (see `reason`). */
  readonly p: number;
  /** p-value after Holm's correction over all comparisons of the experiment with the same score and test set. */
  readonly pCorrected: number;
  /** Why there is no p-value; empty if there is one. */
  readonly reason: string;
}

/** The name of a score of a run. */
export type ScoreName = keyof Scores;
const scoreNames = ['f1', 'auprc', 'auroc'] as const satisfies readonly ScoreName[];

/** Options of `resampleRuns`. */
export interface ResampleOptions extends Pick<JobOptions, 'signal'> {
  readonly seed: number;
  /** Number of bootstrap resamples and, in a test, of permutations of patients; default 2000. */
  readonly resamples?: number;
}

/** The runs of one cell on one test set, with their scores in every resample of its patients. */
export interface ResampledRuns {
  /** In the order of pairs. */
  readonly runs: readonly RankedRun[];
  readonly seed: number;
  readonly resamples: number;
  /** [runs] */
  readonly values: Readonly<Record<ScoreName, readonly number[]>>;
  /** [resamples x runs]; NaN if a resample lacks a label. All cells of one test set have the same resamples. */
  readonly draws: Readonly<Record<ScoreName, Float64Array>>;
}

/**
 * Scores every run of a cell in every resample. Later steps reuse the result.
 *
 * @throws PqrstError ERR_RANGE: when there are no runs, or they were tested on different patients.
 */
export async function resampleRuns(
  predictions: readonly RunPredictions[],
  { seed, resamples = 2000, signal }: ResampleOptions,
): Promise<ResampledRuns> {
  const rest = resting(signal);
  const sorted = [...predictions].sort((a, b) => a.pair - b.pair);
  const runs: RankedRun[] = [];
  for (const one of sorted) {
    runs.push(rankRun(one));
    await rest();
  }
  const patients = runs[0]?.patients ?? [];
  const odd = runs.find((run) => run.patients.join('\n') !== patients.join('\n'));
  if (runs.length === 0 || odd !== undefined) {
    throw new PqrstError(
      'ERR_RANGE',
      odd === undefined
        ? 'there are no predictions to score; expected those of at least one run'
        : `pair ${odd.pair} was tested on ${odd.patients.length} patients, pair ${runs[0]!.pair} on ` +
            `${patients.length}; the runs of one cell must share the test windows`,
    );
  }
  const plain = sorted.map(({ windows }) => scoreClasses(windows));
  const draws = {
    f1: new Float64Array(resamples * runs.length),
    auprc: new Float64Array(resamples * runs.length),
    auroc: new Float64Array(resamples * runs.length),
  };
  const uniform = new Float32Array(patients.length);
  const times = new Float64Array(patients.length);
  for (let resample = 0; resample < resamples; resample++) {
    randomStream(seed, 'patients', resample).fill(uniform);
    times.fill(0);
    for (let at = 0; at < uniform.length; at++) times[Math.floor(uniform[at]! * patients.length)]! += 1;
    for (const [at, run] of runs.entries()) {
      const scores = weightedScores(run, times);
      for (const name of scoreNames) draws[name][resample * runs.length + at] = scores[name];
    }
    await rest();
  }
  const values = {
    f1: plain.map(({ f1 }) => f1),
    auprc: plain.map(({ auprc }) => auprc),
    auroc: plain.map(({ auroc }) => auroc),
  };
  return { runs, seed, resamples, values, draws };
}

/**
 * Returns the mean and SD over runs and the percentile interval over patients. The SD of a single run is NaN, and so is
 * the interval if a label has fewer than two patients.
 */
export function meanScore(cell: ResampledRuns, name: ScoreName): MeanScore {
  const { runs, resamples, values, draws } = cell;
  const isAlone = fewestPatients(runs[0]!) < 2;
  const means = Array.from({ length: isAlone ? 0 : resamples }, (_, resample) =>
    meanOf([...draws[name].subarray(resample * runs.length, (resample + 1) * runs.length)]),
  );
  return {
    mean: meanOf(values[name]),
    sd: sampleSd(values[name]),
    ...interval(means),
    runs: values[name],
  };
}

/** A gain and the number of patients on which its test is based. */
export interface PairedGain extends Gain {
  /** Number of test patients for whom the predictions of the two settings differ in at least one run. */
  readonly discordantPatients: number;
}

/**
 * Compares b (Syn->Real) with a (Real) over their common pairs, on the same windows. `pCorrected` is NaN; the caller sets
 * it with `holm`.
 *
 * @throws PqrstError ERR_RANGE: when the windows differ or there is no common pair.
 */
export async function gain(
  a: ResampledRuns,
  b: ResampledRuns,
  name: 'f1' | 'auprc',
  signal?: AbortSignal,
): Promise<PairedGain> {
  const common = a.runs.flatMap((run, atA) => {
    const atB = b.runs.findIndex(({ pair }) => pair === run.pair);
    return atB < 0 ? [] : [{ atA, atB }];
  });
  if (common.length === 0) {
    throw new PqrstError(
      'ERR_RANGE',
      'the two settings have no run of the same pair, so they cannot be compared; run both with the same pairs',
    );
  }
  const meanA = meanOf(common.map(({ atA }) => a.values[name][atA]!));
  const meanB = meanOf(common.map(({ atB }) => b.values[name][atB]!));
  const resampled = Array.from(
    { length: a.runs[0]!.patients.length < 2 ? 0 : a.resamples },
    (_, resample) => ({
      a: common.map(({ atA }) => a.draws[name][resample * a.runs.length + atA]!),
      b: common.map(({ atB }) => b.draws[name][resample * b.runs.length + atB]!),
    }),
  ).filter((runs) => !Number.isNaN(meanOf(runs.a) + meanOf(runs.b)));
  const observed = {
    a: common.map(({ atA }) => a.values[name][atA]!),
    b: common.map(({ atB }) => b.values[name][atB]!),
  };
  const difference = crossedInterval(observed, resampled, a.seed, {
    whole: (one) => meanOf(one.b) - meanOf(one.a),
    part: (ofA, ofB) => ofB - ofA,
  });
  const percent = crossedInterval(observed, resampled, a.seed, {
    whole: (one) => percentOf(meanOf(one.a), meanOf(one.b)),
    // The contribution of one run to b / a, to first order.
    part: (ofA, ofB) => (100 * (ofB - (meanB / meanA) * ofA)) / meanA,
  });
  return {
    difference: meanB - meanA,
    // Student's t is unbounded, but a difference of scores in [0, 1] is not.
    low: Math.max(-1, difference.low),
    high: Math.min(1, difference.high),
    percent: percentOf(meanA, meanB),
    percentLow: Math.max(-100, percent.low),
    percentHigh: percent.high,
    ...(await exchangeTest(
      common.map(({ atA, atB }) => [a.runs[atA]!, b.runs[atB]!]),
      name,
      { seed: a.seed, resamples: a.resamples, signal },
    )),
    pCorrected: Number.NaN,
  };
}

interface PairedScores {
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/**
 * Returns the interval of a difference: the bootstrap over patients around the observed value, shrunk to the part that
 * the runs share, plus s / sqrt(R) times Student's t for the runs. NaN if more than 2.5 % of the resamples have no value.
 */
function crossedInterval(
  observed: PairedScores,
  resampled: readonly PairedScores[],
  seed: number,
  by: { whole: (scores: PairedScores) => number; part: (a: number, b: number) => number },
): Interval {
  const partsOf = ({ a, b }: PairedScores) => a.map((one, run) => by.part(one, b[run]!));
  const value = by.whole(observed);
  const wholes = resampled.map(by.whole);
  if (Number.isNaN(value) || wholes.filter(Number.isNaN).length > 0.025 * wholes.length) return interval([]);
  const runs = observed.a.length;
  if (runs < 2) return interval(wholes);
  const parts = resampled.map(partsOf);
  const centre = observed.a.map((_, run) => meanOf(parts.map((one) => one[run]!)));
  const shrink = sharedByRuns(parts.map((one) => one.map((part, run) => part - centre[run]!)));
  const error = sampleSd(partsOf(observed)) / Math.sqrt(runs);
  return interval(
    wholes.map((whole, resample) => {
      const stream = randomStream(seed, 'runs', resample);
      const square = meanOf(Array.from({ length: runs - 1 }, () => stream.normal() ** 2));
      return value + shrink * (whole - value) + (error * stream.normal()) / Math.sqrt(square);
    }),
  );
}

/** Returns the share of the SD of the mean over runs that the runs have in common. `draws` [][runs] have mean 0. */
function sharedByRuns(draws: readonly (readonly number[])[]): number {
  const runs = draws[0]?.length ?? 0;
  const ofMean = meanOf(draws.map((draw) => meanOf(draw) ** 2));
  const ofOne = meanOf(draws.map((draw) => meanOf(draw.map((one) => one * one))));
  const shared = (runs * ofMean - ofOne) / (runs - 1);
  return ofMean === 0 ? 0 : Math.sqrt(Math.min(1, Math.max(0, shared / ofMean)));
}

/** Computes the two-sided p-value that the head of this file describes. */
async function exchangeTest(
  pairs: readonly (readonly [RankedRun, RankedRun])[],
  name: 'f1' | 'auprc',
  { seed, resamples, signal }: Required<ResampleOptions>,
): Promise<Pick<PairedGain, 'p' | 'reason' | 'discordantPatients'>> {
  const exchanges = pairs.map(([a, b]) => exchangeRuns(a, b));
  const { patients } = pairs[0]![0];
  const discordantPatients = patients.filter((_, patient) =>
    exchanges.some(({ differs }) => differs[name][patient] === 1),
  ).length;
  const none = (reason: string) => ({ p: Number.NaN, reason, discordantPatients });
  const fewest = fewestPatients(pairs[0]![0]);
  if (fewest < 2)
    return none(`${fewest === 1 ? 'only 1' : 'no'} test patient has one of the labels; two are needed`);
  if (pairs.length < 2) return none('one run of both settings; two are needed');
  if (discordantPatients === 0) return none('both settings give the same answers');
  const swaps = new Uint8Array(patients.length);
  // Each drawn number has 24 random bits, one for each of 24 patients.
  const coins = new Float32Array(Math.ceil(patients.length / 24));
  // Permutation 0 is the identity, which gives the observed statistic (Phipson and Smyth 2010).
  const draws: number[][] = [];
  const rest = resting(signal);
  for (let draw = 0; draw <= resamples; draw++) {
    if (draw > 0) randomStream(seed, 'exchange', draw).fill(coins);
    for (let at = 0; at < swaps.length; at++)
      swaps[at] = ((coins[Math.floor(at / 24)]! * 2 ** 24) >> (at % 24)) & 1;
    draws.push(exchanges.map((exchange) => exchange[name](swaps)));
    await rest();
  }
  const runs = pairs.length;
  const shrink = sharedByRuns(draws);
  const error = sampleSd(draws[0]!) / Math.sqrt(runs);
  const means = draws.map(meanOf);
  const size = Math.abs(means[0]!);
  const tails = means.map((one) => {
    const above = size - shrink * one;
    const below = size + shrink * one;
    return upperTail(above, error, runs - 1) + upperTail(below, error, runs - 1);
  });
  return { p: Math.min(1, meanOf(tails)), reason: '', discordantPatients };
}

/** Returns the number of test patients with the rarest label (of both labels, if the task has two). */
function fewestPatients({ labels, patientOf, judged }: RankedRun): number {
  const sets = (judged.length === 1 ? [0, 1] : judged).map(
    (label) => new Set(patientOf.filter((_, window) => labels[window] === label)),
  );
  return Math.min(...sets.map(({ size }) => size));
}

/**
 * Returns the smallest p-value that a permutation test can give: limited by the 2^n exchanges of n discordant patients
 * and by the number of drawn permutations.
 */
export function smallestP(discordantPatients: number, resamples = 2000): number {
  return Math.max(2 ** (1 - discordantPatients), 1 / (resamples + 1));
}

/** Applies Holm's step-down correction (1979) and keeps the order. NaN stays NaN and does not count as a comparison. */
export function holm(p: readonly number[]): number[] {
  const corrected = p.map(() => Number.NaN);
  const order = [...p.keys()].filter((at) => !Number.isNaN(p[at])).sort((a, b) => p[a]! - p[b]!);
  let largest = 0;
  for (const [rank, at] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (order.length - rank) * p[at]!));
    corrected[at] = largest;
  }
  return corrected;
}

function percentOf(a: number, b: number): number {
  return a === 0 ? Number.NaN : (100 * (b - a)) / a;
}

/** Returns the sample standard deviation; NaN with fewer than two values. */
export function sampleSd(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (values.length - 1));
}

interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Returns the 2.5 % and 97.5 % quantiles of the values that are not NaN. */
function interval(values: readonly number[]): Interval {
  const sorted = Float64Array.from(values.filter((one) => !Number.isNaN(one))).sort();
  return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
}
