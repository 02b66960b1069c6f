// Softmax over the last axis (ONNX Softmax).

import type { Graph, Value } from '../graph.js';
import { mul } from './mul.js';
import { reduceSum } from './reduce-sum.js';
import { sub } from './sub.js';

/** Returns e^x / sum(e^x) along the last axis. */
export function softmax(graph: Graph, x: Value): Value {
  const axis = x.shape.length - 1;
  const y = graph.emitOne('Softmax', [x], x, { axis });
  graph.record([x], [y], (d) => {
    const inner = reduceSum(graph, mul(graph, d!, y), [axis], true);
    return [mul(graph, sub(graph, d!, inner), y)];
  });
  return y;
}
