// An independent implementation of ResNet-18 (He et al., arXiv 1512.03385), with which tests compare that of src. The
// operators and gradients are those of TensorFlow.js on its plain CPU backend. AdamW is plain arithmetic. Only the
// names of the weights are the same as in src.

import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';

/** The weights by their names. */
export type Weights = ReadonlyMap<string, Float32Array>;

/** The result of one training step before the weights change. */
export interface JudgedStep {
  readonly loss: number;
  readonly gradients: Map<string, Float32Array>;
  /** Mean, biased variance and number of values of the input of each batch norm, by its name. */
  readonly statistics: Map<string, { mean: Float32Array; variance: Float32Array; count: number }>;
}

/** The inputs of one training step with B records. */
export interface JudgedBatch {
  readonly ecg: Float32Array;
  readonly label: Float32Array;
  readonly sampleWeight: Float32Array;
  readonly positiveWeight: number;
  /** The random numbers of the dropout in the head, [B * 32]. */
  readonly uniforms: Float32Array;
}

/**
 * Returns the loss and the gradients of one batch in training mode. `shapes` has the shape of each weight, for example
 * [filters, channels, taps].
 */
export function judgeStep(
  weights: Weights,
  shapes: ReadonlyMap<string, readonly number[]>,
  batch: JudgedBatch,
): JudgedStep {
  const statistics: JudgedStep['statistics'] = new Map();
  const names = [...shapes.keys()];
  const tensors = names.map((name) => tf.tensor(weights.get(name)!, [...shapes.get(name)!]));
  const lossOf = (...given: tf.Tensor[]) => {
    const of = (name: string) => given[names.indexOf(name)]!;
    return weightedLoss(forward(of, batch, statistics), batch);
  };
  const { value, grads } = tf.valueAndGrads(lossOf)(tensors);
  const gradients = new Map(names.map((name, index) => [name, grads[index]!.dataSync() as Float32Array]));
  return { loss: value.dataSync()[0]!, gradients, statistics };
}

function forward(of: (name: string) => tf.Tensor, batch: JudgedBatch, statistics: JudgedStep['statistics']) {
  const size = batch.label.length;
  // TensorFlow.js has the channels last: [B, L, C].
  const conv = (x: tf.Tensor, name: string, stride: number, padding: number) =>
    tf.conv1d(
      tf.pad(x as tf.Tensor3D, [
        [0, 0],
        [padding, padding],
        [0, 0],
      ]),
      tf.transpose(of(`${name}.weight`), [2, 1, 0]) as tf.Tensor3D,
      stride,
      'valid',
    );
  const norm = (x: tf.Tensor, name: string) => {
    const { mean, variance } = tf.moments(x, [0, 1], true);
    const count = (x.shape[0] ?? 0) * (x.shape[1] ?? 0);
    statistics.set(name, {
      mean: mean.dataSync() as Float32Array,
      variance: variance.dataSync() as Float32Array,
      count,
    });
    const scaled = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5)));
    return tf.add(tf.mul(scaled, of(`${name}.weight`)), of(`${name}.bias`));
  };
  const linear = (x: tf.Tensor, name: string) =>
    tf.add(tf.matMul(x as tf.Tensor2D, of(`${name}.weight`) as tf.Tensor2D, false, true), of(`${name}.bias`));
  let x: tf.Tensor = tf.tensor(batch.ecg, [size, batch.ecg.length / size, 1]);
  x = tf.relu(norm(conv(x, 'stem.conv', 2, 3), 'stem.norm'));
  // After a ReLU no value is below zero, so padding with zeros does not change a maximum.
  x = tf.pad(x as tf.Tensor3D, [
    [0, 0],
    [1, 1],
    [0, 0],
  ]);
  x = tf.squeeze(tf.maxPool(tf.expandDims(x, 2) as tf.Tensor4D, [3, 1], [2, 1], 'valid'), [2]);
  for (let stage = 1; stage <= 4; stage++) {
    for (let block = 0; block < 2; block++) {
      const name = `stage${stage}.block${block}`;
      const stride = stage > 1 && block === 0 ? 2 : 1;
      const inner = tf.relu(norm(conv(x, `${name}.conv1`, stride, 1), `${name}.norm1`));
      const y = norm(conv(inner, `${name}.conv2`, 1, 1), `${name}.norm2`);
      const shortcut =
        stride === 1 ? x : norm(conv(x, `${name}.shortcut.conv`, 2, 0), `${name}.shortcut.norm`);
      x = tf.relu(tf.add(y, shortcut));
    }
  }
  const hidden = tf.relu(linear(linear(tf.mean(x, 1), 'backbone.linear'), 'head.linear1'));
  const mask = Float32Array.from(batch.uniforms, (uniform) => (uniform >= 0.25 ? 1 / 0.75 : 0));
  return tf.reshape(linear(tf.mul(hidden, tf.tensor(mask, [size, 32])), 'head.linear2'), [size]);
}

function weightedLoss(logit: tf.Tensor, batch: JudgedBatch): tf.Scalar {
  const label = tf.tensor(batch.label);
  const positive = tf.mul(tf.mul(label, batch.positiveWeight), tf.softplus(tf.neg(logit)));
  const losses = tf.add(positive, tf.mul(tf.sub(1, label), tf.softplus(logit)));
  const weights = tf.tensor(batch.sampleWeight);
  return tf.div(tf.sum(tf.mul(losses, weights)), tf.sum(weights));
}

/** AdamW as PyTorch defines it, in double precision. */
export class JudgeAdam {
  readonly #moments = new Map<string, { first: Float64Array; second: Float64Array }>();
  #step = 0;

  /** Changes the weights by one step with the given learning rate and weight decay. */
  update(
    weights: Map<string, Float32Array>,
    gradients: Map<string, Float32Array>,
    rate: number,
    decay: number,
  ): void {
    this.#step++;
    for (const [name, gradient] of gradients) {
      const size = gradient.length;
      const moments = this.#moments.get(name) ?? {
        first: new Float64Array(size),
        second: new Float64Array(size),
      };
      this.#moments.set(name, moments);
      const values = weights.get(name)!;
      gradient.forEach((slope, at) => {
        moments.first[at] = 0.9 * moments.first[at]! + 0.1 * slope;
        moments.second[at] = 0.999 * moments.second[at]! + 0.001 * slope * slope;
        const first = moments.first[at]! / (1 - 0.9 ** this.#step);
        const second = moments.second[at]! / (1 - 0.999 ** this.#step);
        values[at] = values[at]! * (1 - rate * decay) - (rate * first) / (Math.sqrt(second) + 1e-8);
      });
    }
  }
}
