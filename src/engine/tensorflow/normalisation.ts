// Batch and layer normalisation as basic operations, so that tfjs also differentiates through the statistics.

import { type Call, fromFront, type Operators, type Tensor } from './call.js';

/** The operators for normalisation. */
export const normalisationOperators: Operators = {
  BatchNormalization: batchNorm,
  LayerNormalization: layerNorm,
};

/** Normalises x [B, C, ...] with the given statistics [C], which are ordinary inputs of the node. */
function batchNorm(call: Call): Tensor {
  if (call.whole('training_mode', 0) !== 0) call.refuse('in training mode');
  const { tf } = call;
  const x = call.tensor(0);
  const perChannel = (index: number) =>
    tf.reshape(call.tensor(index), [-1, ...Array.from({ length: x.rank - 2 }, () => 1)]);
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map(perChannel) as [Tensor, Tensor, Tensor, Tensor];
  const deviation = tf.sqrt(tf.add(variance, call.decimal('epsilon', 1e-5)));
  return tf.add(tf.mul(tf.sub(x, mean), tf.div(gamma, deviation)), beta);
}

/** Returns the normalised values, and the mean and inverse deviation of each row, over all axes from `axis`. */
function layerNorm(call: Call): Tensor[] {
  const { tf } = call;
  const [x, gamma, beta] = [call.tensor(0), call.tensor(1), call.optional(2)];
  const first = fromFront(call.whole('axis', -1), x.rank);
  const axes = x.shape.map((_, axis) => axis).slice(first);
  const mean = tf.mean(x, axes, true);
  const centred = tf.sub(x, mean);
  const variance = tf.mean(tf.mul(centred, centred), axes, true);
  const inverse = tf.div(1, tf.sqrt(tf.add(variance, call.decimal('epsilon', 1e-5))));
  const scaled = tf.mul(tf.mul(centred, inverse), gamma);
  return [beta === undefined ? scaled : tf.add(scaled, beta), mean, inverse];
}
