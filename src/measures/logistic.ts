// Logistic regression with a ridge penalty, fitted by Newton's method (iteratively reweighted least squares).

import { Matrix, solve } from 'ml-matrix';
import type { Points } from './points.js';

/** A fitted model. */
export interface Logistic {
  /** One weight per feature. */
  readonly weights: Float64Array;
  readonly intercept: number;
  /** Returns the logit of each row. */
  scores(points: Points): Float64Array;
}

const iterations = 50;
const tolerance = 1e-8;

/**
 * Fits the log-odds of label 1 to the features. Minimises the log loss plus `ridge` / 2 times the squared weights; the
 * intercept has no penalty. This is scikit-learn's LogisticRegression with C = 1 / ridge.
 *
 * @param points - the rows, on a common scale.
 * @param labels - 0 or 1 for each row.
 */
export function fitLogistic(points: Points, labels: Uint8Array, ridge = 1): Logistic {
  const { count, dims, values } = points;
  const size = dims + 1;
  // The last coefficient is the intercept.
  const coefficients = new Float64Array(size);
  for (let step = 0; step < iterations; step++) {
    const gradient = new Float64Array(size);
    const hessian = new Float64Array(size * size);
    for (let row = 0; row < count; row++) {
      const at = row * dims;
      let logit = coefficients[dims]!;
      for (let dim = 0; dim < dims; dim++) logit += coefficients[dim]! * values[at + dim]!;
      const chance = 1 / (1 + Math.exp(-logit));
      const error = chance - labels[row]!;
      const weight = chance * (1 - chance);
      for (let i = 0; i < size; i++) {
        const left = i === dims ? 1 : values[at + i]!;
        gradient[i]! += error * left;
        const scaled = weight * left;
        for (let j = 0; j <= i; j++) hessian[i * size + j]! += scaled * (j === dims ? 1 : values[at + j]!);
      }
    }
    for (let dim = 0; dim < dims; dim++) {
      gradient[dim]! += ridge * coefficients[dim]!;
      hessian[dim * size + dim]! += ridge;
    }
    // A tiny weight on the intercept keeps the system solvable when all chances are 0 or 1.
    hessian[dims * size + dims]! += 1e-9;
    const system = new Matrix(size, size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        system.set(i, j, hessian[i * size + j]!);
        system.set(j, i, hessian[i * size + j]!);
      }
    }
    const change = solve(system, Matrix.columnVector(Array.from(gradient))).to1DArray();
    // Long steps are shortened: a full Newton step can overshoot where the sets are far apart.
    const longest = change.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const share = Math.min(1, 5 / longest);
    for (let i = 0; i < size; i++) coefficients[i]! -= share * change[i]!;
    if (longest < tolerance) break;
  }
  const weights = coefficients.slice(0, dims);
  const intercept = coefficients[dims]!;
  return {
    weights,
    intercept,
    scores: (given) =>
      Float64Array.from({ length: given.count }, (_, row) => {
        let logit = intercept;
        for (let dim = 0; dim < dims; dim++) logit += weights[dim]! * given.values[row * dims + dim]!;
        return logit;
      }),
  };
}
