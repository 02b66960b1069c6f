// Convolution over time, x [B, Ci, L] with w [Co, Ci, K] -> [B, Co, Lo], Lo = floor((L + 2 padding - K) / stride) + 1.
// A cross-correlation, as usual in this field. No groups, no dilation, no bias (batch norm follows).
// The gradients use the fastest measured form: dX is a Conv of dY with the transposed and reversed w, for each phase of the
// stride; dW is one matrix product per tap over [channels, B * Lo], not a Conv with a kernel of length Lo.

import { fixed, type Graph, graphError, type Value } from '../graph.js';
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
  /** Number of zeros on either side, less than the length of the kernel; default 0. */
  readonly padding?: number;
}

/**
 * Convolves over time (see the head of this file).
 *
 * @throws PqrstError ERR_GRAPH: when the channels differ or no output is left.
 */
export function conv1d(graph: Graph, x: Value, w: Value, options: Conv1dOptions = {}): Value {
  const { stride = 1, padding = 0 } = options;
  const channels = fixed(x.shape[1]);
  const length = x.shape[2];
  const [filters, depth, taps] = w.shape.map(fixed) as [number, number, number];
  const lengthOut = Math.floor((fixed(length) + 2 * padding - taps) / stride) + 1;
  if (
    x.shape.length !== 3 ||
    w.shape.length !== 3 ||
    channels !== depth ||
    padding >= taps ||
    lengthOut < 1
  ) {
    throw graphError(
      `conv1d (stride ${stride}, padding ${padding}) cannot apply ${w.name} [${w.shape.join(', ')}] ` +
        `to ${x.name} [${x.shape.join(', ')}]`,
    );
  }
  const isWinograd = taps === 3 && stride === 1 && padding === 1 && channels * filters >= winogradFrom;
  if (isWinograd && typeof x.shape[0] === 'number') return winogradConv(graph, x, w);
  const y = convNode(graph, x, w, { lengthOut, stride, pads: [padding, padding] });
  graph.record([x, w], [y], (d) => [
    inputGradient(graph, x, w, d!, stride, padding),
    weightGradient(graph, x, w, d!, stride, padding),
  ]);
  return y;
}

/**
 * Computes dX for each phase of the stride: x[m * stride + phase - padding] is multiplied by the taps phase,
 * phase + stride, ... of w, so each phase is a Conv of dY with these taps reversed, without multiplications by zero. The
 * phases are then interleaved.
 */
function inputGradient(graph: Graph, x: Value, w: Value, d: Value, stride: number, padding: number): Value {
  const [batch, channels, length] = x.shape.map(fixed) as [number, number, number];
  const taps = fixed(w.shape[2]);
  const skipped = stride === 1 ? padding : 0;
  const count = Math.ceil((padding + length) / stride) - skipped;
  const phases = Array.from({ length: stride }, (_, phase) => {
    if (phase >= taps) return expand(graph, graph.constant(0), [batch, channels, count]);
    const own = slice(graph, w, 2, phase, taps, stride);
    // Transpose [Co, Ci, K] to [Ci, K, Co], reverse rows, transpose to [Ci, Co, K]: a third of the time of the direct way.
    const turned = transpose(graph, reverse(graph, transpose(graph, own, [1, 2, 0]), 1), [0, 2, 1]);
    const reach = fixed(own.shape[2]) - 1;
    const before = reach - skipped;
    const after = count + reach - before - fixed(d.shape[2]);
    return convNode(graph, d, turned, { lengthOut: count, stride: 1, pads: [before, after] });
  });
  return slice(graph, interleave(graph, phases), 2, padding - skipped, padding - skipped + length);
}

function weightGradient(graph: Graph, x: Value, w: Value, d: Value, stride: number, padding: number): Value {
  const [batch, channels, length] = x.shape.map(fixed) as [number, number, number];
  const [filters, , taps] = w.shape.map(fixed) as [number, number, number];
  const lengthOut = fixed(d.shape[2]);
  const flat = batch * lengthOut;
  const rows = reshape(graph, transpose(graph, d, [1, 0, 2]), [filters, flat]);
  const reach = (lengthOut - 1) * stride + taps;
  const padded = pad(
    graph,
    transpose(graph, x, [1, 0, 2]),
    2,
    padding,
    Math.max(0, reach - length - padding),
  );
  const shifted = Array.from({ length: taps }, (_, tap) => {
    const window = slice(graph, padded, 2, tap, tap + (lengthOut - 1) * stride + 1, stride);
    return reshape(graph, window, [channels, flat]);
  });
  const byTap = shifted.map((columns) =>
    reshape(graph, gemm(graph, rows, columns, { transposeB: true }), [filters, channels, 1]),
  );
  return concat(graph, byTap, 2);
}
