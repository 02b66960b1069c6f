// SiLU, also called swish: x sigmoid(x) (Elfwing et al. 2017, arXiv 1702.03118, equation 4). Consists of Sigmoid and Mul,
// which the runtime fuses in inference.

import type { Graph, Value } from '../graph.js';
import { add } from './add.js';
import { mul } from './mul.js';
import { sub } from './sub.js';

/** Returns y = x / (1 + e^-x). With s = sigmoid(x), its derivative is s + y (1 - s). */
export function silu(graph: Graph, x: Value): Value {
  const s = graph.emitOne('Sigmoid', [x], x);
  const y = graph.emitOne('Mul', [x, s], x);
  graph.record([x], [y], (d) => {
    const slope = add(graph, s, mul(graph, y, sub(graph, graph.constant(1), s)));
    return [mul(graph, d!, slope)];
  });
  return y;
}
