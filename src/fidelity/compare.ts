// Compares synthetic with real records: every measure with its interval, its floor (real records against those of other
// patients) and its ceiling (the same real records with random phases), and the quantities that give synthetic records
// away.
// More than 300 lines: a third describes the result and its fields.

import { PqrstError } from '../base/errors.js';
import type { JobOptions } from '../base/job.js';
import type { Measured } from '../measures/bootstrap.js';
import { memorisation } from '../measures/memorisation.js';
import { phaseShuffled } from '../measures/spectrum.js';
import { logisticTwoSample } from '../measures/two-sample.js';
import { type Distance, distances, measureText, signalTestKey } from './distances.js';
import { notesOf } from './notes.js';
import { quantities } from './quantities.js';
import { type MeasuredSet, measureSet, type RecordSet, withoutBeatsIn } from './record-set.js';
import { type Deal, dealSides, type Reference, referenceOf, type Side, sideOf } from './sides.js';

/** Options of `compareRecords`. */
export interface CompareOptions extends Pick<JobOptions, 'signal'> {
  /** Seed of the halves, folds, resamples and phases; default 0. */
  readonly seed?: number;
  /** Number of bootstrap resamples and permutations; default 200. */
  readonly resamples?: number;
  /** Receives what is being done, and how far it is. */
  readonly onStep?: (step: string, done: number, total: number) => void;
}

/** Returns the penultimate layer of a network for each signal. */
export type NetworkFeatures = (signals: readonly Float32Array[]) => Promise<Float64Array[]>;

/** Options of `compareSides`. */
export interface CompareSidesOptions extends CompareOptions {
  /** A network that was trained on other real patients; by default only hand-made features are used. */
  readonly network?: NetworkFeatures | undefined;
  /** Tells the sides apart on their signals; by default only features are compared. */
  readonly signalTest?: SignalTest | undefined;
}

/** One measure of `compareRecords`. */
export interface FidelityRow {
  /** `features.mmd`, `network.mmd`, `signals.psd`, `w1.rrMeanS`, ... */
  readonly key: string;
  readonly name: string;
  /** One sentence for a reader. */
  readonly meaning: string;
  /** True if a greater value means more alike. */
  readonly alike: boolean;
  /** Synthetic against real, with its 95 % interval and, where there is one, its p-value. */
  readonly made: Distance;
  /** Real against other real patients, with the same number of records. */
  readonly floor: number;
  /** Real records with random phases against real ones. */
  readonly ceiling: number;
}

/** A quantity and how much it tells synthetic from real records. */
export interface Giveaway {
  readonly key: string;
  readonly name: string;
  /**
   * Its coefficient in the logistic two-sample test, per standard deviation. Positive: synthetic records have more of it.
   */
  readonly coefficient: number;
}

/** Whether synthetic records repeat real ones. */
export interface CopyTest {
  /** Number of records per side that were searched, at most 500. */
  readonly n: number;
  /** Number of synthetic records that equal a real record, but for shift, scale and noise. */
  readonly copies: number;
  /** Number of real records of half B that equal one of half A: what a set without copies has. */
  readonly heldCopies: number;
  /** Share of synthetic records that are nearer to half A than to half B; near 0.5 without copies. */
  readonly nearerToTraining: Measured;
  /** Meehan's statistic, in standard deviations; below -3: the synthetic records repeat half A. */
  readonly z: number;
}

/** The result of `compareRecords`. */
export interface FidelityResult {
  /** Number of records per side. */
  readonly n: number;
  /** Number of patients in each half of the real records. */
  readonly patients: readonly [number, number];
  /** Number of records of each side that show no clear beat. */
  readonly withoutBeats: { readonly real: number; readonly otherReal: number; readonly made: number };
  readonly rows: readonly FidelityRow[];
  /** The quantities, the strongest first. */
  readonly giveaways: readonly Giveaway[];
  readonly memorisation: CopyTest;
  /** What a reader must know before the numbers, such as copies of real records; one sentence each. */
  readonly notes: readonly string[];
}

/** The result of `compareSides`: that of `compareRecords`, and the records for pictures. */
export interface Comparison extends FidelityResult {
  /** Half A, half B and the synthetic records. */
  readonly real: Side;
  readonly otherReal: Side;
  readonly made: Side;
  /** The logistic score of each synthetic record of `made`; higher looks more synthetic. */
  readonly madeScores: Float64Array;
}

const defaults = { seed: 0, resamples: 200 };
const memorisedRecords = 500;

/**
 * Measures how close synthetic records are to real records of other patients. The real patients are dealt to two halves:
 * half A is the reference, and half B against A is the floor.
 *
 * @param real - real records of one label and one lead, with six or more in each half of the patients.
 * @param made - synthetic records of the same lead, at the same rate and of the same length and unit.
 * @returns every measure with its interval, floor and ceiling, the quantities that give the synthetic records away, and
 *   the test for copies.
 * @example
 * ```js
 * import { compareRecords, syntheticRecords } from 'pqrst/fidelity';
 *
 * // Two seeds of one class; `labelledRecords` loads real records.
 * const shape = { label: 'normal', count: 24, fsHz: 250, seconds: 10, lead: 'II', filter: '0.5-40' };
 * const real = await syntheticRecords('preset:physiological', { ...shape, seed: 1 });
 * const made = await syntheticRecords('preset:clinical', { ...shape, seed: 2 });
 * const { n, rows } = await compareRecords(real, made, { resamples: 50 });
 * const auc = rows.find(({ key }) => key === 'features.logistic');
 * console.log(n, auc?.made.value, auc?.floor, auc?.ceiling); // 12, and three areas under the ROC curve
 * ```
 * @throws PqrstError ERR_OPTION: when the sides differ in rate, length or unit.
 * @throws PqrstError ERR_DATA_EMPTY: when a side has fewer than six records.
 * @throws PqrstError ERR_SIGNAL: when a record is flat or has a sample that is not a number, or no record of a side
 *   shows a beat.
 */
export async function compareRecords(
  real: RecordSet,
  made: RecordSet,
  options: CompareOptions = {},
): Promise<FidelityResult> {
  return resultOf(await compareSides(real, made, options));
}

/** Returns the parts of a comparison that hold no signal. */
export function resultOf(found: Comparison): FidelityResult {
  const { n, patients, withoutBeats, rows, giveaways, memorisation, notes } = found;
  return { n, patients, withoutBeats, rows, giveaways, memorisation, notes };
}

/** Tells the records of two sides apart on their signals; the value is the area under the ROC curve. */
export type SignalTest = (reference: Side, other: Side, name: string) => Promise<Distance>;

/**
 * Compares as `compareRecords` does.
 *
 * @throws PqrstError The errors of `compareRecords`.
 */
export async function compareSides(
  real: RecordSet,
  made: RecordSet,
  options: CompareSidesOptions = {},
): Promise<Comparison> {
  expectAlike(real, made);
  return compareWith(await measureReal(real, made.signals.length, options), made, options);
}

/** The real records of a comparison, measured, with the floor and the ceiling. */
export interface MeasuredReal {
  readonly deal: Deal;
  readonly reference: Reference;
  readonly real: Side;
  readonly otherReal: Side;
  readonly withoutBeats: { readonly real: number; readonly otherReal: number };
  readonly floor: ReadonlyMap<string, Distance>;
  readonly ceiling: ReadonlyMap<string, Distance>;
}

/**
 * Deals the real records to halves, and measures what does not depend on the synthetic records.
 *
 * @param madeCount - number of synthetic records.
 * @throws PqrstError ERR_DATA_EMPTY, ERR_SIGNAL: as `compareRecords`.
 */
export async function measureReal(
  real: RecordSet,
  madeCount: number,
  options: CompareSidesOptions = {},
): Promise<MeasuredReal> {
  const { network, signalTest } = options;
  const { seed } = { ...defaults, ...options };
  const deal = dealSides(real.patients, madeCount, seed);
  const halfA = await measured(some(real, deal.halfA), 'real', options);
  const halfB = await measured(some(real, deal.halfB), 'other real', options);
  const withoutBeats = { real: withoutBeatsIn(halfA, 'real'), otherReal: withoutBeatsIn(halfB, 'real') };
  const random = { ...halfB, signals: phaseShuffled(halfB.signals, seed) };
  const shuffled = await measured(random, 'phase-shuffled', options);
  const layerA = await network?.(halfA.signals);
  const reference = referenceOf(halfA, layerA);
  const first = sideOf(halfA, reference, layerA);
  const other = sideOf(halfB, reference, await network?.(halfB.signals));
  const noise = sideOf(shuffled, reference, await network?.(shuffled.signals));
  const alone = { seed, resamples: 0 };
  const floor = await step(options, 0, 'compare other real records', () => distances(first, other, alone));
  const ceiling = await step(options, 1, 'compare random phases', () => distances(first, noise, alone));
  if (signalTest !== undefined) {
    floor.set(signalTestKey, await signalTest(first, other, 'other real records'));
    ceiling.set(signalTestKey, await signalTest(first, noise, 'random phases'));
  }
  return { deal, reference, real: first, otherReal: other, withoutBeats, floor, ceiling };
}

/**
 * Compares synthetic records with real records that are measured already.
 *
 * @param made - as many records as `madeCount` of `measureReal`.
 * @param options - those of `measureReal`.
 * @throws PqrstError ERR_SIGNAL: as `compareRecords`.
 */
export async function compareWith(
  { deal, reference, real, otherReal, withoutBeats, floor, ceiling }: MeasuredReal,
  made: RecordSet,
  options: CompareSidesOptions = {},
): Promise<Comparison> {
  const { network, signalTest } = options;
  const { seed, resamples } = { ...defaults, ...options };
  const synthetic = await measured(some(made, deal.made), 'synthetic', options);
  const silent = { ...withoutBeats, made: withoutBeatsIn(synthetic, 'synthetic') };
  const side = sideOf(synthetic, reference, await network?.(synthetic.signals));
  const settings = { seed, resamples };
  const found = await step(options, 2, 'compare synthetic records', () => distances(real, side, settings));
  if (signalTest !== undefined) {
    found.set(signalTestKey, await signalTest(real, side, 'synthetic records'));
  }
  const { scores, coefficients } = logisticTwoSample(real.features, side.features, { seed, resamples: 0 });
  const few = ({ set }: Side) => set.signals.slice(0, memorisedRecords);
  const { nearest: _, ...memory } = await step(options, 3, 'search for copies', () =>
    memorisation(few(real), few(otherReal), few(side), settings),
  );
  options.onStep?.('search for copies', steps, steps);
  const n = deal.made.length;
  const copyTest = { ...memory, n: Math.min(memorisedRecords, n) };
  return {
    n,
    patients: [new Set(real.set.patients).size, new Set(otherReal.set.patients).size],
    withoutBeats: silent,
    rows: [...found].map(([key, distance]) => {
      const { name, meaning, alike = false } = measureText(key);
      const [low, high] = [floor.get(key)?.value ?? Number.NaN, ceiling.get(key)?.value ?? Number.NaN];
      return { key, name, meaning, alike, made: distance, floor: low, ceiling: high };
    }),
    giveaways: quantities
      .map(({ key, name }, column) => ({ key, name, coefficient: coefficients[column]! }))
      .sort((a, b) => Math.abs(b.coefficient) - Math.abs(a.coefficient)),
    memorisation: copyTest,
    notes: notesOf({ n, withoutBeats: silent, memorisation: copyTest }),
    ...{ real, otherReal, made: side },
    madeScores: scores.subarray(real.set.signals.length),
  };
}

const steps = 4;

/** Runs one step after it is shown. */
async function step<T>(
  { onStep, signal }: CompareOptions,
  done: number,
  name: string,
  work: () => T,
): Promise<T> {
  onStep?.(name, done, steps);
  await new Promise((resolve) => setImmediate(resolve));
  signal?.throwIfAborted();
  return work();
}

/** Returns the records `at` of a set: only the records of the sides are measured. */
function some(set: RecordSet, at: readonly number[]): RecordSet {
  return {
    ...set,
    signals: at.map((record) => set.signals[record]!),
    patients: at.map((record) => set.patients[record]!),
  };
}

function measured(set: RecordSet, name: string, { signal, onStep }: CompareOptions): Promise<MeasuredSet> {
  return measureSet(set, {
    signal,
    onProgress: (done, total) => onStep?.(`measure ${name} records`, done, total),
  });
}

function expectAlike(real: RecordSet, made: RecordSet): void {
  const facts = (set: RecordSet) => ({
    'sampling rate in Hz': set.fsHz,
    'unit of the signals': set.unit,
    'number of samples': set.signals[0]?.length,
  });
  const [a, b] = [facts(real), facts(made)];
  for (const key of Object.keys(a) as (keyof typeof a)[]) {
    if (a[key] === b[key] || real.signals.length === 0 || made.signals.length === 0) continue;
    throw new PqrstError(
      'ERR_OPTION',
      `the real and the synthetic records must have the same ${key}, got ${a[key]} and ${b[key]}`,
    );
  }
}
