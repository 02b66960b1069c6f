// Several steps in one run are the same steps, bit for bit: what the devices that dislike copies rely on.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine, State } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';
import { readGroups, syntheticBatches } from '#lib/train/batches.js';
import { buildTrainingProgram, type StepInput } from '#lib/train/program.js';
import { type TrainingEvent, train } from '#lib/train/trainer.js';
import { registerTinyArch } from '../helpers/tiny-arch.js';
import { noiseBatch } from '../nn/agreement.js';

let engine: Engine;
beforeAll(() => {
  registerTinyArch();
  engine = onnxRuntimeEngine();
});
afterAll(() => engine.close());

const expectEqualBits = (a: State, b: State) => {
  expect([...a.keys()].sort()).toEqual([...b.keys()].sort());
  for (const [name, values] of a) {
    expect(Buffer.from(values.buffer).equals(Buffer.from(b.get(name)!.buffer)), name).toBe(true);
  }
};

describe.each(['tiny', 'resnet18'])('%s', (arch) => {
  const plan = { arch, lengthSamples: 130, batch: 4, seed: 3 };
  const inputs = Array.from({ length: 3 }, (_, at): StepInput => {
    const { ecg, ...rest } = noiseBatch(4, 130);
    return { ...rest, ecg: ecg.map((value) => value * (1 + at / 10)), step: at + 1 };
  });

  test.each([1, 2])('two and one step a run are three of one, with %d threads', async (threads) => {
    const single = buildTrainingProgram(plan);
    const several = buildTrainingProgram({ ...plan, severalSteps: true });
    const one = await engine.load(single.program, single.initialState, { threads });
    const two = await engine.load(several.program, several.initialState, { threads });
    const expected: { loss: number; logit: number[] }[] = [];
    for (const input of inputs) {
      const { loss, logit } = await one.run(single.feeds(input));
      expected.push({ loss: Number(loss!.data[0]), logit: [...(logit!.data as Float32Array)] });
    }
    const got: typeof expected = [];
    for (const part of [inputs.slice(0, 2), inputs.slice(2)]) {
      const { loss, logit } = await two.run(several.feeds(...part));
      expect([loss!.shape, logit!.shape]).toEqual([[part.length], [part.length, 4]]);
      const logits = [...(logit!.data as Float32Array)];
      for (const [at, value] of (loss!.data as Float32Array).entries())
        got.push({ loss: value, logit: logits.slice(4 * at, 4 * at + 4) });
    }
    expect(got).toEqual(expected);
    expectEqualBits(await two.getState(), await one.getState());
    await Promise.all([one.close(), two.close()]);
  });
});

test('a program of one step refuses more', () => {
  const { feeds } = buildTrainingProgram({ arch: 'tiny', lengthSamples: 130, batch: 4, seed: 3 });
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
    const synthesizer = new Synthesizer({ preset: 'paper', fsHz: 50, seconds: 4, seed: 3 });
    const range = (first: number, count: number) => ({ first, count, lengthSamples });
    const options = { batchSize: 8, seed: 3 };
    const augment = { shiftRate: 0.3, maskRate: 0.2 };
    return {
      training: syntheticBatches(synthesizer, 'af', range(0, 44), { ...options, augment }),
      validation: syntheticBatches(synthesizer, 'af', range(44, 20), options),
    };
  };

  test('ends in the same weights and tells the same steps, whatever the engine takes at once', async () => {
    const runs = await Promise.all(
      [1, 4, 16].map(async (stepsPerRun) => {
        const steps: TrainingEvent[] = [];
        const { current, best } = await train({
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

  test('takes the batches of an epoch in groups, the last as long as there are', async () => {
    const { training } = sources();
    const sizes: number[] = [];
    for await (const group of readGroups(training, 0, 4)) sizes.push(group.length);
    expect(sizes).toEqual([4, 2]);
  });
});
