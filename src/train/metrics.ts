// How well probabilities tell positive from negative windows: confusion counts and F1 at a threshold, AUPRC, AUROC,
// each with a percentile bootstrap interval over patients (a resample draws patients, never single windows, because
// the windows of one patient resemble each other; Field and Welsh 2007). Not a judge of calibration.
// NaN where a number is undefined; JSON writes it as null.

import { PqrstError } from '../errors.js';
import { randomStream } from '../random.js';

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
  const draws = Object.fromEntries(scoreNames.map((name) => [name, [] as number[]]));
  const times = new Float64Array(ranked.patients);
  let withoutPositives = 0;
  let withoutNegatives = 0;
  for (let resample = 0; resample < resamples && ranked.patients > 1; resample++) {
    const stream = randomStream(seed, 'bootstrap', resample);
    times.fill(0);
    for (let draw = 0; draw < ranked.patients; draw++) {
      const patient = stream.below(ranked.patients);
      times[patient] = times[patient]! + 1;
    }
    const drawn = sweep(ranked, threshold, times);
    const positives = drawn.truePositives + drawn.falseNegatives;
    if (positives === 0) withoutPositives++;
    if (drawn.trueNegatives + drawn.falsePositives === 0) withoutNegatives++;
    if (positives === 0) drawn.f1 = Number.NaN;
    for (const name of scoreNames) {
      if (!Number.isNaN(drawn[name])) draws[name]!.push(drawn[name]);
    }
  }
  const estimates = Object.fromEntries(
    scoreNames.map((name) => {
      const sorted = Float64Array.from(draws[name]!).sort();
      const tail = (1 - confidence) / 2;
      return [name, { value: values[name], low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) }];
    }),
  ) as { [name in keyof Scores]: Estimate };
  return {
    threshold,
    windows: windows.length,
    positives: values.truePositives + values.falseNegatives,
    patients: ranked.patients,
    ...estimates,
    bootstrap: { resamples, confidence, seed, withoutPositives, withoutNegatives },
  };
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

/** Windows by falling probability, as parallel arrays, so that a resample is only a reweighing. */
interface Ranked {
  readonly probabilities: Float64Array;
  readonly positives: Uint8Array;
  /** [windows], the number of each window's patient. */
  readonly patientOf: Uint32Array;
  readonly patients: number;
}

function rank(windows: readonly Scored[]): Ranked {
  const wrong = windows.find(({ probability }) => !(probability >= 0 && probability <= 1));
  if (wrong !== undefined) {
    throw new PqrstError(
      'ERR_RANGE',
      `a window of patient ${wrong.patientId} has the probability ${wrong.probability}; expected a number from 0 to 1`,
    );
  }
  const numbers = new Map<string, number>();
  for (const { patientId } of windows) {
    if (!numbers.has(patientId)) numbers.set(patientId, numbers.size);
  }
  const sorted = [...windows].sort((a, b) => b.probability - a.probability);
  return {
    probabilities: Float64Array.from(sorted, ({ probability }) => probability),
    positives: Uint8Array.from(sorted, ({ positive }) => (positive ? 1 : 0)),
    patientOf: Uint32Array.from(sorted, ({ patientId }) => numbers.get(patientId)!),
    patients: numbers.size,
  };
}

/** One pass from the highest probability down; a window counts `times[patient]` times (once without `times`). */
function sweep(ranked: Ranked, threshold: number, times?: Float64Array): Scores {
  const { probabilities, positives, patientOf } = ranked;
  let truePositives = 0;
  let falsePositives = 0;
  let precisionSteps = 0;
  let outranked = 0;
  let claimedTrue = 0;
  let claimedFalse = 0;
  for (let at = 0; at < probabilities.length; ) {
    const probability = probabilities[at]!;
    let groupPositives = 0;
    let groupNegatives = 0;
    for (; at < probabilities.length && probabilities[at] === probability; at++) {
      const weight = times === undefined ? 1 : times[patientOf[at]!]!;
      if (positives[at] === 1) groupPositives += weight;
      else groupNegatives += weight;
    }
    outranked += groupNegatives * (truePositives + groupPositives / 2);
    truePositives += groupPositives;
    falsePositives += groupNegatives;
    if (groupPositives > 0) {
      precisionSteps += (groupPositives * truePositives) / (truePositives + falsePositives);
    }
    if (probability >= threshold) {
      claimedTrue = truePositives;
      claimedFalse = falsePositives;
    }
  }
  // At the end of the ranking everything is claimed: the two counts are the totals.
  const falseNegatives = truePositives - claimedTrue;
  return {
    truePositives: claimedTrue,
    falsePositives: claimedFalse,
    falseNegatives,
    trueNegatives: falsePositives - claimedFalse,
    f1: (2 * claimedTrue) / (2 * claimedTrue + claimedFalse + falseNegatives),
    auprc: precisionSteps / truePositives,
    auroc: outranked / (truePositives * falsePositives),
  };
}
