// Adam (Kingma and Ba 2015, arXiv 1412.6980, algorithm 1) with decoupled weight decay (Loshchilov and Hutter 2019,
// arXiv 1711.05101, algorithm 2), on every weight alike, as PyTorch's AdamW: the paper's related code decays by 0.01.
// Bias corrections depend on the step alone, so they are computed outside in double precision and fed in, folded into
// the step size and epsilon as at the end of the paper's section 2.

import type { Graph, Value } from '../graph/graph.js';
import { add } from '../graph/ops/add.js';
import { div } from '../graph/ops/div.js';
import { mul } from '../graph/ops/mul.js';
import { sqrt } from '../graph/ops/sqrt.js';
import { sub } from '../graph/ops/sub.js';

export const adamDefaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 } as const;

/** Scalars of one update. */
export interface AdamScalars {
  /** learningRate sqrt(1 - beta2^step) / (1 - beta1^step). */
  readonly stepSize: number;
  /** 1e-8 sqrt(1 - beta2^step). */
  readonly epsilon: number;
  /** 1 - learningRate * weightDecay. */
  readonly keep: number;
}

/** `step` counts from 1. */
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

export interface AdamMoments {
  readonly first: Value;
  readonly second: Value;
}

/** The weight and its moments after one step. */
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
