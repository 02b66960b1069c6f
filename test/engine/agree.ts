// One training in two engines, side by side: what both tests of agreement measure.
// The start is perturbed, since float32 cannot settle the question at the initial weights:
// - scales and shifts (all vectors) get 0.2 of noise. A shift at 0 would be nothing but the steps of Adam, in which one
//   vanishing gradient of the other sign is a whole step (the treatment of nn/resnet.test.ts);
// - ResNets: the last scale of every residual branch is a tenth (torchvision's zero_init_residual, nearly). At 1 the network
//   of 50 layers is chaotic: moving every weight by one unit in the last place (6e-8) moves its gradients by 3e-2, in one
//   and the same engine. Even so one of a million ReLUs may stand so near its kink that rounding decides; each
//   noise is a draw for which moving every weight by 1e-6 moves no gradient by more than 2e-5 (others: up to 3e-2);
// - Luna: the weights of queries and keys are tripled, as if attention had sharpened. Before that its packed positions are
//   so alike that the slopes of the scores cancel: one unit in the last place moves those of layer0.unpack.query by 6e-4.

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
  /** Weights whose gradient is zero but for rounding: in norm below 2^-24, half a unit in the last place, of the whole one's. */
  readonly vanishing: ReadonlySet<string>;
}

export const learningRate = 2e-4;

/** The backend of tfjs that is judged: PQRST_TF_BACKEND, else WASM, which is the faster one of those that are always there. */
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

/** Relative to `theirs`, in the Euclidean norm; without a floor, so that small gradients are judged too. */
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
 * Weights whose gradient is zero by construction, by architecture. What is computed of it is rounding, so no two engines
 * can agree on it, and neither on the steps that Adam makes of its signs.
 */
const zeroByConstruction: Readonly<Record<string, RegExp>> = {
  // A shift that is the same in time, behind it a 1-tap convolution and a norm that takes the mean out again.
  'efficientnet-b0': /\.project\.norm\.bias$/,
  // A key's bias adds the same number to every score of a row; softmax drops it.
  transformer: /\.key\.bias$/,
  luna: /\.key\.bias$/,
  mega: /\.key\.mu$/,
};

/** Asserts agreement within 1e-3; weights whose gradient is rounding (named above, no others) need only be as small. */
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
  // Adam's steps are at most 1.02 learning rates each (Cauchy-Schwarz over its two moments), in either engine.
  const reach = 2 * 1.02 * ours.losses.length * learningRate;
  for (const name of vanishing) {
    const values = theirs.state.get(name)!;
    const far = Math.max(...ours.state.get(name)!.map((value, at) => Math.abs(value - values[at]!)));
    expect(far, name).toBeLessThan(reach);
  }
  if (process.env.PQRST_FULL === '1') console.log(summary(arch, agreement));
}

/** A row for the table of docs/engines.md. */
function summary(arch: string, { ours, theirs, gradients, weights, vanishing }: Agreement): string {
  const worst = (distances: ReadonlyMap<string, number>) =>
    Math.max(...[...distances].map(([name, distance]) => (vanishing.has(name) ? 0 : distance))).toExponential(
      1,
    );
  const losses = ours.losses.map((loss, step) => Math.abs(loss / theirs.losses[step]! - 1));
  const loss = Math.max(...losses).toExponential(1);
  return `${arch}: loss ${loss}, gradients ${worst(gradients)}, weights ${worst(weights)}, zero ${vanishing.size}`;
}
