// The gradients of a convolution y [B, Co, Lo] of x [B, Ci, L] with w [Co, Ci, K] (conv1d.ts), in the fastest measured form:
// dX is a Conv of dY with the transposed and reversed w, for each phase of the stride; dW is one matrix product per tap over
// [channels, B * Lo], not a Conv with a kernel of length Lo. dX is also the transposed convolution (conv-transpose.ts).

import { fixed, type Graph, type Shape, type Value } from '../graph.js';
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

/** Which samples of x an output multiplies; see `Conv1dOptions`. */
export interface ConvWindows {
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

/**
 * Computes dX, of `shape`, for each phase of the stride: x[m * stride + phase - padding] is multiplied by the taps phase,
 * phase + stride, ... of w, so each phase is a Conv of dY with these taps reversed, without multiplications by zero. The
 * phases are then interleaved.
 */
export function convInputGradient(
  graph: Graph,
  shape: Shape,
  w: Value,
  d: Value,
  windows: ConvWindows,
): Value {
  const { stride, padding, dilation } = windows;
  const [batch, channels, length] = [shape[0]!, fixed(shape[1]), fixed(shape[2])];
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
export function convWeightGradient(graph: Graph, x: Value, w: Value, d: Value, windows: ConvWindows): Value {
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
