// Repetition along dimensions of size 1 (ONNX Expand).

import { type Graph, type Shape, sizeOf, type Value } from '../graph.js';
import { unbroadcast } from './broadcast.js';

/** Repeats `x` to the static `shape`. */
export function expand(graph: Graph, x: Value, shape: Shape): Value {
  if (shape.length === x.shape.length && shape.every((dim, axis) => dim === x.shape[axis])) return x;
  sizeOf(shape);
  const y = graph.emitOne('Expand', [x, graph.integers(shape as number[])], { dtype: x.dtype, shape });
  graph.record([x], [y], (d) => [unbroadcast(graph, d!, x)]);
  return y;
}
