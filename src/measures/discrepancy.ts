// Maximum mean discrepancy between two sets of points (Gretton et al. 2012, JMLR 13:723, eq. 3), and the kernel inception
// distance, which is the same estimate with a cubic kernel (Binkowski et al. 2018, arXiv 1801.01401). Both are unbiased, so
// they can be negative, and a negative value stays as it is.
//
// The cost grows with the square of the records. Large sets are cut into blocks of records, and the value is the mean
// over the blocks, which is unbiased too (Zaremba et al. 2013, arXiv 1307.1954).

import { randomStream } from '../base/random.js';
import { groupCount, interval, type Measured, type ResampleSettings, resampleWeights } from './bootstrap.js';
import { joined, type Points, rowsOf, squared } from './points.js';

/** A discrepancy, its interval and its permutation test. */
export interface Discrepancy extends Measured {
  /**
   * The share of exchanges of records between the two sets that give at least this value. Whole groups are exchanged.
   */
  readonly p: number;
}

/** A set of points and the group of each, numbered from 0. */
export interface GroupedPoints {
  readonly points: Points;
  readonly groups: Int32Array;
}

const blockRecords = 500;
const medianRecords = 1000;
const bandwidths = [0.5, 1, 2];

/**
 * Returns the squared maximum mean discrepancy. Its kernel is the mean of three Gaussian kernels, whose widths are 0.5, 1
 * and 2 times the median distance in both sets together.
 *
 * @param real - the real records.
 * @param made - the synthetic records, in the same features.
 */
export function maximumMeanDiscrepancy(
  real: GroupedPoints,
  made: GroupedPoints,
  settings: ResampleSettings,
): Discrepancy {
  const sigma = medianDistance(joined(real.points, made.points), settings.seed);
  const rates = bandwidths.map((factor) => 1 / (2 * (factor * sigma) ** 2));
  return discrepancy(real, made, settings, (a, b) => {
    const distance = squared(a, 0, b, 0, a.length);
    let sum = 0;
    for (const rate of rates) sum += Math.exp(-distance * rate);
    return sum / rates.length;
  });
}

/** Returns the kernel inception distance: the discrepancy with the kernel (x . y / dims + 1)^3. */
export function kernelInceptionDistance(
  real: GroupedPoints,
  made: GroupedPoints,
  settings: ResampleSettings,
): Discrepancy {
  return discrepancy(real, made, settings, (a, b) => {
    let product = 0;
    for (let dim = 0; dim < a.length; dim++) product += a[dim]! * b[dim]!;
    return (product / a.length + 1) ** 3;
  });
}

/** Returns the median distance between points; of many points, 1,000 drawn ones decide. */
export function medianDistance(points: Points, seed: number): number {
  const order = randomStream(seed, 'median').shuffle(
    Int32Array.from({ length: points.count }, (_, at) => at),
  );
  const { count, dims, values } = rowsOf(points, order.subarray(0, medianRecords));
  const distances = new Float64Array((count * (count - 1)) / 2);
  let at = 0;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) distances[at++] = squared(values, i * dims, values, j * dims, dims);
  }
  distances.sort();
  const middle = distances.length >> 1;
  const median =
    distances.length % 2 === 1
      ? Math.sqrt(distances[middle]!)
      : (Math.sqrt(distances[middle - 1]!) + Math.sqrt(distances[middle]!)) / 2;
  return median > 0 ? median : 1;
}

type Kernel = (a: Float64Array, b: Float64Array) => number;

function discrepancy(
  real: GroupedPoints,
  made: GroupedPoints,
  settings: ResampleSettings,
  kernel: Kernel,
): Discrepancy {
  const blocks = blocksOf(real, made, settings.seed);
  const values: number[] = [];
  const draws: number[][] = Array.from({ length: settings.resamples }, () => []);
  const exchanged: number[][] = Array.from({ length: settings.resamples }, () => []);
  for (const [number, block] of blocks.entries()) {
    const matrix = kernelMatrix(block, kernel);
    const sides = {
      first: block.real.points.count,
      total: block.real.points.count + block.made.points.count,
    };
    values.push(weightedValue(matrix, sides, new Float64Array(sides.total).fill(1)));
    const realWeights = resampleWeights(block.real.groups, settings, `real/${number}`);
    const madeWeights = resampleWeights(block.made.groups, settings, `made/${number}`);
    const sums = sumsOf(matrix, sides.total);
    const permutations = exchanges(block, settings, number);
    for (let draw = 0; draw < settings.resamples; draw++) {
      const weights = new Float64Array(sides.total);
      weights.set(realWeights.next().value as Float64Array);
      weights.set(madeWeights.next().value as Float64Array, sides.first);
      draws[draw]!.push(weightedValue(matrix, sides, weights));
      exchanged[draw]!.push(exchangedValue(matrix, sums, permutations.next().value as Uint8Array));
    }
  }
  const value = mean(values);
  const atLeast = exchanged.filter((blockValues) => mean(blockValues) >= value).length;
  return { ...interval(value, draws.map(mean)), p: (atLeast + 1) / (settings.resamples + 1) };
}

interface Block {
  readonly real: GroupedPoints;
  readonly made: GroupedPoints;
}

/** Cuts both sets into as many blocks as the smaller one needs; a group stays in one block where it can. */
function blocksOf(real: GroupedPoints, made: GroupedPoints, seed: number): Block[] {
  const blocks = Math.max(1, Math.floor(Math.min(real.points.count, made.points.count) / blockRecords));
  const [realParts, madeParts] = [parts(real, blocks, seed, 'real'), parts(made, blocks, seed, 'made')];
  return realParts.map((part, at) => ({ real: part, made: madeParts[at]! }));
}

function parts(
  { points, groups }: GroupedPoints,
  count: number,
  seed: number,
  path: string,
): GroupedPoints[] {
  const rank = randomStream(seed, 'blocks', path).shuffle(
    Int32Array.from({ length: groupCount(groups) }, (_, at) => at),
  );
  const order = Array.from(groups.keys()).sort((a, b) => rank[groups[a]!]! - rank[groups[b]!]! || a - b);
  return Array.from({ length: count }, (_, part) => {
    const rows = order.slice(
      Math.round((part * order.length) / count),
      Math.round(((part + 1) * order.length) / count),
    );
    const names = new Map<number, number>();
    for (const row of rows) names.set(groups[row]!, names.get(groups[row]!) ?? names.size);
    return { points: rowsOf(points, rows), groups: Int32Array.from(rows, (row) => names.get(groups[row]!)!) };
  });
}

/** Returns the kernel between all pairs, [total, total]; the diagonal is 0, because no estimate uses it. */
function kernelMatrix({ real, made }: Block, kernel: Kernel): Float32Array {
  const { count, dims, values } = joined(real.points, made.points);
  const rows = Array.from({ length: count }, (_, at) => values.subarray(at * dims, (at + 1) * dims));
  const matrix = new Float32Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const value = kernel(rows[i]!, rows[j]!);
      matrix[i * count + j] = value;
      matrix[j * count + i] = value;
    }
  }
  return matrix;
}

/**
 * Returns the discrepancy of records with weights. Pairs of a record with itself are left out, whatever its weight, so
 * that a bootstrap does not count copies as neighbours.
 */
function weightedValue(
  matrix: Float32Array,
  { first, total }: { readonly first: number; readonly total: number },
  weights: Float64Array,
): number {
  let [within, across, apart] = [0, 0, 0];
  let [sumA, squareA, sumB, squareB] = [0, 0, 0, 0];
  for (let i = 0; i < total; i++) {
    const weight = weights[i]!;
    if (weight === 0) continue;
    const row = i * total;
    let [own, other] = [0, 0];
    for (let j = 0; j < first; j++) own += weights[j]! * matrix[row + j]!;
    for (let j = first; j < total; j++) other += weights[j]! * matrix[row + j]!;
    if (i < first) {
      within += weight * own;
      across += weight * other;
      sumA += weight;
      squareA += weight * weight;
    } else {
      apart += weight * other;
      sumB += weight;
      squareB += weight * weight;
    }
  }
  return within / (sumA ** 2 - squareA) + apart / (sumB ** 2 - squareB) - (2 * across) / (sumA * sumB);
}

/** Sums of a kernel matrix that do not depend on the sides. */
interface Sums {
  readonly rows: Float64Array;
  readonly all: number;
}

function sumsOf(matrix: Float32Array, total: number): Sums {
  const rows = new Float64Array(total);
  for (let at = 0; at < matrix.length; at++) rows[Math.floor(at / total)]! += matrix[at]!;
  return { rows, all: rows.reduce((sum, row) => sum + row, 0) };
}

/**
 * Returns the discrepancy between the records of `side` and all others. Only the pairs inside the side are summed: the
 * sums of the rows give the other pairs.
 */
function exchangedValue(matrix: Float32Array, { rows, all }: Sums, side: Uint8Array): number {
  const total = side.length;
  const members = Int32Array.from(side.keys()).filter((at) => side[at] === 1);
  let [inside, touching] = [0, 0];
  for (let i = 0; i < members.length; i++) {
    const start = members[i]! * total;
    touching += rows[members[i]!]!;
    for (let j = 0; j < i; j++) inside += 2 * matrix[start + members[j]!]!;
  }
  const [n, m] = [members.length, total - members.length];
  const between = touching - inside;
  const outside = all - 2 * touching + inside;
  return inside / (n * (n - 1)) + outside / (m * (m - 1)) - (2 * between) / (n * m);
}

/** Deals the groups of both sets to two sides, until the first one has as many records as the real set. */
function* exchanges(
  { real, made }: Block,
  { seed, resamples }: ResampleSettings,
  number: number,
): Generator<Uint8Array> {
  const realGroups = groupCount(real.groups);
  const groups = Int32Array.from([...real.groups, ...made.groups.map((group) => group + realGroups)]);
  const sizes = new Int32Array(groupCount(groups));
  for (const group of groups) sizes[group]!++;
  const order = Int32Array.from(sizes.keys());
  const random = randomStream(seed, 'exchange', number);
  for (let draw = 0; draw < resamples; draw++) {
    random.shuffle(order);
    const chosen = new Uint8Array(sizes.length);
    let taken = 0;
    for (const group of order) {
      // A group that would exceed the size of the real set stays on the other side.
      if (taken + sizes[group]! > real.points.count) continue;
      chosen[group] = 1;
      taken += sizes[group]!;
    }
    yield Uint8Array.from(groups, (group) => chosen[group]!);
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
