// Rectified linear unit (ONNX Relu). Its derivative at 0 is 0, as in PyTorch.

import type { Graph, Value } from '../graph.js';
import { cast } from './cast.js';
import { mul } from './mul.js';

/** Returns max(x, 0). */
export function relu(graph: Graph, x: Value): Value {
  const y = graph.emitOne('Relu', [x], x);
  graph.record([x], [y], (d) => {
    const positive = graph.emitOne('Greater', [y, graph.constant(0)], { dtype: 'bool', shape: y.shape });
    // A product with a mask, because Where runs on a single thread in the runtime.
    return [mul(graph, d!, cast(graph, positive, 'float32'))];
  });
  return y;
}
