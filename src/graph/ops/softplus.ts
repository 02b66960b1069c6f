// Softplus, element by element, in the form that overflows nowhere (the runtime's own operator is that form).

import type { Graph, Value } from '../graph.js';
import { mul } from './mul.js';
import { sigmoid } from './sigmoid.js';

/** ln(1 + e^x). */
export function softplus(graph: Graph, x: Value): Value {
  const y = graph.emitOne('Softplus', [x], x);
  graph.record([x], [y], (d) => [mul(graph, d!, sigmoid(graph, x))]);
  return y;
}
