// The options of sampling that `pqrst generate` and other commands with a generator share.

import { Option } from 'commander';
import { decimal, wholeNumber } from './options.js';

/** The values of the options of sampling. */
export interface SamplingFlags {
  steps?: number;
  guidance?: number;
}

/** Returns the options of sampling. */
export function samplingOptions(): readonly Option[] {
  return [
    new Option(
      '--steps <n>',
      'steps of the sampling; more steps take longer (default: 25, time-vqvae: 10)',
    ).argParser(wholeNumber('--steps', 1, 10_000)),
    new Option(
      '--guidance <w>',
      'weight of the label: 1 as it was learnt, more for more typical and less varied records (default: 1)',
    ).argParser(decimal('--guidance', 0, 100)),
  ];
}

/** Returns the options that were given, as `openGenerator` takes them. */
export function samplingOf({ steps, guidance }: SamplingFlags): Record<string, number> {
  return { ...(steps !== undefined && { steps }), ...(guidance !== undefined && { guidance }) };
}
