// Initial weights. Seed and name of a tensor determine its random values, so they do not depend on other tensors.

import { randomStream } from '../base/random.js';

/** Returns the initial values of a tensor with `size` elements. */
export type Initial = (seed: number | bigint, name: string, size: number) => Float32Array;

/**
 * Returns normal values with mean 0 and variance 2 / fanOut, where fanOut is filters x taps (He et al. 2015,
 * arXiv 1502.01852), as in torchvision's ResNets.
 */
export function heNormalFanOut(fanOut: number): Initial {
  return normal(Math.sqrt(2 / fanOut));
}

/** Returns normal values with mean 0 and the SD `deviation`. */
export function normal(deviation: number): Initial {
  return (seed, name, size) => {
    const stream = randomStream(seed, 'init', name);
    return Float32Array.from({ length: size }, () => deviation * stream.normal());
  };
}

/** Returns uniform values in +-1 / sqrt(fanIn), PyTorch's default for the weights and bias of a linear layer. */
export function uniformFanIn(fanIn: number): Initial {
  const bound = 1 / Math.sqrt(fanIn);
  return uniform(-bound, bound);
}

/** Returns uniform values in [low, high). */
export function uniform(low: number, high: number): Initial {
  return (seed, name, size) => {
    const stream = randomStream(seed, 'init', name);
    const [middle, half] = [(low + high) / 2, (high - low) / 2];
    return Float32Array.from({ length: size }, () => middle + half * (2 * stream.uniform() - 1));
  };
}

/** Returns the same value for all elements. */
export function filled(value: number): Initial {
  return (_seed, _name, size) => new Float32Array(size).fill(value);
}
