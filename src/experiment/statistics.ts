// What several runs (train/val pairs) of one setting say together, and whether Syn->Real differs from Real.
//
// Runs and test patients are crossed random factors, as readers and cases are in a reading study:
// - Spread of a mean: patients are drawn with replacement, the same draw for all runs (Field and Welsh 2007).
// - Interval of a difference: runs and patients drawn at once (the pigeonhole bootstrap, Owen 2007).
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

import { PqrstError } from '../errors.js';
import { randomStream } from '../random.js';
import { quantile } from '../train/metrics.js';
import { exchangeRuns, meanOf, type RankedRun, rankRun, type Scores, weightedScores } from './ranking.js';
import type { RunPredictions } from './results.js';
import type { Gain, MeanScore } from './summary.js';

export type ScoreName = keyof Scores;
const scoreNames = ['f1', 'auprc', 'auroc'] as const satisfies readonly ScoreName[];

export interface ResampleOptions {
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
export function resampleRuns(
  predictions: readonly RunPredictions[],
  { seed, resamples = 2000 }: ResampleOptions,
): ResampledRuns {
  const runs = [...predictions].sort((a, b) => a.pair - b.pair).map(rankRun);
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
  const once = new Float64Array(patients.length).fill(1);
  const plain = runs.map((run) => weightedScores(run, once));
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
    for (const one of uniform) times[Math.floor(one * patients.length)]! += 1;
    for (const [at, run] of runs.entries()) {
      const scores = weightedScores(run, times);
      for (const name of scoreNames) draws[name][resample * runs.length + at] = scores[name];
    }
  }
  const values = {
    f1: plain.map(({ f1 }) => f1),
    auprc: plain.map(({ auprc }) => auprc),
    auroc: plain.map(({ auroc }) => auroc),
  };
  return { runs, seed, resamples, values, draws };
}

/** Mean over runs, SD over runs (NaN of one), percentile interval over patients (NaN of fewer than two). */
export function meanScore(cell: ResampledRuns, name: ScoreName): MeanScore {
  const { runs, resamples, values, draws } = cell;
  const isAlone = runs[0]!.patients.length < 2;
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
export function gain(a: ResampledRuns, b: ResampledRuns, name: 'f1' | 'auprc'): PairedGain {
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
  const differences: number[] = [];
  const percents: number[] = [];
  for (let resample = 0; resample < Math.min(a.resamples, b.resamples); resample++) {
    const stream = randomStream(a.seed, 'runs', resample);
    let sumA = 0;
    let sumB = 0;
    for (let draw = 0; draw < common.length; draw++) {
      const { atA, atB } = common[stream.below(common.length)]!;
      sumA += a.draws[name][resample * a.runs.length + atA]!;
      sumB += b.draws[name][resample * b.runs.length + atB]!;
    }
    differences.push((sumB - sumA) / common.length);
    percents.push(percentOf(sumA, sumB));
  }
  const isAlone = a.runs[0]!.patients.length < 2;
  const { low, high } = interval(isAlone ? [] : differences);
  const percent = interval(isAlone ? [] : percents);
  return {
    difference: meanB - meanA,
    low,
    high,
    percent: percentOf(meanA, meanB),
    percentLow: percent.low,
    percentHigh: percent.high,
    ...exchangeTest(
      common.map(({ atA, atB }) => [a.runs[atA]!, b.runs[atB]!]),
      name,
      { seed: a.seed, resamples: a.resamples },
    ),
    pCorrected: Number.NaN,
  };
}

/** The two-sided p of the head comment. */
function exchangeTest(
  pairs: readonly (readonly [RankedRun, RankedRun])[],
  name: 'f1' | 'auprc',
  { seed, resamples }: Required<ResampleOptions>,
): Pick<PairedGain, 'p' | 'reason' | 'discordantPatients'> {
  const exchanges = pairs.map(([a, b]) => exchangeRuns(a, b));
  const { patients } = pairs[0]![0];
  const discordantPatients = patients.filter((_, patient) =>
    exchanges.some(({ differs }) => differs[name][patient] === 1),
  ).length;
  const none = (reason: string) => ({ p: Number.NaN, reason, discordantPatients });
  const fewest = Math.min(...patientsByLabel(pairs[0]![0]));
  if (fewest < 2)
    return none(`${fewest} test ${fewest === 1 ? 'patient' : 'patients'} of one label; two are needed`);
  if (pairs.length < 2) return none('one run of both settings; two are needed');
  if (discordantPatients === 0) return none('both settings give the same answers');
  const swaps = new Uint8Array(patients.length);
  const uniform = new Float32Array(patients.length);
  // Draw 0 is the exchange of nobody: what was observed.
  const observed = exchanges.map((exchange) => exchange[name](swaps));
  const means = [meanOf(observed)];
  let squares = meanOf(observed.map((one) => one * one));
  for (let draw = 1; draw <= resamples; draw++) {
    randomStream(seed, 'exchange', draw).fill(uniform);
    for (const [patient, one] of uniform.entries()) swaps[patient] = one < 0.5 ? 0 : 1;
    const drawn = exchanges.map((exchange) => exchange[name](swaps));
    means.push(meanOf(drawn));
    squares += meanOf(drawn.map((one) => one * one));
  }
  const runs = pairs.length;
  const variance = meanOf(means.map((one) => one * one));
  const shared = (runs * variance - squares / means.length) / (runs - 1);
  const shrink = variance === 0 ? 0 : Math.sqrt(Math.min(1, Math.max(0, shared / variance)));
  const error = sampleSd(observed) / Math.sqrt(runs);
  const size = Math.abs(means[0]!);
  const tails = means.map((one) => {
    const above = size - shrink * one;
    const below = size + shrink * one;
    return upperTail(above, error, runs - 1) + upperTail(below, error, runs - 1);
  });
  return { p: Math.min(1, meanOf(tails)), reason: '', discordantPatients };
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

/** Test patients of each label, in the labels' order. */
export function patientsByLabel({ labels, patientOf, midranks }: RankedRun): number[] {
  const sets = Array.from({ length: Math.max(2, midranks.length) }, () => new Set<number>());
  for (const [window, label] of labels.entries()) sets[label]!.add(patientOf[window]!);
  return sets.map(({ size }) => size);
}

/** Chance that `error` times Student's t of whole `degrees` is `least` or more (Abramowitz and Stegun 26.7.3, 26.7.4). */
export function upperTail(least: number, error: number, degrees: number): number {
  // Rounding must not part an exchange from what it equals.
  if (error < 1e-12) return least <= 1e-12 ? 1 : 0;
  const angle = Math.atan(Math.abs(least) / error / Math.sqrt(degrees));
  const cos = Math.cos(angle);
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? cos : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let power = isOdd ? 3 : 2; power <= degrees - 2; power += 2) {
    term *= (cos * cos * (power - 1)) / power;
    sum += term;
  }
  const within = isOdd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
  return least > 0 ? (1 - within) / 2 : (1 + within) / 2;
}

function percentOf(a: number, b: number): number {
  return a === 0 ? Number.NaN : (100 * (b - a)) / a;
}

function sampleSd(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (values.length - 1));
}

/** 2.5 and 97.5 % quantiles of what is not NaN. */
function interval(values: readonly number[]): { low: number; high: number } {
  const sorted = Float64Array.from(values.filter((one) => !Number.isNaN(one))).sort();
  return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
}
