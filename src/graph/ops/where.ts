// Element-wise choice between two values (ONNX Where). The condition has no gradient.

import type { Graph, Value } from '../graph.js';
import { broadcastShape, unbroadcast } from './broadcast.js';

/** Returns a where the condition is true and b elsewhere. The condition has the full shape of the broadcast. */
export function where(graph: Graph, condition: Value, a: Value, b: Value): Value {
  broadcastShape('Where', condition, a);
  broadcastShape('Where', condition, b);
  const y = graph.emitOne('Where', [condition, a, b], { dtype: a.dtype, shape: condition.shape });
  graph.record([a, b], [y], (d) => [
    unbroadcast(graph, where(graph, condition, d!, graph.constant(0)), a),
    unbroadcast(graph, where(graph, condition, graph.constant(0), d!), b),
  ]);
  return y;
}
