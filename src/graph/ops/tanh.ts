// Element-wise hyperbolic tangent (ONNX Tanh).

import type { Graph, Value } from '../graph.js';
import { mul } from './mul.js';
import { sub } from './sub.js';

/** Returns (e^x - e^-x) / (e^x + e^-x). */
export function tanh(graph: Graph, x: Value): Value {
  const y = graph.emitOne('Tanh', [x], x);
  graph.record([x], [y], (d) => [mul(graph, d!, sub(graph, graph.constant(1), mul(graph, y, y)))]);
  return y;
}
