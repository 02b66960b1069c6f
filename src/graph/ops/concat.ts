// Concatenation along one axis (ONNX Concat).

import { fixed, type Graph, graphError, type Value } from '../graph.js';
import { slice } from './slice.js';

/**
 * Concatenates the parts along `axis`.
 *
 * @throws PqrstError ERR_GRAPH: when their other dimensions differ.
 */
export function concat(graph: Graph, parts: readonly Value[], axis: number): Value {
  const [first] = parts;
  if (first === undefined) throw graphError('concat takes at least one part, got none');
  for (const part of parts) {
    const fits = part.shape.length === first.shape.length;
    if (!fits || part.shape.some((dim, at) => at !== axis && dim !== first.shape[at])) {
      throw graphError(
        `concat along ${axis}: ${part.name} [${part.shape.join(', ')}] does not fit [${first.shape.join(', ')}]`,
      );
    }
  }
  const lengths = parts.map((part) => fixed(part.shape[axis]));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const shape = first.shape.map((dim, at) => (at === axis ? total : dim));
  const y = graph.emitOne('Concat', parts, { dtype: first.dtype, shape }, { axis });
  graph.record(parts, [y], (d) => {
    let end = 0;
    return lengths.map((length) => {
      end += length;
      return slice(graph, d!, axis, end - length, end);
    });
  });
  return y;
}
