// Small denoisers, a batch for them, and one training step on it.

import { randomStream } from '#lib/base/random.js';
import type { Engine, State, TensorData } from '#lib/engine/engine.js';
import { buildDiffusionTraining, type DiffusionInputs, type DiffusionPlan } from '#lib/generators/diffuse.js';
import { noiseScalesAt, noiseSchedule } from '#lib/generators/noise-schedule.js';

/** Hyper-parameters of networks that a step trains in milliseconds. */
export const tinyOptions = {
  diffwave: {
    rhythm: 'learned',
    patch: 2,
    blocks: 4,
    channels: 8,
    cycle: 3,
    levelFeatures: 16,
    labelFeatures: 8,
  },
  'time-diffusion': {
    rhythm: 'learned',
    patch: 2,
    width: 16,
    growth: '1-2',
    heads: 2,
    headWidth: 4,
    levelFeatures: 16,
  },
} as const;

/** The names of the denoisers. */
export const denoiserNames = ['diffwave', 'time-diffusion'] as const;

/** Returns the plan of a tiny denoiser for records of two leads, 32 samples and three labels. */
export function tinyPlan(denoiser: keyof typeof tinyOptions): DiffusionPlan {
  return {
    ...{ denoiser, options: tinyOptions[denoiser], lengthSamples: 32, leads: 2, labels: 3 },
    ...{ schedule: noiseSchedule(), seed: 4 },
  };
}

/** Returns the inputs of a step on noise, at levels over the whole schedule; the last record has no label. */
export function noiseInputs(
  { leads = 1, lengthSamples, labels, schedule }: DiffusionPlan,
  batch: number,
): DiffusionInputs {
  const stream = randomStream(3, 'denoisers');
  const level = Float32Array.from(
    { length: batch },
    (_, row) => 1 + ((schedule.steps - 1) * (row + 0.5)) / batch,
  );
  const scales = Array.from(level, (value) => noiseScalesAt(schedule, value));
  const label = new Float32Array(batch * (labels + 1));
  for (let row = 0; row < batch; row++)
    label[row * (labels + 1) + (row === batch - 1 ? labels : row % labels)] = 1;
  return {
    ecg: stream.fillNormal(new Float32Array(batch * leads * lengthSamples)),
    noise: stream.fillNormal(new Float32Array(batch * leads * lengthSamples)),
    signalScale: Float32Array.from(scales, ({ signalScale }) => signalScale),
    noiseScale: Float32Array.from(scales, ({ noiseScale }) => noiseScale),
    level,
    label,
  };
}

/** The loss, the gradients and the weights before a step. */
export interface DenoiserStep {
  readonly loss: number;
  readonly losses: Float32Array;
  readonly gradients: State;
  readonly weights: State;
  readonly feeds: Readonly<Record<string, TensorData>>;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** Makes one step on noise. All weights are changed at random first: the last layer starts at zero and would hide others. */
export async function stepOf(
  engine: Engine,
  plan: DiffusionPlan,
  batch: number,
  threads = 1,
): Promise<DenoiserStep> {
  const training = buildDiffusionTraining(plan, { batch, seed: 7 });
  const { wanted } = training.program.derivative!;
  const stream = randomStream(9, 'perturbation');
  const start = new Map(training.initialState);
  for (const name of wanted)
    start.set(
      name,
      start.get(name)!.map((value) => value + 0.1 * stream.normal()),
    );
  const feeds = training.feeds({ ...noiseInputs(plan, batch), step: 1, learningRate: 1e-3 });
  const execution = await engine.load(training.program, start, { threads });
  const { loss, losses } = await execution.run(feeds);
  const state = await execution.getState();
  await execution.close();
  const pick = (from: (name: string) => Float32Array) => new Map(wanted.map((name) => [name, from(name)]));
  return {
    loss: loss!.data[0] as number,
    losses: losses!.data as Float32Array,
    // Adam's first moment after one step is a tenth of the gradient.
    gradients: pick((name) => state.get(`adam.first.${name}`)!.map((value) => 10 * value)),
    weights: pick((name) => start.get(name)!),
    feeds,
    shapes: new Map(training.program.state.map(({ name, shape }) => [name, shape as number[]])),
  };
}
