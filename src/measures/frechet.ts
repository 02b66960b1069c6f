// The Frechet distance between two sets of points, taken as normal distributions (Dowson and Landau 1982; Heusel et al.
// 2017, arXiv 1706.08500, eq. 6): |m1 - m2|^2 + tr(C1 + C2 - 2 (C1^1/2 C2 C1^1/2)^1/2). The roots come from the
// eigenvalues of symmetric matrices, so nothing is added to a diagonal. The estimate is biased upwards with fewer than
// about ten records per feature: compare it with a floor of the same size.

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { interval, type Measured, type ResampleSettings, resampleWeights } from './bootstrap.js';
import type { GroupedPoints } from './discrepancy.js';
import type { Points } from './points.js';

/**
 * Returns the Frechet distance with its bootstrap interval.
 *
 * @param real - the real records.
 * @param made - the synthetic records, in the same features.
 */
export function frechet(real: GroupedPoints, made: GroupedPoints, settings: ResampleSettings): Measured {
  const realWeights = resampleWeights(real.groups, settings, 'frechet/real');
  const madeWeights = resampleWeights(made.groups, settings, 'frechet/made');
  const draws = Array.from({ length: settings.resamples }, () =>
    frechetDistance(
      real.points,
      made.points,
      realWeights.next().value as Float64Array,
      madeWeights.next().value as Float64Array,
    ),
  );
  return interval(frechetDistance(real.points, made.points), draws);
}

/** Returns the Frechet distance of two sets of points, each with a weight per row; by default all weights are 1. */
export function frechetDistance(
  a: Points,
  b: Points,
  weightsA: Float64Array = new Float64Array(a.count).fill(1),
  weightsB: Float64Array = new Float64Array(b.count).fill(1),
): number {
  const [first, second] = [moments(a, weightsA), moments(b, weightsB)];
  const root = rootOf(first.covariance);
  const between = root.mmul(second.covariance).mmul(root);
  const cross = eigenvaluesOf(between).reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
  const shift = first.mean.reduce((sum, value, dim) => sum + (value - second.mean[dim]!) ** 2, 0);
  return shift + first.covariance.trace() + second.covariance.trace() - 2 * cross;
}

function moments({ count, dims, values }: Points, weights: Float64Array) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = new Float64Array(dims);
  for (let row = 0; row < count; row++) {
    for (let dim = 0; dim < dims; dim++) mean[dim]! += (weights[row]! * values[row * dims + dim]!) / total;
  }
  const sums = new Float64Array(dims * dims);
  const centred = new Float64Array(dims);
  for (let row = 0; row < count; row++) {
    const weight = weights[row]!;
    if (weight === 0) continue;
    for (let dim = 0; dim < dims; dim++) centred[dim] = values[row * dims + dim]! - mean[dim]!;
    for (let i = 0; i < dims; i++) {
      const scaled = weight * centred[i]!;
      for (let j = 0; j <= i; j++) sums[i * dims + j]! += scaled * centred[j]!;
    }
  }
  const covariance = Matrix.zeros(dims, dims);
  for (let i = 0; i < dims; i++) {
    for (let j = 0; j <= i; j++) {
      covariance.set(i, j, sums[i * dims + j]! / (total - 1));
      covariance.set(j, i, sums[i * dims + j]! / (total - 1));
    }
  }
  return { mean, covariance };
}

function eigenvaluesOf(matrix: Matrix): number[] {
  return new EigenvalueDecomposition(symmetric(matrix), { assumeSymmetric: true }).realEigenvalues;
}

function rootOf(matrix: Matrix): Matrix {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, {
    assumeSymmetric: true,
  });
  const roots = Matrix.diag(realEigenvalues.map((value) => Math.sqrt(Math.max(0, value))));
  return eigenvectorMatrix.mmul(roots).mmul(eigenvectorMatrix.transpose());
}

/** Removes the rounding errors by which a symmetric product is not symmetric. */
function symmetric(matrix: Matrix): Matrix {
  return Matrix.add(matrix, matrix.transpose()).mul(0.5);
}
