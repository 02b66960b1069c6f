// Adam (Kingma and Ba 2015, arXiv 1412.6980, algorithm 1) with decoupled weight decay (Loshchilov and Hutter 2019,
// arXiv 1711.05101, algorithm 2). All weights decay in the same way, as in PyTorch's AdamW; the related code of Nonaka and
// Seita 2026 uses a decay of 0.01. Bias corrections depend only on the step, so they are computed outside the graph in
// double precision and fed in as part of the step size and epsilon, as at the end of section 2 of Kingma and Ba.

import type { Graph, Value } from '../graph/graph.js';
import { add } from '../graph/ops/add.js';
import { div } from '../graph/ops/div.js';
import { mul } from '../graph/ops/mul.js';
import { sqrt } from '../graph/ops/sqrt.js';
import { sub } from '../graph/ops/sub.js';

/** Constants of Adam. */
export const adamDefaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 } as const;

/** The scalars that one update needs. */
export interface AdamScalars {
  /** learningRate sqrt(1 - beta2^step) / (1 - beta1^step). */
  readonly stepSize: number;
  /** 1e-8 sqrt(1 - beta2^step). */
  readonly epsilon: number;
  /** 1 - learningRate * weightDecay. */
  readonly keep: number;
}

/** Computes the scalars of an update; `step` counts from 1. */
export function adamScalars(
  step: number,
  learningRate: number,
  weightDecay: number = adamDefaults.weightDecay,
): AdamScalars {
  const root = Math.sqrt(1 - adamDefaults.beta2 ** step);
  return {
    stepSize: (learningRate * root) / (1 - adamDefaults.beta1 ** step),
    epsilon: adamDefaults.epsilon * root,
    keep: 1 - learningRate * weightDecay,
  };
}

/** The two moments of a weight. */
export interface AdamMoments {
  readonly first: Value;
  readonly second: Value;
}

/** Appends one update of a weight and returns the new weight and moments. */
export function adamUpdate(
  graph: Graph,
  weight: Value,
  gradient: Value,
  moments: AdamMoments,
  scalars: Readonly<Record<keyof AdamScalars, Value>>,
): AdamMoments & { readonly weight: Value } {
  const { beta1, beta2 } = adamDefaults;
  const number = (value: number) => graph.constant(value);
  const first = add(graph, mul(graph, moments.first, number(beta1)), mul(graph, gradient, number(1 - beta1)));
  const square = mul(graph, mul(graph, gradient, gradient), number(1 - beta2));
  const second = add(graph, mul(graph, moments.second, number(beta2)), square);
  const root = add(graph, sqrt(graph, second), scalars.epsilon);
  const change = div(graph, mul(graph, first, scalars.stepSize), root);
  return { first, second, weight: sub(graph, mul(graph, weight, scalars.keep), change) };
}
