// Where: a choice by element. The condition gets no gradient.

import type { Graph, Value } from '../graph.js';
import { broadcastShape, unbroadcast } from './broadcast.js';

/** condition ? a : b; the condition has the broadcast's full shape. */
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
