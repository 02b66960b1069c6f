// Element-wise addition with broadcasting (ONNX Add).

import type { Graph, Value } from '../graph.js';
import { elementwise, unbroadcast } from './broadcast.js';

/** Returns a + b. */
export function add(graph: Graph, a: Value, b: Value): Value {
  const sum = elementwise(graph, 'Add', a, b);
  graph.record([a, b], [sum], (d) => [unbroadcast(graph, d!, a), unbroadcast(graph, d!, b)]);
  return sum;
}
