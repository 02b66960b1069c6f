// Phases to a signal: the inverse of reading it with a stride. A composite of Transpose and Reshape.

import { fixed, type Graph, type Value } from '../graph.js';
import { reshape } from './reshape.js';
import { transpose } from './transpose.js';

/** [..., phases, n] -> [..., n * phases]: element j of phase r comes to j * phases + r. */
export function interleave(graph: Graph, x: Value): Value {
  const rank = x.shape.length;
  const order = x.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
  const length = fixed(x.shape[rank - 1]) * fixed(x.shape[rank - 2]);
  return reshape(graph, transpose(graph, x, order), [...x.shape.slice(0, rank - 2), length]);
}
