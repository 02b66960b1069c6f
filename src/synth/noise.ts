// Validates the options of additional noise, which is off by default: baseline wander, mains, muscle, electrode motion,
// and the effects of an analogue-to-digital converter. Each artefact is added in mV before a record is z-scored. Its
// level is a size in mV or a signal-to-noise ratio: 10 log10(variance of the clean ECG / variance of the artefact), both
// over the whole record. (The MIT-BIH noise stress test uses the peak-to-peak amplitude of the QRS instead.)
// native/render/noise_sources.h generates the artefacts. The noise of the paper's own model is part of the preset.

import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { between, parseOptions, whole } from '../base/options.js';

/** A range from which each record draws one uniform value. */
export interface NoiseRange {
  /** Lower end of the range, in the unit of the option. */
  readonly min: number;
  /** Upper end of the range, in the unit of the option; at least `min`. */
  readonly max: number;
}

/** A fixed number, or a range from which each record draws one value. */
export type NoiseAmount = number | NoiseRange;

/** The level of an artefact: either its signal-to-noise ratio in dB or its size in mV. */
export type NoiseLevel<Name extends string> =
  | ({ readonly snrDb: NoiseAmount } & { readonly [key in Name]?: undefined })
  | ({ readonly [key in Name]: NoiseAmount } & { readonly snrDb?: undefined });

/** Artefacts that are added to each record. Values in parentheses are defaults. */
export interface NoiseOptions {
  /**
   * Baseline wander: sines with random phases and with frequencies from lowHz to highHz (0.05-0.5 Hz). Their power
   * decreases with frequency. `rmsMv` is the root mean square in mV.
   */
  readonly wander?:
    | (NoiseLevel<'rmsMv'> & { readonly lowHz?: number | undefined; readonly highHz?: number | undefined })
    | undefined;
  /** Mains interference at 50 Hz (default) or 60 Hz with harmonics (3). `amplitudeMv` is the peak of the fundamental. */
  readonly powerline?:
    | (NoiseLevel<'amplitudeMv'> & {
        readonly hz?: 50 | 60 | undefined;
        readonly harmonics?: number | undefined;
      })
    | undefined;
  /** Muscle noise: white noise filtered to lowHz-highHz (20-150 Hz, at most 0.45 fsHz); `rmsMv` as for wander. */
  readonly muscle?:
    | (NoiseLevel<'rmsMv'> & { readonly lowHz?: number | undefined; readonly highHz?: number | undefined })
    | undefined;
  /**
   * Electrode motion: steps at random times (6 per minute, at least one per record) that decay within 0.2-2 s.
   * `amplitudeMv` is their mean size.
   */
  readonly electrode?: (NoiseLevel<'amplitudeMv'> & { readonly perMinute?: number | undefined }) | undefined;
  /** Converter: each sample is held for holdSamples samples (1), rounded to multiples of stepMv and clipped at +-clipMv. */
  readonly adc?:
    | {
        readonly stepMv?: NoiseAmount | undefined;
        readonly clipMv?: NoiseAmount | undefined;
        readonly holdSamples?: number | undefined;
      }
    | undefined;
}

const amount = (low: number, high: number, unit: string) => {
  const within = (value: unknown) => typeof value === 'number' && value >= low && value <= high;
  return z
    .custom<NoiseAmount>((value) => {
      if (typeof value !== 'object' || value === null) return within(value);
      const { min, max, ...others } = value as Record<string, unknown>;
      return within(min) && within(max) && (min as number) <= (max as number) && !Object.keys(others).length;
    }, `${low} to ${high} ${unit}, or { min, max } within that`)
    .optional();
};
const number = (low: number, high: number, what: string) => between(low, high, `${what} of ${low}-${high}`);
const snrDb = amount(-60, 100, 'dB');
const levelMv = amount(0, 100, 'mV');

const schemas = {
  wander: z.strictObject({
    rmsMv: levelMv,
    snrDb,
    lowHz: number(0.001, 5, 'a frequency in Hz').default(0.05),
    highHz: number(0.001, 5, 'a frequency in Hz').default(0.5),
  }),
  powerline: z.strictObject({
    amplitudeMv: levelMv,
    snrDb,
    hz: z.union([z.literal(50), z.literal(60)], '50 or 60').default(50),
    harmonics: whole(1, 40).default(3),
  }),
  muscle: z.strictObject({
    rmsMv: levelMv,
    snrDb,
    lowHz: number(5, 1000, 'a frequency in Hz').default(20),
    highHz: number(10, 1800, 'a frequency in Hz').default(150),
  }),
  electrode: z.strictObject({
    amplitudeMv: levelMv,
    snrDb,
    perMinute: number(0.01, 120, 'a rate').default(6),
  }),
  adc: z.strictObject({
    stepMv: amount(1e-6, 10, 'mV'),
    clipMv: amount(1e-3, 1000, 'mV'),
    holdSamples: whole(1, 10_000).default(1),
  }),
};

/** The name of an artefact. */
export type NoiseName = keyof typeof schemas;
/** The names of all artefacts. */
export const noiseNames = Object.keys(schemas) as NoiseName[];
const any = z.unknown().optional();
const top = z.strictObject({ wander: any, powerline: any, muscle: any, electrode: any, adc: any });

/** The option that holds the size of each artefact in mV. */
export const levelNames = {
  wander: 'rmsMv',
  powerline: 'amplitudeMv',
  muscle: 'rmsMv',
  electrode: 'amplitudeMv',
} as const;

/**
 * Validates noise options for the sampling rate `fsHz` and fills in the defaults.
 *
 * @throws PqrstError ERR_OPTION: when a name is unknown, or an artefact has no level or two levels.
 * @throws PqrstError ERR_RANGE: when a number is out of range, or the rate is too low for an artefact.
 */
export function checkNoise(given: unknown, fsHz: number): NoiseOptions {
  const all = parseOptions(top, given, 'noise');
  const checked: Record<string, unknown> = {};
  for (const name of noiseNames) {
    if (all[name] === undefined) continue;
    const one: Record<string, unknown> = parseOptions(schemas[name], all[name], `noise.${name}`);
    if (name === 'adc') checkAdc(one);
    else checkLevel(name, one);
    checked[name] = one;
  }
  checkBands(checked as NoiseOptions, fsHz);
  return checked as NoiseOptions;
}

function checkBands({ wander, powerline, muscle }: NoiseOptions, fsHz: number): void {
  const refuse = (problem: string) => {
    throw new PqrstError('ERR_RANGE', `noise.${problem}`);
  };
  if (wander !== undefined && !(wander.highHz! > wander.lowHz!)) {
    refuse(`wander: highHz ${wander.highHz} must be above lowHz ${wander.lowHz}`);
  }
  if (powerline !== undefined && powerline.hz! >= fsHz / 2) {
    const { hz } = powerline;
    refuse(
      `powerline: ${hz} Hz cannot be sampled at ${fsHz} Hz; omit it, or choose a rate above ${2 * hz!} Hz`,
    );
  }
  if (muscle === undefined) return;
  const { lowHz, highHz } = muscle;
  if (highHz! < lowHz! + 5) {
    refuse(`muscle: highHz ${highHz} must be at least 5 Hz above lowHz ${lowHz}`);
  }
  if (lowHz! >= 0.44 * fsHz) {
    const top = (0.45 * fsHz).toFixed(1);
    refuse(
      `muscle: lowHz ${lowHz} is too high for ${fsHz} Hz, where muscle noise ends at ${top} Hz; choose a lower lowHz`,
    );
  }
}

function checkLevel(name: Exclude<NoiseName, 'adc'>, one: Record<string, unknown>): void {
  const size = levelNames[name];
  const given = [size, 'snrDb'].filter((level) => one[level] !== undefined);
  if (given.length === 1) return;
  const found = given.length === 0 ? 'neither' : 'both';
  throw new PqrstError(
    'ERR_OPTION',
    `noise.${name} takes its level as ${size} or as snrDb, got ${found}; give one of them`,
  );
}

function checkAdc({ stepMv, clipMv }: Record<string, unknown>): void {
  const step = rangeOf(stepMv as NoiseAmount | undefined);
  const clip = rangeOf(clipMv as NoiseAmount | undefined);
  if (clip.max > 0 && clip.min < step.max) {
    throw new PqrstError(
      'ERR_RANGE',
      `noise.adc: clipMv ${clip.min} must not be below stepMv ${step.max}; raise clipMv`,
    );
  }
}

function rangeOf(given: NoiseAmount | undefined): NoiseRange {
  if (given === undefined) return { min: 0, max: 0 };
  return typeof given === 'number' ? { min: given, max: given } : given;
}

/** Packs validated options for the kernel: a Float64Array [fields.length] in the order of its `noiseFields()`. */
export function packNoise(noise: NoiseOptions, fields: readonly string[]): Float64Array {
  const numbers = new Map<string, number>();
  const put = (prefix: string, entries: object) => {
    for (const [key, value] of Object.entries(entries)) numbers.set(`${prefix}.${key}`, value);
  };
  for (const name of noiseNames) {
    const defaults: Record<string, unknown> =
      name === 'adc' ? schemas.adc.parse({}) : schemas[name].parse({});
    const one: Record<string, unknown> = { ...defaults, ...noise[name] };
    if (name === 'adc') {
      put('adc.stepMv', rangeOf(one.stepMv as NoiseAmount | undefined));
      put('adc.clipMv', rangeOf(one.clipMv as NoiseAmount | undefined));
      put('adc', { holdSamples: one.holdSamples });
      continue;
    }
    const { snrDb, [levelNames[name]]: sizeMv, ...rest } = one;
    const kind = sizeMv !== undefined ? 1 : snrDb !== undefined ? 2 : 0;
    put(name, { kind, ...rangeOf((sizeMv ?? snrDb) as NoiseAmount | undefined), ...rest });
  }
  return Float64Array.from(fields, (field) => {
    const value = numbers.get(field);
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw new PqrstError(
      'ERR_NATIVE',
      `noise field ${field} of the kernel is ${value}; expected a finite number`,
    );
  });
}
