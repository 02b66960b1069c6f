// Stochastic depth (Huang et al. 2016, arXiv 1603.09382): drops a whole residual branch for some records. The caller
// supplies one uniform number in [0, 1) per record. Kept branches are scaled in training, as in torchvision, so that
// inference does not need the operator.

import { type Graph, graphError, type Value } from '../graph.js';
import { mul } from './mul.js';
import { where } from './where.js';

/** Returns x [B, ...] / (1 - rate) where `uniforms` [B, 1, ...] >= rate, and 0 elsewhere. */
export function stochasticDepth(graph: Graph, x: Value, uniforms: Value, rate: number): Value {
  if (!(rate >= 0 && rate < 1)) throw graphError(`stochasticDepth takes a rate in [0, 1), got ${rate}`);
  const { shape } = uniforms;
  const isKept = graph.emitOne('GreaterOrEqual', [uniforms, graph.constant(rate)], { dtype: 'bool', shape });
  return mul(graph, x, where(graph, isKept, graph.constant(1 / (1 - rate)), graph.constant(0)));
}
