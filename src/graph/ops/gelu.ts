// Gaussian error linear unit (Hendrycks and Gimpel 2016, arXiv 1606.08415, section 2), computed with erf and not with the
// tanh approximation. Opset 18 has no Gelu operator; runtimes fuse these nodes, in this order, into one operator.

import type { Graph, Value } from '../graph.js';
import { add } from './add.js';
import { div } from './div.js';
import { exp } from './exp.js';
import { mul } from './mul.js';

/** Returns x Phi(x) = 0.5 x (1 + erf(x / sqrt 2)), where Phi is the cumulative normal distribution. */
export function gelu(graph: Graph, x: Value): Value {
  const twicePhi = graph.unrecorded(() => {
    const erf = graph.emitOne('Erf', [div(graph, x, graph.constant(Math.SQRT2))], x);
    return add(graph, erf, graph.constant(1));
  });
  const y = graph.unrecorded(() => mul(graph, mul(graph, x, twicePhi), graph.constant(0.5)));
  graph.record([x], [y], (d) => {
    // Phi(x) + x phi(x), phi(x) = e^(-x^2 / 2) / sqrt(2 pi)
    const density = exp(graph, mul(graph, mul(graph, x, x), graph.constant(-0.5)));
    const slope = add(
      graph,
      mul(graph, twicePhi, graph.constant(0.5)),
      mul(graph, mul(graph, x, density), graph.constant(1 / Math.sqrt(2 * Math.PI))),
    );
    return [mul(graph, d!, slope)];
  });
  return y;
}
