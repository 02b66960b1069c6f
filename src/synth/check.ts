// The options of a synthesizer, and their check. It loads no kernel, so a plan or a configuration can be checked
// anywhere.

import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { oneOf, parseOptions, whole } from '../base/options.js';
import { type SampleType, sampleTypes } from '../kernel/binding.js';
import { defaultUnit, type Unit, units } from '../signal/defaults.js';
import { samplesOf } from '../signal/samples.js';
import { makesTwelveLeads, simulatedLeads } from './leads.js';
import { checkNoise, type NoiseOptions } from './noise.js';
import { type ClassFile, parseOwnClasses } from './physiology/class-file.js';
import { withOwnClasses } from './physiology/spec.js';
import { isPhysiological, type ModelSpec, resolvePreset } from './presets.js';

/** Properties of the records that a `Synthesizer` makes. */
export interface SynthesizerOptions<Type extends SampleType = SampleType, Own extends string = string> {
  /** The name of a preset, or a complete spec. */
  readonly preset: string | ModelSpec;
  /** Classes of your own beside the shipped ones, for the preset `physiological`; see docs/simulator.md. */
  readonly ownClasses?: readonly (ClassFile & { readonly name: Own })[] | undefined;
  /** Sampling rate, 50-4000 Hz. */
  readonly fsHz: number;
  /** Length of a record in seconds: at least one sample, at most 24 hours. */
  readonly seconds: number;
  /** A whole number from 0; as a bigint up to 2^64 - 1. */
  readonly seed: number | bigint;
  /**
   * The leads of each record: `I,II,V1`, `12` for the twelve standard leads, or a list of names; default lead II. Presets
   * other than `physiological` make lead II only.
   */
  readonly leads?: string | readonly string[] | undefined;
  /** `mV` (default): millivolts; `zscore`: each lead of a record has mean 0 and SD 1, as in the paper's training. */
  readonly unit?: Unit | undefined;
  /**
   * Type of the samples; default float32. int16 has units of 1/1000 mV (z-scored: 1/1000 SD). float16 values are the bits
   * of IEEE halves in a Uint16Array.
   */
  readonly type?: Type | undefined;
  /** Additional noise, beyond the noise of the preset; default none. */
  readonly noise?: NoiseOptions | undefined;
  /** Number of threads per batch, 1-1024; default the parallelism of the machine. */
  readonly threads?: number | undefined;
}

/** The options with their defaults. */
export interface CheckedSynthesis<Type extends SampleType = SampleType> {
  /** The numbers of the model, with the classes of `ownClasses`. */
  readonly spec: ModelSpec;
  readonly fsHz: number;
  readonly seed: bigint;
  /** The leads in their usual spelling. */
  readonly leads: readonly string[];
  readonly unit: Unit;
  readonly type: Type;
  readonly noise: NoiseOptions | undefined;
  /** Samples of a record. */
  readonly lengthSamples: number;
  /** The given number; undefined if none was given. */
  readonly threads: number | undefined;
}

const maxSeconds = 24 * 3600;

const schema = z.strictObject({
  preset: z.union([z.string(), z.looseObject({})], 'the name of a preset or a spec'),
  ownClasses: z.array(z.unknown(), 'an array of classes').max(200, 'at most 200 classes').optional(),
  fsHz: z.number('a rate of 50-4000 Hz').min(50, 'a rate of 50-4000 Hz').max(4000, 'a rate of 50-4000 Hz'),
  seconds: z
    .number('a length of up to 24 hours')
    .positive('a length above 0 s')
    .max(maxSeconds, 'a length of up to 24 hours (86400 s)'),
  seed: z.custom<number | bigint>(
    (value) =>
      typeof value === 'bigint'
        ? value >= 0n && value < 2n ** 64n
        : Number.isSafeInteger(value) && Number(value) >= 0,
    'a whole number from 0 (above 2^53 as a bigint, up to 2^64 - 1)',
  ),
  leads: z.union([z.string(), z.array(z.string())], 'leads such as I,II,V1 or 12').optional(),
  unit: oneOf(units).default(defaultUnit),
  type: oneOf(sampleTypes).default('float32'),
  noise: z.looseObject({}, 'an object of artefacts').optional(),
  threads: whole(1, 1024, 'a whole number of threads, 1-1024').optional(),
});

/**
 * Checks the options of a synthesizer without loading the kernel.
 *
 * @returns The options with their defaults, the preset as a spec, and the length in samples.
 * @throws PqrstError ERR_OPTION: when an option is unknown, missing or of a wrong type, or the preset does not make a lead.
 * @throws PqrstError ERR_RANGE: when a number is out of range, or `fsHz` is too low for the noise.
 * @throws PqrstError ERR_UNKNOWN_PRESET: when no preset has this name.
 * @throws PqrstError ERR_SPEC: when the spec is invalid.
 * @throws PqrstError ERR_CLASS_FILE: when a class of `ownClasses` is invalid.
 */
export function checkSynthesis<Type extends SampleType = SampleType>(
  options: SynthesizerOptions<Type>,
): CheckedSynthesis<Type> {
  const given = parseOptions(schema, options, 'Synthesizer');
  const { fsHz, seconds } = given;
  const spec = specOf(given.preset as string | ModelSpec, given.ownClasses);
  const leads = simulatedLeads(given.leads, makesTwelveLeads(spec));
  const noise = given.noise === undefined ? undefined : checkNoise(given.noise, fsHz);
  const lengthSamples = samplesOf(seconds, fsHz);
  if (lengthSamples < 1) {
    throw new PqrstError(
      'ERR_RANGE',
      `Synthesizer: ${seconds} s at ${fsHz} Hz is less than one sample; ask for more seconds`,
    );
  }
  const { unit, type, threads } = given;
  return {
    spec,
    fsHz,
    seed: BigInt(given.seed),
    leads,
    unit,
    type: type as Type,
    noise,
    lengthSamples,
    threads,
  };
}

/**
 * Returns the spec of a preset with a user's own classes.
 *
 * @throws PqrstError ERR_UNKNOWN_PRESET, ERR_SPEC, ERR_CLASS_FILE: when the preset is unknown, or the spec or a class is
 * invalid.
 * @throws PqrstError ERR_OPTION: when the model of the preset takes no classes.
 */
export function specOf(preset: string | ModelSpec, given: readonly unknown[] = []): ModelSpec {
  const spec = resolvePreset(preset);
  if (given.length === 0) return spec;
  if (isPhysiological(spec)) return withOwnClasses(spec, parseOwnClasses(given));
  throw new PqrstError(
    'ERR_OPTION',
    'the model of the paper has five classes and takes no classes of your own; use the preset physiological',
  );
}
