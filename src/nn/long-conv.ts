// Convolutions as long as the sequence, each channel by its own kernel (S4, Mega), as products with Toeplitz matrices.
// Not by FFT: a sequence has 10-100 chunks, where a matrix product is faster, and an exported graph holds no DFT.
// B batch, T steps, C channels.

import { fixed, type Graph, graphError, type Value } from '../graph/graph.js';
import { add } from '../graph/ops/add.js';
import { matmul } from '../graph/ops/matmul.js';
import { pad } from '../graph/ops/pad.js';
import { reshape } from '../graph/ops/reshape.js';
import { reverse } from '../graph/ops/reverse.js';
import { slice } from '../graph/ops/slice.js';
import { transpose } from '../graph/ops/transpose.js';

/**
 * x [B, T, C] -> [B, T, C], y[t] = sum over s <= t of forward[t - s] x[s] + sum over s >= t of backward[s - t] x[s];
 * forward and backward [C, T]: what a recurrence run forwards and one run backwards over the sequence add up to.
 */
export function longConv(graph: Graph, x: Value, forward: Value, backward: Value): Value {
  const [steps, channels] = [fixed(x.shape[1]), fixed(x.shape[2])];
  for (const { name, shape } of [forward, backward]) {
    if (shape.length !== 2 || shape[0] !== channels || shape[1] !== steps) {
      throw graphError(`longConv takes kernels of [${channels}, ${steps}], ${name} is [${shape.join(', ')}]`);
    }
  }
  const past = pad(graph, forward, 1, steps - 1, 0);
  const future = pad(graph, reverse(graph, backward, 1), 1, 0, steps - 1);
  const byChannel = transpose(graph, x, [2, 0, 1]);
  return transpose(graph, matmul(graph, byChannel, toeplitz(graph, add(graph, past, future))), [1, 2, 0]);
}

/** lags [C, 2T - 1] -> [C, T, T]; element s, t is that of lag t - s, which stands at T - 1 + t - s. */
export function toeplitz(graph: Graph, lags: Value): Value {
  const channels = fixed(lags.shape[0]);
  const steps = (fixed(lags.shape[1]) + 1) / 2;
  // The row of 2T (one filler in front) T times in a line, cut anew every 2T - 1: each row starts one place earlier.
  // Repeated by a product with ones: the gradient of Expand is a sum whose order depends on the number of threads.
  const row = reshape(graph, pad(graph, lags, 1, 1, 0), [channels, 1, 2 * steps]);
  const ones = graph.constant(new Array<number>(steps).fill(1), [1, steps, 1]);
  const line = reshape(graph, matmul(graph, ones, row), [channels, 2 * steps * steps]);
  const cut = slice(graph, line, 1, steps, 2 * steps * steps);
  return slice(graph, reshape(graph, cut, [channels, steps, 2 * steps - 1]), 2, 0, steps);
}

/** [B, T, C] -> [B, C]. As a product: how a mean over a middle axis is summed depends on the number of threads. */
export function meanOverSteps(graph: Graph, x: Value): Value {
  const [batch, steps, channels] = [x.shape[0]!, fixed(x.shape[1]), x.shape[2]!];
  const shares = graph.constant(new Array<number>(steps).fill(1 / steps), [1, 1, steps]);
  return reshape(graph, matmul(graph, shares, x), [batch, channels]);
}
