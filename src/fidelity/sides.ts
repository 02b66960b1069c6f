// Splits the records of a comparison into sides of one size. The real patients are dealt to two halves: half A is the
// reference, and half B against A is the floor, so that no patient is on both sides. The synthetic records are compared
// with the same half A, and every side has the same number of records, because most measures depend on it.

import { PqrstError } from '../base/errors.js';
import { type RandomStream, randomStream } from '../base/random.js';
import { groupsOf } from '../measures/bootstrap.js';
import type { GroupedPoints } from '../measures/discrepancy.js';
import { type Points, pointsOf, type Scale, scaleOf, standardized } from '../measures/points.js';
import { logSpectra } from '../measures/spectrum.js';
import type { MeasuredSet } from './record-set.js';
import { medianOf } from './robust.js';

/** One side of a comparison: its records, and their points on the scale of half A. */
export interface Side {
  readonly set: MeasuredSet;
  /** The patient of each record, numbered from 0. */
  readonly groups: Int32Array;
  /** The 24 quantities. */
  readonly features: GroupedPoints;
  /** The logarithms of the spectra. */
  readonly spectra: GroupedPoints;
  /** The penultimate layer of a network, if there is one. */
  readonly network: GroupedPoints | undefined;
}

/** The index of each record of the sides. */
export interface Deal {
  readonly halfA: readonly number[];
  readonly halfB: readonly number[];
  readonly made: readonly number[];
}

/** A comparison needs this many records per side: a record and its five neighbours. */
const leastRecords = 6;

/**
 * Deals real and synthetic records to three sides of one size.
 *
 * @param patients - the patient of each real record.
 * @param made - number of synthetic records.
 * @throws PqrstError ERR_DATA_EMPTY: when a side has fewer than six records.
 */
export function dealSides(patients: readonly string[], made: number, seed: number): Deal {
  const random = randomStream(seed, 'sides');
  const halves = dealHalves(patients, random);
  const count = Math.min(halves[0].length, halves[1].length, made);
  if (count < leastRecords) {
    throw new PqrstError(
      'ERR_DATA_EMPTY',
      `a comparison needs at least ${leastRecords} synthetic records and two groups of real patients with at least ` +
        `${leastRecords} records each, got ${made} synthetic records and ${halves[0].length} and ${halves[1].length} ` +
        `real records of ${new Set(patients).size} patients; use more records, more patients or shorter windows`,
    );
  }
  const some = (records: number[]) =>
    random
      .shuffle(records)
      .slice(0, count)
      .sort((a, b) => a - b);
  const all = Array.from({ length: made }, (_, at) => at);
  return { halfA: some(halves[0]), halfB: some(halves[1]), made: some(all) };
}

/** Deals patients to two halves with about as many records each, and returns the records of each half. */
export function dealHalves(patients: readonly string[], random: RandomStream): readonly [number[], number[]] {
  const groups = groupsOf(patients);
  const names = random.shuffle(Int32Array.from(new Set(groups)));
  const sizes = new Map<number, number[]>();
  for (const [record, group] of groups.entries()) {
    sizes.set(group, [...(sizes.get(group) ?? []), record]);
  }
  // The patients with the most records are dealt first, each to the smaller half, so that the halves become equal.
  const ordered = Array.from(names).sort((a, b) => sizes.get(b)!.length - sizes.get(a)!.length);
  const halves: [number[], number[]] = [[], []];
  for (const name of ordered) {
    const [first, second] = halves;
    (first.length <= second.length ? first : second).push(...sizes.get(name)!);
  }
  return halves;
}

/** The scales and medians of half A, which every side is measured with. */
export interface Reference {
  readonly features: Scale;
  readonly medians: Float64Array;
  readonly network: Scale | undefined;
}

/** Returns the reference of the records of half A. */
export function referenceOf(set: MeasuredSet, network: readonly Float64Array[] | undefined): Reference {
  const medians = mediansOf(set);
  return {
    features: scaleOf(pointsOf(filled(set.quantities, medians))),
    medians,
    network: network && scaleOf(pointsOf(network)),
  };
}

/** Returns a side: records with their points on the scale of the reference. */
export function sideOf(
  set: MeasuredSet,
  { features, medians, network: scale }: Reference,
  network: readonly Float64Array[] | undefined,
): Side {
  const groups = groupsOf(set.patients);
  const { frequenciesHz, spectra: records } = set;
  return {
    set,
    groups,
    features: { points: limited(standardized(pointsOf(filled(set.quantities, medians)), features)), groups },
    spectra: { points: pointsOf(logSpectra({ frequenciesHz, records })), groups },
    network: network && scale && { points: limited(standardized(pointsOf(network), scale)), groups },
  };
}

/** Returns the median of each quantity over the records that show it; 0 if no record does. */
export function mediansOf({ quantities: rows }: Pick<MeasuredSet, 'quantities'>): Float64Array {
  return Float64Array.from(rows[0]!, (_, column) => {
    const middle = medianOf(rows.map((row) => row[column]!));
    return Number.isNaN(middle) ? 0 : middle;
  });
}

/**
 * A quantity that a record does not show, such as PR without P waves, gets the median of half A. The share of beats with
 * a P wave is a quantity of its own, so the difference is not lost.
 */
export function filled(rows: readonly Float64Array[], medians: Float64Array): Float64Array[] {
  return rows.map((row) => row.map((value, column) => (Number.isNaN(value) ? medians[column]! : value)));
}

/** One wild value, such as the kurtosis of a record with a spike, must not decide a distance over all features. */
const limitSd = 5;

export function limited(points: Points): Points {
  return { ...points, values: points.values.map((value) => Math.min(limitSd, Math.max(-limitSd, value))) };
}
