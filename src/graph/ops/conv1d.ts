// Convolution over time, x [B, Ci, L] with w [Co, Ci, K] -> [B, Co, Lo], Lo = floor((L + 2 padding - K) / stride) + 1.
// A cross-correlation, as everywhere in the field; no groups, no dilation, no bias (batch norm follows).
// Gradients, by measurement: dX is a Conv of dY with w transposed and turned round, by phase of the stride; dW is one 2-D
// GEMM a tap over [channels, B * Lo], not a Conv with a kernel of length Lo.

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

/** Channels times filters from which Winograd's way is the faster one, by measurement; only in training. */
const winogradFrom = 128 * 128;

export interface Conv1dOptions {
  readonly stride?: number;
  /** Zeros on either side, below the kernel's length. */
  readonly padding?: number;
}

/** See the head of this file. ERR_GRAPH where the channels differ or nothing is left. */
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
 * dX by phase: x[m * stride + phase - padding] met the taps phase, phase + stride, ... of w, so each phase is a Conv of
 * dY with those taps turned round and no zero is multiplied. The phases are then interleaved.
 */
function inputGradient(graph: Graph, x: Value, w: Value, d: Value, stride: number, padding: number): Value {
  const [batch, channels, length] = x.shape.map(fixed) as [number, number, number];
  const taps = fixed(w.shape[2]);
  const skipped = stride === 1 ? padding : 0;
  const count = Math.ceil((padding + length) / stride) - skipped;
  const phases = Array.from({ length: stride }, (_, phase) => {
    if (phase >= taps) return expand(graph, graph.constant(0), [batch, channels, count]);
    const own = slice(graph, w, 2, phase, taps, stride);
    // [Co, Ci, K] -> [Ci, K, Co], turned round by rows, -> [Ci, Co, K]: a third of the time of the direct way
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
