// Padding along one axis (ONNX Pad), by default with zeros.

import { fixed, type Graph, graphError, type Value } from '../graph.js';
import { slice } from './slice.js';

/** Adds `before` and `after` elements of `filler` along `axis`. */
export function pad(graph: Graph, x: Value, axis: number, before: number, after: number, filler = 0): Value {
  if (before === 0 && after === 0) return x;
  const length = fixed(x.shape[axis]);
  if (before < 0 || after < 0) throw graphError(`pad takes counts of at least 0, got ${before} and ${after}`);
  const shape = x.shape.map((dim, at) => (at === axis ? length + before + after : dim));
  const counts = [before, after].flatMap((count) => x.shape.map((_, at) => (at === axis ? count : 0)));
  const inputs = [x, graph.integers(counts), ...(filler === 0 ? [] : [graph.constant(filler)])];
  const y = graph.emitOne('Pad', inputs, { dtype: x.dtype, shape });
  graph.record([x], [y], (d) => [slice(graph, d!, axis, before, before + length)]);
  return y;
}
