// Classifier-free guidance (Ho and Salimans 2022): the answer of a network for a label is moved away from its answer
// without a label. The samplers of signals and of tokens share it.

import { PqrstError } from '../base/errors.js';

/** Guidance towards a label. */
export interface Guidance<Arguments extends readonly unknown[]> {
  /** The weight of the label: 0 ignores it, 1 is the plain answer, more exaggerates it. */
  readonly weight: number;
  /** Asks the network without a label. It is not called when the weight is 1. */
  unconditional(...args: Arguments): Promise<Float32Array>;
}

/**
 * Returns a function that asks the network with and without the label and returns
 * unconditional + weight * (conditional - unconditional). With weight 1, and without guidance, it is `conditional`.
 *
 * @param conditional - Asks the network for the wanted labels.
 * @throws PqrstError ERR_RANGE: when the weight is not a number from 0 to 100.
 */
export function guided<Arguments extends readonly unknown[]>(
  conditional: (...args: Arguments) => Promise<Float32Array>,
  guidance: Guidance<Arguments> | undefined,
): (...args: Arguments) => Promise<Float32Array> {
  if (guidance === undefined) return conditional;
  const { weight } = guidance;
  if (!(weight >= 0 && weight <= 100)) {
    throw new PqrstError('ERR_RANGE', `the weight of guidance must be a number from 0 to 100, got ${weight}`);
  }
  if (weight === 1) return conditional;
  return async (...args) => {
    const withLabel = await conditional(...args);
    const without = await guidance.unconditional(...args);
    return withLabel.map((value, at) => without[at]! + weight * (value - without[at]!));
  };
}
