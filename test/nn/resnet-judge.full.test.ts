// Compares ResNet-18 with an independent implementation in tfjs: gradients, running statistics and five steps of AdamW.
// (The tensorflow engine interprets the same graph; this implementation shares only the names of the weights.)

import { afterAll, describe, expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { gradients } from '#lib/graph/autodiff.js';
import { Graph } from '#lib/graph/graph.js';
import { buildNetwork, resolveArch } from '#lib/nn/models/index.js';
import { Net } from '#lib/nn/net.js';
import { buildClassifierTraining } from '#lib/objectives/classify.js';
import { crossEntropy } from '#lib/objectives/cross-entropy.js';
import { binary } from '#lib/signal/outputs.js';
import { compile } from '../graph/run-graph.js';
import { JudgeAdam, type JudgedStep, judgeStep } from '../judges/resnet-tfjs.js';
import { relativeDistance } from './agreement.js';

const [batch, lengthSamples] = [4, 40];
const engine = onnxRuntimeEngine();
afterAll(() => engine.close());

describe('against tfjs', () => {
  const training = buildClassifierTraining({ arch: 'resnet18', batch, lengthSamples, seed: 11 });
  const stream = randomStream(5, 'batch');
  const ecg = Float32Array.from({ length: batch * lengthSamples }, () => stream.normal());
  const label = Float32Array.of(0, 1, 1, 0);
  const sampleWeight = Float32Array.of(1, 0.5, 1, 2);
  const positiveWeight = 2.5;
  const input = { ecg, label, sampleWeight, positiveWeight, learningRate: 2e-4, weightDecay: 0.01 };
  const uniformsAt = (step: number) =>
    training.feeds({ ...input, step })['head.dropout.uniform']!.data as Float32Array;
  const shapes = new Map(
    training.program.state
      .filter(({ name }) => !name.startsWith('adam.') && !name.includes('.running'))
      .map(({ name, shape }) => [name, shape as number[]]),
  );

  // Scales and shifts as after some training. A shift of 0 would consist only of Adam's steps, where a vanishing gradient
  // with another sign changes a whole step.
  const start = new Map(
    [...training.initialState].map(([name, values]) => {
      const isVector = shapes.get(name)?.length === 1;
      return [name, isVector ? values.map((value) => value + 0.2 * stream.normal()) : values] as const;
    }),
  );
  let judgement: JudgedStep | undefined;
  const judgedFirst = () => {
    judgement ??= judgeStep(start, shapes, { ...input, uniforms: uniformsAt(1) });
    return judgement;
  };

  test('loss, every gradient and the running statistics agree', async () => {
    const graph = new Graph('judged');
    const net = new Net(graph, 'training', (owner, slot) => owner.input(slot.name, 'float32', slot.shape));
    const logit = buildNetwork(
      net,
      graph.input('ecg', 'float32', [batch, 1, lengthSamples]),
      resolveArch('resnet18'),
      {},
      binary,
    );
    const loss = crossEntropy(graph, logit, 'binary', {
      label: graph.constant([...label]),
      sampleWeight: graph.constant([...sampleWeight]),
      positiveWeight: graph.constant(positiveWeight),
    });
    const weights = net.slots.filter(({ kind }) => kind === 'weight');
    const slopes = gradients(
      graph,
      loss,
      weights.map(({ value }) => value),
    );
    graph.output('loss', loss);
    weights.forEach(({ name }, index) => {
      graph.output(`d.${name}`, slopes[index]!);
    });
    for (const [name, next] of net.nextStatistics) graph.output(`${name}.next`, next);
    const runner = await compile(graph);
    const state = Object.fromEntries(start);
    const ours = await runner.run({ ...state, ecg, 'head.dropout.uniform': uniformsAt(1) });
    const judged = judgedFirst();
    expect(judged.gradients.size).toBe(weights.length);
    expect(Math.abs(ours.loss![0]! - judged.loss) / judged.loss).toBeLessThan(1e-4);
    for (const [name, gradient] of judged.gradients) {
      expect(relativeDistance(ours[`d.${name}`]!, gradient), name).toBeLessThan(1e-3);
    }
    for (const [name, { mean, variance, count }] of judged.statistics) {
      const nextMean = mean.map((value) => 0.1 * value);
      const nextVariance = variance.map((value) => 0.9 + (0.1 * value * count) / (count - 1));
      expect(relativeDistance(ours[`${name}.runningMean.next`]!, nextMean), name).toBeLessThan(1e-3);
      expect(relativeDistance(ours[`${name}.runningVariance.next`]!, nextVariance), name).toBeLessThan(1e-3);
    }
    await runner.release();
  });

  test('the weights after five steps of AdamW agree', async () => {
    const weights = new Map([...start].map(([name, values]) => [name, values.slice()]));
    const adam = new JudgeAdam();
    const execution = await engine.load(training.program, start, { threads: 1 });
    for (let step = 1; step <= 5; step++) {
      const judged =
        step === 1 ? judgedFirst() : judgeStep(weights, shapes, { ...input, uniforms: uniformsAt(step) });
      adam.update(weights, judged.gradients, input.learningRate, input.weightDecay);
      const { loss } = await execution.run(training.feeds({ ...input, step }));
      expect(Math.abs((loss!.data[0] as number) - judged.loss) / judged.loss).toBeLessThan(5e-3);
    }
    const state = await execution.getState();
    for (const name of shapes.keys()) {
      expect(relativeDistance(state.get(name)!, weights.get(name)!), name).toBeLessThan(1e-3);
    }
    await execution.close();
  });
});
