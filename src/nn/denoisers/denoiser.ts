// The interface of a denoiser: the network of a diffusion model, which maps a noisy signal, its level of noise and its
// label to a signal of the same shape. Shapes: B records, C leads, L samples, K labels. What the result estimates (the
// noise, the signal, or a mixture of them) is decided by the objective that trains the network.

import { PqrstError } from '../../base/errors.js';
import { fixed, type Value } from '../../graph/graph.js';
import { concat } from '../../graph/ops/concat.js';
import { type ArchOptions, type HyperParameters, parserOf, type ValuesOf } from '../models/architecture.js';
import type { Net } from '../net.js';

/** The input of a denoiser. */
export interface DenoiserInput {
  /** [B, C, L]: the noisy signals. */
  readonly x: Value;
  /** [B]: the level of noise of each record, in steps of the schedule. */
  readonly level: Value;
  /** [B, K + 1]: 1 for each label of a record. The last column is the null label: the label is not given. */
  readonly label: Value;
  /** [B, 1, L]: a mark at each beat; required where `takesBeats` says so. */
  readonly beats?: Value | undefined;
}

/** The sizes of each denoiser: `small` for a processor with two cores, `paper` as published, for a GPU. */
export const denoiserSizes = ['small', 'paper'] as const;
/** The size of a denoiser. */
export type DenoiserSize = (typeof denoiserSizes)[number];

/** The definition of a denoiser. */
export interface DenoiserSpec<H extends HyperParameters> {
  readonly name: string;
  readonly title: string;
  readonly paper: string;
  /** The defaults are those of the size `small`. */
  readonly hyperParameters: H;
  /** The hyper-parameters in which the size `paper` differs. */
  readonly published: Partial<ValuesOf<H>>;
  /** Builds the network. Its input `x` [B, C', L] has the leads C and then the track of the beats, if it takes beats. */
  build(net: Net, input: Omit<DenoiserInput, 'beats'>, values: ValuesOf<H>, leads: number): Value;
}

/** The network of a diffusion model. */
export interface Denoiser {
  /** Name for `resolveDenoiser`, for example diffwave. */
  readonly name: string;
  /** Title for reports. */
  readonly title: string;
  /** Authors, year and number of the paper. */
  readonly paper: string;
  /** Hyper-parameters with their meaning, allowed values and defaults. */
  readonly hyperParameters: HyperParameters;
  /** Hyper-parameters of each size; the missing ones have their defaults. */
  readonly sizes: Readonly<Record<DenoiserSize, ArchOptions>>;
  /**
   * Checks hyper-parameters and adds the default of each missing one.
   *
   * @param options - Values by name of the hyper-parameter.
   * @throws PqrstError ERR_OPTION, ERR_RANGE: when a hyper-parameter is unknown or its value is not allowed.
   */
  parse(options: ArchOptions): Readonly<Record<string, number | string | boolean>>;
  /**
   * Returns whether the network takes the beats of the records: those with the hyper-parameter `rhythm` drawn do.
   *
   * @throws PqrstError The errors of `parse`.
   */
  takesBeats(options: ArchOptions): boolean;
  /**
   * Maps x [B, C, L] to [B, C, L]; B is free in inference.
   *
   * @throws PqrstError ERR_RANGE: when the network cannot take the length of the records.
   * @throws PqrstError The errors of `parse`.
   * @internal
   */
  build(net: Net, input: DenoiserInput, options: ArchOptions): Value;
}

/** Makes a denoiser from its definition: adds the sizes and the checks. */
export function denoiser<const H extends HyperParameters>(spec: DenoiserSpec<H>): Denoiser {
  const { name, title, paper, hyperParameters, published } = spec;
  const parse = parserOf(name, hyperParameters);
  return {
    name,
    title,
    paper,
    hyperParameters,
    sizes: { small: {}, paper: published as ArchOptions },
    parse,
    takesBeats: (options) => parse(options).rhythm === 'drawn',
    build: (net, { x, beats, ...given }, options) => {
      const joined = beats === undefined ? x : concat(net.graph, [x, beats], 1);
      return spec.build(net, { x: joined, ...given }, parse(options), fixed(x.shape[1]));
    },
  };
}

/**
 * Returns the number of positions of records of L samples in pieces of `samples`.
 *
 * @throws PqrstError ERR_RANGE: when L is not a multiple of `samples`.
 */
export function positionsOf(name: string, x: Value, samples: number, advice: string): number {
  const length = fixed(x.shape[2]);
  if (length % samples === 0) return length / samples;
  throw new PqrstError(
    'ERR_RANGE',
    `${name} takes records whose length is a multiple of ${samples} samples, got ${length}; ${advice}`,
  );
}
