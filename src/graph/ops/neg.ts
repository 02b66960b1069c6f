// Neg, element by element.

import type { Graph, Value } from '../graph.js';

/** -x. */
export function neg(graph: Graph, x: Value): Value {
  const y = graph.emitOne('Neg', [x], x);
  graph.record([x], [y], (d) => [neg(graph, d!)]);
  return y;
}
