// Depthwise convolution over time: each channel c of x [B, C, L] has its own filter w[c] of w [C, 1, K]. The result is
// [B, C, Lo] with Lo = floor((L + 2 padding - K) / stride) + 1. A Conv with C groups; no bias (batch norm follows).
// The gradients use the fastest measured form. dX is one Conv of dY, with one filter per channel and phase of the stride.
// dW is a product and a sum for each tap, over samples first. Summing over records and samples at once took up to a third
// longer; a Conv with C x B groups and dY as filters took up to three times as long.

import { fixed, type Graph, graphError, type Value } from '../graph.js';
import { concat } from './concat.js';
import { convNode } from './conv-node.js';
import type { Conv1dOptions } from './conv1d.js';
import { interleave } from './interleave.js';
import { mul } from './mul.js';
import { pad } from './pad.js';
import { reduceSum } from './reduce-sum.js';
import { reshape } from './reshape.js';
import { reverse } from './reverse.js';
import { slice } from './slice.js';
import { transpose } from './transpose.js';

/**
 * Convolves each channel over time (see the head of this file).
 *
 * @throws PqrstError ERR_GRAPH: when the channels differ or no output is left.
 */
export function depthwiseConv1d(
  graph: Graph,
  x: Value,
  w: Value,
  options: Omit<Conv1dOptions, 'dilation'> = {},
): Value {
  const { stride = 1, padding = 0 } = options;
  const [, channels, length] = x.shape;
  const [filters, depth, taps] = w.shape.map(fixed) as [number, number, number];
  const lengthOut = Math.floor((fixed(length) + 2 * padding - taps) / stride) + 1;
  const isDepthwise = x.shape.length === 3 && w.shape.length === 3 && channels === filters && depth === 1;
  if (!isDepthwise || padding >= taps || lengthOut < 1) {
    throw graphError(
      `depthwiseConv1d (stride ${stride}, padding ${padding}) cannot apply ${w.name} [${w.shape.join(', ')}] ` +
        `to ${x.name} [${x.shape.join(', ')}]`,
    );
  }
  const y = convNode(graph, x, w, { lengthOut, stride, pads: [padding, padding], group: fixed(channels) });
  graph.record([x, w], [y], (d) => [
    inputGradient(graph, x, w, d!, stride, padding),
    weightGradient(graph, x, w, d!, stride, padding),
  ]);
  return y;
}

/**
 * Computes dX: x[m * stride + phase - padding] is multiplied by the taps phase, phase + stride, ..., so dX of a phase is a
 * Conv of dY with these taps reversed. All phases are filters of one Conv and are then interleaved.
 */
function inputGradient(graph: Graph, x: Value, w: Value, d: Value, stride: number, padding: number): Value {
  const [batch, channels, length] = x.shape.map(fixed) as [number, number, number];
  const taps = fixed(w.shape[2]);
  const tapsOfPhase = Math.ceil(taps / stride);
  const skipped = Math.floor(padding / stride);
  const count = Math.ceil((padding + length) / stride) - skipped;
  const before = tapsOfPhase - 1 - skipped;
  const after = skipped + count - fixed(d.shape[2]);
  const whole = pad(graph, w, 2, 0, tapsOfPhase * stride - taps);
  const byPhase = transpose(graph, reshape(graph, whole, [channels, tapsOfPhase, stride]), [0, 2, 1]);
  const turned = reshape(graph, reverse(graph, byPhase, 2), [channels * stride, 1, tapsOfPhase]);
  const phases = convNode(graph, d, turned, {
    lengthOut: count,
    stride: 1,
    pads: [before, after],
    group: channels,
  });
  const ofChannel = reshape(graph, phases, [batch, channels, stride, count]);
  const apart = Array.from({ length: stride }, (_, phase) =>
    reshape(graph, slice(graph, ofChannel, 2, phase, phase + 1), [batch, channels, count]),
  );
  const signal = stride === 1 ? phases : interleave(graph, apart);
  const from = padding - skipped * stride;
  return slice(graph, signal, 2, from, from + length);
}

/** Computes dW: dw[c, k] is the sum over records and samples of dY times x shifted by k. */
function weightGradient(graph: Graph, x: Value, w: Value, d: Value, stride: number, padding: number): Value {
  const [, channels, length] = x.shape.map(fixed) as [number, number, number];
  const taps = fixed(w.shape[2]);
  const reach = (fixed(d.shape[2]) - 1) * stride + 1;
  const padded = pad(graph, x, 2, padding, Math.max(0, reach + taps - 1 - length - padding));
  const byTap = Array.from({ length: taps }, (_, tap) => {
    const shifted = slice(graph, padded, 2, tap, tap + reach, stride);
    return reduceSum(graph, mul(graph, shifted, d), [2], true);
  });
  return reshape(graph, reduceSum(graph, concat(graph, byTap, 2), [0]), [channels, 1, taps]);
}
