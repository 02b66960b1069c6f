// Reversal of one axis, as a Gather with descending indices.

import { fixed, type Graph, type Value } from '../graph.js';

/** Reverses `axis`: element i of the result is element length - 1 - i of `x`. */
export function reverse(graph: Graph, x: Value, axis: number): Value {
  const length = fixed(x.shape[axis]);
  if (length === 1) return x;
  const indices = graph.integers(Array.from({ length }, (_, at) => length - 1 - at));
  const y = graph.emitOne('Gather', [x, indices], x, { axis });
  graph.record([x], [y], (d) => [reverse(graph, d!, axis)]);
  return y;
}
