// Split along one axis (ONNX Split): one node for all parts, where slices would need one node per part.

import { fixed, type Graph, graphError, type Value } from '../graph.js';
import { concat } from './concat.js';
import { expand } from './expand.js';

/** Splits `axis` into consecutive parts with these lengths, whose sum is the length of the axis. */
export function split(graph: Graph, x: Value, axis: number, lengths: readonly number[]): Value[] {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (total !== fixed(x.shape[axis]) || lengths.some((length) => length < 1)) {
    throw graphError(
      `split into ${lengths.join(', ')} does not fit axis ${axis} of ${x.name} [${x.shape.join(', ')}]`,
    );
  }
  if (lengths.length === 1) return [x];
  const signatures = lengths.map((length) => ({
    dtype: x.dtype,
    shape: x.shape.map((dim, at) => (at === axis ? length : dim)),
  }));
  const parts = graph.emit('Split', [x, graph.integers(lengths)], signatures, { axis });
  graph.record([x], parts, (...dParts) => {
    const filled = dParts.map((d, at) => d ?? expand(graph, graph.constant(0), signatures[at]!.shape));
    return [concat(graph, filled, axis)];
  });
  return parts;
}
