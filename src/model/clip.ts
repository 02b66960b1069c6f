// Clips the gradients by their global norm (Pascanu, Mikolov and Bengio 2013, arXiv 1211.5063, algorithm 1): gradients
// with a larger norm than the limit are scaled to the limit, and others keep their values.

import type { Graph, Value } from '../graph/graph.js';
import { add } from '../graph/ops/add.js';
import { div } from '../graph/ops/div.js';
import { mul } from '../graph/ops/mul.js';
import { reduceSum } from '../graph/ops/reduce-sum.js';
import { relu } from '../graph/ops/relu.js';
import { sqrt } from '../graph/ops/sqrt.js';
import { sub } from '../graph/ops/sub.js';

/** Gradients after the clipping. */
export interface ClippedGradients {
  readonly gradients: Value[];
  /** The Euclidean norm of all gradients together before the clipping, a scalar. */
  readonly norm: Value;
}

/**
 * Appends the clipping of `gradients` to the norm `limit`. The factor is limit / (limit + max(norm - limit, 0)): 1 up to the
 * limit, and limit / norm above it.
 */
export function clipGradients(graph: Graph, gradients: readonly Value[], limit: number): ClippedGradients {
  const squares = gradients.map((gradient) => reduceSum(graph, mul(graph, gradient, gradient)));
  const norm = sqrt(
    graph,
    squares.reduce((sum, square) => add(graph, sum, square), graph.constant(0)),
  );
  const most = graph.constant(limit);
  const factor = div(graph, most, add(graph, most, relu(graph, sub(graph, norm, most))));
  return { gradients: gradients.map((gradient) => mul(graph, gradient, factor)), norm };
}
