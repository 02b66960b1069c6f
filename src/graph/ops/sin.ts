// Element-wise sine (ONNX Sin) of an argument in radians.

import type { Graph, Value } from '../graph.js';
import { cos } from './cos.js';
import { mul } from './mul.js';

/** Returns sin x. */
export function sin(graph: Graph, x: Value): Value {
  const y = graph.emitOne('Sin', [x], x);
  graph.record([x], [y], (d) => [mul(graph, d!, cos(graph, x))]);
  return y;
}
