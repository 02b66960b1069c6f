// Element-wise division with broadcasting (ONNX Div).

import type { Graph, Value } from '../graph.js';
import { elementwise, unbroadcast } from './broadcast.js';
import { mul } from './mul.js';
import { neg } from './neg.js';

/** Returns a / b. */
export function div(graph: Graph, a: Value, b: Value): Value {
  const quotient = elementwise(graph, 'Div', a, b);
  graph.record([a, b], [quotient], (d) => {
    const perB = div(graph, d!, b);
    return [unbroadcast(graph, perB, a), neg(graph, unbroadcast(graph, mul(graph, perB, quotient), b))];
  });
  return quotient;
}
