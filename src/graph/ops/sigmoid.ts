// Element-wise logistic function (ONNX Sigmoid).

import type { Graph, Value } from '../graph.js';
import { mul } from './mul.js';
import { sub } from './sub.js';

/** Returns 1 / (1 + e^-x). */
export function sigmoid(graph: Graph, x: Value): Value {
  const y = graph.emitOne('Sigmoid', [x], x);
  graph.record([x], [y], (d) => [mul(graph, mul(graph, d!, y), sub(graph, graph.constant(1), y))]);
  return y;
}
