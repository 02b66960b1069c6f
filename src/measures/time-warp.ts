// Dynamic time warping of heartbeats (Sakoe and Chiba 1978): the distance after the time axis of one beat was stretched
// by at most 0.1 s to fit the other. For each synthetic beat the nearest real beat decides, so that the measure asks
// whether a patient shows this beat, and not whether two unpaired beats agree.

import { interval, type Measured, type ResampleSettings, resampleWeights } from './bootstrap.js';

/** The mean beat of each record, all of one length, and the group of each record. */
export interface Beats {
  readonly beats: readonly Float64Array[];
  /** The group of each record, numbered from 0. */
  readonly groups: Int32Array;
}

/**
 * Returns the mean distance from a beat of `made` to the nearest beat of `real`, in the unit of the signals: the root of
 * the mean squared difference along the best path.
 *
 * @param bandSamples - how far the path may leave the diagonal: 0.1 s.
 */
export function nearestBeatDistance(
  real: Beats,
  made: Beats,
  bandSamples: number,
  settings: ResampleSettings,
): Measured {
  const nearest = made.beats.map((beat) => {
    const limits = envelope(beat, bandSamples);
    let best = Number.POSITIVE_INFINITY;
    for (const other of real.beats) {
      if (lowerBound(limits, other, best) >= best) continue;
      best = Math.min(best, warp(beat, other, bandSamples, best));
    }
    return Math.sqrt(best / beat.length);
  });
  const mean = (weights: Float64Array) => {
    let [sum, total] = [0, 0];
    for (const [at, weight] of weights.entries()) {
      sum += weight * nearest[at]!;
      total += weight;
    }
    return sum / total;
  };
  const draws = Array.from(resampleWeights(made.groups, settings, 'warp'), mean);
  return interval(mean(new Float64Array(nearest.length).fill(1)), draws);
}

/**
 * Returns the sum of squared differences along the best path; infinity as soon as it cannot be below `limit`.
 *
 * @param band - greatest difference of the two indices on the path, in samples.
 */
export function warp(
  a: Float64Array,
  b: Float64Array,
  band: number,
  limit = Number.POSITIVE_INFINITY,
): number {
  const length = b.length;
  let before = new Float64Array(length + 1).fill(Number.POSITIVE_INFINITY);
  let row = new Float64Array(length + 1);
  before[0] = 0;
  for (let i = 1; i <= a.length; i++) {
    row.fill(Number.POSITIVE_INFINITY);
    let least = Number.POSITIVE_INFINITY;
    for (let j = Math.max(1, i - band); j <= Math.min(length, i + band); j++) {
      const cost = (a[i - 1]! - b[j - 1]!) ** 2 + Math.min(before[j - 1]!, before[j]!, row[j - 1]!);
      row[j] = cost;
      if (cost < least) least = cost;
    }
    if (least >= limit) return Number.POSITIVE_INFINITY;
    [before, row] = [row, before];
  }
  return before[length]!;
}

interface Envelope {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

function envelope(beat: Float64Array, band: number): Envelope {
  const low = new Float64Array(beat.length);
  const high = new Float64Array(beat.length);
  for (let at = 0; at < beat.length; at++) {
    const reach = beat.subarray(Math.max(0, at - band), at + band + 1);
    low[at] = reach.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
    high[at] = reach.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  }
  return { low, high };
}

/** Returns a bound that no path can be below (Keogh 2002), or a part of it that reaches `limit`. */
function lowerBound({ low, high }: Envelope, beat: Float64Array, limit: number): number {
  let sum = 0;
  for (let at = 0; at < beat.length && sum < limit; at++) {
    const value = beat[at]!;
    if (value > high[at]!) sum += (value - high[at]!) ** 2;
    else if (value < low[at]!) sum += (low[at]! - value) ** 2;
  }
  return sum;
}
