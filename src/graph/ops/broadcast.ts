// Shared parts of the binary element-wise operators: the shape of a broadcast, and its gradient.

import { type Graph, graphError, type Shape, type Value } from '../graph.js';
import { reduceSum } from './reduce-sum.js';
import { reshape } from './reshape.js';

/**
 * Returns the shape of a broadcast by NumPy's rules.
 *
 * @throws PqrstError ERR_GRAPH: when the shapes cannot be broadcast together.
 */
export function broadcastShape(operator: string, a: Value, b: Value): Shape {
  const rank = Math.max(a.shape.length, b.shape.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a.shape[axis - rank + a.shape.length] ?? 1;
    const right = b.shape[axis - rank + b.shape.length] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw graphError(
      `${operator} cannot broadcast ${a.name} [${a.shape.join(', ')}] with ${b.name} [${b.shape.join(', ')}]`,
    );
  });
}

/** Appends an element-wise node with two inputs. */
export function elementwise(graph: Graph, type: string, a: Value, b: Value): Value {
  const inputs = [besides(graph, a, b), besides(graph, b, a)];
  return graph.emitOne(type, inputs, { dtype: a.dtype, shape: broadcastShape(type, a, b) });
}

/**
 * Reshapes a scalar to [1, 1] if the last axis of the other tensor has one element (the weights of a 1-tap convolution).
 * Otherwise the runtime processes that tensor element by element, which takes twenty times as long.
 */
function besides(graph: Graph, value: Value, other: Value): Value {
  const isScalar = value.shape.length === 0 && other.shape.length > 1 && other.shape.at(-1) === 1;
  return isScalar ? graph.unrecorded(() => reshape(graph, value, [1, 1])) : value;
}

/** Sums a gradient over the axes along which its value was repeated. */
export function unbroadcast(graph: Graph, gradient: Value, value: Value): Value {
  const lead = gradient.shape.length - value.shape.length;
  const axes = gradient.shape
    .map((dim, axis) => ((axis < lead ? 1 : value.shape[axis - lead]) !== dim ? axis : -1))
    .filter((axis) => axis >= 0);
  const leading = Array.from({ length: lead }, (_, axis) => axis);
  const summed = [...new Set([...leading, ...axes])];
  if (summed.length === 0) return gradient;
  return reshape(graph, reduceSum(graph, gradient, summed, true), value.shape);
}
