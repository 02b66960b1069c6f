// Slice along one axis with a step (ONNX Slice).

import { fixed, type Graph, graphError, type Value } from '../graph.js';
import { pad } from './pad.js';
import { spread } from './spread.js';
import { transpose } from './transpose.js';

/** Returns the elements start, start + step, ... below `end` of `axis`. */
export function slice(graph: Graph, x: Value, axis: number, start: number, end: number, step = 1): Value {
  const length = fixed(x.shape[axis]);
  if (start < 0 || end > length || end <= start || step < 1) {
    throw graphError(
      `slice ${start}:${end}:${step} is outside axis ${axis} of ${x.name} [${x.shape.join(', ')}]`,
    );
  }
  if (start === 0 && end === length && step === 1) return x;
  const count = Math.ceil((end - start) / step);
  const shape = x.shape.map((dim, at) => (at === axis ? count : dim));
  const bounds = [[start], [end], [axis], [step]].map((bound) => graph.integers(bound));
  const y = graph.emitOne('Slice', [x, ...bounds], { dtype: x.dtype, shape });
  graph.record([x], [y], (d) => {
    const spaced = spreadAlong(graph, d!, axis, step);
    return [pad(graph, spaced, axis, start, length - start - fixed(spaced.shape[axis]))];
  });
  return y;
}

/** Applies `spread` to any axis, by transposing it to the last axis and back. */
function spreadAlong(graph: Graph, x: Value, axis: number, step: number): Value {
  const last = x.shape.length - 1;
  if (step === 1 || axis === last) return spread(graph, x, step);
  const order = x.shape.map((_, at) => (at === axis ? last : at === last ? axis : at));
  return transpose(graph, spread(graph, transpose(graph, x, order), step), order);
}
