// Stochastic depth (Huang et al. 2016, arXiv 1603.09382) by record: a residual branch is dropped whole. The draw comes
// from outside, uniform in [0, 1), one by record. Scaled in training, as torchvision does, so that inference has nothing
// to do.

import { type Graph, graphError, type Value } from '../graph.js';
import { mul } from './mul.js';
import { where } from './where.js';

/** x [B, ...] / (1 - rate) where `uniforms` [B, 1, ...] >= rate, else 0. */
export function stochasticDepth(graph: Graph, x: Value, uniforms: Value, rate: number): Value {
  if (!(rate >= 0 && rate < 1)) throw graphError(`stochasticDepth takes a rate in [0, 1), got ${rate}`);
  const { shape } = uniforms;
  const isKept = graph.emitOne('GreaterOrEqual', [uniforms, graph.constant(rate)], { dtype: 'bool', shape });
  return mul(graph, x, where(graph, isKept, graph.constant(1 / (1 - rate)), graph.constant(0)));
}
