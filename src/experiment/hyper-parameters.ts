// The random draws of the hyper-parameter search: learning rate, shift rate and mask rate from the published ranges
// (Nonaka and Seita 2026, related code), and the ranges of each architecture. A draw depends on seed, path and trial.

import { PqrstError } from '../base/errors.js';
import { type RandomStream, randomStream } from '../base/random.js';
import type { ArchOptions, HyperParameter } from '../nn/models/architecture.js';
import { outlineNetwork, resolveArch } from '../nn/models/index.js';

/** The hyper-parameters that a search chooses. */
export interface Choice {
  readonly learningRate: number;
  /** Largest shift as a share of the length. */
  readonly shiftRate: number;
  /** Longest masked block as a share of the length. */
  readonly maskRate: number;
  readonly archOptions: ArchOptions;
}

/** What determines the draws of a search. */
export interface DrawRequest {
  readonly arch: string;
  /** Hyper-parameters with a fixed value, which are not drawn. */
  readonly fixed: ArchOptions;
  readonly leads: number;
  readonly lengthSamples: number;
  readonly seed: number;
  /** Names of the search, so that no two searches share their draws. */
  readonly path: readonly string[];
}

const mostDraws = 200;

/** Returns the hyper-parameters of one trial: the first draw that gives a valid network. */
export function drawChoice(
  { arch, fixed, leads, lengthSamples, seed, path }: DrawRequest,
  trial: number,
): Choice {
  const found = resolveArch(arch);
  const stream = randomStream(seed, 'search', ...path, trial);
  const learningRate = logUniform(stream, 5e-6, 5e-3);
  const shiftRate = 0.75 * stream.uniform();
  const maskRate = 0.5 * stream.uniform();
  for (let draw = 1; ; draw++) {
    const drawn = Object.entries(found.hyperParameters).map(([name, parameter]) => [
      name,
      Object.hasOwn(fixed, name) ? fixed[name] : drawValue(parameter, stream),
    ]);
    try {
      const archOptions = found.parse(Object.fromEntries(drawn));
      outlineNetwork(found, archOptions, { leads, lengthSamples });
      return { learningRate, shiftRate, maskRate, archOptions };
    } catch (error) {
      // The values contradict each other, for example heads that do not divide the width.
      if (!(error instanceof PqrstError) || draw === mostDraws) throw error;
    }
  }
}

/** Draws whole numbers of a wide range uniformly in their logarithm, so 16-32 is as likely as 512-1024. */
function drawValue(parameter: HyperParameter, stream: RandomStream): number | string | boolean {
  if (parameter.kind === 'choice') return parameter.of[stream.below(parameter.of.length)]!;
  const { kind, low, high } = parameter;
  if (kind === 'number') return low + (high - low) * stream.uniform();
  if (low < 1 || high / low < 8) return low + stream.below(high - low + 1);
  return Math.min(high, Math.floor(logUniform(stream, low, high + 1)));
}

function logUniform(stream: RandomStream, low: number, high: number): number {
  return low * (high / low) ** stream.uniform();
}
