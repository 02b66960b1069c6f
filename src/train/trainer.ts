// Runs one training: epochs of steps, validation and early stopping. It keeps the best weights. The objective defines
// what is trained; the trainer knows no labels, no files and no tasks.
// Every step is f(objective, plan, sources, step), so a training that resumes from a validation ends in the same
// weights, bit for bit on the same engine and processor.

import { PqrstError } from '../base/errors.js';
import { type BatchSource, readGroups } from '../batches/batches.js';
import type { Engine, Execution, Program, State } from '../engine/engine.js';
import { pickState } from '../model/program.js';
import { averagedState, restartAverages } from '../model/weight-averages.js';
import type { Objective } from '../objectives/objective.js';
import type { CurvePoint, TrainingProgress } from './checkpoint.js';
import { learningRateAt, type RateFactor, type Schedule } from './schedule.js';

/** The settings of one training. */
export interface TrainerPlan {
  readonly phase: string;
  readonly batchSize: number;
  readonly seed: number;
  readonly learningRate: number;
  /** How the learning rate changes over the steps of all epochs; default constant. */
  readonly schedule?: Schedule | RateFactor;
  readonly weightDecay: number;
  /** The largest Euclidean norm of all gradients together, above 0; default: no clipping. */
  readonly clipNorm?: number | undefined;
  /**
   * The largest decay of the moving averages of the weights, from 0 to below 1. Validation and `best` then read the averages
   * in place of the weights. Default: no averages.
   */
  readonly emaDecay?: number | undefined;
  readonly epochs: number;
  /** Number of epochs between validations. A validation always follows the last epoch. */
  readonly validateEvery: number;
  /** Number of validations without a lower loss after which the training ends. */
  readonly patience: number;
}

/** The state of a training after a validation: everything that is needed to resume. */
export interface TrainingSnapshot {
  readonly progress: TrainingProgress;
  /** The state of the training program. */
  readonly current: State;
  /** The state of the inference program at the lowest validation loss; with `emaDecay` the averages of the weights. */
  readonly best: State;
}

/** One step or one validation of a training. */
export type TrainingEvent =
  | {
      readonly kind: 'step';
      readonly phase: string;
      readonly epoch: number;
      /** Number of finished optimiser steps; `steps` is the number of all epochs without early stopping. */
      readonly step: number;
      readonly steps: number;
      readonly loss: number;
    }
  | { readonly kind: 'validation'; readonly point: CurvePoint; readonly isBest: boolean };

/** Everything that `train` needs. */
export interface TrainerInput<Inputs extends object> {
  readonly engine: Engine;
  readonly threads?: number | undefined;
  readonly objective: Objective<Inputs>;
  readonly plan: TrainerPlan;
  readonly training: BatchSource;
  readonly validation: BatchSource;
  /**
   * Weights and statistics to start from, such as those of an earlier training; others have their initial values. The moments
   * of the optimiser start at zero, and the moving averages at the weights.
   */
  readonly weights?: State | undefined;
  /** Points of earlier phases. They precede the points of this training. */
  readonly curve?: readonly CurvePoint[] | undefined;
  readonly resume?: TrainingSnapshot | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: TrainingEvent) => void) | undefined;
  /** Awaited after each validation. */
  readonly onSnapshot?: ((snapshot: TrainingSnapshot) => Promise<void>) | undefined;
}

/**
 * Trains until the epochs or the patience end, and returns the last snapshot.
 *
 * @throws PqrstError ERR_DIVERGED: when the loss or the norm of the gradients is no longer a finite number.
 * @throws PqrstError ERR_CHECKPOINT: when `resume` or `weights` belong to another network.
 */
export async function train<Inputs extends object>(input: TrainerInput<Inputs>): Promise<TrainingSnapshot> {
  const { engine, objective, plan, training, threads, signal, onEvent, resume } = input;
  // The checkpoint of a finished training may hold only the best weights.
  if (resume !== undefined && isFinished(resume.progress, plan)) return resume;
  const severalSteps = (engine.stepsPerRun ?? 1) > 1;
  const { batchSize: batch, seed, clipNorm, emaDecay } = plan;
  const { program, initialState, feeds } = objective.buildTraining({
    ...{ batch, seed, severalSteps, clipNorm, emaDecay },
  });
  const stepsPerRun = severalSteps ? stepsThatFit(engine.stepsPerRun!, program) : 1;
  const inference = objective.buildInference();
  const options = threads === undefined ? {} : { threads };
  const inferenceState = (state: State) => pickState(averagedState(state), inference);
  const weights = startingState(initialState, input.weights);
  const start = resume === undefined ? weights : pickState(resume.current, program);
  let { progress, best } = resume ?? { progress: startOf(plan.phase, input.curve), best: new Map() };
  let current = start;
  const steps = training.batchesPerEpoch * plan.epochs;
  const began = performance.now() - 1000 * secondsOf(progress);
  const stepper = await engine.load(program, start, options);
  const validator = await engine
    .load(inference, inferenceState(start), options)
    .catch((error) => closed(stepper, error));
  try {
    let { step } = progress;
    let lossSum = 0;
    const takeUp = ([run]: Settled, epoch: number) => {
      if (run.status === 'rejected') throw run.reason;
      signal?.throwIfAborted();
      const norms = run.value.gradientNorm?.data as Float32Array | undefined;
      for (const [at, loss] of (run.value.loss!.data as Float32Array).entries()) {
        step++;
        if (norms !== undefined && !Number.isFinite(norms[at])) {
          throw diverged(`the norm of the gradients became ${norms[at]} in step ${step}`, plan);
        }
        if (!Number.isFinite(loss)) throw diverged(`the loss became ${loss} in step ${step}`, plan);
        lossSum += loss;
        onEvent?.({ kind: 'step', phase: plan.phase, epoch, step, steps, loss });
      }
    };
    for (let epoch = progress.epoch; !isFinished(progress, plan); epoch++) {
      let given = step;
      let running: Promise<Settled> | undefined;
      for await (const batches of readGroups(training, epoch, stepsPerRun, signal)) {
        const { schedule = 'constant', learningRate: highest, weightDecay } = plan;
        const inputs = batches.map((batch) => {
          const learningRate = learningRateAt(schedule, highest, ++given, steps);
          return { ...objective.inputs(batch, given), learningRate, weightDecay, step: given };
        });
        // The feeds are made and sent while the engine computes the previous steps, so that it does not wait for them.
        const before = running;
        running = settled(stepper.run(feeds(...inputs)));
        if (before !== undefined) takeUp(await before, epoch);
      }
      if (running !== undefined) takeUp(await running, epoch);
      const done = epoch + 1;
      if (done % plan.validateEvery !== 0 && done < plan.epochs) continue;
      current = await stepper.getState();
      const weights = inferenceState(current);
      await validator.setState(weights);
      const { loss: valLoss, scores } = await objective.validate(validator, input.validation, signal);
      if (!Number.isFinite(valLoss)) throw diverged(`the validation loss became ${valLoss}`, plan);
      const isBest = progress.best === null || valLoss < progress.best.valLoss;
      const trainLoss = lossSum / (step - progress.step);
      const seconds = (performance.now() - began) / 1000;
      const [valF1, valAuprc] = [scoreOrNull(scores.f1), scoreOrNull(scores.auprc)];
      const point = { phase: plan.phase, epoch: done, step, trainLoss, valLoss, valF1, valAuprc, seconds };
      if (isBest) best = weights;
      progress = advanced(progress, point, isBest);
      lossSum = 0;
      await input.onSnapshot?.({ progress, current, best });
      onEvent?.({ kind: 'validation', point, isBest });
    }
    return { progress, current, best };
  } finally {
    await Promise.all([stepper.close(), validator.close()]);
  }
}

/** Returns at most `most` steps, as many as keep their feeds below 256 MiB: a few copies of them are in memory. */
function stepsThatFit(most: number, { inputs }: Program): number {
  const sizeOf = ({ shape }: (typeof inputs)[number]) =>
    shape.reduce<number>((size, dim) => (typeof dim === 'number' ? size * dim : size), 4);
  const bytes = inputs.reduce((sum, input) => sum + sizeOf(input), 0);
  return Math.max(1, Math.min(most, Math.floor(2 ** 28 / bytes)));
}

type Settled = readonly [PromiseSettledResult<Awaited<ReturnType<Execution['run']>>>];

/** Keeps a failure until the run is awaited, so that it is not reported as unhandled. */
function settled(run: ReturnType<Execution['run']>): Promise<Settled> {
  return Promise.allSettled([run]);
}

/** Returns the state before the first step: the initial one with the given weights, and the averages at the weights. */
function startingState(initial: State, given: State = new Map()): State {
  for (const [name, { length }] of given) {
    const expected = initial.get(name)?.length;
    if (expected === length) continue;
    throw new PqrstError(
      'ERR_CHECKPOINT',
      `the weights to start from have ${length} values of "${name}", and the training has ` +
        `${expected === undefined ? 'no tensor of this name' : expected}; give the weights of this network`,
    );
  }
  return restartAverages(new Map([...initial, ...given]));
}

function startOf(phase: string, curve: readonly CurvePoint[] = []): TrainingProgress {
  return { phase, epoch: 0, step: 0, stale: 0, best: null, curve: [...curve] };
}

function advanced(
  { stale, best, curve }: TrainingProgress,
  point: CurvePoint & { valLoss: number },
  isBest: boolean,
): TrainingProgress {
  const { phase, epoch, step, valLoss } = point;
  return {
    phase,
    epoch,
    step,
    stale: isBest ? 0 : stale + 1,
    best: isBest ? { epoch, valLoss } : best,
    curve: [...curve, point],
  };
}

/** Returns the seconds that the phase took before an interruption. */
function secondsOf({ phase, curve }: TrainingProgress): number {
  return curve.findLast((point) => point.phase === phase)?.seconds ?? 0;
}

function isFinished({ epoch, stale }: TrainingProgress, plan: TrainerPlan): boolean {
  return epoch >= plan.epochs || stale >= plan.patience;
}

function diverged(what: string, { learningRate, phase }: TrainerPlan): PqrstError {
  return new PqrstError(
    'ERR_DIVERGED',
    `${what} (${phase}); the learning rate ${learningRate} is too high: take a tenth of it`,
  );
}

async function closed(execution: Execution, error: unknown): Promise<never> {
  await execution.close();
  throw error;
}

/** Returns the score; null, as in the curve, if the objective does not have it or it is undefined. */
function scoreOrNull(score = Number.NaN): number | null {
  return Number.isNaN(score) ? null : score;
}
