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

/** A sample without NaN, sorted, with the record of each value. */
interface Sorted {
  readonly values: Float64Array;
  readonly records: Int32Array;
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
    return [sorted(project(real)), sorted(project(made))] as const;
  });
  const all = (weightsA: Float64Array, weightsB: Float64Array) =>
    slices.reduce((sum, [a, b]) => sum + sweep(a, b, weightsA, weightsB, areaOf), 0) / slices.length;
  return resampled(real, made, settings, all);
}

type Fold = (gap: number, width: number, before: number) => number;
const areaOf: Fold = (gap, width, sum) => sum + gap * width;

function betweenCurves(a: Sample, b: Sample, settings: ResampleSettings, fold: Fold): Measured {
  const [first, second] = [sorted(a), sorted(b)];
  if (first.values.length === 0 || second.values.length === 0) {
    return { value: Number.NaN, low: Number.NaN, high: Number.NaN };
  }
  return resampled(a, b, settings, (weightsA, weightsB) => sweep(first, second, weightsA, weightsB, fold));
}

function resampled(
  a: Pick<Sample, 'groups'>,
  b: Pick<Sample, 'groups'>,
  settings: ResampleSettings,
  measure: (weightsA: Float64Array, weightsB: Float64Array) => number,
): Measured {
  const ones = ({ groups }: Pick<Sample, 'groups'>) => new Float64Array(groups.length).fill(1);
  const weightsB = resampleWeights(b.groups, settings, 'second');
  const draws = Array.from(resampleWeights(a.groups, settings, 'first'), (weightsA) =>
    measure(weightsA, weightsB.next().value as Float64Array),
  );
  return interval(measure(ones(a), ones(b)), draws);
}

function sorted({ values }: Sample): Sorted {
  const records = Int32Array.from(values.keys()).filter((at) => !Number.isNaN(values[at]!));
  records.sort((a, b) => values[a]! - values[b]!);
  return { values: Float64Array.from(records, (at) => values[at]!), records };
}

/** Walks along both cumulative distributions and folds the gap between them. */
function sweep(a: Sorted, b: Sorted, weightsA: Float64Array, weightsB: Float64Array, fold: Fold): number {
  const [totalA, totalB] = [totalOf(a, weightsA), totalOf(b, weightsB)];
  let [atA, atB, shareA, shareB, result] = [0, 0, 0, 0, 0];
  let place = Math.min(a.values[0]!, b.values[0]!);
  while (atA < a.values.length || atB < b.values.length) {
    while (atA < a.values.length && a.values[atA]! <= place) shareA += weightsA[a.records[atA++]!]! / totalA;
    while (atB < b.values.length && b.values[atB]! <= place) shareB += weightsB[b.records[atB++]!]! / totalB;
    const next = Math.min(
      atA < a.values.length ? a.values[atA]! : Number.POSITIVE_INFINITY,
      atB < b.values.length ? b.values[atB]! : Number.POSITIVE_INFINITY,
    );
    if (next === Number.POSITIVE_INFINITY) break;
    result = fold(Math.abs(shareA - shareB), next - place, result);
    place = next;
  }
  return result;
}

function totalOf({ records }: Sorted, weights: Float64Array): number {
  return records.reduce((sum, record) => sum + weights[record]!, 0);
}
