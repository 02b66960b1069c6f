// How far simulated records are from real ones, as residuals that a least-squares fit can lower, in standard errors of the
// real values. Three kinds: the quantile function of each quantity, the share of records that do not show it, and the
// means and spreads along the principal directions of the real records. The last kind sees what the quantities show
// together, such as a T wave that is small for its R wave: this is what a linear classifier finds.

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { type QuantityKey, quantities } from '../fidelity/quantities.js';
import type { MeasuredSet } from '../fidelity/record-set.js';
import { filled, limited, mediansOf } from '../fidelity/sides.js';
import { type Points, pointsOf, type Scale, scaleOf, standardized } from '../measures/points.js';
import { type Marginal, type Marginals, marginalsOf, shapeOf } from './marginals.js';

/** A quantile function is compared in this many steps, each the mean of its values: the tails are in the outer ones. */
const steps = 16;
/** A quantity is compared if at least this many real records show it. */
const leastShown = 6;
/** What the variance of a direction and of a share is raised by: few records do not show a smaller one. */
const leastVariance = { direction: 0.1, share: 0.02 };
/** More patients do not make the real values more exact than the simulated ones. */
const mostPatients = 200;

/** A residual and the quantity that shows it; undefined where all quantities do. */
type Put = (value: number, key?: QuantityKey) => void;

/** A principal direction of the real records, with their mean and their raised variance along it. */
interface Direction {
  readonly vector: Float64Array;
  readonly mean: number;
  readonly variance: number;
}

/** The real records of a fit. */
export class Target {
  readonly marginals: Marginals;
  /** The quantity of each residual; undefined where it is one of all quantities. */
  readonly keys: readonly (QuantityKey | undefined)[];
  readonly #kept: readonly number[];
  readonly #medians: Float64Array;
  readonly #scale: Scale;
  readonly #root: number;
  readonly #directions: readonly Direction[];

  /**
   * @param real - the measured real records.
   * @param skip - quantities that the real signals do not show, such as millivolts of z-scored signals.
   */
  constructor(real: MeasuredSet, skip: ReadonlySet<QuantityKey>) {
    this.marginals = marginalsOf(real);
    this.#kept = quantities.flatMap(({ key }, column) =>
      skip.has(key) || this.marginals.get(key)!.sorted.length < leastShown ? [] : [column],
    );
    this.#root = Math.sqrt(Math.min(mostPatients, new Set(real.patients).size));
    this.#medians = mediansOf(real);
    this.#scale = scaleOf(pointsOf(this.#rowsOf(real)));
    this.#directions = directionsOf(this.#pointsOf(real));
    const keys: (QuantityKey | undefined)[] = [];
    this.#residuals(real, this.marginals, (_, key) => keys.push(key));
    this.keys = keys;
  }

  /** Returns the residuals of simulated records; all are 0 for the same distributions. */
  residualsOf(made: MeasuredSet, marginals: Marginals): Float64Array {
    const found: number[] = [];
    this.#residuals(made, marginals, (value) => found.push(value));
    return Float64Array.from(found);
  }

  /** Returns the root of the mean square of residuals, in standard deviations of the real values. */
  lossOf(residuals: Float64Array): number {
    const sum = residuals.reduce((total, value) => total + value * value, 0);
    return Math.sqrt(sum / residuals.length) / this.#root;
  }

  #residuals(made: MeasuredSet, marginals: Marginals, put: Put): void {
    for (const column of this.#kept) {
      const { key } = quantities[column]!;
      const [real, other] = [this.marginals.get(key)!, marginals.get(key)!];
      const scale = shapeOf(real, 'plain').spread || 1;
      const [a, b] = [stepsOf(real), stepsOf(other)];
      for (const [step, value] of a.entries()) {
        put((this.#root * bent((b[step]! - value) / scale)) / Math.sqrt(steps), key);
      }
      const error = Math.sqrt(real.absent * (1 - real.absent) + leastVariance.share);
      put((this.#root * (other.absent - real.absent)) / error, key);
    }
    const points = this.#pointsOf(made);
    for (const { vector, mean, variance } of this.#directions) {
      const along = momentsAlong(points, vector);
      const ratio = (along.variance + leastVariance.direction) / variance;
      put((this.#root * (along.mean - mean)) / Math.sqrt(variance));
      put((this.#root * Math.log(ratio)) / Math.sqrt(8));
    }
  }

  #rowsOf({ quantities: rows }: MeasuredSet): number[][] {
    return filled(rows, this.#medians).map((row) => this.#kept.map((column) => row[column]!));
  }

  #pointsOf(set: MeasuredSet): Points {
    return limited(standardized(pointsOf(this.#rowsOf(set)), this.#scale));
  }
}

/** Returns the principal directions of points. */
function directionsOf(points: Points): Direction[] {
  const rows = Matrix.from1DArray(points.count, points.dims, Array.from(points.values));
  const covariance = rows.transpose().mmul(rows).div(points.count);
  const { eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  return Array.from({ length: points.dims }, (_, k) => {
    const vector = Float64Array.from(eigenvectorMatrix.getColumn(k));
    const { mean, variance } = momentsAlong(points, vector);
    return { vector, mean, variance: variance + leastVariance.direction };
  });
}

function momentsAlong({ count, dims, values }: Points, vector: Float64Array) {
  let [sum, squares] = [0, 0];
  for (let row = 0; row < count; row++) {
    let place = 0;
    for (let dim = 0; dim < dims; dim++) place += vector[dim]! * values[row * dims + dim]!;
    sum += place;
    squares += place * place;
  }
  const mean = sum / count;
  return { mean, variance: squares / count - mean * mean };
}

/** Returns the quantile function as the means of its steps. */
function stepsOf({ sorted }: Marginal): Float64Array {
  const each = sorted.length / steps;
  return Float64Array.from({ length: steps }, (_, step) => {
    if (sorted.length === 0) return Number.POSITIVE_INFINITY;
    const [from, to] = [step * each, (step + 1) * each];
    let sum = 0;
    for (let at = Math.floor(from); at < Math.min(to, sorted.length); at++) {
      sum += sorted[at]! * (Math.min(to, at + 1) - Math.max(from, at));
    }
    return sum / each;
  });
}

/** Returns a difference whose square grows as the difference itself where it is above 1, and at most as 16. */
function bent(difference: number): number {
  const limit = Math.min(16, Math.abs(difference));
  return Math.sign(difference) * Math.sqrt(2 * (Math.sqrt(1 + limit * limit) - 1));
}
