// Shared parts of the tests of architectures: a small batch, a training step on it, and the distance of two tensors.

import { randomStream } from '#lib/base/random.js';
import type { Engine, State } from '#lib/engine/engine.js';
import type { StepSettings } from '#lib/model/training.js';
import {
  buildClassifierTraining,
  type ClassifierInputs,
  type ClassifierTrainingPlan,
} from '#lib/objectives/classify.js';

/** Returns a batch of noise with labels, the same for the same shape. */
export function noiseBatch(
  batch: number,
  lengthSamples: number,
  leads = 1,
): Omit<ClassifierInputs & StepSettings, 'step'> {
  const stream = randomStream(5, 'batch', batch, lengthSamples, leads);
  return {
    ecg: Float32Array.from({ length: batch * leads * lengthSamples }, () => stream.normal()),
    label: Float32Array.from({ length: batch }, (_, at) => at % 2),
    sampleWeight: Float32Array.from({ length: batch }, () => 0.5 + stream.uniform()),
    positiveWeight: 2.5,
    learningRate: 2e-4,
    weightDecay: 0.01,
  };
}

/** Returns the state after one step of `plan` on noise. */
export async function trainedOnce(
  engine: Engine,
  plan: ClassifierTrainingPlan,
  threads: number,
): Promise<State> {
  const { program, initialState, feeds } = buildClassifierTraining(plan);
  const execution = await engine.load(program, initialState, { threads });
  await execution.run(feeds({ ...noiseBatch(plan.batch, plan.lengthSamples), step: 1 }));
  const state = await execution.getState();
  await execution.close();
  return state;
}

/** Returns the Euclidean distance relative to `theirs`. */
export function relativeDistance(ours: Float32Array, theirs: Float32Array): number {
  if (ours.length !== theirs.length)
    throw new Error(`${ours.length} values against ${theirs.length}: not the same tensor`);
  const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return norm(ours.map((value, at) => value - theirs[at]!)) / Math.max(1e-6, norm(theirs));
}
