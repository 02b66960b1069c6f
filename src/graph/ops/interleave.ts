// Interleaves phases to a signal: the inverse of reading a signal with a stride.

import { fixed, type Graph, type Value } from '../graph.js';
import { concat } from './concat.js';
import { reshape } from './reshape.js';

/** Interleaves phases [..., n] to [..., n * phases]: element j of phase r moves to j * phases + r. */
export function interleave(graph: Graph, phases: readonly Value[]): Value {
  const shape = phases[0]!.shape;
  const axis = shape.length;
  // Phases become columns side by side: the runtime needs a sixth of the time of a Transpose of rows.
  const columns = phases.map((phase) => reshape(graph, phase, [...shape, 1]));
  const length = fixed(shape[axis - 1]) * phases.length;
  return reshape(graph, concat(graph, columns, axis), [...shape.slice(0, -1), length]);
}
