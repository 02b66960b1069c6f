// Inverted dropout (Srivastava et al. 2014, JMLR 15). The caller supplies one uniform number in [0, 1) per element, because
// the graph has no random generator.

import { type Graph, graphError, type Value } from '../graph.js';
import { mul } from './mul.js';
import { where } from './where.js';

/** Returns x / (1 - rate) where `uniforms` >= rate, and 0 elsewhere. */
export function dropout(graph: Graph, x: Value, uniforms: Value, rate: number): Value {
  if (!(rate >= 0 && rate < 1)) throw graphError(`dropout takes a rate in [0, 1), got ${rate}`);
  const isKept = graph.emitOne('GreaterOrEqual', [uniforms, graph.constant(rate)], {
    dtype: 'bool',
    shape: x.shape,
  });
  const mask = where(graph, isKept, graph.constant(1 / (1 - rate)), graph.constant(0));
  return mul(graph, x, mask);
}
