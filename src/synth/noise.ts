// Noise beyond the paper as validated data, off by default: baseline wander, mains, muscle, electrode motion, and what
// a converter does to samples. Each is added in mV before a record is z-scored, at a level in mV or as a signal-to-noise
// ratio: 10 log10(variance of the clean ECG / variance of the artefact), both over the whole record. (The MIT-BIH noise
// stress test refers to the QRS's peak-to-peak amplitude instead.) What each is made of: native/render/noise_sources.h.
// Not the paper's own noise, which the preset holds.

import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { parseOptions } from '../base/options.js';

/** Uniform between min and max, one draw a record. */
export interface NoiseRange {
  readonly min: number;
  readonly max: number;
}

/** A number, or a range from which each record draws its own. */
export type NoiseAmount = number | NoiseRange;

/** Either a ratio in dB or the artefact's size in mV. */
type Level<Name extends string> =
  | ({ readonly snrDb: NoiseAmount } & { readonly [key in Name]?: undefined })
  | ({ readonly [key in Name]: NoiseAmount } & { readonly snrDb?: undefined });

export interface NoiseOptions {
  /** Sines of random phase and frequency between lowHz and highHz (0.05-0.5), of a power that falls with frequency. */
  readonly wander?:
    | (Level<'rmsMv'> & { readonly lowHz?: number | undefined; readonly highHz?: number | undefined })
    | undefined;
  /** The mains of 50 (default) or 60 Hz with its harmonics, 3 by default; amplitudeMv: the fundamental's peak. */
  readonly powerline?:
    | (Level<'amplitudeMv'> & { readonly hz?: 50 | 60 | undefined; readonly harmonics?: number | undefined })
    | undefined;
  /** White noise filtered to lowHz-highHz (20-150, at most 0.45 fs). */
  readonly muscle?:
    | (Level<'rmsMv'> & { readonly lowHz?: number | undefined; readonly highHz?: number | undefined })
    | undefined;
  /** Steps at random times, at least one a record, that decay within 0.2-2 s; amplitudeMv: their mean size. */
  readonly electrode?: (Level<'amplitudeMv'> & { readonly perMinute?: number | undefined }) | undefined;
  /** Samples held for holdSamples, rounded to multiples of stepMv, clipped at +-clipMv. */
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
const number = (low: number, high: number, what: string) => {
  const expected = `${what} of ${low}-${high}`;
  return z.number(expected).min(low, expected).max(high, expected);
};
const whole = (low: number, high: number) => {
  const expected = `a whole number ${low}-${high}`;
  return z.int(expected).min(low, expected).max(high, expected);
};
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

export type NoiseName = keyof typeof schemas;
export const noiseNames = Object.keys(schemas) as NoiseName[];
const any = z.unknown().optional();
const top = z.strictObject({ wander: any, powerline: any, muscle: any, electrode: any, adc: any });

/** What each artefact's size in mV is called. */
export const levelNames = {
  wander: 'rmsMv',
  powerline: 'amplitudeMv',
  muscle: 'rmsMv',
  electrode: 'amplitudeMv',
} as const;

/**
 * The options as they hold at `fsHz`. ERR_OPTION: an unknown name, no level or two of them; ERR_RANGE: a number out of
 * range, or an artefact that such a rate cannot carry.
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
  const refuse = (sentence: string) => {
    throw new PqrstError('ERR_RANGE', `noise.${sentence}`);
  };
  if (wander !== undefined && !(wander.highHz! > wander.lowHz!)) {
    refuse(`wander: highHz ${wander.highHz} must be above lowHz ${wander.lowHz}`);
  }
  if (powerline !== undefined && powerline.hz! >= fsHz / 2) {
    const { hz } = powerline;
    refuse(
      `powerline: ${hz} Hz cannot be sampled at ${fsHz} Hz; leave it out, or ask for over ${2 * hz!} Hz`,
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
      `muscle: nothing above lowHz ${lowHz} is left at ${fsHz} Hz, which carries up to ${top}; lower lowHz`,
    );
  }
}

function checkLevel(name: Exclude<NoiseName, 'adc'>, one: Record<string, unknown>): void {
  const size = levelNames[name];
  const given = [size, 'snrDb'].filter((level) => one[level] !== undefined);
  if (given.length === 1) return;
  const found = given.length === 0 ? 'neither' : 'both';
  throw new PqrstError('ERR_OPTION', `noise.${name} takes its level as ${size} or as snrDb, got ${found}`);
}

function checkAdc({ stepMv, clipMv }: Record<string, unknown>): void {
  const step = rangeOf(stepMv as NoiseAmount | undefined);
  const clip = rangeOf(clipMv as NoiseAmount | undefined);
  if (clip.max > 0 && clip.min < step.max) {
    throw new PqrstError('ERR_RANGE', `noise.adc: clipMv ${clip.min} must not be below stepMv ${step.max}`);
  }
}

function rangeOf(given: NoiseAmount | undefined): NoiseRange {
  if (given === undefined) return { min: 0, max: 0 };
  return typeof given === 'number' ? { min: given, max: given } : given;
}

/** Checked options as the kernel reads them: Float64 [fields.length], in the order of its `noiseFields()`. */
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
