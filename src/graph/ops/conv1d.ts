// Convolution over time, x [B, Ci, L] with w [Co, Ci, K] -> [B, Co, Lo]. The taps are `dilation` samples apart, so they span
// S = (K - 1) dilation + 1 samples, and Lo = floor((L + 2 padding - S) / stride) + 1.
// A cross-correlation, as usual in this field. No groups, no bias (batch norm or `convBias` follows).
// The gradients use the fastest measured form: dX is a Conv of dY with the transposed and reversed w, for each phase of the
// stride; dW is one matrix product per tap over [channels, B * Lo], not a Conv with a kernel of length Lo.

import { fixed, type Graph, graphError, type Shape, type Value } from '../graph.js';
import { concat } from './concat.js';
import { convNode } from './conv-node.js';
import { expand } from './expand.js';
import { gemm } from './gemm.js';
import { interleave } from './interleave.js';
import { pad } from './pad.js';
import { reshape } from './reshape.js';
import { reverse } from './reverse.js';
import { slice } from './slice.js';
import { transpose } from './transpose.js';
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

/** The options of a convolution with their defaults filled in. */
type Windows = Required<Conv1dOptions>;

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
    inputGradient(graph, x.shape, w, d!, windows),
    weightGradient(graph, x, w, d!, windows),
  ]);
  return y;
}

/**
 * Computes dX, of `shape`, for each phase of the stride: x[m * stride + phase - padding] is multiplied by the taps phase,
 * phase + stride, ... of w, so each phase is a Conv of dY with these taps reversed, without multiplications by zero. The
 * phases are then interleaved.
 */
function inputGradient(graph: Graph, shape: Shape, w: Value, d: Value, windows: Windows): Value {
  const { stride, padding, dilation } = windows;
  const [batch, channels, length] = shape.map(fixed) as [number, number, number];
  const taps = fixed(w.shape[2]);
  const skipped = stride === 1 ? padding : 0;
  const count = Math.ceil((padding + length) / stride) - skipped;
  const phases = Array.from({ length: stride }, (_, phase) => {
    if (phase >= taps) return expand(graph, graph.constant(0), [batch, channels, count]);
    const own = slice(graph, w, 2, phase, taps, stride);
    // Transpose [Co, Ci, K] to [Ci, K, Co], reverse rows, transpose to [Ci, Co, K]: a third of the time of the direct way.
    const turned = transpose(graph, reverse(graph, transpose(graph, own, [1, 2, 0]), 1), [0, 2, 1]);
    const reach = (fixed(own.shape[2]) - 1) * dilation;
    const before = reach - skipped;
    const after = count + reach - before - fixed(d.shape[2]);
    return convNode(graph, d, turned, { lengthOut: count, stride: 1, pads: [before, after], dilation });
  });
  return slice(graph, interleave(graph, phases), 2, padding - skipped, padding - skipped + length);
}

/** Computes dW: for each tap the product of dY and the samples of x that this tap multiplies. */
function weightGradient(graph: Graph, x: Value, w: Value, d: Value, windows: Windows): Value {
  const { stride, padding, dilation } = windows;
  const [batch, channels, length] = x.shape.map(fixed) as [number, number, number];
  const [filters, , taps] = w.shape.map(fixed) as [number, number, number];
  const lengthOut = fixed(d.shape[2]);
  const flat = batch * lengthOut;
  const rows = reshape(graph, transpose(graph, d, [1, 0, 2]), [filters, flat]);
  const reach = (lengthOut - 1) * stride + (taps - 1) * dilation + 1;
  const padded = pad(
    graph,
    transpose(graph, x, [1, 0, 2]),
    2,
    padding,
    Math.max(0, reach - length - padding),
  );
  const shifted = Array.from({ length: taps }, (_, tap) => {
    const first = tap * dilation;
    const window = slice(graph, padded, 2, first, first + (lengthOut - 1) * stride + 1, stride);
    return reshape(graph, window, [channels, flat]);
  });
  const byTap = shifted.map((columns) =>
    reshape(graph, gemm(graph, rows, columns, { transposeB: true }), [filters, channels, 1]),
  );
  return concat(graph, byTap, 2);
}
