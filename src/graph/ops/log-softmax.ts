// Logarithm of softmax over the last axis (ONNX LogSoftmax). The operator of the runtime does not overflow.

import type { Graph, Value } from '../graph.js';
import { exp } from './exp.js';
import { mul } from './mul.js';
import { reduceSum } from './reduce-sum.js';
import { sub } from './sub.js';

/** Returns x - ln(sum(e^x)) along the last axis. */
export function logSoftmax(graph: Graph, x: Value): Value {
  const axis = x.shape.length - 1;
  const y = graph.emitOne('LogSoftmax', [x], x, { axis });
  graph.record([x], [y], (d) => {
    const total = reduceSum(graph, d!, [axis], true);
    return [sub(graph, d!, mul(graph, exp(graph, y), total))];
  });
  return y;
}
