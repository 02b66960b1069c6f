// Element-wise exponential function (ONNX Exp).

import type { Graph, Value } from '../graph.js';
import { mul } from './mul.js';

/** Returns e^x. */
export function exp(graph: Graph, x: Value): Value {
  const y = graph.emitOne('Exp', [x], x);
  graph.record([x], [y], (d) => [mul(graph, d!, y)]);
  return y;
}
