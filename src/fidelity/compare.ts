// Compares synthetic with real records: every measure with its interval, its floor (real records against those of other
// patients) and its ceiling (the same real records with random phases), and the quantities that give synthetic records
// away.

import { PqrstError } from '../base/errors.js';
import type { JobOptions } from '../base/job.js';
import { type Memorisation, memorisation } from '../measures/memorisation.js';
import { phaseShuffled } from '../measures/spectrum.js';
import { logisticTwoSample } from '../measures/two-sample.js';
import { type Distance, distances, measureText } from './distances.js';
import { quantities } from './quantities.js';
import { type MeasuredSet, measureSet, type RecordSet } from './record-set.js';
import { dealSides, referenceOf, type Side, sideOf } from './sides.js';

/** Returns the penultimate layer of a network for each signal. */
export type NetworkFeatures = (signals: readonly Float32Array[]) => Promise<Float64Array[]>;

/** Options of `compareRecords`. */
export interface CompareOptions extends Pick<JobOptions, 'signal'> {
  /** Seed of the halves, folds, resamples and phases; default 0. */
  readonly seed?: number;
  /** Number of bootstrap resamples and permutations; default 200. */
  readonly resamples?: number;
  /** A network that was trained on other real patients; by default only hand-made features are used. */
  readonly network?: NetworkFeatures | undefined;
  /** Receives what is being done, and how far it is. */
  readonly onStep?: (step: string, done: number, total: number) => void;
}

/** One row of the table. */
export interface FidelityRow {
  /** `features.mmd`, `network.mmd`, `signals.psd`, `w1.rrMeanS`, ... */
  readonly key: string;
  readonly name: string;
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

/** The result of a comparison. */
export interface Comparison {
  /** Number of records per side. */
  readonly n: number;
  /** Number of patients in each half of the real records. */
  readonly patients: readonly [number, number];
  readonly rows: readonly FidelityRow[];
  /** The quantities, the strongest first. */
  readonly giveaways: readonly Giveaway[];
  /** Whether synthetic records repeat records of half A; of at most 500 records per side. */
  readonly memorisation: Memorisation & { readonly n: number };
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
 * Compares synthetic with real records of one lead.
 *
 * @param real - real records of at least two groups of patients.
 * @param made - synthetic records at the same rate and of the same length and unit.
 * @returns the rows of the table, the quantities that give synthetic records away, and the sides for pictures.
 * @throws PqrstError ERR_OPTION: when the sides differ in rate, length or unit.
 * @throws PqrstError ERR_DATA_EMPTY: when a side has fewer than six records.
 * @throws PqrstError ERR_SIGNAL: when a record is flat or has a sample that is not a number.
 */
export async function compareRecords(
  real: RecordSet,
  made: RecordSet,
  options: CompareOptions = {},
): Promise<Comparison> {
  expectAlike(real, made);
  const { seed, resamples } = { ...defaults, ...options };
  const { signal, network, onStep } = options;
  const measured = (set: RecordSet, name: string): Promise<MeasuredSet> =>
    measureSet(set, {
      signal,
      onProgress: (done, total) => onStep?.(`measure ${name} records`, done, total),
    });
  const deal = dealSides(real.patients, made.signals.length, seed);
  // Only the records of the sides are measured.
  const used = (set: RecordSet, at: readonly number[]): RecordSet => ({
    ...set,
    signals: at.map((record) => set.signals[record]!),
    patients: at.map((record) => set.patients[record]!),
  });
  const halfA = await measured(used(real, deal.halfA), 'real');
  const halfB = await measured(used(real, deal.halfB), 'other real');
  const synthetic = await measured(used(made, deal.made), 'synthetic');
  const shuffled = await measured(
    { ...halfB, signals: phaseShuffled(halfB.signals, seed) },
    'phase-shuffled',
  );
  const layers = async (set: RecordSet) => network && (await network(set.signals));
  const layerA = await layers(halfA);
  const reference = referenceOf(halfA, layerA);
  const sides = {
    real: sideOf(halfA, reference, layerA),
    other: sideOf(halfB, reference, await layers(halfB)),
    made: sideOf(synthetic, reference, await layers(synthetic)),
    shuffled: sideOf(shuffled, reference, await layers(shuffled)),
  };
  const step = async <T>(done: number, name: string, work: () => T): Promise<T> => {
    onStep?.(name, done, 4);
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    return work();
  };
  const settings = { seed, resamples };
  const alone = { seed, resamples: 0 };
  const found = await step(0, 'compare synthetic records', () => distances(sides.real, sides.made, settings));
  const floor = await step(1, 'compare other real records', () => distances(sides.real, sides.other, alone));
  const ceiling = await step(2, 'compare random phases', () => distances(sides.real, sides.shuffled, alone));
  const { scores, coefficients } = logisticTwoSample(sides.real.features, sides.made.features, alone);
  const few = ({ set }: Side) => set.signals.slice(0, memorisedRecords);
  const memory = await step(3, 'search for copies', () =>
    memorisation(few(sides.real), few(sides.other), few(sides.made), settings),
  );
  onStep?.('search for copies', 4, 4);
  return {
    n: deal.made.length,
    patients: [new Set(halfA.patients).size, new Set(halfB.patients).size],
    rows: [...found].map(([key, distance]) => {
      const { name, meaning, alike = false } = measureText(key);
      const [low, high] = [floor.get(key)?.value ?? Number.NaN, ceiling.get(key)?.value ?? Number.NaN];
      return { key, name, meaning, alike, made: distance, floor: low, ceiling: high };
    }),
    giveaways: quantities
      .map(({ key, name }, column) => ({ key, name, coefficient: coefficients[column]! }))
      .sort((a, b) => Math.abs(b.coefficient) - Math.abs(a.coefficient)),
    memorisation: { ...memory, n: Math.min(memorisedRecords, deal.made.length) },
    real: sides.real,
    otherReal: sides.other,
    made: sides.made,
    madeScores: scores.subarray(deal.halfA.length),
  };
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
