// The loss, the prediction and every gradient of each denoiser, compared with PyTorch (the same network written again in
// test/judges/denoisers_torch.py) and with TensorFlow.js, which differentiates the nodes itself.

import { afterAll, describe, expect, test } from 'vitest';
import type { State } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { tensorflowEngine } from '#lib/engine/tensorflow.js';
import { buildDenoiserGraph, buildDenoiserProgram } from '#lib/generators/denoiser-program.js';
import { resolveDenoiser } from '#lib/nn/denoisers/index.js';
import { type DenoiserStep, denoiserNames, stepOf, tinyPlan } from '../../helpers/denoisers.js';
import { frozen } from '../../helpers/frozen.js';
import { judge } from '../../helpers/judge.js';
import { pythonWith } from '../../helpers/python.js';
import { relativeDistance } from '../agreement.js';

const batch = 5;
const ours = onnxRuntimeEngine();
const theirs = await tensorflowEngine({ backend: 'wasm' });
afterAll(() => Promise.all([ours.close(), theirs.close()]));
const python = pythonWith('torch', 'numpy');
const absent = python === undefined ? ' (SKIPPED: no python3 with torch; apt-get install python3-torch)' : '';

function expectGradients(got: State, wanted: State): void {
  expect([...got.keys()].sort()).toEqual([...wanted.keys()].sort());
  for (const [name, gradient] of wanted) {
    if (isZero(name)) continue;
    expect(relativeDistance(got.get(name)!, gradient), `gradient of ${name}`).toBeLessThan(1e-3);
  }
}

/** The bias of a key adds the same number to every score of a row, which softmax removes: its gradient is zero. */
const isZero = (name: string) => /\.key\.bias$/.test(name);

/** Returns the prediction of the inference program for the noised signals of a step. */
async function predictionOf(
  denoiser: (typeof denoiserNames)[number],
  step: DenoiserStep,
): Promise<Float32Array> {
  const plan = tinyPlan(denoiser);
  const { ecg, noise, signalScale, noiseScale, level, label } = step.feeds;
  const size = ecg!.data.length / batch;
  const x = Float32Array.from(ecg!.data as Float32Array, (clean, at) => {
    const [a, s] = [signalScale, noiseScale].map((scale) => Number(scale!.data[Math.floor(at / size)]));
    return a! * clean + s! * Number(noise!.data[at]);
  });
  const feeds = { x: { data: x, shape: ecg!.shape }, level: level!, label: label! };
  const [prediction, constant] = await Promise.all(
    [
      { program: buildDenoiserProgram(plan), state: step.weights },
      { program: await frozen(buildDenoiserGraph(plan, step.weights), ours), state: new Map() },
    ].map(async ({ program, state }) => {
      const execution = await ours.load(program, state);
      const answer = (await execution.run(feeds)).prediction!;
      await execution.close();
      expect(answer.shape).toEqual(ecg!.shape);
      return answer.data as Float32Array;
    }),
  );
  expect(relativeDistance(constant!, prediction!)).toBeLessThan(1e-5);
  return prediction!;
}

describe.each(denoiserNames)('%s', (denoiser) => {
  test('inference gives the prediction of the training step', async () => {
    const step = await stepOf(ours, tinyPlan(denoiser), batch);
    const prediction = await predictionOf(denoiser, step);
    const { ecg, noise, signalScale, noiseScale } = step.feeds;
    const size = prediction.length / batch;
    const squares = prediction.map((value, at) => {
      const row = Math.floor(at / size);
      const target =
        Number(signalScale!.data[row]) * Number(noise!.data[at]) -
        Number(noiseScale!.data[row]) * Number(ecg!.data[at]);
      return (value - target) ** 2;
    });
    for (const [row, loss] of step.losses.entries()) {
      const own = squares.subarray(row * size, (row + 1) * size);
      expect(own.reduce((sum, square) => sum + square, 0) / size / loss).toBeCloseTo(1, 5);
    }
    expect(step.losses.reduce((sum, loss) => sum + loss, 0) / batch / step.loss).toBeCloseTo(1, 5);
  });

  test('TensorFlow.js agrees in the loss and in every gradient', async () => {
    const [one, other] = [
      await stepOf(ours, tinyPlan(denoiser), batch),
      await stepOf(theirs, tinyPlan(denoiser), batch),
    ];
    expect(one.loss / other.loss).toBeCloseTo(1, 4);
    expectGradients(one.gradients, other.gradients);
  });

  test.skipIf(python === undefined)(
    `PyTorch agrees in the prediction and in every gradient${absent}`,
    async () => {
      const step = await stepOf(ours, tinyPlan(denoiser), batch);
      const packed = (shape: readonly number[], { buffer, byteOffset, byteLength }: ArrayBufferView) => ({
        shape,
        base64: Buffer.from(buffer, byteOffset, byteLength).toString('base64'),
      });
      const verdict = judge<{ loss: number; prediction: string; gradients: Record<string, string> }>(
        python!,
        'denoisers_judge.py',
        {
          network: denoiser,
          options: resolveDenoiser(denoiser).parse(tinyPlan(denoiser).options!),
          weights: Object.fromEntries(
            [...step.weights].map(([name, values]) => [name, packed(step.shapes.get(name)!, values)]),
          ),
          feeds: Object.fromEntries(
            ['ecg', 'noise', 'signalScale', 'noiseScale', 'level', 'label'].map((name) => [
              name,
              packed(step.feeds[name]!.shape, step.feeds[name]!.data),
            ]),
          ),
        },
      );
      const unpacked = (text: string) => {
        const bytes = Buffer.from(text, 'base64');
        return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      };
      expect(step.loss / verdict.loss).toBeCloseTo(1, 5);
      expect(relativeDistance(await predictionOf(denoiser, step), unpacked(verdict.prediction))).toBeLessThan(
        1e-5,
      );
      const gradients = Object.entries(verdict.gradients).map(
        ([name, text]) => [name, unpacked(text)] as const,
      );
      expectGradients(step.gradients, new Map(gradients));
    },
  );
});
