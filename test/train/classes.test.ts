// Training with several classes that exclude each other: it learns, it resumes to the same bits, and it gives rare
// classes larger weights.

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { type BatchSource, type LabelledWindow, realBatches } from '#lib/batches/batches.js';
import type { Engine, State } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { buildInferenceProgram } from '#lib/model/program.js';
import type { Outputs } from '#lib/signal/outputs.js';
import type { TrainingSnapshot } from '#lib/train/trainer.js';
import { registerTinyArch } from '../helpers/tiny-arch.js';
import { type ClassifierPlan, trainClassifier } from '../helpers/train-classifier.js';
import { windowOf } from '../helpers/windows.js';

const lengthSamples = 64;
const three: Outputs = { kind: 'multiclass', count: 3 };
const plan: ClassifierPlan = {
  arch: 'tiny',
  lengthSamples,
  outputs: three,
  phase: 'train',
  batchSize: 8,
  seed: 3,
  learningRate: 1e-2,
  weightDecay: 0.01,
  epochs: 12,
  validateEvery: 2,
  patience: 6,
};

/** Returns sine waves of 2, 6 and 14 periods with noise; `counts` states how many of each. */
function waves(seed: number, counts: readonly number[]): LabelledWindow[] {
  return counts.flatMap((count, label) =>
    Array.from({ length: count }, (_, at) => {
      const stream = randomStream(seed, 'wave', label, at);
      const phase = 2 * Math.PI * stream.uniform();
      const signal = Float32Array.from({ length: lengthSamples }, (_, k) => {
        const angle = (2 * Math.PI * [2, 6, 14][label]! * k) / lengthSamples + phase;
        return Math.sin(angle) + 0.3 * stream.normal();
      });
      return { label, window: windowOf({ signal, record: `${label}-${at}` }) };
    }),
  );
}

let engine: Engine;
let training: BatchSource;
let validation: BatchSource;
beforeAll(() => {
  registerTinyArch();
  engine = onnxRuntimeEngine();
  const augment = { shiftRate: 0.2, maskRate: 0.1 };
  training = realBatches(waves(1, [30, 20, 10]), lengthSamples, { batchSize: 8, seed: 3, augment });
  validation = realBatches(waves(2, [9, 6, 3]), lengthSamples, { batchSize: 8, seed: 3 });
});
afterAll(() => engine.close());

const bits = (state: State) => {
  const hash = createHash('sha256');
  for (const [name, { buffer }] of state) hash.update(name).update(new Uint8Array(buffer));
  return hash.digest('hex');
};

describe('train with several classes', () => {
  it('learns to distinguish waves, and resumes to the same weights with another number of threads', async () => {
    const snapshots: TrainingSnapshot[] = [];
    const whole = await trainClassifier({
      engine,
      threads: 1,
      plan,
      training,
      validation,
      onSnapshot: async (snapshot) => {
        snapshots.push(structuredClone(snapshot));
      },
    });
    const last = whole.progress.curve.at(-1)!;
    expect(last.valF1).toBeGreaterThan(0.9);
    expect(last.valAuprc).toBeGreaterThan(0.95);
    expect(whole.progress.curve[0]!.valLoss).toBeGreaterThan(2 * whole.progress.best!.valLoss);
    const resumed = await trainClassifier({
      engine,
      threads: 2,
      plan,
      training,
      validation,
      resume: snapshots[1],
    });
    expect(bits(resumed.current)).toBe(bits(whole.current));
    expect(bits(resumed.best)).toBe(bits(whole.best));
  });

  it('gives the same weights for any number of steps per run', async () => {
    const short = { ...plan, epochs: 2 };
    const one = await trainClassifier({ engine, plan: short, training, validation });
    const several = await trainClassifier({
      engine: { ...engine, stepsPerRun: 3 },
      plan: short,
      training,
      validation,
    });
    expect(bits(several.current)).toBe(bits(one.current));
  });

  it('weights class k in the validation loss by N / (K n_k) of the training windows', async () => {
    // The expected loss is computed here from the logits of the validated weights.
    const { current, progress } = await trainClassifier({
      engine,
      plan: { ...plan, epochs: 1 },
      training,
      validation,
    });
    const program = buildInferenceProgram(plan);
    const state: State = new Map(program.state.map(({ name }) => [name, current.get(name)!]));
    const execution = await engine.load(program, state, {});
    const weights = [60 / (3 * 30), 60 / (3 * 20), 60 / (3 * 10)];
    let sum = 0;
    for (let index = 0; index < validation.batchesPerEpoch; index++) {
      const { signals, labels, count } = await validation.batch(0, index);
      const { logit } = await execution.run({ ecg: { data: signals, shape: [count, 1, lengthSamples] } });
      for (const [row, label] of labels.entries()) {
        const powers = [0, 1, 2].map((k) => Math.exp(Number(logit!.data[3 * row + k])));
        sum -= weights[label]! * Math.log(powers[label]! / (powers[0]! + powers[1]! + powers[2]!));
      }
    }
    await execution.close();
    expect(progress.curve[0]!.valLoss).toBeCloseTo(sum / 18, 6);
  });

  it('feeds one-hot labels and class weights; the loss of a step is the weighted mean', async () => {
    const seen: { label: readonly number[]; positiveWeight: readonly number[]; shape: readonly number[] }[] =
      [];
    const answers: { loss: number; logit: readonly number[] }[] = [];
    const load: Engine['load'] = async (program, ...rest) => {
      const execution = await engine.load(program, ...rest);
      return {
        ...execution,
        run: async (feeds) => {
          const { label, positiveWeight } = feeds;
          if (label && positiveWeight) {
            const numbers = [label, positiveWeight].map(({ data }) => Array.from(data as Float32Array));
            seen.push({ label: numbers[0]!, positiveWeight: numbers[1]!, shape: label.shape });
          }
          const outputs = await execution.run(feeds);
          const { loss, logit } = outputs;
          if (loss)
            answers.push({ loss: Number(loss.data[0]), logit: Array.from(logit!.data as Float32Array) });
          return outputs;
        },
      };
    };
    await trainClassifier({
      engine: { ...engine, load },
      plan: { ...plan, epochs: 1 },
      training,
      validation,
    });
    const { labels } = await training.batch(0, 0);
    const [first] = seen;
    expect(first!.shape).toEqual([8, 3]);
    expect(first!.label).toEqual([...labels].flatMap((label) => [0, 1, 2].map((k) => (k === label ? 1 : 0))));
    expect(first!.positiveWeight).toEqual([Math.fround(2 / 3), 1, 2]);
    const { loss, logit } = answers[0]!;
    const losses = Array.from(labels, (label, row) => {
      const powers = logit.slice(3 * row, 3 * row + 3).map(Math.exp);
      return -[2 / 3, 1, 2][label]! * Math.log(powers[label]! / (powers[0]! + powers[1]! + powers[2]!));
    });
    expect(loss).toBeCloseTo(losses.reduce((sum, one) => sum + one) / 8, 5);
  });

  it('refuses records that lack a label of the plan, or have a label that the plan lacks', async () => {
    const refuse = (counts: readonly number[], outputs: Outputs) => {
      const source = realBatches(waves(1, counts), lengthSamples, { batchSize: 8, seed: 3 });
      return expect(trainClassifier({ engine, plan: { ...plan, outputs }, training: source, validation }))
        .rejects;
    };
    await refuse([9, 9], three).toMatchObject({ code: 'ERR_DATA_EMPTY' });
    await refuse([9, 0, 9], three).toThrow(/hold none of label 1/);
    await refuse([9, 9, 9], { kind: 'binary' }).toMatchObject({ code: 'ERR_OPTION' });
    await refuse([9, 9, 9], { kind: 'multilabel', count: 3 }).toMatchObject({ code: 'ERR_OPTION' });
  });
});
