// Batch normalisation of [B, C, L] by channel (Ioffe and Szegedy 2015, arXiv 1502.03167, algorithms 1 and 2).
// Training uses the mean and variance of the batch and updates running statistics; inference uses the running statistics.
// As in PyTorch, the running variance is unbiased: n / (n - 1) times the variance that normalises.

import { expectRank, fixed, type Graph, type Value } from '../graph.js';
import { add } from './add.js';
import { div } from './div.js';
import { mul } from './mul.js';
import { reduceMean } from './reduce-mean.js';
import { reduceSum } from './reduce-sum.js';
import { reshape } from './reshape.js';
import { sqrt } from './sqrt.js';
import { sub } from './sub.js';

/** Scale, shift and statistics, [C] each. */
export interface BatchNormValues {
  readonly gamma: Value;
  readonly beta: Value;
  readonly mean: Value;
  readonly variance: Value;
}

/** Result of a normalisation in training. */
export interface TrainedBatchNorm {
  readonly y: Value;
  /** Running statistics after this batch, [C] each. */
  readonly nextMean: Value;
  readonly nextVariance: Value;
}

const epsilon = 1e-5;

/** Returns gamma (x - mean) / sqrt(variance + 1e-5) + beta with the given statistics, without a gradient. */
export function batchNormInference(graph: Graph, x: Value, values: BatchNormValues): Value {
  expectRank('batchNorm', x, 3);
  const { gamma, beta, mean, variance } = values;
  const attributes = { epsilon: { float: epsilon } };
  return graph.emitOne('BatchNormalization', [x, gamma, beta, mean, variance], x, attributes);
}

/** Normalises with the statistics of the batch; running <- (1 - momentum) running + momentum batch. */
export function batchNormTraining(
  graph: Graph,
  x: Value,
  values: BatchNormValues,
  momentum = 0.1,
): TrainedBatchNorm {
  expectRank('batchNorm', x, 3);
  const { gamma, beta } = values;
  const [batch, channels, length] = x.shape.map(fixed) as [number, number, number];
  const count = batch * length;
  const perChannel = (value: Value) => reshape(graph, value, [1, channels, 1]);
  const trained = graph.unrecorded(() => {
    const mean = reduceMean(graph, x, [0, 2]);
    const centred = sub(graph, x, perChannel(mean));
    const variance = reduceMean(graph, mul(graph, centred, centred), [0, 2]);
    const deviation = sqrt(graph, add(graph, variance, graph.constant(epsilon)));
    const scale = div(graph, gamma, deviation);
    const y = batchNormInference(graph, x, { gamma, beta, mean, variance });
    const follow = (running: Value, fresh: Value) =>
      add(
        graph,
        mul(graph, running, graph.constant(1 - momentum)),
        mul(graph, fresh, graph.constant(momentum)),
      );
    const unbiased = mul(graph, variance, graph.constant(count / Math.max(1, count - 1)));
    const nextMean = follow(values.mean, mean);
    return {
      y,
      nextMean,
      nextVariance: follow(values.variance, unbiased),
      centred,
      variance,
      deviation,
      scale,
    };
  });
  const { y, nextMean, nextVariance, centred, variance, deviation, scale } = trained;
  graph.record([x, gamma, beta], [y], (dOut) => {
    const d = dOut!;
    const dBeta = reduceSum(graph, d, [0, 2]);
    const dGamma = div(graph, reduceSum(graph, mul(graph, d, centred), [0, 2]), deviation);
    // dx = scale (d - dBeta / n) - scale centred dGamma / (n deviation). The first term is again a normalisation.
    const slope = div(graph, mul(graph, dGamma, graph.constant(1 / count)), deviation);
    const offset = mul(graph, dBeta, graph.constant(1 / count));
    const zero = graph.constant(Array.from({ length: channels }, () => 0));
    const level = batchNormInference(graph, d, { gamma, beta: zero, mean: offset, variance });
    const tilt = mul(graph, centred, perChannel(mul(graph, scale, slope)));
    return [sub(graph, level, tilt), dGamma, dBeta];
  });
  return { y, nextMean, nextVariance };
}
