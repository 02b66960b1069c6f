// The diffusion objective trains both denoisers: they learn, and the draws, the steps and the samples repeat bit for bit.

import { afterAll, describe, expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import type { BatchSource } from '#lib/batches/batches.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { buildDenoiserGraph, buildDenoiserProgram } from '#lib/generators/denoiser-program.js';
import { type DiffusionPlan, diffuse } from '#lib/generators/diffuse.js';
import { noiseSchedule } from '#lib/generators/noise-schedule.js';
import { diffusionSampler } from '#lib/generators/sample-diffusion.js';
import { pickState } from '#lib/model/program.js';
import { warmUpCosine } from '#lib/train/schedule.js';
import { type TrainerPlan, type TrainingSnapshot, train } from '#lib/train/trainer.js';
import { denoiserNames, noiseInputs, stepOf, tinyPlan } from '../helpers/denoisers.js';
import { frozen } from '../helpers/frozen.js';
import { kolmogorovSmirnov } from '../helpers/kolmogorov-smirnov.js';
import { expectEqualBits } from '../helpers/several-steps.js';

const engine = onnxRuntimeEngine();
afterAll(() => engine.close());
const minutes = 60_000;

const [length, leads, size] = [32, 2, 8];

/** Eight records of two labels: sine waves of different rates. An epoch is four batches of the same records. */
const waves: BatchSource = {
  leads,
  lengthSamples: length,
  count: size,
  labelCounts: [4, 2, 2],
  batchesPerEpoch: 4,
  batch: async () => ({
    signals: Float32Array.from({ length: size * leads * length }, (_, at) => {
      const [row, lead] = [Math.floor(at / (leads * length)), Math.floor(at / length) % leads];
      return 1.4 * Math.sin((2 * Math.PI * (1 + (row % 4)) * (at % length)) / length + lead + row);
    }),
    labels: Float32Array.from({ length: size }, (_, row) => [0, 1, 0, 2][row % 4]!),
    count: size,
  }),
};
/** The same records once. */
const held: BatchSource = { ...waves, batchesPerEpoch: 1 };

const trainerPlan: TrainerPlan = {
  ...{ phase: 'generator', batchSize: size, seed: 3, learningRate: 1e-2, weightDecay: 0 },
  ...{ clipNorm: 1, emaDecay: 0.99, epochs: 3, validateEvery: 1, patience: 1000 },
};

function trainerOf(plan: DiffusionPlan, settings: Partial<TrainerPlan> = {}, stepsPerRun = 1) {
  return (resume?: TrainingSnapshot, onSnapshot?: (snapshot: TrainingSnapshot) => Promise<void>) =>
    train({
      engine: { ...engine, stepsPerRun },
      threads: 1,
      objective: diffuse(plan, { training: waves, validation: held }),
      training: waves,
      validation: held,
      plan: { ...trainerPlan, ...settings },
      resume,
      onSnapshot,
    });
}

describe.each(denoiserNames)('%s', (denoiser) => {
  const plan = tinyPlan(denoiser);

  test('learns eight records: the validation loss falls to less than 0.4', {
    timeout: 5 * minutes,
  }, async () => {
    const wide = { ...plan, options: { ...plan.options, ...(denoiser === 'diffwave' && { channels: 24 }) } };
    const settings = { epochs: 120, validateEvery: 60, schedule: 'cosine' } as const;
    const { progress } = await trainerOf(wide, settings)();
    // An untrained denoiser answers 0, and the mean square of v is 1 for records of SD 1.
    expect(progress.curve.at(-1)!.valLoss!).toBeLessThan(0.4);
  });

  test('resumes, and takes several steps per run, with the same bits', { timeout: 5 * minutes }, async () => {
    const snapshots: TrainingSnapshot[] = [];
    const whole = await trainerOf(plan)(undefined, async (snapshot) => void snapshots.push(snapshot));
    expect(snapshots).toHaveLength(3);
    for (const other of [await trainerOf(plan)(snapshots[0]), await trainerOf(plan, {}, 3)()]) {
      expectEqualBits(other.current, whole.current);
      expectEqualBits(other.best, whole.best);
      expect(other.progress.best).toEqual(whole.progress.best);
    }
  });

  test('a step and samples have the same bits with one and two threads', {
    timeout: 5 * minutes,
  }, async () => {
    const [one, two] = [await stepOf(engine, plan, 6, 1), await stepOf(engine, plan, 6, 2)];
    expectEqualBits(two.gradients, one.gradients);
    const made = await Promise.all([1, 2].map((threads) => sampleWith(plan, one.weights, threads)));
    expect(made[1]).toEqual(made[0]);
  });
});

/** Returns records 60 to 69 of labels 0 and 1 in turn, in three steps. */
async function sampleWith(plan: DiffusionPlan, weights: ReadonlyMap<string, Float32Array>, threads: number) {
  const program = await frozen(buildDenoiserGraph(plan, new Map(weights)), engine);
  const execution = await engine.load(program, new Map(), { threads });
  const sample = diffusionSampler({ plan, execution, seed: 5, solver: { steps: 3 } });
  const made = await sample({ labels: [0, 1], start: 60, count: 10 });
  await execution.close();
  return made;
}

describe('the draws of a step', () => {
  const plan = { ...tinyPlan('diffwave'), labelDropout: 0.25 };
  const objective = diffuse(plan, { training: waves, validation: held });
  const inputs = async (step: number) => objective.inputs(await waves.batch(0, 0), step);

  test('depend on the seed and the step alone', async () => {
    const [first, again, second] = [await inputs(1), await inputs(1), await inputs(2)];
    expect(again).toEqual(first);
    for (const name of ['noise', 'level'] as const) expect(second[name]).not.toEqual(first[name]);
    expect(second.ecg).toEqual(first.ecg);
    const other = diffuse({ ...plan, seed: 5 }, { training: waves, validation: held });
    expect(other.inputs(await waves.batch(0, 0), 1).noise).not.toEqual(first.noise);
  });

  test('take levels from the whole schedule, and hide a quarter of the labels', async () => {
    const steps = await Promise.all(Array.from({ length: 500 }, (_, at) => inputs(at + 1)));
    const levels = steps.flatMap(({ level }) => [...level]);
    expect(Math.min(...levels)).toBeGreaterThanOrEqual(1);
    expect(Math.min(...levels)).toBeLessThan(2);
    expect(Math.max(...levels)).toBeLessThanOrEqual(200);
    expect(Math.max(...levels)).toBeGreaterThan(199);
    const hidden = steps.flatMap(({ label }) => [...label].filter((_, at) => at % 4 === 3));
    const share = hidden.reduce((sum, value) => sum + value, 0) / hidden.length;
    expect(share).toBeGreaterThan(0.22);
    expect(share).toBeLessThan(0.28);
    for (const { signalScale, noiseScale } of steps.slice(0, 20))
      for (const [row, a] of signalScale.entries()) expect(a ** 2 + noiseScale[row]! ** 2).toBeCloseTo(1, 5);
  });

  test.each([
    [{ labels: 2 }, 'ERR_OPTION', /the records have 3 labels, but the plan has 2/],
    [{ labels: 4 }, 'ERR_DATA_EMPTY', /hold none of label 3/],
    [
      { lengthSamples: 64 },
      'ERR_RANGE',
      /planned for records of 2 leads and 64 samples, but the source has 2 leads/,
    ],
    [{ labelDropout: 1 }, 'ERR_RANGE', /labelDropout must be from 0 to below 1, got 1/],
  ])('refuse a plan with %o', (change, code, sentence) => {
    const make = () => diffuse({ ...plan, ...change }, { training: waves, validation: held });
    expect(make).toThrow(expect.objectContaining({ code }));
    expect(make).toThrow(sentence);
  });
});

describe('sampling', () => {
  const plan = tinyPlan('diffwave');
  /** Answers a share of the sample that depends on the label, and notes each call. */
  const toy = () => {
    const asked: string[] = [];
    const run = async ({ x, label }: Record<string, { data: unknown; shape: readonly number[] }>) => {
      const [sample, rows] = [x!.data as Float32Array, label!.data as Float32Array];
      asked.push(rows.subarray(0, 4).join(''));
      const own = (at: number) => rows.indexOf(1, 4 * Math.floor(at / (leads * length))) % 4;
      return {
        prediction: { data: sample.map((value, at) => value * (0.1 + 0.2 * own(at))), shape: x!.shape },
      };
    };
    return { execution: { run } as Parameters<typeof diffusionSampler>[0]['execution'], asked };
  };
  const record = leads * length;

  test('a record is the same in every request, whatever the labels of the others', async () => {
    const { execution } = toy();
    const options = { plan, execution, seed: 5, solver: { steps: 3 } };
    const whole = await diffusionSampler(options)({ labels: [0, 1], start: 0, count: 200 });
    const sample = diffusionSampler(options);
    for (const [start, count] of [
      [0, 1],
      [62, 5],
      [63, 130],
    ] as const) {
      const part = await sample({ labels: [0, 1], start, count });
      expect(part).toEqual(whole.subarray(start * record, (start + count) * record));
    }
    const even = await sample({ labels: [0], start: 0, count: 3 });
    expect(even.subarray(0, record)).toEqual(whole.subarray(0, record));
    expect(even.subarray(2 * record)).toEqual(whole.subarray(2 * record, 3 * record));
    expect(even.subarray(record, 2 * record)).not.toEqual(whole.subarray(record, 2 * record));
    expect(
      await diffusionSampler({ ...options, seed: 6 })({ labels: [0, 1], start: 0, count: 200 }),
    ).not.toEqual(whole);
  });

  test('the network answers for a record alike, whatever the labels of the others', async () => {
    const { weights } = await stepOf(engine, plan, 4);
    const program = buildDenoiserProgram(plan);
    const execution = await engine.load(program, pickState(weights, program), { threads: 2 });
    const options = { plan, execution, seed: 5, solver: { steps: 3 } };
    const both = await diffusionSampler(options)({ labels: [0, 1], start: 0, count: 64 });
    const one = await diffusionSampler(options)({ labels: [0], start: 0, count: 64 });
    await execution.close();
    for (let row = 0; row < 64; row += 2) {
      const [from, to] = [row * record, (row + 1) * record];
      expect(one.subarray(from, to)).toEqual(both.subarray(from, to));
      expect(one.subarray(to, to + record)).not.toEqual(both.subarray(to, to + record));
    }
  });

  test('requests in order compute each batch once', async () => {
    const { execution, asked } = toy();
    const sample = diffusionSampler({ plan, execution, seed: 5, solver: { steps: 3 } });
    for (let start = 0; start < 128; start += 16) await sample({ labels: [0], start, count: 16 });
    expect(asked).toHaveLength(2 * 3);
  });

  test('guidance of 1 does not ask without the label; of 0 it gives records without a label', async () => {
    const made = async (labels: number[], guidance?: number) => {
      const { execution, asked } = toy();
      const options = {
        plan,
        execution,
        seed: 5,
        solver: { steps: 3 },
        ...(guidance !== undefined && { guidance }),
      };
      return { signals: await diffusionSampler(options)({ labels, start: 0, count: 4 }), asked };
    };
    const [plain, one, zero, none, two] = [
      await made([1]),
      await made([1], 1),
      await made([1], 0),
      await made([3]),
      await made([1], 2),
    ];
    expect(one).toEqual(plain);
    expect(plain.asked).toEqual(['0100', '0100', '0100']);
    expect(zero.signals).toEqual(none.signals);
    expect(two.asked).toEqual(['0100', '0001', '0100', '0001', '0100', '0001']);
    expect(two.signals).not.toEqual(plain.signals);
  });

  test('an aborted request rejects with the reason, and the next one is computed again', async () => {
    const { execution } = toy();
    const sample = diffusionSampler({ plan, execution, seed: 5, solver: { steps: 3 } });
    const reason = new Error('stopped');
    const request = { labels: [0], start: 0, count: 2 };
    await expect(sample({ ...request, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await sample(request)).toHaveLength(2 * record);
  });

  test.each([
    [{ count: 0 }, /at least one record from index 0 on, got 0 records from 0/],
    [{ start: -1 }, /got 1 records from -1/],
    [{ labels: [] }, /labels from 0 to 3, where 3 means without a label, got an empty list/],
    [{ labels: [0, 4] }, /got 4/],
    [{ out: new Float32Array(3) }, /needs 64 values, got 3/],
  ])('refuses the request %o', async (change, sentence) => {
    const sample = diffusionSampler({ plan, execution: toy().execution, seed: 5 });
    const made = sample({ labels: [0], start: 0, count: 1, ...change });
    await expect(made).rejects.toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
    await expect(made).rejects.toThrow(sentence);
  });
});

test('a trained network gives back a mixture of two normals', { timeout: 10 * minutes }, async () => {
  const [count, batch, samples] = [6400, 64, 8];
  const draw = (stream: ReturnType<typeof randomStream>, values: number) =>
    Float32Array.from({ length: values }, () =>
      stream.uniform() < 0.3 ? -1.2 + 0.3 * stream.normal() : 0.55 + 0.4 * stream.normal(),
    );
  const source = (name: string, records: number): BatchSource => ({
    ...{ leads: 1, lengthSamples: samples, count: records, labelCounts: [records, 0] },
    batchesPerEpoch: records / batch,
    batch: async (epoch, index) => ({
      signals: draw(randomStream(1, name, epoch, index), batch * samples),
      labels: new Float32Array(batch),
      count: batch,
    }),
  });
  const [training, validation] = [source('training', count), source('validation', 4 * batch)];
  const plan: DiffusionPlan = {
    denoiser: 'diffwave',
    options: {
      rhythm: 'learned',
      patch: 1,
      blocks: 3,
      channels: 16,
      cycle: 3,
      levelFeatures: 32,
      labelFeatures: 8,
    },
    ...{ lengthSamples: samples, labels: 1, schedule: noiseSchedule(), seed: 1 },
  };
  const { best } = await train({
    ...{ engine, threads: 1, training, validation },
    objective: diffuse(plan, { training, validation }),
    plan: {
      ...{ phase: 'generator', batchSize: batch, seed: 1, learningRate: 5e-3, weightDecay: 0, clipNorm: 1 },
      ...{ schedule: warmUpCosine({ warmUpSteps: 20, lastShare: 0.05 }), emaDecay: 0.99 },
      ...{ epochs: 4, validateEvery: 4, patience: 1 },
    },
  });
  const execution = await engine.load(buildDenoiserProgram(plan), best, { threads: 1 });
  const made = await diffusionSampler({ plan, execution, seed: 5 })({ labels: [0], start: 0, count: 640 });
  await execution.close();
  const truth = draw(randomStream(9, 'truth'), 50_000);
  expect(kolmogorovSmirnov(made, truth)).toBeLessThan(0.05);
  // A normal distribution with mean and SD of the mixture is farther away.
  const normals = randomStream(9, 'normal').fillNormal(new Float32Array(made.length));
  expect(
    kolmogorovSmirnov(
      normals.map((value) => 0.025 + 0.885 * value),
      truth,
    ),
  ).toBeGreaterThan(0.07);
});

test('predicting v, the noise and the clean signal are three trainings of one network', async () => {
  const losses = await Promise.all(
    (['v', 'epsilon', 'x0'] as const).map(async (predict) => {
      const plan = { ...tinyPlan('diffwave'), predict };
      const { loss, feeds } = await stepOf(engine, plan, 4);
      expect(feeds.ecg!.data).toEqual(noiseInputs(plan, 4).ecg);
      return loss;
    }),
  );
  expect(new Set(losses).size).toBe(3);
});
