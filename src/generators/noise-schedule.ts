// Noise schedules of diffusion: which share of a signal remains at each level. At level t of T, a noised signal is
// x = signalScale * clean + noiseScale * noise, with signalScale^2 = alphaBar and noiseScale^2 = 1 - alphaBar (Ho, Jain
// and Abbeel 2020, equation 4). Level 0 is the clean signal. All numbers are doubles.

import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { oneOf, parseOptions, whole } from '../base/options.js';

/** The names of all schedules. */
export const noiseScheduleNames = ['cosine', 'linear', 'diffwave', 'diffwave-vocoder'] as const;

/**
 * How the noise grows with the level:
 *
 * - `cosine`: the signal fades along a squared cosine (Nichol and Dhariwal 2021, equation 17), down to 1 %;
 * - `linear`: beta grows evenly from `firstBeta` to `lastBeta` (Ho, Jain and Abbeel 2020);
 * - `diffwave`: linear as published for unconditional DiffWave and SSSD-ECG: 200 levels, beta 0.0001 to 0.02;
 * - `diffwave-vocoder`: linear as published for the vocoder DiffWave: 50 levels, beta 0.0001 to 0.05.
 */
export type NoiseScheduleName = (typeof noiseScheduleNames)[number];

/** A schedule as data. */
export type NoiseScheduleOptions =
  | {
      readonly name?: 'cosine';
      /** The number of levels, from 10 to 10,000. Default: 200. */
      readonly steps?: number;
    }
  | {
      readonly name: 'linear';
      /** The number of levels, from 10 to 10,000. */
      readonly steps: number;
      /** Beta of level 1, above 0 and below 1. */
      readonly firstBeta: number;
      /** Beta of the last level, from `firstBeta` to below 1. */
      readonly lastBeta: number;
    }
  | { readonly name: 'diffwave' | 'diffwave-vocoder' };

/** The shares of signal and noise at one level. The sum of their squares is 1. */
export interface NoiseScales {
  /** The factor of the clean signal, sqrt(alphaBar). */
  readonly signalScale: number;
  /** The factor of the noise, sqrt(1 - alphaBar). */
  readonly noiseScale: number;
}

/** A schedule with its numbers. */
export interface NoiseSchedule {
  /** The schedule as data: the same options give the same schedule. */
  readonly options: NoiseScheduleOptions;
  /** The number of levels, T. */
  readonly steps: number;
  /** The share of the power that remains at each level from 0 (1: the clean signal) to T. It falls strictly. */
  readonly alphaBar: Float64Array;
  /** The factor of the signal at the last level, sqrt(alphaBar of T). Sampling starts as if it were 0. */
  readonly remainingSignal: number;
  /** A warning for the user of a published schedule that does not end in noise. */
  readonly note?: string;
}

/** The largest factor of the signal at the last level with which a schedule counts as ending in noise. */
export const largestRemainingSignal = 0.1;

const defaultSteps = 200;
// The offset of the cosine, which keeps the first level from being almost free of noise.
const cosineOffset = 0.008;
// The alphaBar in which the cosine ends. The published one ends in almost 0 and limits beta to 0.999, so that an error
// of a network that predicts noise would be multiplied by 4000 at the last level of 200; with this end by 100. With it,
// beta stays below 0.999 from 10 levels on.
const cosineEnd = 1e-4;

const published = {
  diffwave: { steps: 200, firstBeta: 1e-4, lastBeta: 0.02 },
  'diffwave-vocoder': { steps: 50, firstBeta: 1e-4, lastBeta: 0.05 },
} as const;

const beta = z
  .number('a number above 0 and below 1')
  .gt(0, 'a number above 0 and below 1')
  .lt(1, 'a number above 0 and below 1');
const optionsSchema = z.strictObject({
  name: oneOf(noiseScheduleNames).default('cosine'),
  steps: whole(10, 10_000).optional(),
  firstBeta: beta.optional(),
  lastBeta: beta.optional(),
});

/**
 * Returns a schedule.
 *
 * @throws PqrstError ERR_OPTION: when an option is unknown, missing or does not belong to the schedule.
 * @throws PqrstError ERR_RANGE: when a number is out of range.
 */
export function noiseSchedule(options: NoiseScheduleOptions = {}): NoiseSchedule {
  const { name, ...given } = parseOptions(optionsSchema, options, 'noiseSchedule');
  const takes: readonly string[] =
    name === 'linear' ? ['steps', 'firstBeta', 'lastBeta'] : name === 'cosine' ? ['steps'] : [];
  const odd = Object.keys(given).find((option) => !takes.includes(option));
  if (odd !== undefined) {
    const expected = takes.length === 0 ? 'has fixed numbers' : `takes ${takes.join(', ')}`;
    throw new PqrstError(
      'ERR_OPTION',
      `noiseSchedule: ${odd} is not an option of the schedule ${name}, which ${expected}; omit it, or choose linear`,
    );
  }
  if (name === 'cosine') {
    const steps = given.steps ?? defaultSteps;
    return withNumbers({ name, steps }, cosineAlphaBar(steps));
  }
  if (name === 'linear') {
    const { steps, firstBeta, lastBeta } = given;
    if (steps === undefined || firstBeta === undefined || lastBeta === undefined) {
      const missing = takes.filter((option) => !(option in given)).join(', ');
      throw new PqrstError(
        'ERR_OPTION',
        `noiseSchedule: the schedule linear needs ${missing}; give the numbers, or choose cosine`,
      );
    }
    if (lastBeta < firstBeta) {
      throw new PqrstError(
        'ERR_RANGE',
        `noiseSchedule: lastBeta must be at least firstBeta, got ${lastBeta} after ${firstBeta}; exchange them`,
      );
    }
    return withNumbers({ name, steps, firstBeta, lastBeta }, linearAlphaBar(steps, firstBeta, lastBeta));
  }
  const { steps, firstBeta, lastBeta } = published[name];
  const schedule = withNumbers({ name }, linearAlphaBar(steps, firstBeta, lastBeta));
  return {
    ...schedule,
    note: `The published schedule ${name} does not end in noise: ${percent(schedule.remainingSignal)} of the signal's amplitude remain at the last level. Sampling starts from pure noise, which the network never sees in training, so generated records lose slow components. The schedule cosine does not have this fault.`,
  };
}

/**
 * Refuses a schedule that does not end in noise. A published schedule passes, because the user named it: its `note` has
 * the warning to print.
 *
 * @throws PqrstError ERR_RANGE: when more than 10 % of the signal's amplitude remain at the last level.
 */
export function requireNoiseAtEnd({ options, remainingSignal, steps }: NoiseSchedule): void {
  if (remainingSignal <= largestRemainingSignal || options.name !== 'linear') return;
  throw new PqrstError(
    'ERR_RANGE',
    `the linear noise schedule with ${steps} steps and lastBeta ${options.lastBeta} leaves ${percent(remainingSignal)} of the signal's amplitude at the last level; expected at most ${percent(largestRemainingSignal)}, because sampling starts from pure noise; choose cosine, more steps or a larger lastBeta (or the published schedule diffwave by its name, with this fault)`,
  );
}

/**
 * Returns the shares of signal and noise at a level.
 *
 * @param level - From 0 (clean) to T. Between two whole levels from 1 on, the logarithm of the ratio of signal and noise
 *   is interpolated.
 * @throws PqrstError ERR_RANGE: when the schedule does not have the level.
 */
export function noiseScalesAt(schedule: NoiseSchedule, level: number): NoiseScales {
  if (level === 0) return { signalScale: 1, noiseScale: 0 };
  const alphaBar = Number.isInteger(level) ? schedule.alphaBar[level] : alphaBarOf(lambdaAt(schedule, level));
  if (alphaBar === undefined) throw wrongLevel(schedule, level);
  return { signalScale: Math.sqrt(alphaBar), noiseScale: Math.sqrt(1 - alphaBar) };
}

/**
 * Returns lambda = ln(signalScale / noiseScale) at a level from 1 to T; between whole levels it is interpolated.
 *
 * @throws PqrstError ERR_RANGE: when the schedule does not have the level, or it is below 1.
 */
export function lambdaAt(schedule: NoiseSchedule, level: number): number {
  if (!(level >= 1 && level <= schedule.steps)) throw wrongLevel(schedule, level);
  const below = Math.floor(level);
  const lambda = lambdaOf(schedule.alphaBar[below]!);
  if (below === level) return lambda;
  return lambda + (level - below) * (lambdaOf(schedule.alphaBar[below + 1]!) - lambda);
}

/** Returns the level with a given lambda: the inverse of `lambdaAt`. A lambda beyond an end gives that end. */
export function levelAt(schedule: NoiseSchedule, lambda: number): number {
  let low = 1;
  let high = schedule.steps;
  if (lambda >= lambdaAt(schedule, low)) return low;
  if (lambda <= lambdaAt(schedule, high)) return high;
  // Lambda falls with the level. `low` has a larger lambda, `high` not.
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (lambdaAt(schedule, middle) > lambda) low = middle;
    else high = middle;
  }
  const from = lambdaAt(schedule, low);
  return low + (from - lambda) / (from - lambdaAt(schedule, high));
}

function withNumbers(options: NoiseScheduleOptions, alphaBar: Float64Array): NoiseSchedule {
  const steps = alphaBar.length - 1;
  return { options, steps, alphaBar, remainingSignal: Math.sqrt(alphaBar[steps]!) };
}

function cosineAlphaBar(steps: number): Float64Array {
  const cosineAt = (level: number) =>
    Math.cos((((level / steps + cosineOffset) / (1 + cosineOffset)) * Math.PI) / 2) ** 2;
  const first = cosineAt(0);
  return Float64Array.from(
    { length: steps + 1 },
    (_, level) => cosineEnd + (1 - cosineEnd) * (cosineAt(level) / first),
  );
}

function linearAlphaBar(steps: number, firstBeta: number, lastBeta: number): Float64Array {
  const alphaBar = new Float64Array(steps + 1);
  alphaBar[0] = 1;
  for (let level = 1; level <= steps; level++) {
    const beta = firstBeta + ((lastBeta - firstBeta) * (level - 1)) / (steps - 1);
    alphaBar[level] = alphaBar[level - 1]! * (1 - beta);
  }
  return alphaBar;
}

function lambdaOf(alphaBar: number): number {
  return Math.log(alphaBar / (1 - alphaBar)) / 2;
}

function alphaBarOf(lambda: number): number {
  return 1 / (1 + Math.exp(-2 * lambda));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function wrongLevel({ steps }: NoiseSchedule, level: number): PqrstError {
  return new PqrstError('ERR_RANGE', `the noise schedule has the levels from 1 to ${steps}, got ${level}`);
}
