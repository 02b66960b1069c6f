// Element-wise negation (ONNX Neg).

import type { Graph, Value } from '../graph.js';

/** Returns -x. */
export function neg(graph: Graph, x: Value): Value {
  const y = graph.emitOne('Neg', [x], x);
  graph.record([x], [y], (d) => [neg(graph, d!)]);
  return y;
}
