// Sets of points: one row of features per record. The features of two sets must have the same scale before distances
// between them mean anything, so every measure takes rows that `standardized` brought to the scale of the real set.

import { PqrstError } from '../base/errors.js';

/** Points in a space of `dims` features, row by row. */
export interface Points {
  /** Number of rows. */
  readonly count: number;
  /** Number of features per row. */
  readonly dims: number;
  /** The features, [count, dims]. */
  readonly values: Float64Array;
}

/** The mean and the population standard deviation of each feature. */
export interface Scale {
  readonly mean: Float64Array;
  readonly sd: Float64Array;
}

/**
 * Makes points of rows.
 *
 * @param rows - one row of features per record; all rows have the same length.
 * @throws PqrstError ERR_RANGE: when the rows differ in length, or a feature is not a finite number.
 */
export function pointsOf(rows: readonly ArrayLike<number>[]): Points {
  const dims = rows[0]?.length ?? 0;
  const values = new Float64Array(rows.length * dims);
  for (const [at, row] of rows.entries()) {
    if (row.length !== dims) {
      throw new PqrstError('ERR_RANGE', `row ${at} has ${row.length} features, but row 0 has ${dims}`);
    }
    for (let dim = 0; dim < dims; dim++) {
      const value = row[dim]!;
      if (!Number.isFinite(value)) {
        throw new PqrstError(
          'ERR_RANGE',
          `feature ${dim} of row ${at} must be a finite number, got ${value}`,
        );
      }
      values[at * dims + dim] = value;
    }
  }
  return { count: rows.length, dims, values };
}

/** Returns the rows with the indices `at`, in this order. */
export function rowsOf({ dims, values }: Points, at: ArrayLike<number>): Points {
  const chosen = new Float64Array(at.length * dims);
  for (let row = 0; row < at.length; row++) {
    chosen.set(values.subarray(at[row]! * dims, (at[row]! + 1) * dims), row * dims);
  }
  return { count: at.length, dims, values: chosen };
}

/** Returns the rows of `a`, then the rows of `b`. */
export function joined(a: Points, b: Points): Points {
  const values = new Float64Array(a.values.length + b.values.length);
  values.set(a.values);
  values.set(b.values, a.values.length);
  return { count: a.count + b.count, dims: a.dims, values };
}

/** Returns the mean and standard deviation of each feature. A feature that is constant gets the standard deviation 1. */
export function scaleOf({ count, dims, values }: Points): Scale {
  const mean = new Float64Array(dims);
  const sd = new Float64Array(dims);
  for (let at = 0; at < values.length; at++) mean[at % dims]! += values[at]! / count;
  for (let at = 0; at < values.length; at++) sd[at % dims]! += (values[at]! - mean[at % dims]!) ** 2 / count;
  for (let dim = 0; dim < dims; dim++) {
    const root = Math.sqrt(sd[dim]!);
    sd[dim] = root > 1e-12 * Math.max(1, Math.abs(mean[dim]!)) ? root : 1;
  }
  return { mean, sd };
}

/** Returns `points` minus the mean, divided by the standard deviation of `scale`. */
export function standardized(points: Points, { mean, sd }: Scale): Points {
  const { dims } = points;
  return { ...points, values: points.values.map((value, at) => (value - mean[at % dims]!) / sd[at % dims]!) };
}

/** Returns the squared Euclidean distance between two rows. */
export function squared(
  a: Float64Array,
  startA: number,
  b: Float64Array,
  startB: number,
  dims: number,
): number {
  let sum = 0;
  for (let dim = 0; dim < dims; dim++) {
    const step = a[startA + dim]! - b[startB + dim]!;
    sum += step * step;
  }
  return sum;
}
