// Element-wise multiplication with broadcasting (ONNX Mul).

import type { Graph, Value } from '../graph.js';
import { elementwise, unbroadcast } from './broadcast.js';

/** Returns a * b. */
export function mul(graph: Graph, a: Value, b: Value): Value {
  const product = elementwise(graph, 'Mul', a, b);
  graph.record([a, b], [product], (d) => [
    unbroadcast(graph, mul(graph, d!, b), a),
    unbroadcast(graph, mul(graph, d!, a), b),
  ]);
  return product;
}
