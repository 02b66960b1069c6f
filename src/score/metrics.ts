// How well probabilities tell positive from negative windows, or several classes that exclude each other: confusion
// counts and F1 at a threshold (the likeliest class of several), AUPRC, AUROC, each with a percentile bootstrap interval
// over patients (a resample draws patients, never single windows, because the windows of one patient resemble each
// other; Field and Welsh 2007). Not a judge of calibration.
// NaN where a number is undefined; JSON writes it as null.

import { randomStream } from '../base/random.js';
import { claimOf, numbered, type Ranked, rank, sweep } from './sweep.js';

/** A judged window. */
export interface Scored {
  readonly patientId: string;
  /** Whether the reference labels say so. */
  readonly positive: boolean;
  /** The model's answer in [0, 1]. */
  readonly probability: number;
}

/** What one (weighted) pass over the ranked windows yields. */
export interface Scores {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
  /** 2 TP / (2 TP + FP + FN); 0/0, no positive there and none claimed, is NaN. */
  f1: number;
  /** Average precision: the sum of precision times recall's step, equal probabilities as one step; NaN without positives. */
  auprc: number;
  /** The chance that a positive outranks a negative, ties count a half (midranks); NaN where a side is empty. */
  auroc: number;
}

/** A number and its interval; `low` and `high` are NaN where fewer than two patients, or no resample, could tell. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export type Metrics = { readonly [name in keyof Scores]: Estimate } & {
  readonly threshold: number;
  readonly windows: number;
  readonly positives: number;
  readonly patients: number;
  readonly bootstrap: {
    readonly resamples: number;
    readonly confidence: number;
    readonly seed: number;
    /** Resamples that held no positive window: left out of f1, auprc and auroc. */
    readonly withoutPositives: number;
    /** Resamples that held no negative window: left out of auroc. */
    readonly withoutNegatives: number;
  };
};

/** A judged window of a task of K labels. */
export interface ScoredClass {
  readonly patientId: string;
  /** What the reference says, 0 to K - 1. */
  readonly label: number;
  /** [K], each in [0, 1]; see `claimOf`. */
  readonly probabilities: readonly number[];
}

/**
 * One class against the rest. A class without windows has auprc and auroc NaN; its f1 is 0 where it is claimed, else
 * NaN. auroc is NaN too where all windows are of the class.
 */
export interface OneClassScores {
  readonly windows: number;
  readonly f1: number;
  readonly auprc: number;
  readonly auroc: number;
}

/**
 * f1, auprc, auroc: the plain mean over the classes that the windows hold (one that is absent is left out, and its
 * `windows` of 0 says so); NaN where none is defined. For K = 2 those of class 1 alone, as `score` gives them at 0.5.
 */
export interface ClassScores {
  readonly f1: number;
  readonly auprc: number;
  readonly auroc: number;
  /** [K][K], windows by reference (row) and claim (column). */
  readonly confusion: readonly (readonly number[])[];
  readonly classes: readonly OneClassScores[];
}

/** The scores of one class, and their means over the classes. */
export type ClassScore = 'f1' | 'auprc' | 'auroc';

export type ClassMetrics = { readonly [name in ClassScore]: Estimate } & {
  readonly windows: number;
  readonly patients: number;
  readonly confusion: readonly (readonly number[])[];
  readonly classes: readonly ({ readonly windows: number } & { readonly [name in ClassScore]: Estimate })[];
  readonly bootstrap: {
    readonly resamples: number;
    readonly confidence: number;
    readonly seed: number;
    /** Resamples that lacked a class of the windows: left out of the means, and of that class. */
    readonly withoutAClass: number;
  };
};

export interface MetricsOptions {
  /** A probability at or above it claims a positive. */
  readonly threshold?: number;
  readonly resamples?: number;
  readonly seed?: number;
}

const confidence = 0.95;
const scoreNames = [
  'truePositives',
  'falsePositives',
  'falseNegatives',
  'trueNegatives',
  'f1',
  'auprc',
  'auroc',
] as const satisfies readonly (keyof Scores)[];

/** The plain scores, without intervals. ERR_RANGE where a probability is not in [0, 1]. */
export function score(windows: readonly Scored[], threshold = 0.5): Scores {
  return sweep(rank(windows), threshold);
}

/** Scores with 95 % intervals from `resamples` draws of as many patients as there are, with replacement. */
export function measure(windows: readonly Scored[], options: MetricsOptions = {}): Metrics {
  const { threshold = 0.5, resamples = 1000, seed = 0 } = options;
  const ranked = rank(windows);
  const values = sweep(ranked, threshold);
  const draws = drawsOf(scoreNames);
  let withoutPositives = 0;
  let withoutNegatives = 0;
  for (const times of drawnPatients(ranked.patients, resamples, seed)) {
    const drawn = sweep(ranked, threshold, times);
    const positives = drawn.truePositives + drawn.falseNegatives;
    if (positives === 0) withoutPositives++;
    if (drawn.trueNegatives + drawn.falsePositives === 0) withoutNegatives++;
    if (positives === 0) drawn.f1 = Number.NaN;
    take(draws, drawn);
  }
  return {
    threshold,
    windows: windows.length,
    positives: values.truePositives + values.falseNegatives,
    patients: ranked.patients,
    ...estimatesOf(values, draws),
    bootstrap: { resamples, confidence, seed, withoutPositives, withoutNegatives },
  };
}

/** The plain scores of K labels, K >= 2. ERR_RANGE where a probability is not in [0, 1]. */
export function scoreClasses(windows: readonly ScoredClass[]): ClassScores {
  return sweepClasses(rankClasses(windows));
}

/** Scores with 95 % intervals, by the resamples of `measure`; the confusion has none. */
export function measureClasses(
  windows: readonly ScoredClass[],
  { resamples = 1000, seed = 0 }: Omit<MetricsOptions, 'threshold'> = {},
): ClassMetrics {
  const ranked = rankClasses(windows);
  const values = sweepClasses(ranked);
  const names = ['f1', 'auprc', 'auroc'] as const;
  const draws = drawsOf(names);
  const ofClass = values.classes.map(() => drawsOf(names));
  const { patients } = ranked;
  let withoutAClass = 0;
  for (const times of drawnPatients(patients, resamples, seed)) {
    const drawn = sweepClasses(ranked, times);
    const lacks = drawn.classes.some((one, at) => one.windows === 0 && values.classes[at]!.windows > 0);
    if (lacks) withoutAClass++;
    else take(draws, drawn);
    for (const [at, one] of drawn.classes.entries()) if (one.windows > 0) take(ofClass[at]!, one);
  }
  return {
    windows: windows.length,
    patients,
    ...estimatesOf(values, draws),
    confusion: values.confusion,
    classes: values.classes.map((one, at) => ({ windows: one.windows, ...estimatesOf(one, ofClass[at]!) })),
    bootstrap: { resamples, confidence, seed, withoutAClass },
  };
}

/** How often each patient is in a resample, one resample after the other; none of a single patient. */
function* drawnPatients(patients: number, resamples: number, seed: number): Generator<Float64Array> {
  const times = new Float64Array(patients);
  for (let resample = 0; resample < resamples && patients > 1; resample++) {
    const stream = randomStream(seed, 'bootstrap', resample);
    times.fill(0);
    for (let draw = 0; draw < patients; draw++) {
      const patient = stream.below(patients);
      times[patient] = times[patient]! + 1;
    }
    yield times;
  }
}

type Draws<Name extends string> = Record<Name, number[]>;

function drawsOf<Name extends string>(names: readonly Name[]): Draws<Name> {
  return Object.fromEntries(names.map((name) => [name, [] as number[]])) as Draws<Name>;
}

/** What a resample leaves undefined is left out. */
function take<Name extends string>(draws: Draws<Name>, drawn: Readonly<Record<Name, number>>): void {
  for (const name of Object.keys(draws) as Name[]) {
    if (!Number.isNaN(drawn[name])) draws[name].push(drawn[name]);
  }
}

function estimatesOf<Name extends string>(
  values: Readonly<Record<Name, number>>,
  draws: Draws<Name>,
): Record<Name, Estimate> {
  const tail = (1 - confidence) / 2;
  const names = Object.keys(draws) as Name[];
  const pairs = names.map((name) => {
    const sorted = Float64Array.from(draws[name]).sort();
    return [name, { value: values[name], low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) }];
  });
  return Object.fromEntries(pairs) as Record<Name, Estimate>;
}

/** The q-quantile of ascending values, linear between order statistics (Hyndman and Fan's type 7); NaN of none. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (at - below);
}

interface RankedClasses {
  readonly patients: number;
  /** Each class against the rest. */
  readonly ranked: readonly Ranked[];
  /** [windows], in the order given. */
  readonly rows: readonly { readonly label: number; readonly claimed: number; readonly patient: number }[];
}

function rankClasses(windows: readonly ScoredClass[]): RankedClasses {
  const count = windows[0]?.probabilities.length ?? 2;
  const ranked = Array.from({ length: count }, (_, at) =>
    rank(
      windows.map(({ patientId, label, probabilities }) => {
        return { patientId, positive: label === at, probability: probabilities[at]! };
      }),
    ),
  );
  const numbers = numbered(windows);
  const rows = windows.map(({ patientId, label, probabilities }) => ({
    label,
    claimed: claimOf(probabilities),
    patient: numbers.get(patientId)!,
  }));
  return { patients: numbers.size, ranked, rows };
}

function sweepClasses({ ranked, rows }: RankedClasses, times?: Float64Array): ClassScores {
  const confusion = ranked.map(() => ranked.map(() => 0));
  for (const { label, claimed, patient } of rows) confusion[label]![claimed]! += times?.[patient] ?? 1;
  const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  const classes = ranked.map((own, at) => {
    const windows = sumOf(confusion[at]!);
    const claimed = sumOf(confusion.map((row) => row[at]!));
    const { auprc, auroc } = sweep(own, 0.5, times);
    return { windows, f1: (2 * confusion[at]![at]!) / (windows + claimed), auprc, auroc };
  });
  const judged = classes.length === 2 ? [classes[1]!] : classes.filter(({ windows }) => windows > 0);
  const mean = (name: ClassScore) => {
    const defined = judged.map((one) => one[name]).filter((value) => !Number.isNaN(value));
    return sumOf(defined) / defined.length;
  };
  return { f1: mean('f1'), auprc: mean('auprc'), auroc: mean('auroc'), confusion, classes };
}
