// Inserts zeros between neighbours, which reverses a stride. Used in gradients.

import { fixed, type Graph, type Value } from '../graph.js';
import { expand } from './expand.js';
import { interleave } from './interleave.js';
import { slice } from './slice.js';

/** Inserts `step - 1` zeros between neighbours along the last axis: length n becomes (n - 1) * step + 1. */
export function spread(graph: Graph, x: Value, step: number): Value {
  if (step === 1) return x;
  const axis = x.shape.length - 1;
  const zeros = expand(graph, graph.constant(0), x.shape);
  const phases = [x, ...Array.from({ length: step - 1 }, () => zeros)];
  return slice(graph, interleave(graph, phases), axis, 0, (fixed(x.shape[axis]) - 1) * step + 1);
}
