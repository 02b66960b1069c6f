// Intervals by the bootstrap. The groups of a set are the units that are drawn: the patients of real records, the
// records themselves of synthetic ones. All records of a drawn group are in the resample as often as the group was drawn.

import { quantile } from '../base/quantile.js';
import { randomStream } from '../base/random.js';

/** A value with its 95 % bootstrap interval. */
export interface Measured {
  readonly value: number;
  /** Lower end of the 95 % interval. */
  readonly low: number;
  /** Upper end of the 95 % interval. */
  readonly high: number;
}

/** Options of a bootstrap. */
export interface ResampleSettings {
  /** Seed of the draws. */
  readonly seed: number;
  /** Number of resamples. */
  readonly resamples: number;
}

/** Returns the groups of `names` as numbers from 0, in order of first appearance. */
export function groupsOf(names: readonly string[]): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(names, (name) => {
    const known = numbers.get(name) ?? numbers.size;
    numbers.set(name, known);
    return known;
  });
}

/** Returns the number of groups in `groups`, which are numbered from 0. */
export function groupCount(groups: Int32Array): number {
  return groups.reduce((most, group) => Math.max(most, group + 1), 0);
}

/**
 * Returns how often each record is in each resample.
 *
 * @param groups - the group of each record, numbered from 0.
 * @param path - names the stream of draws, so that two sets get different draws.
 */
export function* resampleWeights(
  groups: Int32Array,
  { seed, resamples }: ResampleSettings,
  path: string,
): Generator<Float64Array> {
  const random = randomStream(seed, 'bootstrap', path);
  const total = groupCount(groups);
  for (let draw = 0; draw < resamples; draw++) {
    const times = new Float64Array(total);
    for (let k = 0; k < total; k++) times[random.below(total)]!++;
    yield Float64Array.from(groups, (group) => times[group]!);
  }
}

/** Returns the value with the 2.5 % and 97.5 % quantiles of `draws`; values that are NaN are left out. */
export function interval(value: number, draws: readonly number[]): Measured {
  const sorted = Float64Array.from(draws.filter((draw) => !Number.isNaN(draw))).sort();
  return { value, low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
}
