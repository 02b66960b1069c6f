// Another shape for the same elements in row-major order (ONNX Reshape). At most one dimension may be free.

import { type Graph, graphError, type Shape, sizeOf, type Value } from '../graph.js';

/**
 * Reshapes `x` to `shape`.
 *
 * @throws PqrstError ERR_GRAPH: when the numbers of elements differ.
 */
export function reshape(graph: Graph, x: Value, shape: Shape): Value {
  if (shape.length === x.shape.length && shape.every((dim, axis) => dim === x.shape[axis])) return x;
  const [from, to] = [x.shape, shape].map((dims) => [
    sizeOf(dims.filter((dim) => typeof dim === 'number')),
    dims.filter((dim) => typeof dim === 'string').join(),
  ]);
  if (String(from) !== String(to)) {
    throw graphError(`${x.name} [${x.shape.join(', ')}] cannot be reshaped to [${shape.join(', ')}]`);
  }
  const target = graph.integers(shape.map((dim) => (typeof dim === 'number' ? dim : -1)));
  const y = graph.emitOne('Reshape', [x, target], { dtype: x.dtype, shape });
  graph.record([x], [y], (d) => [reshape(graph, d!, x.shape)]);
  return y;
}
