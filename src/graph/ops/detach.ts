// A value that counts as a constant in gradients (ONNX Identity without a gradient). Straight-through estimator:
// z + detach(q - z) has the value q and the gradient of z (Bengio et al. 2013, arXiv 1308.3432).

import type { Graph, Value } from '../graph.js';

/** Returns the values of `x`, through which no gradient flows. The graph lists them for engines that differentiate. */
export function detach(graph: Graph, x: Value): Value {
  const y = graph.emitOne('Identity', [x], x);
  if (!graph.detached.includes(y)) graph.detached.push(y);
  return y;
}
