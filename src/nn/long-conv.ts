// Convolutions with kernels as long as the sequence, one kernel per channel (S4, Mega), as products with Toeplitz matrices.
// An FFT is not used: for sequences of 10-100 chunks a matrix product is faster, and exported graphs need no DFT.
// Shapes: B batch, T steps, C channels.

import { fixed, type Graph, graphError, type Value } from '../graph/graph.js';
import { add } from '../graph/ops/add.js';
import { matmul } from '../graph/ops/matmul.js';
import { pad } from '../graph/ops/pad.js';
import { reshape } from '../graph/ops/reshape.js';
import { reverse } from '../graph/ops/reverse.js';
import { slice } from '../graph/ops/slice.js';
import { transpose } from '../graph/ops/transpose.js';

/**
 * Maps x [B, T, C] to [B, T, C]: y[t] = sum over s <= t of forward[t - s] x[s] + sum over s >= t of backward[s - t] x[s].
 * With kernels forward and backward [C, T], this equals the sum of a forward and a backward recurrence over the sequence.
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

/** Expands lags [C, 2T - 1] to Toeplitz matrices [C, T, T]: element (s, t) is lag t - s, at index T - 1 + t - s. */
export function toeplitz(graph: Graph, lags: Value): Value {
  const channels = fixed(lags.shape[0]);
  const steps = (fixed(lags.shape[1]) + 1) / 2;
  // The row of 2T values (with one filler in front) is repeated T times and cut into rows of 2T - 1, so that each row starts
  // one place earlier. A product with ones repeats it, because the gradient of Expand is a sum whose order depends on the
  // number of threads.
  const row = reshape(graph, pad(graph, lags, 1, 1, 0), [channels, 1, 2 * steps]);
  const ones = graph.constant(new Array<number>(steps).fill(1), [1, steps, 1]);
  const line = reshape(graph, matmul(graph, ones, row), [channels, 2 * steps * steps]);
  const cut = slice(graph, line, 1, steps, 2 * steps * steps);
  return slice(graph, reshape(graph, cut, [channels, steps, 2 * steps - 1]), 2, 0, steps);
}

/**
 * Averages [B, T, C] over the steps to [B, C]. It is a matrix product, because the order in which a mean over a middle axis
 * is summed depends on the number of threads.
 */
export function meanOverSteps(graph: Graph, x: Value): Value {
  const [batch, steps, channels] = [x.shape[0]!, fixed(x.shape[1]), x.shape[2]!];
  const shares = graph.constant(new Array<number>(steps).fill(1 / steps), [1, 1, steps]);
  return reshape(graph, matmul(graph, shares, x), [batch, channels]);
}
