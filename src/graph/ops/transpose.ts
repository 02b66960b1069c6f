// Permutation of the axes (ONNX Transpose).

import { type Graph, graphError, type Value } from '../graph.js';

/** Permutes the axes: axis i of the result is axis `order[i]` of `x`. */
export function transpose(graph: Graph, x: Value, order: readonly number[]): Value {
  if (order.length !== x.shape.length || new Set(order).size !== order.length) {
    throw graphError(`transpose by [${order.join(', ')}] does not fit ${x.name} [${x.shape.join(', ')}]`);
  }
  const shape = order.map((axis) => x.shape[axis]!);
  const y = graph.emitOne('Transpose', [x], { dtype: x.dtype, shape }, { perm: order });
  graph.record([x], [y], (d) => [
    transpose(
      graph,
      d!,
      order.map((_, axis) => order.indexOf(axis)),
    ),
  ]);
  return y;
}

/** Exchanges the last two axes. */
export function flip(graph: Graph, x: Value): Value {
  const rank = x.shape.length;
  const order = x.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
  return transpose(graph, x, order);
}
