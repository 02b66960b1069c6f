// Layers: operators with their named tensors. Shapes: B batch, C channels, L samples, F features.

import { fixed, sizeOf, type Value } from '../graph/graph.js';
import { add } from '../graph/ops/add.js';
import { batchNormInference, batchNormTraining } from '../graph/ops/batch-norm.js';
import { type Conv1dOptions, conv1d } from '../graph/ops/conv1d.js';
import { gemm } from '../graph/ops/gemm.js';
import { layerNormInference, layerNorm as layerNormTraining } from '../graph/ops/layer-norm.js';
import { matmul } from '../graph/ops/matmul.js';
import { reshape } from '../graph/ops/reshape.js';
import { transpose } from '../graph/ops/transpose.js';
import { filled, heNormalFanOut, uniformFanIn } from './init.js';
import type { Net } from './net.js';

/** Maps [..., in] to [..., features]: y = x W^T + b with W [features, in]. */
export function linear(net: Net, name: string, x: Value, features: number): Value {
  const { graph } = net;
  const width = fixed(x.shape.at(-1));
  const weight = net.weight(`${name}.weight`, [features, width], uniformFanIn(width));
  const bias = net.weight(`${name}.bias`, [features], uniformFanIn(width));
  if (x.shape.length === 2) return gemm(graph, x, weight, { bias, transposeB: true });
  if (net.mode === 'inference') {
    // The batch is free, so the number of rows is unknown.
    return add(graph, matmul(graph, x, transpose(graph, weight, [1, 0])), bias);
  }
  const rows = reshape(graph, x, [sizeOf(x.shape) / width, width]);
  const y = gemm(graph, rows, weight, { bias, transposeB: true });
  return reshape(graph, y, [...x.shape.slice(0, -1), features]);
}

/** Convolves [B, C, L] to [B, filters, Lo] without bias; W is [filters, C, taps]. */
export function conv(
  net: Net,
  name: string,
  x: Value,
  filters: number,
  taps: number,
  options: Conv1dOptions,
): Value {
  const shape = [filters, fixed(x.shape[1]), taps];
  const weight = net.weight(`${name}.weight`, shape, heNormalFanOut(filters * taps));
  return conv1d(net.graph, x, weight, options);
}

/** Normalises [B, C, L] by channel. The scale starts at `gamma` (default 1), the shift at 0; the momentum is 0.1. */
export function batchNorm(net: Net, name: string, x: Value, gamma = 1): Value {
  const shape = [fixed(x.shape[1])];
  const values = {
    gamma: net.weight(`${name}.weight`, shape, filled(gamma)),
    beta: net.weight(`${name}.bias`, shape, filled(0)),
    mean: net.statistic(`${name}.runningMean`, shape, filled(0)),
    variance: net.statistic(`${name}.runningVariance`, shape, filled(1)),
  };
  if (net.mode === 'inference') return batchNormInference(net.graph, x, values);
  const { y, nextMean, nextVariance } = batchNormTraining(net.graph, x, values);
  net.nextStatistics.set(`${name}.runningMean`, nextMean);
  net.nextStatistics.set(`${name}.runningVariance`, nextVariance);
  return y;
}

/** Normalises [..., F] over F. The scale starts at 1, the shift at 0. */
export function layerNorm(net: Net, name: string, x: Value): Value {
  const shape = [fixed(x.shape.at(-1))];
  const gamma = net.weight(`${name}.weight`, shape, filled(1));
  const beta = net.weight(`${name}.bias`, shape, filled(0));
  return (net.mode === 'inference' ? layerNormInference : layerNormTraining)(net.graph, x, gamma, beta);
}
