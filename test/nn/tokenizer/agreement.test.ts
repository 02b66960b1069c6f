// A training step of the tokenizer and of the prior: loss, every gradient and the statistics of the codebooks, compared with
// PyTorch (written again in test/judges/tokens_torch.py, with torch.stft) and with TensorFlow.js, which differentiates the
// nodes itself. Inference must give the numbers of the step.

import { afterAll, describe, expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import type { Engine, State, TensorData } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { tensorflowEngine } from '#lib/engine/tensorflow.js';
import { trainingMask } from '#lib/generators/decoding.js';
import { buildPriorTraining } from '#lib/generators/prior-objective.js';
import { buildTokenizerTraining } from '#lib/generators/tokenize.js';
import type { TrainingProgram } from '#lib/model/training.js';
import { timeVqvae, tokenCounts } from '#lib/nn/tokenizer/time-vqvae.js';
import { judge } from '../../helpers/judge.js';
import { pythonWith } from '../../helpers/python.js';
import { relativeDistance } from '../agreement.js';

const ours = onnxRuntimeEngine();
const theirs = await tensorflowEngine({ backend: 'wasm' });
afterAll(() => Promise.all([ours.close(), theirs.close()]));
const python = pythonWith('torch', 'numpy');
const absent = python === undefined ? ' (SKIPPED: no python3 with torch; apt-get install python3-torch)' : '';

const batch = 5;
const plan = { lengthSamples: 62, leads: 2, labels: 3, options: { ...timeVqvae.sizes.tiny, blocks: 2 } };
const counts = tokenCounts(plan.lengthSamples);
const { codes } = timeVqvae.parse(plan.options);

interface Step {
  readonly loss: number;
  readonly gradients: State;
  readonly after: State;
  readonly outputs: Readonly<Record<string, TensorData>>;
}

/** Runs the first step of a program. The first moment of AdamW is then a tenth of the gradient. */
async function stepOf<Inputs>(
  engine: Engine,
  { program, initialState }: TrainingProgram<Inputs>,
  feeds: Readonly<Record<string, TensorData>>,
): Promise<Step> {
  const execution = await engine.load(program, initialState, { threads: 1 });
  const outputs = await execution.run(feeds);
  const after = await execution.getState();
  await execution.close();
  const gradients = program.derivative!.wanted.map((name) => {
    return [name, after.get(`adam.first.${name}`)!.map((value) => 10 * value)] as const;
  });
  return { loss: outputs.loss!.data[0] as number, gradients: new Map(gradients), after, outputs };
}

function expectGradients(got: State, wanted: State): void {
  expect([...got.keys()].sort()).toEqual([...wanted.keys()].sort());
  for (const [name, gradient] of wanted) {
    // The bias of a key adds the same number to every score of a row, which softmax removes: its gradient is zero.
    if (name.endsWith('.key.bias')) continue;
    expect(relativeDistance(got.get(name)!, gradient), `gradient of ${name}`).toBeLessThan(1e-3);
  }
}

/** Asks PyTorch for the same step. */
function judged<Inputs>(
  network: string,
  { program, initialState }: TrainingProgram<Inputs>,
  feeds: Readonly<Record<string, TensorData>>,
) {
  const packed = (shape: readonly number[], data: TensorData['data']) => ({
    shape,
    type: data instanceof BigInt64Array ? 'int64' : 'float32',
    base64: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
  });
  const isWeight = new Set(program.derivative!.wanted);
  const slots = program.state
    .filter(({ name }) => !name.startsWith('adam.'))
    .map(({ name, shape }) => [name, packed(shape as number[], initialState.get(name)!)] as const);
  const given = Object.entries(feeds).map(([name, { data, shape }]) => [name, packed(shape, data)] as const);
  const verdict = judge<{
    loss: number;
    gradients: Record<string, string>;
    after: Record<string, string>;
  }>(python!, 'tokens_judge.py', {
    network,
    options: timeVqvae.parse(plan.options),
    weights: Object.fromEntries(slots.filter(([name]) => isWeight.has(name))),
    feeds: Object.fromEntries([...slots.filter(([name]) => !isWeight.has(name)), ...given]),
    uniforms: Object.fromEntries(given.filter(([name]) => name.endsWith('.uniform'))),
  });
  const unpacked = (texts: Record<string, string>): State =>
    new Map(
      Object.entries(texts).map(([name, text]) => {
        const bytes = Buffer.from(text, 'base64');
        return [
          name,
          new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)),
        ];
      }),
    );
  return { loss: verdict.loss, gradients: unpacked(verdict.gradients), after: unpacked(verdict.after) };
}

describe('tokenizer', () => {
  const training = buildTokenizerTraining(plan, { batch, seed: 3 });
  const stream = randomStream(1, 'tokenizer');
  const draw = (count: number) =>
    BigInt64Array.from({ length: codes }, () => BigInt(stream.below(batch * count)));
  const feeds = training.feeds({
    ecg: stream.fillNormal(new Float32Array(batch * 2 * 62)),
    revive: { low: draw(counts.low), high: draw(counts.high) },
    ...{ step: 1, learningRate: 1e-3 },
  });

  test('TensorFlow.js agrees in the loss, every gradient and the codebooks', async () => {
    const [one, other] = [await stepOf(ours, training, feeds), await stepOf(theirs, training, feeds)];
    expect(one.loss / other.loss).toBeCloseTo(1, 4);
    expectGradients(one.gradients, other.gradients);
    for (const slot of [
      'low.codebook',
      'low.counts',
      'low.sums',
      'high.codebook',
      'high.counts',
      'high.sums',
    ]) {
      expect(relativeDistance(one.after.get(slot)!, other.after.get(slot)!), slot).toBeLessThan(1e-4);
    }
  });

  test.skipIf(python === undefined)(
    `PyTorch agrees in the loss, every gradient and the codebooks${absent}`,
    async () => {
      const step = await stepOf(ours, training, feeds);
      const verdict = judged('tokenizer', training, feeds);
      expect(Math.abs(step.loss / verdict.loss - 1)).toBeLessThan(1e-5);
      expectGradients(step.gradients, verdict.gradients);
      for (const band of ['low', 'high']) {
        for (const part of ['counts', 'sums', 'codebook']) {
          const slot = `${band}.${part}`;
          expect(relativeDistance(step.after.get(slot)!, verdict.after.get(slot)!), slot).toBeLessThan(1e-5);
        }
      }
      const perplexities = [step.outputs.perplexityLow, step.outputs.perplexityHigh].map(
        (value) => value!.data[0],
      );
      const expected = ['low', 'high'].map((band) => verdict.after.get(`${band}.perplexity`)![0]!);
      for (const [at, value] of expected.entries()) expect(perplexities[at]).toBeCloseTo(value, 3);
    },
  );
});

describe('prior', () => {
  const training = buildPriorTraining(plan, { batch, seed: 3 });
  const stream = randomStream(1, 'prior');
  const band = (tokens: number) => ({
    codes: BigInt64Array.from({ length: batch * tokens }, () => BigInt(stream.below(codes))),
    mask: Float32Array.from(Array.from({ length: batch }, () => [...trainingMask(tokens, stream)]).flat()),
  });
  const feeds = training.feeds({
    ...{ low: band(counts.low), high: band(counts.high) },
    label: Float32Array.from({ length: batch * 4 }, (_, at) => Number(at % 4 === Math.floor(at / 4) % 4)),
    ...{ step: 1, learningRate: 1e-3 },
  });

  test('TensorFlow.js agrees in the loss and in every gradient', async () => {
    const [one, other] = [await stepOf(ours, training, feeds), await stepOf(theirs, training, feeds)];
    expect(one.loss / other.loss).toBeCloseTo(1, 4);
    expectGradients(one.gradients, other.gradients);
  });

  test.skipIf(python === undefined)(`PyTorch agrees in the loss and in every gradient${absent}`, async () => {
    const step = await stepOf(ours, training, feeds);
    const verdict = judged('prior', training, feeds);
    expect(Math.abs(step.loss / verdict.loss - 1)).toBeLessThan(1e-5);
    expectGradients(step.gradients, verdict.gradients);
  });
});
