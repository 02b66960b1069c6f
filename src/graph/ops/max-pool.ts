// Maximum over a sliding window, x [B, C, L] -> [B, C, Lo] (ONNX MaxPool). Padding is never the maximum. The first of equal
// taps of a window receives the whole gradient, as in PyTorch, so the result does not depend on the engine.

import { fixed, type Graph, graphError, type Value } from '../graph.js';
import { add } from './add.js';
import { pad } from './pad.js';
import { slice } from './slice.js';
import { spread } from './spread.js';
import { where } from './where.js';

/** Options of max pooling, in samples. */
export interface MaxPoolOptions {
  readonly kernel: number;
  readonly stride: number;
  readonly padding?: number;
}

/** Returns the maxima, with Lo = floor((L + 2 padding - kernel) / stride) + 1. */
export function maxPool1d(graph: Graph, x: Value, { kernel, stride, padding = 0 }: MaxPoolOptions): Value {
  const [batch, channels, length] = x.shape;
  const lengthOut = Math.floor((fixed(length) + 2 * padding - kernel) / stride) + 1;
  if (x.shape.length !== 3 || lengthOut < 1 || padding * 2 > kernel) {
    throw graphError(
      `maxPool1d of ${kernel} taps, stride ${stride}, padding ${padding} does not fit ` +
        `${x.name} [${x.shape.join(', ')}]`,
    );
  }
  const shape = [batch!, channels!, lengthOut];
  const attributes = { kernel_shape: [kernel], strides: [stride], pads: [padding, padding] };
  const y = graph.emitOne('MaxPool', [x], { dtype: 'float32', shape }, attributes);
  graph.record([x], [y], (d) => [inputGradient(graph, x, y, d!, { kernel, stride, padding })]);
  return y;
}

/** Computes dX tap by tap: if a tap is the first that equals the maximum, its sample receives the gradient dY. */
function inputGradient(graph: Graph, x: Value, y: Value, d: Value, options: Required<MaxPoolOptions>): Value {
  const { kernel, stride, padding } = options;
  const length = fixed(x.shape[2]);
  const reach = (fixed(y.shape[2]) - 1) * stride;
  const zero = graph.constant(0);
  const total = Math.max(padding + length, reach + kernel);
  const padded = pad(graph, x, 2, padding, total - padding - length, -Infinity);
  let remaining = d;
  let sum: Value | undefined;
  for (let tap = 0; tap < kernel; tap++) {
    const window = slice(graph, padded, 2, tap, tap + reach + 1, stride);
    const isMax = graph.emitOne('Equal', [window, y], { dtype: 'bool', shape: y.shape });
    const share = where(graph, isMax, remaining, zero);
    if (tap + 1 < kernel) remaining = where(graph, isMax, zero, remaining);
    const placed = pad(graph, spread(graph, share, stride), 2, tap, total - tap - reach - 1);
    sum = sum === undefined ? placed : add(graph, sum, placed);
  }
  return slice(graph, sum!, 2, padding, padding + length);
}
