// Transposed convolution over time: x [B, Ci, L] with w [Ci, Co, K] -> [B, Co, Lo], Lo = (L - 1) stride - 2 padding + K. Each
// sample of x adds its K taps, `stride` samples after those of the sample before it. It maps as the gradient dX of a
// convolution with this w does, so its own dX is that convolution.

import { fixed, type Graph, graphError, type Value } from '../graph.js';
import { convInputGradient, convWeightGradient } from './conv-gradients.js';
import { conv1d } from './conv1d.js';

/** Options of a transposed convolution. */
export interface ConvTranspose1dOptions {
  /** Samples of the output per sample of the input, at most the number of taps; default 1. */
  readonly stride?: number;
  /** Number of samples to remove on either side, less than the number of taps; default 0. */
  readonly padding?: number;
}

/**
 * Convolves over time, transposed (see the head of this file).
 *
 * @throws PqrstError ERR_GRAPH: when the channels differ, no output is left, a number is not whole or too small, or the
 * stride leaves samples without a tap.
 */
export function convTranspose1d(
  graph: Graph,
  x: Value,
  w: Value,
  options: ConvTranspose1dOptions = {},
): Value {
  const { stride = 1, padding = 0 } = options;
  const windows = { stride, padding, dilation: 1 };
  const [depth, filters, taps] = w.shape.map(fixed) as [number, number, number];
  const lengthOut = (fixed(x.shape[2]) - 1) * stride - 2 * padding + taps;
  const isWhole = [stride, padding + 1].every((number) => Number.isInteger(number) && number >= 1);
  if (
    x.shape.length !== 3 ||
    w.shape.length !== 3 ||
    x.shape[1] !== depth ||
    !isWhole ||
    stride > taps ||
    padding >= taps ||
    lengthOut < 1
  ) {
    throw graphError(
      `convTranspose1d (stride ${stride}, padding ${padding}) cannot apply ${w.name} [${w.shape.join(', ')}] ` +
        `to ${x.name} [${x.shape.join(', ')}]`,
    );
  }
  const shape = [x.shape[0]!, filters, lengthOut];
  const y = graph.unrecorded(() => convInputGradient(graph, shape, w, x, windows));
  graph.record([x, w], [y], (d) => [
    conv1d(graph, d!, w, { stride, padding }),
    convWeightGradient(graph, d!, w, x, windows),
  ]);
  return y;
}
