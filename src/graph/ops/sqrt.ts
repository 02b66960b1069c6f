// Element-wise square root (ONNX Sqrt).

import type { Graph, Value } from '../graph.js';
import { div } from './div.js';
import { mul } from './mul.js';

/** Returns the square root. Its gradient at 0 is infinite. */
export function sqrt(graph: Graph, x: Value): Value {
  const y = graph.emitOne('Sqrt', [x], x);
  graph.record([x], [y], (d) => [div(graph, mul(graph, d!, graph.constant(0.5)), y)]);
  return y;
}
