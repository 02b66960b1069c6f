// Learning-rate schedules: the rate of each step of a phase. A rate depends only on the number of the step and of all
// steps, so that a training that resumes continues with the same rates.

/** All schedules. */
export const schedules = ['constant', 'cosine', 'one-cycle'] as const;
/**
 * How the learning rate of a phase changes:
 *
 * - `constant`: it does not change, as in the paper;
 * - `cosine`: it falls from the learning rate to 0 along half a cosine (Loshchilov and Hutter 2017, without restarts);
 * - `one-cycle`: it rises from 1/25 of the learning rate to the learning rate in the first 30 % of the steps, then falls
 *   to 0, both along half a cosine (Smith and Topin 2019).
 */
export type Schedule = (typeof schedules)[number];

/** The options of `warmUpCosine`. */
export interface WarmUpOptions {
  readonly warmUpSteps: number;
  readonly lastShare: number;
}

/**
 * A rule for the learning rate of a training that has no name in a configuration: returns the factor by which a step
 * multiplies the learning rate.
 *
 * @param step - The number of the step, from 1.
 * @param steps - The number of steps of all epochs.
 */
export type RateFactor = (step: number, steps: number) => number;

const riseShare = 0.3;
const firstShare = 1 / 25;

/**
 * Returns the learning rate of a step.
 *
 * @param highest - The largest rate of the schedule: the learning rate of the configuration.
 * @param step - The number of the step, from 1.
 * @param steps - The number of steps of all epochs. Early stopping ends the schedule early.
 */
export function learningRateAt(
  schedule: Schedule | RateFactor,
  highest: number,
  step: number,
  steps: number,
): number {
  if (typeof schedule === 'function') return highest * schedule(step, steps);
  if (schedule === 'constant') return highest;
  const before = step - 1;
  const rise = schedule === 'one-cycle' ? riseShare * steps : 0;
  if (before < rise) {
    const lowest = firstShare * highest;
    return lowest + (highest - lowest) * (1 - fallen(before / rise));
  }
  return highest * fallen((before - rise) / (steps - rise));
}

/**
 * Returns the rule of a linear warm-up with cosine decay: the rate rises linearly to the learning rate over the first
 * steps (Goyal et al. 2017, arXiv 1706.02677, section 2.2), then falls along half a cosine. A training that is not longer
 * than its warm-up only rises.
 *
 * @param options - `warmUpSteps`, the number of rising steps, from 0; `lastShare`, the share of the learning rate in the
 * last step, from 0 to 1.
 */
export function warmUpCosine({ warmUpSteps, lastShare }: WarmUpOptions): RateFactor {
  return (step, steps) =>
    step <= warmUpSteps
      ? step / warmUpSteps
      : lastShare + (1 - lastShare) * fallen((step - warmUpSteps) / (steps - warmUpSteps));
}

/** Returns the value at `share` of half a cosine that falls from 1 to 0. */
function fallen(share: number): number {
  return (1 + Math.cos(Math.PI * share)) / 2;
}
