// Validates the spec of the simulator, which holds every number of the model. The kernel receives the numbers as a flat
// array of doubles in the order of its field list, and contains only the arithmetic of the model.
// Names contain units; `width` and `shift` of a wave are fractions of the beat (normalised beat time).
// Source: Nonaka and Seita 2026, section 4 and appendix A. presets.ts explains each number and its source.

import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { problemOf } from '../base/options.js';

const between = (low: number, high: number) => z.number().min(low).max(high);

/** A value with two levels of variation: per recording N(base, recordingSd), per beat N(value of the recording, beatSd). */
const level = (low: number, high: number) =>
  z.strictObject({
    base: between(low, high),
    recordingSd: between(0, high - low),
    beatSd: between(0, high - low),
  });

/** A range from which each recording draws one uniform value. */
const range = (low: number, high: number) =>
  z
    .strictObject({ min: between(low, high), max: between(low, high) })
    .refine((bounds) => bounds.min <= bounds.max, { message: 'min must not be above max' });

const amplitudeMv = level(-10, 10);

/**
 * A Gaussian wave a exp(-1/2 ((t - s) / d)^2) in beat time, with amplitude a, shift s and width d. The shift of P counts
 * from the start of the beat, Q from P, R and S from Q, T from S.
 */
const wave = z.strictObject({ amplitudeMv, width: level(0, 1), shift: level(0, 2) });

/** A slow sine that varies the atrial rate by up to `rateHz` and the amplitude by the fraction `size`. */
const motion = z.strictObject({ hz: range(0.01, 10), rateHz: range(0, 5), size: range(0, 1) });

/** Atrial activity: a fundamental and harmonics, given relative to the fundamental. */
const atrial = z.strictObject({
  rateHz: range(1, 15),
  peakToPeakMv: range(0, 5),
  harmonic2: between(-1, 1),
  harmonic3: between(-1, 1),
  harmonic4: between(-1, 1),
  slow: motion,
  fast: motion,
});

/** PVCs occur in runs of `run` beats, separated by minSinusBeats to maxSinusBeats sinus beats. */
const pattern = z
  .strictObject({
    weight: between(0, 1),
    minSinusBeats: z.int().min(1).max(1000),
    maxSinusBeats: z.int().min(1).max(1000),
    run: z.int().min(1).max(3),
  })
  .refine((p) => p.minSinusBeats <= p.maxSinusBeats, {
    message: 'minSinusBeats must not be above maxSinusBeats',
  });

const ectopicWave = z.strictObject({ amplitudeMv, widthS: level(0, 1) });

const sumsToOne = (...weights: number[]) =>
  Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-9;

const conduction = z
  .strictObject({
    weight2: between(0, 1),
    weight3: between(0, 1),
    weight4: between(0, 1),
    weightVariable: between(0, 1),
    share2: between(0, 1),
    share3: between(0, 1),
    share4: between(0, 1),
  })
  .refine((c) => sumsToOne(c.weight2, c.weight3, c.weight4, c.weightVariable), {
    message: 'weight2, weight3, weight4 and weightVariable must sum to 1',
  })
  .refine((c) => sumsToOne(c.share2, c.share3, c.share4), {
    message: 'share2, share3 and share4 must sum to 1',
  });

const patterns = z
  .strictObject({ isolated: pattern, bigeminy: pattern, trigeminy: pattern, couplet: pattern })
  .refine((p) => sumsToOne(p.isolated.weight, p.bigeminy.weight, p.trigeminy.weight, p.couplet.weight), {
    message: 'the weights of the four patterns must sum to 1',
  });

/** The schema of a spec, with the allowed range of each number. */
export const synthSpecSchema = z.strictObject({
  waves: z.strictObject({ p: wave, q: wave, r: wave, s: wave, t: wave }),
  widthFloor: between(1e-4, 1),
  /** Lengths of waves scale with (beat length / referenceS)^stretch: 1 = in proportion, 0 = fixed in seconds. */
  stretch: z.strictObject({ p: between(0, 1), qrs: between(0, 1), t: between(0, 1) }),
  beat: z
    .strictObject({
      referenceS: between(0.2, 3),
      lengthS: level(0.2, 3),
      floorS: between(0.1, 3),
      recordingMinS: between(0.1, 3),
      recordingMaxS: between(0.1, 3),
      respiratoryHz: range(0.01, 2),
      respiratoryFraction: range(0, 0.5),
    })
    .refine((beat) => beat.recordingMinS <= beat.recordingMaxS, {
      message: 'recordingMinS must not be above recordingMaxS',
    }),
  /** Start of the recording within the longer simulated signal, in seconds from its first beat. */
  cut: z.strictObject({ startS: range(0, 60) }),
  noiseMv: range(0, 5),
  baselineHz: range(0.01, 5),
  baselineMv: range(0, 10),
  /** Each Gaussian is rendered up to this many SDs on either side. */
  supportSigmas: between(3, 7),
  /** A wave is annotated as long as its Gaussian exceeds this value. */
  thresholdMv: between(1e-4, 1),
  af: z.strictObject({
    rrS: range(0.2, 3),
    rrCv: range(0, 1),
    rrFloorS: between(0.1, 3),
    pScale: between(0, 1),
    atrial,
  }),
  aflt: z.strictObject({ pScale: between(0, 1), atrial, conduction, jitterS: between(0, 0.1) }),
  pvc: z.strictObject({
    patterns,
    coupling: range(0.2, 0.95),
    couplingBeatSd: between(0, 0.2),
    couplingFloorS: between(0.1, 1),
    pScale: between(0, 1),
    negativeProbability: between(0, 1),
    amplitudeFloorMv: between(0.05, 5),
    widthFloorS: between(0.005, 0.2),
    main: ectopicWave,
    terminal: ectopicWave,
    t: ectopicWave,
    terminalDelayS: level(0, 1),
    stS: range(0, 0.5),
    qrsMinS: between(0.12, 0.4),
  }),
  wpw: z.strictObject({
    pqS: range(0.03, 0.12),
    pShare: between(0.1, 1),
    qScale: between(0, 1),
    deltaFloorMv: between(0.02, 2),
    qrsMinS: between(0.11, 0.4),
    deltaRatio: level(0, 2),
    deltaWidthS: level(0, 0.2),
    deltaLeadS: level(0, 0.2),
    rWidthFloorS: between(0, 0.1),
    tScale: range(-2, 2),
  }),
});

/**
 * All numbers of the simulator for one preset: waves, beats, noise and the rules of each class. The names carry the units;
 * `width` and `shift` of a wave are fractions of the beat. `presets` has complete specs to start from.
 */
export interface SynthSpec extends z.infer<typeof synthSpecSchema> {}

/**
 * Validates a spec.
 *
 * @throws PqrstError ERR_SPEC: when a value is missing, unknown or out of range. The message names the path and the value.
 */
export function parseSpec(given: unknown): SynthSpec {
  const result = synthSpecSchema.safeParse(given);
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, 3).map((issue) => problemOf(issue, given, 'the spec'));
  const more = result.error.issues.length > 3 ? `; and ${result.error.issues.length - 3} more` : '';
  throw new PqrstError('ERR_SPEC', `the spec is invalid: ${issues.join('; ')}${more}`);
}

/**
 * Packs a spec for the kernel: a Float64Array [fields.length] in the order of `fields`, the dotted names of the kernel.
 *
 * @throws PqrstError ERR_SPEC: when a field is missing or not a finite number.
 */
export function packSpec(spec: SynthSpec, fields: readonly string[]): Float64Array {
  return Float64Array.from(fields, (field) => {
    const value = valueAt(spec, field.split('.'));
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw new PqrstError('ERR_SPEC', `spec field ${field} is ${describe(value)}; expected a finite number`);
  });
}

/** Returns the dotted name of every number in a spec. */
export function specPaths(node: unknown, prefix = ''): string[] {
  if (typeof node !== 'object' || node === null) return [prefix];
  return Object.entries(node).flatMap(([key, value]) =>
    specPaths(value, prefix === '' ? key : `${prefix}.${key}`),
  );
}

function valueAt(node: unknown, path: readonly string[]): unknown {
  let at = node;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value)).slice(0, 60);
}
