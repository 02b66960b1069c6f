// Several steps in one run of a program give the same bits as single steps. Devices that copy slowly depend on this.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readGroups, syntheticBatches } from '#lib/batches/batches.js';
import type { Engine, Program } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { buildClassifierTraining } from '#lib/objectives/classify.js';
import { trainRun } from '#lib/run/train-run.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';
import type { TrainingEvent } from '#lib/train/trainer.js';
import { temporaryFolder } from '../helpers/folder.js';
import { expectEqualBits, expectSameSteps } from '../helpers/several-steps.js';
import { registerTinyArch } from '../helpers/tiny-arch.js';
import { trainClassifier } from '../helpers/train-classifier.js';
import { noiseBatch } from '../nn/agreement.js';

let engine: Engine;
beforeAll(() => {
  registerTinyArch();
  engine = onnxRuntimeEngine();
});
afterAll(() => engine.close());

test.each([
  ['tiny', 1],
  ['tiny', 2],
  ['transformer', 2],
])('%s: a run of two steps and one of one step equal three single steps, with %d threads', (arch, threads) =>
  expectSameSteps(engine, arch, threads),
);

test('a program of one step refuses two', () => {
  const { feeds } = buildClassifierTraining({ arch: 'tiny', lengthSamples: 130, batch: 4, seed: 3 });
  const input = { ...noiseBatch(4, 130), step: 1 };
  expect(() => feeds(input, input)).toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
});

describe('train', () => {
  const lengthSamples = 200;
  const plan = {
    arch: 'tiny',
    lengthSamples,
    phase: 'train',
    batchSize: 8,
    seed: 3,
    learningRate: 3e-3,
    weightDecay: 0.01,
    epochs: 2,
    validateEvery: 1,
    patience: 5,
  };
  const sources = () => {
    const source = new Synthesizer({
      preset: 'paper',
      fsHz: 50,
      seconds: 4,
      seed: 3,
      unit: 'zscore',
    }).signalSource();
    const range = (first: number, count: number) => ({ first, count });
    const options = { batchSize: 8, seed: 3 };
    const augment = { shiftRate: 0.3, maskRate: 0.2 };
    return {
      training: syntheticBatches(source, [['normal'], ['af']], range(0, 44), { ...options, augment }),
      validation: syntheticBatches(source, [['normal'], ['af']], range(44, 20), options),
    };
  };

  test('gives the same weights and events for any number of steps per run', async () => {
    const runs = await Promise.all(
      [1, 4, 16].map(async (stepsPerRun) => {
        const steps: TrainingEvent[] = [];
        const { current, best } = await trainClassifier({
          engine: { ...engine, stepsPerRun },
          plan,
          ...sources(),
          onEvent: (event) => event.kind === 'step' && steps.push(event),
        });
        return { current, best, steps };
      }),
    );
    const [one, ...others] = runs;
    expect(one!.steps).toHaveLength(12);
    for (const other of others) {
      expect(other.steps).toEqual(one!.steps);
      expectEqualBits(other.current, one!.current);
      expectEqualBits(other.best, one!.best);
    }
  });

  test('writes the same files on a device, and exports on the processor', async () => {
    const loads: Program[] = [];
    const device: Engine = {
      ...engine,
      device: 'cuda',
      stepsPerRun: 4,
      load: (program, ...rest) => {
        loads.push(program);
        return engine.load(program, ...rest);
      },
    };
    const config = {
      task: 'af',
      setting: 'syn',
      arch: 'tiny',
      fsHz: 50,
      seconds: 4,
      batch: 8,
      epochs: 2,
    } as const;
    const [one, other] = [await temporaryFolder(), await temporaryFolder()];
    const given = { ...config, syntheticCount: 32 };
    await trainRun(given, { out: one, engine });
    const { engine: used } = await trainRun(given, { out: other, engine: device });
    expect(used).toMatchObject({ name: 'onnxruntime', device: 'cuda' });
    // The training step, its validation, the choice of the threshold, and the test of the model file.
    expect(loads).toHaveLength(4);
    for (const name of ['model.onnx', 'predictions.csv']) {
      expect((await readFile(join(other, name))).equals(await readFile(join(one, name))), name).toBe(true);
    }
  });

  test('reads the batches of an epoch in groups; the last group can be smaller', async () => {
    const { training } = sources();
    const sizes: number[] = [];
    for await (const group of readGroups(training, 0, 4)) sizes.push(group.length);
    expect(sizes).toEqual([4, 2]);
  });
});
