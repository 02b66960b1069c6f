// Initial weights. A tensor's draws are addressed by the seed and its name, so they depend on no other tensor.

import { randomStream } from '../random.js';

/** Values of a fresh tensor of `size` elements. */
export type Initial = (seed: number | bigint, name: string, size: number) => Float32Array;

/** Normal with variance 2 / (filters x taps): He et al. 2015 (arXiv 1502.01852), fan-out, as torchvision's ResNets. */
export function heNormalFanOut(fanOut: number): Initial {
  const deviation = Math.sqrt(2 / fanOut);
  return (seed, name, size) => {
    const stream = randomStream(seed, 'init', name);
    return Float32Array.from({ length: size }, () => deviation * stream.normal());
  };
}

/** Uniform in +-1 / sqrt(fan-in): PyTorch's default for a linear layer, weights and bias. */
export function uniformFanIn(fanIn: number): Initial {
  const bound = 1 / Math.sqrt(fanIn);
  return (seed, name, size) => {
    const stream = randomStream(seed, 'init', name);
    return Float32Array.from({ length: size }, () => bound * (2 * stream.uniform() - 1));
  };
}

/** The same value everywhere. */
export function filled(value: number): Initial {
  return (_seed, _name, size) => new Float32Array(size).fill(value);
}
