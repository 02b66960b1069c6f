// The classifier two-sample test (Lopez-Paz and Oquab 2017, arXiv 1610.06545): how well a classifier tells synthetic from
// real records that it has not seen. 0.5 means that it cannot, 1 means that every record gives itself away. Five folds;
// all records of a patient are in one fold.

import { randomStream } from '../base/random.js';
import { groupCount, interval, type Measured, type ResampleSettings, resampleWeights } from './bootstrap.js';
import type { GroupedPoints } from './discrepancy.js';
import { fitLogistic } from './logistic.js';
import { joined, type Points, rowsOf, scaleOf, squared, standardized } from './points.js';

/** The result of a two-sample test. */
export interface TwoSample {
  /** Area under the ROC curve of synthetic against real, on records of other folds. */
  readonly auroc: Measured;
  /** The score of each record, higher for synthetic: the real records first. */
  readonly scores: Float64Array;
}

/** The result of the logistic two-sample test. */
export interface LogisticTwoSample extends TwoSample {
  /**
   * The coefficient of each feature, mean over the folds, per standard deviation of the feature. A positive one means
   * that synthetic records have more of it.
   */
  readonly coefficients: Float64Array;
}

const folds = 5;
const nearest = 15;

/** Tells both sets apart by logistic regression on the features. */
export function logisticTwoSample(
  real: GroupedPoints,
  made: GroupedPoints,
  settings: ResampleSettings,
): LogisticTwoSample {
  const coefficients = new Float64Array(real.points.dims);
  const { scores, fold } = crossValidated(real, made, settings.seed, (train, labels, test) => {
    const scale = scaleOf(train);
    const model = fitLogistic(standardized(train, scale), labels);
    for (const [dim, value] of model.weights.entries()) coefficients[dim]! += value / folds;
    return model.scores(standardized(test, scale));
  });
  return { auroc: aurocOf(real, made, scores, fold, settings), scores, coefficients };
}

/** Tells both sets apart by the share of synthetic records among the 15 nearest records. */
export function nearestTwoSample(
  real: GroupedPoints,
  made: GroupedPoints,
  settings: ResampleSettings,
): TwoSample {
  const { scores, fold } = crossValidated(real, made, settings.seed, (train, labels, test) => {
    const scale = scaleOf(train);
    return nearestShares(standardized(train, scale), labels, standardized(test, scale));
  });
  return { auroc: aurocOf(real, made, scores, fold, settings), scores };
}

/**
 * Returns the area under the ROC curve with its interval. Only records of one fold are compared with each other: the
 * classifiers of two folds were fitted to different shares of synthetic records, so their scores have different levels.
 *
 * @param scores - the real records first, then the synthetic ones; higher means synthetic.
 * @param fold - the fold of each record.
 */
export function aurocOf(
  real: Pick<GroupedPoints, 'groups'>,
  made: Pick<GroupedPoints, 'groups'>,
  scores: Float64Array,
  fold: Int32Array,
  settings: ResampleSettings,
): Measured {
  const first = real.groups.length;
  const order = orderOf(scores);
  const parts = Array.from({ length: folds }, (_, held) => order.filter((record) => fold[record] === held));
  const area = (weights: Float64Array) => {
    const sums = parts.map((order) => pairsOf(scores, order, first, weights));
    const total = (name: 'won' | 'all') => sums.reduce((sum, part) => sum + part[name], 0);
    return total('won') / total('all');
  };
  const realWeights = resampleWeights(real.groups, settings, 'auroc/real');
  const madeWeights = resampleWeights(made.groups, settings, 'auroc/made');
  const weights = new Float64Array(scores.length);
  const draws = Array.from({ length: settings.resamples }, () => {
    weights.set(realWeights.next().value as Float64Array);
    weights.set(madeWeights.next().value as Float64Array, first);
    return area(weights);
  });
  return interval(area(new Float64Array(scores.length).fill(1)), draws);
}

/** Returns the area under the ROC curve of scores without an interval; the first `first` records are real. */
export function areaOfScores(scores: Float64Array, first: number): number {
  const { won, all } = pairsOf(scores, orderOf(scores), first, new Float64Array(scores.length).fill(1));
  return won / all;
}

function orderOf(scores: Float64Array): Int32Array {
  return Int32Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]!);
}

/** Returns the weight of all pairs of a real and a synthetic record, and of those with a higher score of the latter. */
function pairsOf(
  scores: Float64Array,
  order: Int32Array,
  first: number,
  weights: Float64Array,
): { readonly won: number; readonly all: number } {
  let [won, reals, mades] = [0, 0, 0];
  for (let at = 0; at < order.length; ) {
    // Equal scores count half.
    let [tiedReal, tiedMade] = [0, 0];
    const score = scores[order[at]!]!;
    // A score of NaN equals nothing, not even itself.
    if (Number.isNaN(score)) return { won: Number.NaN, all: Number.NaN };
    for (; at < order.length && scores[order[at]!] === score; at++) {
      const record = order[at]!;
      if (record < first) tiedReal += weights[record]!;
      else tiedMade += weights[record]!;
    }
    won += tiedMade * (reals + tiedReal / 2);
    reals += tiedReal;
    mades += tiedMade;
  }
  return { won, all: reals * mades };
}

type Score = (train: Points, labels: Uint8Array, test: Points) => Float64Array;

/** Returns the score of each record by a classifier that was fitted to the other folds. */
function crossValidated(
  real: GroupedPoints,
  made: GroupedPoints,
  seed: number,
  score: Score,
): { readonly scores: Float64Array; readonly fold: Int32Array } {
  const all = joined(real.points, made.points);
  const fold = Int32Array.from([
    ...foldsOf(real.groups, seed, 'real'),
    ...foldsOf(made.groups, seed, 'made'),
  ]);
  const labels = Uint8Array.from(fold, (_, at) => (at < real.points.count ? 0 : 1));
  const scores = new Float64Array(all.count);
  for (let held = 0; held < folds; held++) {
    const train = Array.from(fold.keys()).filter((at) => fold[at] !== held);
    const test = Array.from(fold.keys()).filter((at) => fold[at] === held);
    // With one group per side, both can be in one fold. Without a classifier, its records have the same score.
    if (train.length === 0) continue;
    const given = score(
      rowsOf(all, train),
      Uint8Array.from(train, (at) => labels[at]!),
      rowsOf(all, test),
    );
    for (const [k, at] of test.entries()) scores[at] = given[k]!;
  }
  return { scores, fold };
}

/** Deals groups to folds of about the same number of groups. */
export function foldsOf(groups: Int32Array, seed: number, path: string): Int32Array {
  const rank = Int32Array.from({ length: groupCount(groups) }, (_, at) => at % folds);
  randomStream(seed, 'folds', path).shuffle(rank);
  return groups.map((group) => rank[group]!);
}

function nearestShares(train: Points, labels: Uint8Array, test: Points): Float64Array {
  const { dims } = train;
  const reach = Math.min(nearest, train.count);
  // The base rate breaks no tie: both sets have the same number of records.
  return Float64Array.from({ length: test.count }, (_, row) => {
    const distances = new Float64Array(reach).fill(Number.POSITIVE_INFINITY);
    const owners = new Uint8Array(reach);
    for (let other = 0; other < train.count; other++) {
      const distance = squared(test.values, row * dims, train.values, other * dims, dims);
      if (distance >= distances[reach - 1]!) continue;
      let at = reach - 1;
      for (; at > 0 && distances[at - 1]! > distance; at--) {
        distances[at] = distances[at - 1]!;
        owners[at] = owners[at - 1]!;
      }
      distances[at] = distance;
      owners[at] = labels[other]!;
    }
    return owners.reduce((sum, owner) => sum + owner, 0) / reach;
  });
}
