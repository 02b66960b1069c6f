// Element-wise cosine (ONNX Cos) of an argument in radians.

import type { Graph, Value } from '../graph.js';
import { mul } from './mul.js';
import { neg } from './neg.js';
import { sin } from './sin.js';

/** Returns cos x. */
export function cos(graph: Graph, x: Value): Value {
  const y = graph.emitOne('Cos', [x], x);
  graph.record([x], [y], (d) => [neg(graph, mul(graph, d!, sin(graph, x)))]);
  return y;
}
