// Relu. Its derivative at 0 is 0.

import type { Graph, Value } from '../graph.js';
import { where } from './where.js';

/** max(x, 0). */
export function relu(graph: Graph, x: Value): Value {
  const y = graph.emitOne('Relu', [x], x);
  graph.record([x], [y], (d) => {
    const positive = graph.emitOne('Greater', [y, graph.constant(0)], { dtype: 'bool', shape: y.shape });
    return [where(graph, positive, d!, graph.constant(0))];
  });
  return y;
}
