// The options with which commands name a generator and its sampling.

import { Option } from 'commander';
import { PqrstError } from '../base/errors.js';
import type { Sampling } from '../generators/kind.js';
import type { OpenGeneratorOptions } from '../generators/open-generator.js';
import type { RecordSource } from '../run/record-source.js';
import { decimal, wholeNumber } from './options.js';

/** The values of the options of sampling. */
export interface SamplingFlags {
  steps?: number;
  guidance?: number;
  refine?: string;
  fromLevel?: number;
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
    new Option(
      '--refine <preset>',
      'start from records of this preset of the simulator in place of noise (diffwave and time-diffusion)',
    ),
    new Option(
      '--from-level <n>',
      'level of noise, of 200, from which records are refined: more follows the simulator less (default: 100)',
    ).argParser(wholeNumber('--from-level', 2, 10_000)),
  ];
}

/** Returns the options that were given, as `openGenerator` takes them. */
export function samplingOf({ steps, guidance, refine, fromLevel }: SamplingFlags): Sampling {
  const given = { steps, guidance, refine, fromLevel };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}

/** The value of the option --source. */
export interface SourceFlags {
  source?: string;
}

/** Returns the option --source. */
export function sourceOption(): Option {
  return new Option(
    '--source <name>',
    'what makes the synthetic records: simulator, or generator:DIR of pqrst train-generator (default: simulator)',
  );
}

/**
 * Opens the source of a command, and closes it after `use`; undefined stands for the simulator.
 *
 * @throws PqrstError ERR_OPTION: when the source has another form.
 */
export async function withSource<T>(
  text: string | undefined,
  options: OpenGeneratorOptions,
  use: (source: RecordSource | undefined) => Promise<T>,
): Promise<T> {
  if (text === undefined || text === 'simulator') return use(undefined);
  const [, folder] = /^generator:(.+)$/s.exec(text) ?? [];
  if (folder === undefined) {
    throw new PqrstError('ERR_OPTION', `\`source\` must be simulator or generator:DIR, got "${text}"`);
  }
  const { openGenerator } = await import('../generators/open-generator.js');
  const generator = await openGenerator(folder, options);
  try {
    return await use(generator);
  } finally {
    await generator.close();
  }
}
