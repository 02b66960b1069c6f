// What several runs (train/val pairs) of one setting say together, and whether Syn->Real differs from Real.
//
// Runs and test patients are crossed random factors, as readers and cases are in a reading study:
// - Spread of a mean: patients are drawn with replacement, the same draw for all runs (Field and Welsh 2007).
// - Interval of a difference: as the p below, with the bootstrap over patients in place of their exchange. Drawing runs
//   and patients at once (Owen 2007) counts what is neither's alone up to three times and so few runs too narrowly.
// - p of a difference d, the mean over runs of d_r. Under the null the two settings make equally good models. A test
//   patient's answers may then change sides, but in all runs together, as the runs share what is hard in a patient: an
//   exchange by patient alone (Bandos, Rockette and Gur 2005) holds the models fixed and would call a lucky run a gain
//   (the McNemar test's flaw in Dietterich 1998). Exchanging whole runs covers that luck, but five runs give no p below
//   2 / 2^5, and exchanging both takes the effects of runs and patients for independent noise. So the two are added, as
//   Obuchowski and Rockette (1995) add readers and cases: the null of d is that of the patients' exchange, shrunk to
//   what the runs share (their covariance under the exchange), plus s / sqrt(R) times Student's t of R - 1 degrees of
//   freedom, where s is the SD of d_r over the R runs. Where the runs agree it is the exact exchange test over patients,
//   where they share nothing the paired t-test over runs. The exchange as observed is one of the draws (Phipson and
//   Smyth 2010), so no p is 0; `smallestP` says how small one over patients can be.
// The p covers other patients of the same test population and other seeds and divisions of the same training pool. It
// does not cover another pool: the pairs of one pool overlap (two train sides of 8:2 share 80 % of their records), which
// Nadeau and Bengio (2003) answer by a larger variance for test sets that are redrawn too; ours is one test set.

import { PqrstError } from '../base/errors.js';
import { type JobOptions, resting } from '../base/job.js';
import { randomStream } from '../base/random.js';
import { quantile, scoreClasses } from './metrics.js';
import type { RunPredictions } from './predictions.js';
import { exchangeRuns, meanOf, type RankedRun, rankRun, type Scores, weightedScores } from './ranked-runs.js';
import { upperTail } from './student.js';

/** Mean over runs 2-6, its sample SD over them, and a 95 % interval by bootstrap over the test's patients. */
export interface MeanScore {
  readonly mean: number;
  readonly sd: number;
  readonly low: number;
  readonly high: number;
  /** In the order of pairs. */
  readonly runs: readonly number[];
}

/** One score of Syn->Real against Real over the same runs and test windows. */
export interface Gain {
  /** mean(Syn->Real) - mean(Real), 95 % interval over runs and patients at once, cut to -1..1 (statistics.ts). */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** (Syn->Real - Real) / Real of the means, in percent (the paper's gain), its interval cut at -100; NaN of a Real of 0. */
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

export type ScoreName = keyof Scores;
const scoreNames = ['f1', 'auprc', 'auroc'] as const satisfies readonly ScoreName[];

export interface ResampleOptions extends Pick<JobOptions, 'signal'> {
  readonly seed: number;
  /** Draws of the bootstrap and, in a test, exchanges of patients. */
  readonly resamples?: number;
}

/** The runs of one cell on one test set with their scores in every resample of its patients. */
export interface ResampledRuns {
  /** In the order of pairs. */
  readonly runs: readonly RankedRun[];
  readonly seed: number;
  readonly resamples: number;
  /** [runs] */
  readonly values: Readonly<Record<ScoreName, readonly number[]>>;
  /** [resamples x runs]; NaN where a resample lacks a label, the same resamples for all cells of one test set. */
  readonly draws: Readonly<Record<ScoreName, Float64Array>>;
}

/** Scores every run in every resample: once a cell, whatever is asked of it later. ERR_RANGE without runs. */
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
        ? 'there are no predictions to judge; expected those of one run at least'
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

/** Mean over runs, SD over runs (NaN of one), percentile interval over patients (NaN where a label has fewer than two). */
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

/** A gain, and over how many patients its test could tell. */
export interface PairedGain extends Gain {
  /** Test patients whom the two settings answer differently in a run. */
  readonly discordantPatients: number;
}

/**
 * b (Syn->Real) against a (Real) over the pairs both have, on the same windows; `pCorrected` is NaN until `holm`.
 * ERR_RANGE where the windows differ or there is no common pair.
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
      'the two settings have no run of the same pair; nothing can be compared',
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
    // What a run adds to b / a, to the first order.
    part: (ofA, ofB) => (100 * (ofB - (meanB / meanA) * ofA)) / meanA,
  });
  return {
    difference: meanB - meanA,
    // Student's t knows no bounds, but the scores are in [0, 1].
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
 * The bootstrap over patients about the observed value, shrunk to what the runs share, plus s / sqrt(R) times Student's
 * t for the runs. NaN where over 2.5 % of the resamples have no value.
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

/** Of the SD of the mean over runs the share that comes from what they have in common; draws [][runs], each about 0. */
function sharedByRuns(draws: readonly (readonly number[])[]): number {
  const runs = draws[0]?.length ?? 0;
  const ofMean = meanOf(draws.map((draw) => meanOf(draw) ** 2));
  const ofOne = meanOf(draws.map((draw) => meanOf(draw.map((one) => one * one))));
  const shared = (runs * ofMean - ofOne) / (runs - 1);
  return ofMean === 0 ? 0 : Math.sqrt(Math.min(1, Math.max(0, shared / ofMean)));
}

/** The two-sided p of the head comment. */
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
  // A draw has 24 bits, a coin each.
  const coins = new Float32Array(Math.ceil(patients.length / 24));
  // Draw 0 is the exchange of nobody: what was observed.
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

/** Test patients of the rarest label that is judged, of two of either. */
function fewestPatients({ labels, patientOf, judged }: RankedRun): number {
  const sets = (judged.length === 1 ? [0, 1] : judged).map(
    (label) => new Set(patientOf.filter((_, window) => labels[window] === label)),
  );
  return Math.min(...sets.map(({ size }) => size));
}

/** The least that an exchange over so many discordant patients can give: all 2^n exchanges, or those drawn. */
export function smallestP(discordantPatients: number, resamples = 2000): number {
  return Math.max(2 ** (1 - discordantPatients), 1 / (resamples + 1));
}

/** Holm's step-down correction (1979), in the order given; NaN stays NaN and counts as no comparison. */
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

/** NaN of fewer than two. */
export function sampleSd(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (values.length - 1));
}

interface Interval {
  readonly low: number;
  readonly high: number;
}

/** 2.5 and 97.5 % quantiles of what is not NaN. */
function interval(values: readonly number[]): Interval {
  const sorted = Float64Array.from(values.filter((one) => !Number.isNaN(one))).sort();
  return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
}
