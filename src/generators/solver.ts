// Solvers of diffusion: the levels at which a network estimates the clean signal, and how each estimate changes the
// sample. A step is x <- ofSample * x + ofDenoised * D + ofPrevious * (D of the step before) + ofNoise * (new noise),
// where D is the network's estimate of the clean signal in x. src/generators/sampling.ts runs the steps.

import { PqrstError, suggest } from '../base/errors.js';
import { lambdaAt, levelAt, type NoiseScales, type NoiseSchedule, noiseScalesAt } from './noise-schedule.js';

/** The names of all solvers. */
export const solvers = ['dpm-solver++2m', 'ddim', 'ancestral'] as const;

/**
 * How noise becomes a signal:
 *
 * - `dpm-solver++2m`: two-step solver of the probability flow (Lu et al. 2022, algorithm 2); 25 steps by default;
 * - `ddim`: one-step solver of the same flow (Song, Meng and Ermon 2021, eta 0); every level by default;
 * - `ancestral`: draws from the reverse process, new noise in each step (Ho, Jain and Abbeel 2020); every level by
 *   default.
 */
export type Solver = (typeof solvers)[number];

/** One evaluation of the network, and what follows from it. */
export interface SolverStep extends NoiseScales {
  /** The level of the sample before the step. It falls from step to step. It may lie between whole levels. */
  readonly level: number;
  /** The factor of the sample. */
  readonly ofSample: number;
  /** The factor of the denoised signal. */
  readonly ofDenoised: number;
  /** The factor of the denoised signal of the step before; 0 in the first step. */
  readonly ofPrevious: number;
  /** The factor of new standard normal noise; 0 in the last step. */
  readonly ofNoise: number;
}

/** Which steps to make. */
export interface SolverOptions {
  /** Default: `dpm-solver++2m`. */
  readonly solver?: Solver;
  /** The number of evaluations of the network: from 2 to the number of levels. */
  readonly steps?: number;
  /**
   * The level where the steps start, a whole number from 2. Default: T, for signals from pure noise. A lower one is for
   * signals that were noised to this level, so that they are only refined (Meng et al. 2022, SDEdit).
   */
  readonly fromLevel?: number;
}

const defaultStepsOf2M = 25;

/**
 * Returns the steps of a solver, from the noisiest level to the clean signal.
 *
 * @throws PqrstError ERR_OPTION: when the solver is unknown.
 * @throws PqrstError ERR_RANGE: when the number of steps or the first level is out of range.
 */
export function solverSteps(
  schedule: NoiseSchedule,
  { solver = 'dpm-solver++2m', steps, fromLevel = schedule.steps }: SolverOptions = {},
): readonly SolverStep[] {
  if (!solvers.includes(solver)) {
    throw new PqrstError('ERR_OPTION', `there is no solver "${solver}"${suggest(String(solver), solvers)}`);
  }
  if (!Number.isInteger(fromLevel) || fromLevel < 2 || fromLevel > schedule.steps) {
    throw new PqrstError(
      'ERR_RANGE',
      `sampling starts at a whole noise level from 2 to ${schedule.steps}, the last one of the schedule, got ${fromLevel}`,
    );
  }
  const count = steps ?? (solver === 'dpm-solver++2m' ? Math.min(defaultStepsOf2M, fromLevel) : fromLevel);
  if (!Number.isInteger(count) || count < 2 || count > fromLevel) {
    throw new PqrstError(
      'ERR_RANGE',
      `sampling with the solver ${solver} takes a whole number of steps from 2 to ${fromLevel}, the number of noise levels to remove, got ${count}`,
    );
  }
  const even = Array.from({ length: count }, (_, at) => fromLevel - ((fromLevel - 1) * at) / (count - 1));
  const levels = solver === 'dpm-solver++2m' ? even.map(halfwayTo(schedule, fromLevel, count)) : even;
  const scales = levels.map((level) => noiseScalesAt(schedule, level));
  const lambdas = levels.map((level) => lambdaAt(schedule, level));
  return levels.map((level, at) => {
    const from = scales[at]!;
    const to = scales[at + 1];
    // From the last level on, the denoised signal is the answer.
    if (to === undefined) return { level, ...from, ofSample: 0, ofDenoised: 1, ofPrevious: 0, ofNoise: 0 };
    if (solver === 'ancestral') return { level, ...from, ...ancestralStep(from, to) };
    // The first order in lambda is DDIM. The second order replaces D by D + share * (D - D of the step before).
    const hasSecondOrder = solver === 'dpm-solver++2m' && at > 0;
    const share = hasSecondOrder
      ? (lambdas[at + 1]! - lambdas[at]!) / (2 * (lambdas[at]! - lambdas[at - 1]!))
      : 0;
    const { ofSample, ofDenoised } = ddimStep(from, to);
    const ofPrevious = hasSecondOrder ? -ofDenoised * share : 0;
    return { level, ...from, ofSample, ofDenoised: ofDenoised * (1 + share), ofPrevious, ofNoise: 0 };
  });
}

/** Returns the factors of a deterministic step between two levels, in either direction. `from` is not the clean level. */
export function ddimStep(from: NoiseScales, to: NoiseScales): { ofSample: number; ofDenoised: number } {
  const ofSample = to.noiseScale / from.noiseScale;
  return { ofSample, ofDenoised: to.signalScale - ofSample * from.signalScale };
}

/**
 * Returns levels whose lambda is halfway between that of levels that are even in number and levels that are even in
 * lambda. The first errs at high frequencies, the second needs more steps.
 */
function halfwayTo(
  schedule: NoiseSchedule,
  fromLevel: number,
  count: number,
): (even: number, at: number) => number {
  const noisiest = lambdaAt(schedule, fromLevel);
  const cleanest = lambdaAt(schedule, 1);
  return (even, at) => {
    // Both ends are exact.
    const share = at / (count - 1);
    const evenLambda = (1 - share) * noisiest + share * cleanest;
    return levelAt(schedule, (lambdaAt(schedule, even) + evenLambda) / 2);
  };
}

/** A step of the reverse process, with its posterior variance. */
function ancestralStep(from: NoiseScales, to: NoiseScales): Omit<SolverStep, 'level' | keyof NoiseScales> {
  const alpha = (from.signalScale / to.signalScale) ** 2;
  const before = from.noiseScale ** 2;
  const after = to.noiseScale ** 2;
  return {
    ofSample: (Math.sqrt(alpha) * after) / before,
    ofDenoised: (to.signalScale * (1 - alpha)) / before,
    ofPrevious: 0,
    ofNoise: Math.sqrt(((1 - alpha) * after) / before),
  };
}
