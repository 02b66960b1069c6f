// Element-wise subtraction with broadcasting (ONNX Sub).

import type { Graph, Value } from '../graph.js';
import { elementwise, unbroadcast } from './broadcast.js';
import { neg } from './neg.js';

/** Returns a - b. */
export function sub(graph: Graph, a: Value, b: Value): Value {
  const difference = elementwise(graph, 'Sub', a, b);
  graph.record([a, b], [difference], (d) => [
    unbroadcast(graph, d!, a),
    neg(graph, unbroadcast(graph, d!, b)),
  ]);
  return difference;
}
