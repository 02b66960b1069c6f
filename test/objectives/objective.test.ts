// The trainer trains whatever its objective says: here a network that learns the amplitude of noise, without labels.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import type { Batch, BatchSource } from '#lib/batches/batches.js';
import type { Engine } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { Graph } from '#lib/graph/graph.js';
import { mul } from '#lib/graph/ops/mul.js';
import { reduceMean } from '#lib/graph/ops/reduce-mean.js';
import { sub } from '#lib/graph/ops/sub.js';
import { buildInferenceProgram, buildLogit, toProgram } from '#lib/model/program.js';
import { buildTrainingProgram } from '#lib/model/training.js';
import type { Objective } from '#lib/objectives/objective.js';
import { curveCsv } from '#lib/train/curve.js';
import { train } from '#lib/train/trainer.js';
import { registerTinyArch } from '../helpers/tiny-arch.js';

const [lengthSamples, batchSize] = [64, 8];
const network = { arch: 'tiny', lengthSamples };

interface Inputs {
  readonly signals: Float32Array;
  readonly amplitudes: Float32Array;
}

const amplitudesOf = ({ signals, count }: Batch) =>
  Float32Array.from({ length: count }, (_, row) =>
    Math.max(...signals.subarray(row * lengthSamples, (row + 1) * lengthSamples).map(Math.abs)),
  );

const amplitude: Objective<Inputs> = {
  buildTraining: (options) =>
    buildTrainingProgram<Inputs>(options, {
      build: (net) => {
        const { graph } = net;
        const estimate = buildLogit(net, network, options.batch);
        const difference = sub(graph, estimate, graph.input('amplitude', 'float32', [options.batch]));
        return { loss: reduceMean(graph, mul(graph, difference, difference), [0]), outputs: {} };
      },
      feeds: ({ signals, amplitudes }) => ({
        ecg: { data: signals, shape: [options.batch, 1, lengthSamples] },
        amplitude: { data: amplitudes, shape: [options.batch] },
      }),
    }),
  buildInference: () => buildInferenceProgram(network),
  inputs: (batch) => ({ signals: batch.signals, amplitudes: amplitudesOf(batch) }),
  validate: async (execution, source) => {
    const batch = await source.batch(0, 0);
    const ecg = { data: batch.signals, shape: [batch.count, 1, lengthSamples] };
    const estimates = (await execution.run({ ecg })).logit!.data as Float32Array;
    const squares = amplitudesOf(batch).map((value, row) => (value - estimates[row]!) ** 2);
    return { loss: squares.reduce((sum, square) => sum + square, 0) / batch.count, scores: {} };
  },
};

/** Noise of different amplitudes; it has no labels. */
const source: BatchSource = {
  leads: 1,
  lengthSamples,
  count: 4 * batchSize,
  labelCounts: [],
  batchesPerEpoch: 4,
  batch: async (_, index) => {
    const stream = randomStream(1, 'noise', index);
    const signals = new Float32Array(batchSize * lengthSamples);
    for (let row = 0; row < batchSize; row++) {
      const scale = 0.2 + stream.uniform();
      for (let at = 0; at < lengthSamples; at++) signals[row * lengthSamples + at] = scale * stream.normal();
    }
    return { signals, labels: new Float32Array(batchSize), count: batchSize };
  },
};

let engine: Engine;
beforeAll(() => {
  registerTinyArch();
  engine = onnxRuntimeEngine();
});
afterAll(() => engine.close());

it('trains an objective without labels: its loss falls, and scores that it lacks are null', async () => {
  const { progress } = await train({
    engine,
    objective: amplitude,
    training: source,
    validation: source,
    plan: {
      ...{ phase: 'train', batchSize, seed: 3, learningRate: 1e-2, weightDecay: 0 },
      ...{ epochs: 12, validateEvery: 1, patience: 12 },
    },
  });
  const [first] = progress.curve;
  expect(progress.curve.at(-1)!.trainLoss!).toBeLessThan(0.5 * first!.trainLoss!);
  expect(progress.best!.valLoss!).toBeLessThan(0.5 * first!.valLoss!);
  expect(progress.curve.map(({ valF1, valAuprc }) => [valF1, valAuprc])).toEqual(
    Array.from({ length: 12 }, () => [null, null]),
  );
  const [columns, ...rows] = curveCsv(progress.curve).trimEnd().split('\n');
  expect(columns).toBe('phase,epoch,step,trainLoss,valLoss,valF1,valAuprc,seconds');
  expect(rows).toHaveLength(12);
  for (const row of rows) expect(row).toMatch(/^train,\d+,\d+,[\d.]+,[\d.]+,,,[\d.]+$/);
});

it('ends with ERR_DIVERGED when the norm of the gradients overflows, although the loss is finite', async () => {
  const steep: Objective<{ readonly x: Float32Array }> = {
    validate: amplitude.validate,
    buildInference: () => {
      const graph = new Graph('weight');
      graph.output('same', mul(graph, graph.input('weight', 'float32', [1]), graph.constant(1)));
      return toProgram(graph, [{ name: 'weight', type: 'float32', shape: [1] }]);
    },
    buildTraining: (options) =>
      buildTrainingProgram(options, {
        build: (net) => {
          const { graph } = net;
          const weight = net.weight('weight', [1], (_seed, _name, size) => new Float32Array(size));
          const product = mul(graph, weight, graph.input('x', 'float32', [options.batch]));
          return { loss: reduceMean(graph, product, [0]), outputs: {} };
        },
        feeds: ({ x }) => ({ x: { data: x, shape: [options.batch] } }),
      }),
    inputs: () => ({ x: new Float32Array(batchSize).fill(1e25) }),
  };
  await expect(
    train({
      engine,
      objective: steep,
      training: source,
      validation: source,
      plan: {
        ...{ phase: 'train', batchSize, seed: 3, learningRate: 1e-2, weightDecay: 0 },
        ...{ epochs: 1, validateEvery: 1, patience: 1, clipNorm: 1 },
      },
    }),
  ).rejects.toMatchObject({
    code: 'ERR_DIVERGED',
    message: expect.stringContaining('the norm of the gradients became Infinity in step 1'),
  });
});
