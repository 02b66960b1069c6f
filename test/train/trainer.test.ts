import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BatchSource, syntheticBatches } from '#lib/batches/batches.js';
import type { Engine, State } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';
import { learningRateAt } from '#lib/train/schedule.js';
import type { TrainingSnapshot } from '#lib/train/trainer.js';
import { registerTinyArch } from '../helpers/tiny-arch.js';
import { type ClassifierPlan, trainClassifier } from '../helpers/train-classifier.js';

const lengthSamples = 200;
const plan: ClassifierPlan = {
  arch: 'tiny',
  lengthSamples,
  phase: 'train',
  batchSize: 8,
  seed: 3,
  learningRate: 3e-3,
  weightDecay: 0.01,
  epochs: 6,
  validateEvery: 2,
  patience: 5,
};

let engine: Engine;
let training: BatchSource;
let validation: BatchSource;
beforeAll(() => {
  registerTinyArch();
  engine = onnxRuntimeEngine();
  const source = new Synthesizer({
    preset: 'paper',
    fsHz: 50,
    seconds: 4,
    seed: 3,
    unit: 'zscore',
  }).signalSource();
  const rates = { shiftRate: 0.3, maskRate: 0.2 };
  const range = (first: number, count: number) => ({ first, count });
  training = syntheticBatches(source, [['normal'], ['af']], range(0, 44), {
    batchSize: 8,
    seed: 3,
    augment: rates,
  });
  validation = syntheticBatches(source, [['normal'], ['af']], range(44, 20), { batchSize: 8, seed: 3 });
});
afterAll(() => engine.close());

const bits = (state: State) => {
  const hash = createHash('sha256');
  for (const [name, { buffer }] of state) hash.update(name).update(new Uint8Array(buffer));
  return hash.digest('hex');
};
const withoutTime = ({ progress }: TrainingSnapshot) => ({
  ...progress,
  curve: progress.curve.map((point) => ({ ...point, seconds: 0 })),
});

describe('train', () => {
  it('gives identical weights on two engines, and other weights for another seed', async () => {
    const a = await trainClassifier({ engine, plan, training, validation });
    const other = onnxRuntimeEngine();
    const b = await trainClassifier({ engine: other, plan, training, validation });
    await other.close();
    expect(bits(b.current)).toEqual(bits(a.current));
    expect(bits(b.best)).toEqual(bits(a.best));
    expect(withoutTime(b)).toEqual(withoutTime(a));
    const c = await trainClassifier({ engine, plan: { ...plan, seed: 4 }, training, validation });
    expect(bits(c.current)).not.toEqual(bits(a.current));
  });

  it('resumes from any validation to the weights of an uninterrupted run', async () => {
    const snapshots: TrainingSnapshot[] = [];
    const whole = await trainClassifier({
      engine,
      plan,
      training,
      validation,
      onSnapshot: async (snapshot) => {
        snapshots.push(structuredClone(snapshot));
      },
    });
    expect(snapshots.map(({ progress }) => progress.epoch)).toEqual([2, 4, 6]);
    for (const resume of snapshots) {
      const resumed = await trainClassifier({ engine, plan, training, validation, resume });
      expect(bits(resumed.current)).toEqual(bits(whole.current));
      expect(bits(resumed.best)).toEqual(bits(whole.best));
      expect(withoutTime(resumed)).toEqual(withoutTime(whole));
    }
  });

  it.each(['cosine', 'one-cycle'] as const)(
    'gives each step its rate of the schedule %s, and resumes with the same bits',
    async (schedule) => {
      const scheduled = { ...plan, schedule };
      const snapshots: TrainingSnapshot[] = [];
      const onSnapshot = async (snapshot: TrainingSnapshot) => {
        snapshots.push(structuredClone(snapshot));
      };
      const rates: number[] = [];
      const load: Engine['load'] = async (program, ...rest) => {
        const execution = await engine.load(program, ...rest);
        return {
          ...execution,
          run: (feeds) => {
            // keep = 1 - learningRate * weightDecay, as float32.
            if (feeds.keep) rates.push((1 - (feeds.keep.data as Float32Array)[0]!) / plan.weightDecay);
            return execution.run(feeds);
          },
        };
      };
      const input = { plan: scheduled, training, validation };
      const whole = await trainClassifier({ ...input, engine: { ...engine, load }, onSnapshot });
      expect(rates).toHaveLength(36);
      for (const [at, rate] of rates.entries()) {
        expect(Math.abs(rate - learningRateAt(schedule, plan.learningRate, at + 1, 36))).toBeLessThan(1e-5);
      }
      const constant = await trainClassifier({ engine, plan, training, validation });
      expect(bits(constant.current)).not.toEqual(bits(whole.current));
      const resumed = await trainClassifier({ ...input, engine, resume: snapshots[0] });
      expect(bits(resumed.current)).toEqual(bits(whole.current));
      expect(bits(resumed.best)).toEqual(bits(whole.best));
    },
  );

  it('stops within an epoch when it is aborted, and resumes from the last validation to the same weights', async () => {
    const whole = await trainClassifier({ engine, plan, training, validation });
    const abort = new AbortController();
    let last: TrainingSnapshot | undefined;
    const stopped = trainClassifier({
      engine,
      plan,
      training,
      validation,
      signal: abort.signal,
      onSnapshot: async (snapshot) => {
        last = snapshot;
      },
      onEvent: (event) => {
        if (event.kind === 'step' && event.step === 21) abort.abort(new Error('enough'));
      },
    });
    await expect(stopped).rejects.toThrow('enough');
    expect(last?.progress.epoch).toBe(2);
    const resumed = await trainClassifier({ engine, plan, training, validation, resume: last });
    expect(bits(resumed.current)).toEqual(bits(whole.current));
  });

  it('passes on the error of a step although the next step has started, and closes its executions', async () => {
    let [runs, open] = [0, 0];
    const load: Engine['load'] = async (program, ...rest) => {
      const execution = await engine.load(program, ...rest);
      const isStepper = program.state.some(({ next }) => next !== undefined);
      open++;
      return {
        ...execution,
        run: async (feeds) => {
          const outputs = await execution.run(feeds);
          if (isStepper && ++runs === 3) throw new Error('step 3 failed');
          return outputs;
        },
        close: async () => {
          await execution.close();
          open--;
        },
      };
    };
    const steps: number[] = [];
    const failing = trainClassifier({
      engine: { ...engine, load },
      plan,
      training,
      validation,
      onEvent: (event) => event.kind === 'step' && steps.push(event.step),
    });
    await expect(failing).rejects.toThrow('step 3 failed');
    expect({ steps, runs, open }).toEqual({ steps: [1, 2], runs: 4, open: 0 });
  });

  it('learns to distinguish AF from normal: both losses decrease clearly', async () => {
    const losses: number[] = [];
    const source = new Synthesizer({
      preset: 'clinical',
      fsHz: 100,
      seconds: 4,
      seed: 3,
      unit: 'zscore',
    }).signalSource();
    const range = (first: number, count: number) => ({ first, count });
    const options = { batchSize: 16, seed: 3 };
    const rates = { shiftRate: 0.2, maskRate: 0.1 };
    const { progress } = await trainClassifier({
      engine,
      plan: { ...plan, lengthSamples: 400, batchSize: 16, learningRate: 1e-2, validateEvery: 3 },
      training: syntheticBatches(source, [['normal'], ['af']], range(0, 256), {
        ...options,
        augment: rates,
      }),
      validation: syntheticBatches(source, [['normal'], ['af']], range(256, 64), options),
      onEvent: (event) => {
        if (event.kind === 'step') losses.push(event.loss);
      },
    });
    const mean = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
    expect(losses).toHaveLength(6 * 16);
    expect(mean(losses.slice(-16))).toBeLessThan(0.75 * mean(losses.slice(0, 16)));
    expect(progress.best!.valLoss).toBeLessThan(0.55);
    expect(progress.curve.at(-1)!.valAuprc).toBeGreaterThan(0.85);
    expect(progress.curve.at(-1)!.trainLoss).toBeCloseTo(mean(losses.slice(-48)), 6);
  });

  it('stops after its patience and keeps the best weights', async () => {
    const hasty = { ...plan, epochs: 40, validateEvery: 1, patience: 2, learningRate: 0.05 };
    const { progress, best, current } = await trainClassifier({ engine, plan: hasty, training, validation });
    expect(progress.stale).toBe(2);
    expect(progress.epoch).toBeLessThan(40);
    const losses = progress.curve.map(({ valLoss }) => valLoss!);
    expect(progress.best).toEqual({
      epoch: losses.indexOf(Math.min(...losses)) + 1,
      valLoss: Math.min(...losses),
    });
    expect(progress.epoch).toBe(progress.best!.epoch + 2);
    expect([...best.keys()].some((name) => name.startsWith('adam'))).toBe(false);
    expect(best.get('head.linear2.weight')).not.toEqual(current.get('head.linear2.weight'));
  });

  it('starts from given weights with fresh moments, and validates once before the epochs end', async () => {
    const first = await trainClassifier({ engine, plan, training, validation });
    const second = await trainClassifier({
      engine,
      plan: { ...plan, phase: 'finetune', epochs: 1, learningRate: 1e-12, weightDecay: 0 },
      training,
      validation,
      weights: first.best,
      curve: first.progress.curve,
    });
    expect(second.progress).toMatchObject({ phase: 'finetune', epoch: 1, step: 6 });
    expect(second.progress.curve).toHaveLength(first.progress.curve.length + 1);
    const [before, after] = [first.best.get('conv1.weight')!, second.current.get('conv1.weight')!];
    expect(Math.max(...after.map((x, at) => Math.abs(x - before[at]!)))).toBeLessThan(1e-6);
  });

  it('throws ERR_DIVERGED if the loss is not a number, and refuses the checkpoint of another network', async () => {
    const wild = { ...plan, learningRate: 1e30 };
    await expect(trainClassifier({ engine, plan: wild, training, validation })).rejects.toThrow(
      expect.objectContaining({
        code: 'ERR_DIVERGED',
        message: expect.stringContaining('learning rate 1e+30'),
      }),
    );
    const { progress, current, best } = await trainClassifier({
      engine,
      plan: { ...plan, epochs: 1 },
      training,
      validation,
    });
    const renamed = new Map([...current].map(([name, data]) => [name.replace('conv1', 'other'), data]));
    await expect(
      trainClassifier({ engine, plan, training, validation, resume: { progress, best, current: renamed } }),
    ).rejects.toMatchObject({ code: 'ERR_CHECKPOINT' });
    const resized = new Map([...current].map(([name, data]) => [name, data.subarray(1)]));
    await expect(
      trainClassifier({ engine, plan, training, validation, resume: { progress, best, current: resized } }),
    ).rejects.toMatchObject({ code: 'ERR_CHECKPOINT' });
  });
});
