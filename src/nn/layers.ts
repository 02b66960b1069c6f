// Layers: operators with their named tensors. Shapes: B batch, C channels, L samples, F features.

import { expectRank, fixed, graphError, sizeOf, type Value } from '../graph/graph.js';
import { add } from '../graph/ops/add.js';
import { batchNormInference, batchNormTraining } from '../graph/ops/batch-norm.js';
import { type Conv1dOptions, conv1d } from '../graph/ops/conv1d.js';
import { gemm } from '../graph/ops/gemm.js';
import { layerNormInference, layerNorm as layerNormTraining } from '../graph/ops/layer-norm.js';
import { matmul } from '../graph/ops/matmul.js';
import { mul } from '../graph/ops/mul.js';
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

/** Adds a weight per channel, [C, 1], to [B, C, L]. It starts at 0. An exported convolution contains it as its bias. */
export function convBias(net: Net, name: string, x: Value): Value {
  expectRank('convBias', x, 3);
  return add(net.graph, x, net.weight(`${name}.bias`, [fixed(x.shape[1]), 1], filled(0)));
}

/** A second scale and shift of each channel that differ from record to record, [B, C, 1] each. */
export interface Modulation {
  readonly gain: Value;
  readonly offset: Value;
}

/**
 * Normalises each group of C / groups channels of [B, C, L] over its channels and samples, then scales and shifts each
 * channel (Wu and He 2018, arXiv 1803.08494). The scale starts at 1, the shift at 0. It is a layer norm over the values of
 * a group, because ONNX's GroupNormalization of opset 18 has one scale per group.
 *
 * @param modulation - Applied after scale and shift; default unchanged.
 * @throws PqrstError ERR_GRAPH: when `x` does not have three dimensions, or `groups` does not divide C.
 */
export function groupNorm(net: Net, name: string, x: Value, groups: number, modulation?: Modulation): Value {
  expectRank('groupNorm', x, 3);
  const { graph } = net;
  const [batch, channels, length] = [x.shape[0]!, fixed(x.shape[1]), fixed(x.shape[2])];
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0) {
    throw graphError(
      `groupNorm makes groups of as many channels each; ${groups} groups do not divide ` +
        `${x.name} [${x.shape.join(', ')}], take a divisor of ${channels}`,
    );
  }
  const scale = net.weight(`${name}.weight`, [channels, 1], filled(1));
  const shift = net.weight(`${name}.bias`, [channels, 1], filled(0));
  const size = (channels / groups) * length;
  const constant = (value: number) => graph.constant(new Array<number>(size).fill(value));
  const normalise = net.mode === 'inference' ? layerNormInference : layerNormTraining;
  const byGroup = reshape(graph, x, [batch, groups, size]);
  const normal = reshape(graph, normalise(graph, byGroup, constant(1), constant(0)), x.shape);
  if (modulation === undefined) return add(graph, mul(graph, normal, scale), shift);
  // gain (scale n + shift) + offset, with one product and one sum over the samples.
  const { gain, offset } = modulation;
  const moved = add(graph, mul(graph, shift, gain), offset);
  return add(graph, mul(graph, normal, mul(graph, scale, gain)), moved);
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
