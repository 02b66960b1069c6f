// Add, element by element with broadcasting.

import type { Graph, Value } from '../graph.js';
import { elementwise, unbroadcast } from './broadcast.js';

/** a + b. */
export function add(graph: Graph, a: Value, b: Value): Value {
  const sum = elementwise(graph, 'Add', a, b);
  graph.record([a, b], [sum], (d) => [unbroadcast(graph, d!, a), unbroadcast(graph, d!, b)]);
  return sum;
}
