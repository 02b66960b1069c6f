// The distribution of each quantity over the records of a set.

import { quantile } from '../base/quantile.js';
import { type QuantityKey, quantities } from '../fidelity/quantities.js';
import type { MeasuredSet } from '../fidelity/record-set.js';
import { medianOf } from '../fidelity/robust.js';

/** The values of one quantity over the records that show it, sorted, and the share of records that do not. */
export interface Marginal {
  readonly sorted: Float64Array;
  readonly absent: number;
}

/** The marginal of each quantity. */
export type Marginals = ReadonlyMap<QuantityKey, Marginal>;

/** The middle and the spread of a quantity. */
export interface Shape {
  readonly median: number;
  /** Half of the distance between the 16 % and 84 % quantiles: the standard deviation of normal values. */
  readonly spread: number;
}

/** Returns the marginal of each quantity. */
export function marginalsOf({ quantities: rows }: MeasuredSet): Marginals {
  return new Map(
    quantities.map(({ key }, column) => {
      const sorted = Float64Array.from(rows, (row) => row[column]!)
        .filter((value) => !Number.isNaN(value))
        .sort();
      return [key, { sorted, absent: 1 - sorted.length / rows.length }];
    }),
  );
}

/** Returns the middle and spread of the values, or of their logarithms (of those above 0). */
export function shapeOf({ sorted }: Marginal, scale: 'plain' | 'log'): Shape {
  const values = scale === 'log' ? sorted.filter((value) => value > 0).map(Math.log) : sorted;
  const at = (share: number) => quantile(values, share);
  return { median: medianOf(Array.from(values)), spread: (at(0.8413) - at(0.1587)) / 2 };
}
