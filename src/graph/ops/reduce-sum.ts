// Sum over some axes (ONNX ReduceSum).

import type { Graph, Shape, Value } from '../graph.js';
import { expand } from './expand.js';
import { reshape } from './reshape.js';

/** Returns the shape after a reduction over `axes`. */
export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  return keepDims
    ? shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
    : shape.filter((_, axis) => !axes.includes(axis));
}

/** Returns the sum over `axes`, by default over all. With `keepDims` these axes remain with size 1. */
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
