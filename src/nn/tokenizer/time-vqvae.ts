// TimeVQVAE (Lee, Malacarne and Aune 2023, arXiv 2303.04743): its hyper-parameters, its sizes and its numbers of tokens.
// A tokenizer turns the low and the high band of a signal (stft.ts) into codes and back (encoder.ts, quantizer.ts,
// decoder.ts). A prior predicts masked codes from the others (prior.ts). Which version: the bands have the bins as channels
// and the decoder is convolutional, as in the published code of August 2024; residual blocks have group norm and SiLU
// instead of dropout and Snake, so that training and inference compute the same.
// A record of L samples has F = L / 2 + 1 frames. Three halvings give the low tokens and two the high ones: 63 and 126 for
// 1,000 samples, so that a token spans 160 ms or 80 ms at 100 Hz. The published widths (8 and 32 tokens) are too coarse for
// a QRS complex.

import { type ArchOptions, type HyperParameters, parserOf, type ValuesOf } from '../models/architecture.js';
import { type Band, frameCount } from './stft.js';

const timeVqvaeParameters = {
  channels: { kind: 'whole', low: 8, high: 512, default: 64, about: 'channels of encoders and decoders' },
  blocks: {
    kind: 'whole',
    low: 1,
    high: 8,
    default: 2,
    about: 'residual blocks of each encoder and decoder',
  },
  codes: { kind: 'whole', low: 2, high: 8192, default: 512, about: 'codes of each band' },
  codeFeatures: { kind: 'whole', low: 1, high: 256, default: 16, about: 'features of a code' },
  lowWidth: {
    kind: 'whole',
    low: 8,
    high: 1024,
    default: 128,
    about: 'features of the prior of the low band',
  },
  lowDepth: { kind: 'whole', low: 1, high: 12, default: 4, about: 'layers of the prior of the low band' },
  highWidth: {
    kind: 'whole',
    low: 8,
    high: 1024,
    default: 64,
    about: 'features of the prior of the high band',
  },
  highDepth: { kind: 'whole', low: 1, high: 12, default: 2, about: 'layers of the prior of the high band' },
  heads: { kind: 'whole', low: 1, high: 16, default: 2, about: 'attention heads; a divisor of both widths' },
  expansion: {
    kind: 'whole',
    low: 1,
    high: 4,
    default: 2,
    about: 'hidden features of the feed-forward net per feature of the prior',
  },
} as const satisfies HyperParameters;

/** The values of the hyper-parameters of TimeVQVAE. */
export type TimeVqvaeValues = ValuesOf<typeof timeVqvaeParameters>;

/** The sizes: `tiny` for tests, `small` for a processor with two cores, `paper` as published, for a GPU. */
export type TimeVqvaeSize = 'tiny' | 'small' | 'paper';

/** The networks of TimeVQVAE: names, hyper-parameters and sizes. The defaults are those of the size `small`. */
export const timeVqvae = {
  name: 'time-vqvae',
  title: 'TimeVQVAE',
  paper: 'Lee, Malacarne and Aune 2023, arXiv 2303.04743',
  hyperParameters: timeVqvaeParameters,
  /** Hyper-parameters of each size; the missing ones have their defaults. */
  sizes: {
    tiny: {
      ...{ channels: 16, blocks: 1, codes: 16, codeFeatures: 4 },
      ...{ lowWidth: 16, lowDepth: 1, highWidth: 16, highDepth: 1 },
    },
    small: {},
    paper: {
      ...{ channels: 128, blocks: 2, codes: 32, codeFeatures: 128 },
      ...{ lowWidth: 256, lowDepth: 4, highWidth: 256, highDepth: 4, expansion: 1 },
    },
  } as Readonly<Record<TimeVqvaeSize, ArchOptions>>,
  /**
   * Checks hyper-parameters and adds the default of each missing one.
   *
   * @throws PqrstError ERR_OPTION, ERR_RANGE: when a hyper-parameter is unknown or its value is not allowed.
   */
  parse: parserOf('time-vqvae', timeVqvaeParameters) as (options: ArchOptions) => TimeVqvaeValues,
};

/** How often the frames of a band are halved. */
export const halvings: Readonly<Record<Band, number>> = { low: 3, high: 2 };

/** Returns the number of frames after padding to whole tokens of the low band. */
export function paddedFrames(frames: number): number {
  const perToken = 2 ** halvings.low;
  return perToken * Math.ceil(frames / perToken);
}

/**
 * Returns the number of tokens of each band. The high band has twice as many as the low one.
 *
 * @throws PqrstError ERR_RANGE: when the length is odd or below 10.
 */
export function tokenCounts(lengthSamples: number): Readonly<Record<Band, number>> {
  const frames = paddedFrames(frameCount(lengthSamples));
  return { low: frames / 2 ** halvings.low, high: frames / 2 ** halvings.high };
}
