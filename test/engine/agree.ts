// Runs one training in two engines side by side. Both agreement tests use it.
// The initial weights are perturbed, because float32 is not precise enough for a comparison at the initial weights:
// - Scales and shifts (all vectors) get noise of 0.2. A shift of 0 would consist only of Adam's steps, where a vanishing
//   gradient with another sign changes a whole step (as in nn/resnet-judge.full.test.ts).
// - ResNets: the last scale of every residual branch is 0.1 (similar to torchvision's zero_init_residual). At 1, the
//   network with 50 layers is chaotic: changing every weight by one unit in the last place (6e-8) changes its gradients by
//   3e-2 in the same engine. Even at 0.1, one of a million ReLUs may be so close to its kink that rounding decides.
//   Therefore each noise seed is chosen so that changing every weight by 1e-6 changes no gradient by more than 2e-5 (with
//   other seeds up to 3e-2).
// - Luna: the weights of queries and keys are tripled, as if attention had sharpened. Otherwise its packed positions are
//   so similar that the slopes of the scores cancel: one unit in the last place changes those of layer0.unpack.query by
//   6e-4.

import { expect } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import type { Engine, State } from '#lib/engine/engine.js';
import type { TensorflowBackend } from '#lib/engine/tensorflow.js';
import type { TrainingProgram } from '#lib/model/training.js';
import { buildClassifierTraining, type ClassifierInputs } from '#lib/objectives/classify.js';
import { noiseBatch } from '../nn/agreement.js';

export interface Trained {
  readonly losses: readonly number[];
  readonly gradients: State;
  readonly state: State;
}

export interface Agreement {
  readonly ours: Trained;
  readonly theirs: Trained;
  /** By weight: relative distance of the first step's gradients, and of the weights after all steps. */
  readonly gradients: ReadonlyMap<string, number>;
  readonly weights: ReadonlyMap<string, number>;
  /**
   * Weights whose gradient is zero except for rounding: its norm is below 2^-24 (half a unit in the last place) of the norm
   * of the whole gradient.
   */
  readonly vanishing: ReadonlySet<string>;
}

export const learningRate = 2e-4;

/** The tested backend of tfjs: PQRST_TF_BACKEND, by default WASM, the faster one of the backends that need no setup. */
export const backend = (process.env.PQRST_TF_BACKEND ?? 'wasm') as TensorflowBackend;

export async function agreementOf(
  arch: string,
  [first, second]: readonly [Engine, Engine],
  { lengthSamples = 130, batch = 4, steps = 5 } = {},
): Promise<Agreement> {
  const training = buildClassifierTraining({ arch, lengthSamples, batch, seed: 11 });
  const input = { ...noiseBatch(batch, lengthSamples), learningRate };
  const start = perturbed(arch, training);
  const train = async (engine: Engine): Promise<Trained> => {
    const execution = await engine.load(training.program, start, { threads: 2 });
    const losses: number[] = [];
    const gradients: State = new Map();
    for (let step = 1; step <= steps; step++) {
      const { loss } = await execution.run(training.feeds({ ...input, step }));
      losses.push(loss!.data[0] as number);
      if (step > 1) continue;
      // Adam's first moment after one step is a tenth of the gradient.
      const state = await execution.getState();
      for (const name of training.program.derivative!.wanted)
        gradients.set(
          name,
          state.get(`adam.first.${name}`)!.map((value) => 10 * value),
        );
    }
    const state = await execution.getState();
    await execution.close();
    return { losses, gradients, state };
  };
  const [ours, theirs] = [await train(first), await train(second)];
  const { wanted } = training.program.derivative!;
  const distances = (a: State, b: State) =>
    new Map(wanted.map((name) => [name, distance(a.get(name)!, b.get(name)!)]));
  const whole = norm(Float64Array.from(wanted, (name) => norm(theirs.gradients.get(name)!)));
  return {
    ours,
    theirs,
    gradients: distances(ours.gradients, theirs.gradients),
    weights: distances(ours.state, theirs.state),
    vanishing: new Set(wanted.filter((name) => norm(theirs.gradients.get(name)!) < 2 ** -24 * whole)),
  };
}

/** Returns the distance relative to `theirs` in the Euclidean norm, without a minimum, so that small gradients count too. */
function distance(ours: Float32Array, theirs: Float32Array): number {
  return norm(ours.map((value, at) => value - theirs[at]!)) / norm(theirs);
}

function norm(values: Float32Array | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}

function perturbed(arch: string, { program, initialState }: TrainingProgram<ClassifierInputs>): State {
  const stream = randomStream(arch === 'resnet50' ? 6 : 5, 'perturbation');
  const vectors = new Set(program.state.filter(({ shape }) => shape.length === 1).map(({ name }) => name));
  const start: State = new Map(initialState);
  for (const name of program.derivative!.wanted.filter((wanted) => vectors.has(wanted))) {
    const isLastScale = /^stage\d+\.block\d+\.norm\d\.weight$/.test(name) && !vectors.has(followerOf(name));
    start.set(
      name,
      initialState.get(name)!.map((value) => (isLastScale ? 0.1 : 1) * (value + 0.2 * stream.normal())),
    );
  }
  for (const [name, values] of arch === 'luna' ? initialState : []) {
    if (/^layer.*\.(query|key)\.weight$/.test(name))
      start.set(
        name,
        values.map((value) => 3 * value),
      );
  }
  return start;
}

/** `stage1.block0.norm2.weight` -> `stage1.block0.norm3.weight`. */
function followerOf(name: string): string {
  return name.replace(/norm(\d)/, (_, number) => `norm${Number(number) + 1}`);
}

/**
 * Weights whose gradient is zero by construction, for each architecture. The computed gradient is only rounding error, so
 * two engines cannot agree on it, nor on the steps that Adam derives from its signs.
 */
const zeroByConstruction: Readonly<Record<string, RegExp>> = {
  // A shift that is constant in time, followed by a 1-tap convolution and a norm that removes the mean again.
  'efficientnet-b0': /\.project\.norm\.bias$/,
  // The bias of a key adds the same number to every score of a row, which softmax removes.
  transformer: /\.key\.bias$/,
  luna: /\.key\.bias$/,
  mega: /\.key\.mu$/,
};

/** Asserts agreement within 1e-3. Weights whose gradient is rounding error (exactly those above) must only be as small. */
export function expectAgreement(arch: string, agreement: Agreement): void {
  const { ours, theirs, gradients, weights, vanishing } = agreement;
  for (const [step, loss] of ours.losses.entries()) {
    expect(Math.abs(loss / theirs.losses[step]! - 1), `loss of step ${step + 1}`).toBeLessThan(1e-3);
  }
  for (const name of vanishing) expect(name).toMatch(zeroByConstruction[arch] ?? /^$/);
  const judged = [...gradients.keys()].filter((name) => !vanishing.has(name));
  expect(judged.length).toBeGreaterThan(gradients.size / 2);
  for (const name of judged) {
    expect(gradients.get(name), `gradient of ${name}`).toBeLessThan(1e-3);
    expect(weights.get(name), name).toBeLessThan(1e-3);
  }
  // Each step of Adam is at most 1.02 learning rates (Cauchy-Schwarz over its two moments), in either engine.
  const reach = 2 * 1.02 * ours.losses.length * learningRate;
  for (const name of vanishing) {
    const values = theirs.state.get(name)!;
    const far = Math.max(...ours.state.get(name)!.map((value, at) => Math.abs(value - values[at]!)));
    expect(far, name).toBeLessThan(reach);
  }
  if (process.env.PQRST_FULL === '1') console.log(summary(arch, agreement));
}

/** Returns a row for the table in docs/engines.md. */
function summary(arch: string, { ours, theirs, gradients, weights, vanishing }: Agreement): string {
  const worst = (distances: ReadonlyMap<string, number>) =>
    Math.max(...[...distances].map(([name, distance]) => (vanishing.has(name) ? 0 : distance))).toExponential(
      1,
    );
  const losses = ours.losses.map((loss, step) => Math.abs(loss / theirs.losses[step]! - 1));
  const loss = Math.max(...losses).toExponential(1);
  return `${arch}: loss ${loss}, gradients ${worst(gradients)}, weights ${worst(weights)}, zero ${vanishing.size}`;
}
