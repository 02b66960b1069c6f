// Inverted dropout (Srivastava et al. 2014, JMLR 15). The draw comes from outside, uniform in [0, 1), one by element:
// the graph has no generator of its own.

import { type Graph, graphError, type Value } from '../graph.js';
import { mul } from './mul.js';
import { where } from './where.js';

/** x / (1 - rate) where `uniforms` >= rate, else 0. */
export function dropout(graph: Graph, x: Value, uniforms: Value, rate: number): Value {
  if (!(rate >= 0 && rate < 1)) throw graphError(`dropout takes a rate in [0, 1), got ${rate}`);
  const isKept = graph.emitOne('GreaterOrEqual', [uniforms, graph.constant(rate)], {
    dtype: 'bool',
    shape: x.shape,
  });
  const mask = where(graph, isKept, graph.constant(1 / (1 - rate)), graph.constant(0));
  return mul(graph, x, mask);
}
