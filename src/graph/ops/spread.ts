// Zeros between neighbours: what undoes a stride. For use in gradients; zeros are laid out behind the values and then
// interleaved by a Transpose, which the runtime does far faster than padding element by element.

import { fixed, type Graph, type Value } from '../graph.js';
import { interleave } from './interleave.js';
import { pad } from './pad.js';
import { reshape } from './reshape.js';
import { slice } from './slice.js';

/** Puts `step - 1` zeros between neighbours along the last axis: length n becomes (n - 1) * step + 1. */
export function spread(graph: Graph, x: Value, step: number): Value {
  if (step === 1) return x;
  const axis = x.shape.length - 1;
  const count = fixed(x.shape[axis]);
  const phases = pad(graph, reshape(graph, x, [...x.shape.slice(0, axis), 1, count]), axis, 0, step - 1);
  return slice(graph, interleave(graph, phases), axis, 0, (count - 1) * step + 1);
}
