// Element-wise softplus (ONNX Softplus). The operator of the runtime does not overflow.

import type { Graph, Value } from '../graph.js';
import { mul } from './mul.js';
import { sigmoid } from './sigmoid.js';

/** Returns ln(1 + e^x). */
export function softplus(graph: Graph, x: Value): Value {
  const y = graph.emitOne('Softplus', [x], x);
  graph.record([x], [y], (d) => [mul(graph, d!, sigmoid(graph, x))]);
  return y;
}
