// Element-wise natural logarithm (ONNX Log).

import type { Graph, Value } from '../graph.js';
import { div } from './div.js';

/** Returns ln x. */
export function log(graph: Graph, x: Value): Value {
  const y = graph.emitOne('Log', [x], x);
  graph.record([x], [y], (d) => [div(graph, d!, x)]);
  return y;
}
