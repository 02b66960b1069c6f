// A training that keeps moving averages of its weights: what validation, `best`, checkpoints and resuming read.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BatchSource, syntheticBatches } from '#lib/batches/batches.js';
import type { Engine } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { buildInferenceProgram, pickState } from '#lib/model/program.js';
import { averagedState } from '#lib/model/weight-averages.js';
import { classify } from '#lib/objectives/classify.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';
import { decodeCheckpoint, encodeCheckpoint } from '#lib/train/checkpoint.js';
import { warmUpCosine } from '#lib/train/schedule.js';
import type { TrainingSnapshot } from '#lib/train/trainer.js';
import { expectEqualBits } from '../helpers/several-steps.js';
import { registerTinyArch } from '../helpers/tiny-arch.js';
import { type ClassifierPlan, trainClassifier } from '../helpers/train-classifier.js';

const lengthSamples = 200;
const plan: ClassifierPlan = {
  ...{ arch: 'tiny', lengthSamples, phase: 'train', batchSize: 8, seed: 3 },
  ...{ learningRate: 3e-3, weightDecay: 0.01, epochs: 6, validateEvery: 2, patience: 5 },
  ...{ clipNorm: 0.5, emaDecay: 0.9, schedule: warmUpCosine({ warmUpSteps: 6, lastShare: 0.05 }) },
};

let engine: Engine;
let training: BatchSource;
let validation: BatchSource;
beforeAll(() => {
  registerTinyArch();
  engine = onnxRuntimeEngine();
  const options = { batchSize: 8, seed: 3 };
  const source = new Synthesizer({
    ...{ preset: 'paper', fsHz: 50, seconds: 4, seed: 3, unit: 'zscore' },
  }).signalSource();
  const classes = [['normal'], ['af']] as const;
  training = syntheticBatches(
    source,
    classes,
    { first: 0, count: 44 },
    {
      ...options,
      augment: { shiftRate: 0.3, maskRate: 0.2 },
    },
  );
  validation = syntheticBatches(source, classes, { first: 44, count: 20 }, options);
});
afterAll(() => engine.close());

async function snapshotsOf(given: Partial<ClassifierPlan> = {}) {
  const snapshots: TrainingSnapshot[] = [];
  const last = await trainClassifier({
    ...{ engine, training, validation, plan: { ...plan, ...given } },
    onSnapshot: async (snapshot) => void snapshots.push(structuredClone(snapshot)),
  });
  return { snapshots, last };
}

describe('a training with moving averages', () => {
  it('keeps the averages as `best`, under the names of their weights, beside the statistics', async () => {
    const { snapshots } = await snapshotsOf();
    const program = buildInferenceProgram(plan);
    for (const { best, current, progress } of snapshots) {
      if (progress.best!.epoch !== progress.epoch) continue;
      expect([...best.keys()]).toEqual(program.state.map(({ name }) => name));
      expect(best.get('conv1.weight')).toEqual(current.get('ema.conv1.weight'));
      expect(best.get('conv1.weight')).not.toEqual(current.get('conv1.weight'));
      expect(best.get('norm1.mean')).toEqual(current.get('norm1.mean'));
      expect(current.has('ema.norm1.mean')).toBe(false);
    }
    expect(snapshots.some(({ progress }) => progress.best!.epoch === progress.epoch)).toBe(true);
  });

  it('reports the validation loss of the averages', async () => {
    const { snapshots } = await snapshotsOf();
    const objective = classify(plan, { training, validation });
    const program = objective.buildInference();
    for (const { current, progress } of snapshots) {
      const lossOf = async (state: typeof current) => {
        const execution = await engine.load(program, pickState(state, program));
        const { loss } = await objective.validate(execution, validation, undefined);
        await execution.close();
        return loss;
      };
      expect(progress.curve.at(-1)!.valLoss).toBe(await lossOf(averagedState(current)));
      expect(progress.curve.at(-1)!.valLoss).not.toBe(await lossOf(current));
    }
  });

  it('trains the weights as a training without averages does', async () => {
    const [averaged, plain] = [await snapshotsOf(), await snapshotsOf({ emaDecay: undefined })];
    const { current } = averaged.last;
    expectEqualBits(new Map([...current].filter(([name]) => !name.startsWith('ema.'))), plain.last.current);
  });

  it('resumes from every checkpoint to the same weights, averages and best', async () => {
    const { snapshots, last } = await snapshotsOf();
    expect(snapshots).toHaveLength(3);
    for (const snapshot of snapshots) {
      const file = encodeCheckpoint({ config: {}, ...snapshot });
      const resume = decodeCheckpoint(file, 'checkpoint.bin');
      const resumed = await trainClassifier({ engine, training, validation, plan, resume });
      expectEqualBits(resumed.current, last.current);
      expectEqualBits(resumed.best, last.best);
      expect(resumed.progress.best).toEqual(last.progress.best);
    }
  });

  it('gives the same bits with several steps per run', async () => {
    const { last } = await snapshotsOf();
    const several = await trainClassifier({
      ...{ engine: { ...engine, stepsPerRun: 4 }, training, validation, plan },
    });
    expectEqualBits(several.current, last.current);
    expectEqualBits(several.best, last.best);
  });

  it('starts the averages at given weights', async () => {
    const { last } = await snapshotsOf();
    const still = { ...plan, epochs: 1, learningRate: 1e-12, weightDecay: 0 };
    const second = await trainClassifier({ engine, training, validation, plan: still, weights: last.best });
    for (const name of ['conv1.weight', 'head.linear2.weight']) {
      const [before, after] = [last.best.get(name)!, second.best.get(name)!];
      expect(Math.max(...after.map((x, at) => Math.abs(x - before[at]!))), name).toBeLessThan(1e-6);
    }
  });

  it('refuses a checkpoint of a training without averages', async () => {
    const { snapshots } = await snapshotsOf({ emaDecay: undefined });
    await expect(
      trainClassifier({ engine, training, validation, plan, resume: snapshots[0] }),
    ).rejects.toMatchObject({ code: 'ERR_CHECKPOINT', message: expect.stringContaining('ema.') });
  });
});

it('refuses given weights with an unknown name or another size', async () => {
  for (const [name, size] of [
    ['conv9.weight', 72],
    ['conv1.weight', 71],
  ] as const) {
    const weights = new Map([[name, new Float32Array(size)]]);
    await expect(trainClassifier({ engine, training, validation, plan, weights })).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT',
      message: expect.stringContaining(`${size} values of "${name}"`),
    });
  }
});
