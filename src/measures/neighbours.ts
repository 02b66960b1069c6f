// Precision, recall, density and coverage (Kynkaanniemi et al. 2019, arXiv 1904.06991; Naeem et al. 2020, arXiv
// 2002.09797). The ball of a record reaches to its k-th nearest neighbour in the same set.
// - Precision: the share of synthetic records inside the ball of any real record. Low: records that no patient shows.
// - Recall: the share of real records inside the ball of any synthetic record. Low: patients that no record resembles.
// - Density: the mean number of real balls that hold a synthetic record, divided by k. It does not trust outliers.
// - Coverage: the share of real balls that hold at least one synthetic record.
// Two sets of the same distribution do not reach 1 in each of them, so compare with the floor. Both sets must have the
// same number of records, because the balls shrink as records are added.

import { PqrstError } from '../base/errors.js';
import { interval, type Measured, type ResampleSettings, resampleWeights } from './bootstrap.js';
import type { GroupedPoints } from './discrepancy.js';
import { type Points, squared } from './points.js';

/** The four shares, each with the interval of its records, given the balls. */
export interface NeighbourShares {
  readonly precision: Measured;
  readonly recall: Measured;
  readonly density: Measured;
  readonly coverage: Measured;
}

/** Number of neighbours that the ball of a record reaches. */
export const neighbours = 5;

/**
 * Returns precision, recall, density and coverage.
 *
 * @param real - the real records.
 * @param made - as many synthetic records, in the same features.
 * @throws PqrstError ERR_RANGE: when a set has at most five records, or the sets differ in size.
 */
export function neighbourShares(
  real: GroupedPoints,
  made: GroupedPoints,
  settings: ResampleSettings,
): NeighbourShares {
  const [n, m] = [real.points.count, made.points.count];
  if (n !== m || n <= neighbours) {
    throw new PqrstError(
      'ERR_RANGE',
      `precision and recall need two sets of one size, of more than ${neighbours} records each, got ${n} and ${m}`,
    );
  }
  const realReach = reaches(real.points);
  const madeReach = reaches(made.points);
  const holders = new Float64Array(m);
  const isHeld = new Float64Array(n);
  const isCovered = new Float64Array(n);
  const { dims } = real.points;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      const distance = squared(real.points.values, i * dims, made.points.values, j * dims, dims);
      if (distance <= realReach[i]!) {
        holders[j]!++;
        isCovered[i] = 1;
      }
      if (distance <= madeReach[j]!) isHeld[i] = 1;
    }
  }
  const ofMade = (values: Float64Array, path: string) => share(values, made.groups, settings, path);
  const ofReal = (values: Float64Array, path: string) => share(values, real.groups, settings, path);
  return {
    precision: ofMade(
      holders.map((count) => (count > 0 ? 1 : 0)),
      'precision',
    ),
    recall: ofReal(isHeld, 'recall'),
    density: ofMade(
      holders.map((count) => count / neighbours),
      'density',
    ),
    coverage: ofReal(isCovered, 'coverage'),
  };
}

/** Returns the squared distance from each point to its k-th nearest other point. */
function reaches({ count, dims, values }: Points): Float64Array {
  const nearest = new Float64Array(count * neighbours).fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const distance = squared(values, i * dims, values, j * dims, dims);
      keep(nearest, i * neighbours, distance);
      keep(nearest, j * neighbours, distance);
    }
  }
  return Float64Array.from({ length: count }, (_, at) => nearest[(at + 1) * neighbours - 1]!);
}

/** Inserts a distance into a sorted list of the nearest ones that starts at `start`. */
function keep(nearest: Float64Array, start: number, distance: number): void {
  let at = start + neighbours - 1;
  if (distance >= nearest[at]!) return;
  for (; at > start && nearest[at - 1]! > distance; at--) nearest[at] = nearest[at - 1]!;
  nearest[at] = distance;
}

function share(values: Float64Array, groups: Int32Array, settings: ResampleSettings, path: string): Measured {
  const weighted = (weights: Float64Array) => {
    let [sum, total] = [0, 0];
    for (let at = 0; at < values.length; at++) {
      sum += weights[at]! * values[at]!;
      total += weights[at]!;
    }
    return sum / total;
  };
  const draws = Array.from(resampleWeights(groups, settings, path), weighted);
  return interval(weighted(new Float64Array(values.length).fill(1)), draws);
}
