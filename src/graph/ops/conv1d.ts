// Convolution over time, x [B, Ci, L] with w [Co, Ci, K] -> [B, Co, Lo]. The taps are `dilation` samples apart, so they span
// S = (K - 1) dilation + 1 samples, and Lo = floor((L + 2 padding - S) / stride) + 1.
// A cross-correlation, as usual in this field. No groups, no bias (batch norm or `convBias` follows).

import { fixed, type Graph, graphError, type Value } from '../graph.js';
import { convInputGradient, convWeightGradient } from './conv-gradients.js';
import { convNode } from './conv-node.js';
import { winogradConv } from './winograd.js';

/** Channels times filters from which Winograd's algorithm is faster (measured). Used only in training. */
const winogradFrom = 128 * 128;

/** Options of a convolution. */
export interface Conv1dOptions {
  /** Default 1. */
  readonly stride?: number;
  /** Number of zeros on either side, less than the samples that the taps span; default 0. */
  readonly padding?: number;
  /** Distance between neighbouring taps, in samples; default 1. More than 1 only with stride 1. */
  readonly dilation?: number;
}

/**
 * Convolves over time (see the head of this file).
 *
 * @throws PqrstError ERR_GRAPH: when the channels differ, no output is left, a number is not whole or too small, or a
 * dilation has a stride.
 */
export function conv1d(graph: Graph, x: Value, w: Value, options: Conv1dOptions = {}): Value {
  const { stride = 1, padding = 0, dilation = 1 } = options;
  const windows = { stride, padding, dilation };
  const channels = fixed(x.shape[1]);
  const length = x.shape[2];
  const [filters, depth, taps] = w.shape.map(fixed) as [number, number, number];
  const span = (taps - 1) * dilation + 1;
  const lengthOut = Math.floor((fixed(length) + 2 * padding - span) / stride) + 1;
  const isWhole = [stride, padding + 1, dilation].every((number) => Number.isInteger(number) && number >= 1);
  if (
    x.shape.length !== 3 ||
    w.shape.length !== 3 ||
    channels !== depth ||
    !isWhole ||
    (dilation > 1 && stride > 1) ||
    padding >= span ||
    lengthOut < 1
  ) {
    const further = dilation === 1 ? '' : `, dilation ${dilation}`;
    throw graphError(
      `conv1d (stride ${stride}, padding ${padding}${further}) cannot apply ${w.name} [${w.shape.join(', ')}] ` +
        `to ${x.name} [${x.shape.join(', ')}]`,
    );
  }
  const isPlain = stride === 1 && padding === 1 && dilation === 1;
  const isWinograd = taps === 3 && isPlain && channels * filters >= winogradFrom;
  if (isWinograd && typeof x.shape[0] === 'number') return winogradConv(graph, x, w);
  const y = convNode(graph, x, w, { lengthOut, stride, pads: [padding, padding], dilation });
  graph.record([x, w], [y], (d) => [
    convInputGradient(graph, x.shape, w, d!, windows),
    convWeightGradient(graph, x, w, d!, windows),
  ]);
  return y;
}
