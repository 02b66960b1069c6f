// Layer normalisation over the last axis (Ba, Kiros and Hinton 2016, arXiv 1607.06450, eq. 3).

import { fixed, type Graph, graphError, type Signature, type Value } from '../graph.js';
import { mul } from './mul.js';
import { reduceMean } from './reduce-mean.js';
import { reduceSum } from './reduce-sum.js';
import { sub } from './sub.js';

const epsilon = 1e-5;

/** Returns the result of `layerNorm`, without the gradient and the values that only the gradient needs. */
export function layerNormInference(graph: Graph, x: Value, gamma: Value, beta: Value): Value {
  return layerNormNode(graph, x, gamma, beta, [])[0]!;
}

/** Returns gamma (x - mean) / sqrt(variance + 1e-5) + beta, with statistics over the last axis and gamma, beta [F]. */
export function layerNorm(graph: Graph, x: Value, gamma: Value, beta: Value): Value {
  const axis = x.shape.length - 1;
  const perRow = { dtype: x.dtype, shape: [...x.shape.slice(0, -1), 1] };
  const [y, mean, inverse] = layerNormNode(graph, x, gamma, beta, [perRow, perRow]);
  graph.record([x, gamma, beta], [y!], (dOut) => {
    const d = dOut!;
    const normal = mul(graph, sub(graph, x, mean!), inverse!);
    const rows = x.shape.map((_, at) => at).slice(0, -1);
    const scaled = mul(graph, d, gamma);
    // dx = inverse (g - mean(g) - normal mean(g normal)), g = gamma d
    const tilt = mul(graph, normal, reduceMean(graph, mul(graph, scaled, normal), [axis], true));
    const level = sub(graph, scaled, reduceMean(graph, scaled, [axis], true));
    const dX = mul(graph, sub(graph, level, tilt), inverse!);
    return [dX, reduceSum(graph, mul(graph, d, normal), rows), reduceSum(graph, d, rows)];
  });
  return y!;
}

function layerNormNode(
  graph: Graph,
  x: Value,
  gamma: Value,
  beta: Value,
  statistics: readonly Signature[],
): Value[] {
  const features = fixed(x.shape.at(-1));
  if ([gamma, beta].some(({ shape }) => shape.length !== 1 || shape[0] !== features)) {
    throw graphError(
      `layerNorm of ${x.name} [${x.shape.join(', ')}] takes gamma and beta of [${features}], ` +
        `got [${gamma.shape.join(', ')}] and [${beta.shape.join(', ')}]`,
    );
  }
  const attributes = { axis: x.shape.length - 1, epsilon: { float: epsilon } };
  return graph.emit('LayerNormalization', [x, gamma, beta], [x, ...statistics], attributes);
}
