// Zeros between neighbours: what undoes a stride. A composite of Reshape and Pad, for use in gradients.

import { fixed, type Graph, type Value } from '../graph.js';
import { pad } from './pad.js';
import { reshape } from './reshape.js';
import { slice } from './slice.js';

/** Puts `step - 1` zeros between neighbours along `axis`: length n becomes (n - 1) * step + 1. */
export function spread(graph: Graph, x: Value, axis: number, step: number): Value {
  if (step === 1) return x;
  const count = fixed(x.shape[axis]);
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const apart = pad(graph, reshape(graph, x, [...before, count, 1, ...after]), axis + 1, 0, step - 1);
  return slice(
    graph,
    reshape(graph, apart, [...before, count * step, ...after]),
    axis,
    0,
    (count - 1) * step + 1,
  );
}
