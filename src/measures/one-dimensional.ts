// Distances between the distributions of one quantity, such as the mean RR interval of each record.

import { randomStream } from '../base/random.js';
import { interval, type Measured, type ResampleSettings, resampleWeights } from './bootstrap.js';
import type { GroupedPoints } from './discrepancy.js';

/** The values of one quantity, one per record. NaN: the record does not show it. */
export interface Sample {
  readonly values: Float64Array;
  /** The group of each record, numbered from 0. */
  readonly groups: Int32Array;
}

/** Both samples without NaN in one order of values. */
interface Merged {
  /** The index of each record; those of the second sample follow those of the first. */
  readonly records: Int32Array;
  /** The distance from each value to the next one. */
  readonly widths: Float64Array;
}

/**
 * Returns the Wasserstein-1 distance between two samples, in their unit: the area between their cumulative
 * distributions. Values that are NaN are left out.
 */
export function wasserstein(a: Sample, b: Sample, settings: ResampleSettings): Measured {
  return betweenCurves(a, b, settings, areaOf);
}

/** Returns the Kolmogorov-Smirnov distance: the greatest difference between the cumulative distributions, 0-1. */
export function kolmogorovSmirnov(a: Sample, b: Sample, settings: ResampleSettings): Measured {
  return betweenCurves(a, b, settings, (gap, _, most) => Math.max(gap, most));
}

/**
 * Returns the sliced Wasserstein-1 distance: the mean over 200 random directions of the distance between the
 * projections of both sets.
 */
export function slicedWasserstein(
  real: GroupedPoints,
  made: GroupedPoints,
  settings: ResampleSettings,
): Measured {
  const random = randomStream(settings.seed, 'directions');
  const { dims } = real.points;
  const slices = Array.from({ length: 200 }, () => {
    const direction = Float64Array.from({ length: dims }, () => random.normal());
    const length = Math.hypot(...direction);
    const project = ({ points, groups }: GroupedPoints): Sample => ({
      values: Float64Array.from({ length: points.count }, (_, row) => {
        let sum = 0;
        for (let dim = 0; dim < dims; dim++) sum += points.values[row * dims + dim]! * direction[dim]!;
        return sum / length;
      }),
      groups,
    });
    return merged(project(real).values, project(made).values);
  });
  return resampled(
    real,
    made,
    settings,
    (weights) =>
      slices.reduce((sum, slice) => sum + sweep(slice, weights, real.points.count, areaOf), 0) /
      slices.length,
  );
}

type Fold = (gap: number, width: number, before: number) => number;
const areaOf: Fold = (gap, width, sum) => sum + gap * width;

function betweenCurves(a: Sample, b: Sample, settings: ResampleSettings, fold: Fold): Measured {
  if (a.values.every(Number.isNaN) || b.values.every(Number.isNaN)) {
    return { value: Number.NaN, low: Number.NaN, high: Number.NaN };
  }
  const both = merged(a.values, b.values);
  return resampled(a, b, settings, (weights) => sweep(both, weights, a.values.length, fold));
}

/** Measures with weight 1 for every record, and with the weights of each resample: the records of `a`, then of `b`. */
function resampled(
  a: Pick<Sample, 'groups'>,
  b: Pick<Sample, 'groups'>,
  settings: ResampleSettings,
  measure: (weights: Float64Array) => number,
): Measured {
  const weights = new Float64Array(a.groups.length + b.groups.length).fill(1);
  const value = measure(weights);
  const weightsB = resampleWeights(b.groups, settings, 'second');
  const draws = Array.from(resampleWeights(a.groups, settings, 'first'), (weightsA) => {
    weights.set(weightsA);
    weights.set(weightsB.next().value as Float64Array, weightsA.length);
    return measure(weights);
  });
  return interval(value, draws);
}

function merged(a: Float64Array, b: Float64Array): Merged {
  const all = Float64Array.from([...a, ...b]);
  const records = Int32Array.from(all.keys()).filter((at) => !Number.isNaN(all[at]!));
  records.sort((x, y) => all[x]! - all[y]!);
  const widths = Float64Array.from(records, (record, at) =>
    at + 1 < records.length ? all[records[at + 1]!]! - all[record]! : 0,
  );
  return { records, widths };
}

/** Walks along both cumulative distributions and folds the gap between them. The first sample has `first` records. */
function sweep({ records, widths }: Merged, weights: Float64Array, first: number, fold: Fold): number {
  let [totalA, totalB] = [0, 0];
  for (const record of records) {
    if (record < first) totalA += weights[record]!;
    else totalB += weights[record]!;
  }
  let [gap, result] = [0, 0];
  for (let at = 0; at < records.length; at++) {
    const record = records[at]!;
    gap += record < first ? weights[record]! / totalA : -weights[record]! / totalB;
    // Equal values change the distribution at one place.
    if (widths[at]! > 0) result = fold(Math.abs(gap), widths[at]!, result);
  }
  return result;
}
