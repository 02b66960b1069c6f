// Every measure of the difference between two sides, in the order of the report, and what each one means.

import { randomStream } from '../base/random.js';
import type { Measured, ResampleSettings } from '../measures/bootstrap.js';
import {
  type GroupedPoints,
  kernelInceptionDistance,
  maximumMeanDiscrepancy,
} from '../measures/discrepancy.js';
import { frechet } from '../measures/frechet.js';
import { marginalDifferences } from '../measures/marginals.js';
import { neighbourShares } from '../measures/neighbours.js';
import {
  kolmogorovSmirnov,
  type Sample,
  slicedWasserstein,
  wasserstein,
} from '../measures/one-dimensional.js';
import { spectralDivergence } from '../measures/spectrum.js';
import { type Beats, nearestBeatDistance } from '../measures/time-warp.js';
import { logisticTwoSample, nearestTwoSample } from '../measures/two-sample.js';
import { beatHz } from './mean-beat.js';
import { quantities } from './quantities.js';
import type { Side } from './sides.js';

/** The difference of two sides by one measure, with its 95 % interval. */
export interface Distance extends Measured {
  /** The permutation p-value, where the measure has one. */
  readonly p?: number;
  /** Number of records per side. */
  readonly n: number;
}

/** What a measure is. */
export interface MeasureText {
  readonly name: string;
  /** One sentence for a reader of the report. */
  readonly meaning: string;
  /** True if a greater value means more alike. */
  readonly alike?: boolean;
}

/** Beats per side whose nearest beat is searched; the cost grows with the square. */
const warpedBeats = 500;
/** The path of the time warping may leave the diagonal by this time in s. */
const warpS = 0.1;

const pointMeasures = {
  mmd: {
    name: 'MMD²',
    meaning:
      'Maximum mean discrepancy; 0 for equal distributions. p: how often exchanged records give as much.',
  },
  kid: {
    name: 'KID',
    meaning: 'Kernel inception distance: the discrepancy with a cubic kernel; 0 for equal sets.',
  },
  frechet: {
    name: 'Fréchet',
    meaning: 'Distance of means and covariances; biased upwards, so compare with the floor.',
  },
  precision: { name: 'precision', meaning: 'Share of records that resemble a real record.', alike: true },
  recall: { name: 'recall', meaning: 'Share of real records that a record resembles.', alike: true },
  density: {
    name: 'density',
    meaning: 'How densely real records surround a record; near 1 for equal sets.',
    alike: true,
  },
  coverage: { name: 'coverage', meaning: 'Share of real records with a record nearby.', alike: true },
  sliced: {
    name: 'sliced Wasserstein',
    meaning: 'Mean distance of the projections, in standard deviations.',
  },
  logistic: {
    name: 'logistic two-sample AUC',
    meaning: 'How well a linear model tells the sets apart: 0.5 or less not at all, 1 always.',
  },
  nearest: {
    name: 'k-NN two-sample AUC',
    meaning: 'How well the 15 nearest records tell the sets apart: 0.5 or less not at all, 1 always.',
  },
} as const satisfies Record<string, MeasureText>;

const signalMeasures = {
  psd: {
    name: 'PSD divergence',
    meaning: 'Jensen-Shannon divergence of the mean spectra, 0.5-45 Hz: 0 equal, 1 apart.',
  },
  logPsd: {
    name: 'MMD² of log spectra',
    meaning: 'Discrepancy of the spectra record by record; sees mixtures.',
  },
  warp: {
    name: 'DTW to the nearest beat',
    meaning: 'Distance of a mean beat to the nearest real one, time warped by 0.1 s.',
  },
  histogram: {
    name: 'sample histogram',
    meaning: 'Half of the absolute difference of the histograms: 0 equal, 1 apart.',
  },
  autocorrelation: {
    name: 'autocorrelation',
    meaning: 'Mean absolute difference over lags up to one second.',
  },
  skewness: { name: 'skewness', meaning: 'Absolute difference of the mean skewness.' },
  kurtosis: { name: 'kurtosis', meaning: 'Absolute difference of the mean kurtosis.' },
  network: {
    name: 'network two-sample AUC on signals',
    meaning:
      'How well a small network, trained on other records, tells the signals apart: 0.5 not at all, 1 always.',
  },
} as const satisfies Record<string, MeasureText>;

/** The key of the test by a network, which `distances` does not measure: it takes a training. */
export const signalTestKey = 'signals.network';

/** Returns the name and meaning of the measure `key` of `distances`. */
export function measureText(key: string): MeasureText {
  const [set, name] = key.split('.') as [string, string];
  if (set === 'signals') return signalMeasures[name as keyof typeof signalMeasures];
  if (set === 'features' || set === 'network') return pointMeasures[name as keyof typeof pointMeasures];
  const quantity = quantities.find((one) => one.key === name)!;
  const isGap = set === 'ks';
  return {
    name: quantity.name,
    meaning: isGap
      ? 'Greatest difference of the cumulative distributions, 0-1.'
      : 'Area between the cumulative distributions, in the unit of the quantity.',
  };
}

/**
 * Measures how far `other` is from `reference`.
 *
 * @returns the distances by key, in the order of the report: `features.mmd`, `network.mmd`, `signals.psd`,
 *   `w1.rrMeanS`, `ks.rrMeanS`, ...
 */
export function distances(reference: Side, other: Side, settings: ResampleSettings): Map<string, Distance> {
  const n = other.set.signals.length;
  const found = new Map<string, Distance>();
  const put = (key: string, measured: Measured & { readonly p?: number }, records = n) => {
    found.set(key, { ...measured, n: records });
  };
  pointDistances(reference.features, other.features, settings, (key, value) => put(`features.${key}`, value));
  if (reference.network && other.network) {
    pointDistances(reference.network, other.network, settings, (key, value) => put(`network.${key}`, value));
  }
  const [a, b] = [reference.set, other.set].map(({ frequenciesHz, spectra }) => ({
    frequenciesHz,
    records: spectra,
  }));
  put('signals.psd', spectralDivergence(a!, b!, reference.groups, other.groups, settings));
  put('signals.logPsd', maximumMeanDiscrepancy(reference.spectra, other.spectra, settings));
  const [first, second] = [beatsOf(reference, settings.seed), beatsOf(other, settings.seed)];
  if (first.beats.length > 0 && second.beats.length > 0) {
    put(
      'signals.warp',
      nearestBeatDistance(first, second, Math.round(warpS * beatHz), settings),
      second.beats.length,
    );
  }
  const marginal = marginalDifferences(
    { signals: reference.set.signals, groups: reference.groups },
    { signals: other.set.signals, groups: other.groups },
    reference.set.fsHz,
    settings,
  );
  for (const key of ['histogram', 'autocorrelation', 'skewness', 'kurtosis'] as const) {
    put(`signals.${key}`, marginal[key]);
  }
  for (const [column, { key }] of quantities.entries()) {
    const [x, y] = [sampleOf(reference, column), sampleOf(other, column)];
    const shown = y.values.filter((value) => !Number.isNaN(value)).length;
    put(`w1.${key}`, wasserstein(x, y, settings), shown);
    put(`ks.${key}`, kolmogorovSmirnov(x, y, settings), shown);
  }
  return found;
}

function pointDistances(
  a: GroupedPoints,
  b: GroupedPoints,
  settings: ResampleSettings,
  put: (key: keyof typeof pointMeasures, value: Measured & { readonly p?: number }) => void,
): void {
  put('mmd', maximumMeanDiscrepancy(a, b, settings));
  put('kid', kernelInceptionDistance(a, b, settings));
  put('frechet', frechet(a, b, settings));
  const shares = neighbourShares(a, b, settings);
  for (const key of ['precision', 'recall', 'density', 'coverage'] as const) put(key, shares[key]);
  put('sliced', slicedWasserstein(a, b, settings));
  put('logistic', logisticTwoSample(a, b, settings).auroc);
  put('nearest', nearestTwoSample(a, b, settings).auroc);
}

/** Returns one quantity of a side; NaN where a record does not show it. */
export function sampleOf({ set, groups }: Side, column: number): Sample {
  return { values: Float64Array.from(set.quantities, (row) => row[column]!), groups };
}

function beatsOf({ set, groups }: Side, seed: number): Beats {
  const shown = set.meanBeats.flatMap((found, record) => (found === undefined ? [] : [record]));
  const chosen = randomStream(seed, 'beats').shuffle(shown).slice(0, warpedBeats);
  return {
    beats: chosen.map((record) => set.meanBeats[record]!.beat),
    groups: Int32Array.from(chosen, (record) => groups[record]!),
  };
}
