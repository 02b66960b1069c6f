// Layers: an operator and its named tensors. B batch, C channels, L samples.

import { fixed, type Value } from '../graph/graph.js';
import { batchNormInference, batchNormTraining } from '../graph/ops/batch-norm.js';
import { type Conv1dOptions, conv1d } from '../graph/ops/conv1d.js';
import { gemm } from '../graph/ops/gemm.js';
import { filled, heNormalFanOut, uniformFanIn } from './init.js';
import type { Net } from './net.js';

/** [B, in] -> [B, features], y = x W^T + b; W is [features, in]. */
export function linear(net: Net, name: string, x: Value, features: number): Value {
  const width = fixed(x.shape[1]);
  const weight = net.weight(`${name}.weight`, [features, width], uniformFanIn(width));
  const bias = net.weight(`${name}.bias`, [features], uniformFanIn(width));
  return gemm(net.graph, x, weight, { bias, transposeB: true });
}

/** [B, C, L] -> [B, filters, Lo] without bias; W is [filters, C, taps]. */
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

/** [B, C, L] -> the same shape; scale starts at `gamma` (default 1), shift at 0, momentum 0.1. */
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
