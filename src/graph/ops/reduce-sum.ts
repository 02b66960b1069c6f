// ReduceSum over some axes.

import type { Graph, Shape, Value } from '../graph.js';
import { expand } from './expand.js';
import { reshape } from './reshape.js';

/** The shape that a reduction over `axes` leaves. */
export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  return keepDims
    ? shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
    : shape.filter((_, axis) => !axes.includes(axis));
}

/** The sum over `axes` (all where absent); with `keepDims` they stay as ones. */
export function reduceSum(
  graph: Graph,
  x: Value,
  axes: readonly number[] = x.shape.map((_, axis) => axis),
  keepDims = false,
): Value {
  const shape = reducedShape(x.shape, axes, keepDims);
  const y = graph.emitOne(
    'ReduceSum',
    [x, graph.integers(axes)],
    { dtype: x.dtype, shape },
    { keepdims: Number(keepDims) },
  );
  graph.record([x], [y], (d) => [
    expand(graph, reshape(graph, d!, reducedShape(x.shape, axes, true)), x.shape),
  ]);
  return y;
}
