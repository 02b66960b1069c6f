// Relu. Its derivative at 0 is 0.

import type { Graph, Value } from '../graph.js';
import { cast } from './cast.js';
import { mul } from './mul.js';

/** max(x, 0). */
export function relu(graph: Graph, x: Value): Value {
  const y = graph.emitOne('Relu', [x], x);
  graph.record([x], [y], (d) => {
    const positive = graph.emitOne('Greater', [y, graph.constant(0)], { dtype: 'bool', shape: y.shape });
    // A product, because the runtime's Where runs on one thread.
    return [mul(graph, d!, cast(graph, positive, 'float32'))];
  });
  return y;
}
