// Scores of a classifier with two labels or with several exclusive classes: confusion counts and F1 at a threshold (with
// several classes, the most probable class counts), AUPRC and AUROC. Each score has a percentile bootstrap interval over
// patients. A resample draws patients, never single windows, because windows of one patient are similar (Field and Welsh
// 2007). Of many patients, large-sample.ts computes the intervals. calibration.ts measures calibration. An undefined score is NaN, which JSON stores as null.
// More than 300 lines: two labels and several classes share the resamples.

import { quantile } from '../base/quantile.js';
import { randomStream } from '../base/random.js';
import { claimOf, numbered, type Ranked, rank, sweep } from './sweep.js';

/** A window with its reference label and the prediction of a model. */
export interface Scored {
  readonly patientId: string;
  /** Whether the reference label is positive. */
  readonly positive: boolean;
  /** Predicted probability of the positive label, in [0, 1]. */
  readonly probability: number;
}

/** Scores of one (weighted) pass over the ranked windows. */
export interface Scores {
  /** Weighted number of positive windows that are predicted positive. */
  truePositives: number;
  /** Weighted number of negative windows that are predicted positive. */
  falsePositives: number;
  /** Weighted number of positive windows that are predicted negative. */
  falseNegatives: number;
  /** Weighted number of negative windows that are predicted negative. */
  trueNegatives: number;
  /** 2 TP / (2 TP + FP + FN); NaN without positive windows and positive predictions. */
  f1: number;
  /**
   * Average precision: the sum of precision times the increase of recall. Equal probabilities form one step. NaN without
   * positives.
   */
  auprc: number;
  /** Probability that a positive has a higher rank than a negative; ties count a half. NaN without either. */
  auroc: number;
}

/**
 * A score and its confidence interval. `low` and `high` are NaN with fewer than two patients or without a resample that
 * defines the score.
 */
export interface Estimate {
  /** The score of all windows. */
  readonly value: number;
  /** Lower end of the interval. */
  readonly low: number;
  /** Upper end of the interval. */
  readonly high: number;
}

/** How the intervals of many patients were computed: from variances, as DeLong's is, in place of a bootstrap. */
export interface LargeSample {
  /** DeLong's variance and its generalisation for F1, AUPRC and windows of the same patient; Wilson's for counts. */
  readonly method: 'delong';
  readonly confidence: number;
}

/**
 * Scores of a task with two labels, each with a 95 % interval over patients: by bootstrap, or from variances
 * (`largeSample`) if there are more than 20,000 patients.
 */
export type Metrics = { readonly [name in keyof Scores]: Estimate } & {
  /** A window with at least this probability is predicted positive. */
  readonly threshold: number;
  /** Number of windows. */
  readonly windows: number;
  /** Number of windows whose reference label is positive. */
  readonly positives: number;
  /** Number of patients. */
  readonly patients: number;
  /** The bootstrap of the intervals; absent with `largeSample`. */
  readonly bootstrap?: {
    readonly resamples: number;
    readonly confidence: number;
    readonly seed: number;
    /** Resamples without positive windows, which do not count in f1, auprc and auroc. */
    readonly withoutPositives: number;
    /** Resamples without negative windows, which do not count in auroc. */
    readonly withoutNegatives: number;
  };
  /** How the intervals were computed without a bootstrap; absent with `bootstrap`. */
  readonly largeSample?: LargeSample;
};

/** A window of a task with K labels, with its reference label and the prediction of a model. */
export interface ScoredClass {
  readonly patientId: string;
  /** Reference label, 0 to K - 1. */
  readonly label: number;
  /** [K], each in [0, 1]; see `claimOf`. */
  readonly probabilities: readonly number[];
}

/**
 * Scores of one class against the others. For a class without windows, auprc and auroc are NaN, and f1 is 0 if the class
 * is predicted and NaN otherwise. auroc is also NaN if all windows belong to the class.
 */
export interface OneClassScores {
  readonly windows: number;
  readonly f1: number;
  readonly auprc: number;
  readonly auroc: number;
}

/**
 * Scores of a task with K labels. f1, auprc and auroc are the unweighted means over the classes that occur in the
 * windows, and NaN if no class defines them. With K = 2 they are the scores of class 1, as `score` computes them at 0.5.
 */
export interface ClassScores {
  readonly f1: number;
  readonly auprc: number;
  readonly auroc: number;
  /** [K][K], numbers of windows by reference label (row) and predicted label (column). */
  readonly confusion: readonly (readonly number[])[];
  readonly classes: readonly OneClassScores[];
}

/** The scores of one class, and their means over the classes. */
export type ClassScore = 'f1' | 'auprc' | 'auroc';

/**
 * Scores of a task with K labels, each with a 95 % interval over patients, as those of `Metrics`. f1, auprc and auroc are
 * the unweighted means over the classes that occur in the windows, and NaN if no class defines them.
 */
export type ClassMetrics = { readonly [name in ClassScore]: Estimate } & {
  /** Number of windows. */
  readonly windows: number;
  /** Number of patients. */
  readonly patients: number;
  /** [K][K], numbers of windows by reference label (row) and predicted label (column). */
  readonly confusion: readonly (readonly number[])[];
  /** [K], each class against the others. */
  readonly classes: readonly ({ readonly windows: number } & { readonly [name in ClassScore]: Estimate })[];
  /** The bootstrap of the intervals; absent with `largeSample`. */
  readonly bootstrap?: {
    readonly resamples: number;
    readonly confidence: number;
    readonly seed: number;
    /** Resamples without one of the classes, which do not count in the means nor in the scores of that class. */
    readonly withoutAClass: number;
  };
  /** How the intervals were computed without a bootstrap; absent with `bootstrap`. */
  readonly largeSample?: LargeSample;
};

/** Options of `measure`. */
export interface MetricsOptions {
  /** A window with at least this probability is predicted positive; default 0.5. */
  readonly threshold?: number;
  /** Number of bootstrap resamples; default 1000. */
  readonly resamples?: number;
  readonly seed?: number;
}

/** The confidence of all intervals. */
export const confidence = 0.95;
const scoreNames = [
  'truePositives',
  'falsePositives',
  'falseNegatives',
  'trueNegatives',
  'f1',
  'auprc',
  'auroc',
] as const satisfies readonly (keyof Scores)[];

/**
 * Computes the scores without intervals.
 *
 * @throws PqrstError ERR_RANGE: when a probability is not in [0, 1].
 */
export function score(windows: readonly Scored[], threshold = 0.5): Scores {
  return sweep(rank(windows), threshold);
}

/**
 * Computes the scores with 95 % intervals; each resample draws all patients with replacement.
 *
 * @throws PqrstError The errors of `score`.
 */
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

/**
 * Computes the scores of K >= 2 labels without intervals.
 *
 * @throws PqrstError ERR_RANGE: when a probability is not in [0, 1].
 */
export function scoreClasses(windows: readonly ScoredClass[]): ClassScores {
  return sweepClasses(rankClasses(windows));
}

/** Computes the scores of K >= 2 labels with 95 % intervals, from the same resamples as `measure`. */
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

/** Yields for each resample how often it contains each patient. Yields nothing for a single patient. */
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

/** Appends the scores of a resample to `draws`, except undefined ones. */
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

interface RankedClasses {
  readonly patients: number;
  /** For each class, the windows ranked by its probability. */
  readonly ranked: readonly Ranked[];
  /** [windows], in the given order. */
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
  const averaged = classes.length === 2 ? [classes[1]!] : classes.filter(({ windows }) => windows > 0);
  const mean = (name: ClassScore) => {
    const defined = averaged.map((one) => one[name]).filter((value) => !Number.isNaN(value));
    return sumOf(defined) / defined.length;
  };
  return { f1: mean('f1'), auprc: mean('auprc'), auroc: mean('auroc'), confusion, classes };
}
