// Four differences between the samples of two sets of signals, after TSGBench (Ang et al. 2023, arXiv 2309.03755): the
// histogram of the samples, their autocorrelation, skewness and kurtosis. They see the amplitudes and the memory of the
// signals, not the shape of beats.

import { interval, type Measured, type ResampleSettings, resampleWeights } from './bootstrap.js';

/** Signals of one set, and the group of each. */
export interface Signals {
  readonly signals: readonly Float32Array[];
  /** The group of each record, numbered from 0. */
  readonly groups: Int32Array;
}

/** The four differences. */
export interface MarginalDifferences {
  /** Half of the summed absolute difference of the histograms of all samples, 0-1. */
  readonly histogram: Measured;
  /** Mean absolute difference of the mean autocorrelations, over lags up to one second. */
  readonly autocorrelation: Measured;
  /** Absolute difference of the mean skewness. */
  readonly skewness: Measured;
  /** Absolute difference of the mean kurtosis. */
  readonly kurtosis: Measured;
}

const bins = 50;

/** Returns the differences between the samples of two sets. */
export function marginalDifferences(
  real: Signals,
  made: Signals,
  fsHz: number,
  settings: ResampleSettings,
): MarginalDifferences {
  const edges = histogramEdges(real.signals);
  const lags = Math.round(fsHz);
  const rows = [real, made].map(({ signals }) => ({
    histogram: signals.map((signal) => histogramOf(signal, edges)),
    autocorrelation: signals.map((signal) => autocorrelationOf(signal, lags)),
    skewness: signals.map((signal) => Float64Array.of(standardMoment(signal, 3))),
    kurtosis: signals.map((signal) => Float64Array.of(standardMoment(signal, 4))),
  }));
  const compare = (name: keyof MarginalDifferences, factor: (length: number) => number) => {
    const [first, second] = [rows[0]![name], rows[1]![name]];
    const between = (weightsA: Float64Array, weightsB: Float64Array) => {
      const [a, b] = [meanRow(first, weightsA), meanRow(second, weightsB)];
      return a.reduce((sum, value, at) => sum + Math.abs(value - b[at]!), 0) * factor(a.length);
    };
    const ones = (set: readonly unknown[]) => new Float64Array(set.length).fill(1);
    const weightsB = resampleWeights(made.groups, settings, `${name}/made`);
    const draws = Array.from(resampleWeights(real.groups, settings, `${name}/real`), (weights) =>
      between(weights, weightsB.next().value as Float64Array),
    );
    return interval(between(ones(first), ones(second)), draws);
  };
  return {
    histogram: compare('histogram', () => 0.5),
    autocorrelation: compare('autocorrelation', (length) => 1 / length),
    skewness: compare('skewness', () => 1),
    kurtosis: compare('kurtosis', () => 1),
  };
}

/** Returns the mean of (x - mean)^power in units of the standard deviation; 0 for a constant signal. */
export function standardMoment(signal: Float32Array, power: number): number {
  const centred = centredOf(signal);
  // Loops by index: iterators take several times as long, and this runs for every sample.
  let variance = 0;
  let moment = 0;
  for (let at = 0; at < centred.length; at++) {
    const step = centred[at]!;
    variance += step * step;
    moment += step ** power;
  }
  return variance === 0 ? 0 : moment / centred.length / (variance / centred.length) ** (power / 2);
}

/** Returns the autocorrelation at lags 1 .. `lags`; 0 for a constant signal. */
export function autocorrelationOf(signal: Float32Array, lags: number): Float64Array {
  const centred = centredOf(signal);
  let power = 0;
  for (let at = 0; at < centred.length; at++) power += centred[at]! * centred[at]!;
  const found = new Float64Array(lags);
  for (let lag = 1; lag <= lags && power > 0; lag++) {
    let sum = 0;
    for (let at = lag; at < centred.length; at++) sum += centred[at]! * centred[at - lag]!;
    found[lag - 1] = sum / power;
  }
  return found;
}

function centredOf(signal: Float32Array): Float64Array {
  let sum = 0;
  for (let at = 0; at < signal.length; at++) sum += signal[at]!;
  const mean = sum / signal.length;
  const centred = new Float64Array(signal.length);
  for (let at = 0; at < signal.length; at++) centred[at] = signal[at]! - mean;
  return centred;
}

/** Returns the edges of 50 bins between the smallest and the greatest real sample. */
function histogramEdges(signals: readonly Float32Array[]): { readonly low: number; readonly width: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const signal of signals) {
    for (let at = 0; at < signal.length; at++) {
      if (signal[at]! < low) low = signal[at]!;
      if (signal[at]! > high) high = signal[at]!;
    }
  }
  return { low, width: high > low ? (high - low) / bins : 1 };
}

/** Samples outside the edges belong to the first and the last bin. */
function histogramOf(signal: Float32Array, { low, width }: ReturnType<typeof histogramEdges>): Float64Array {
  const counts = new Float64Array(bins);
  for (let at = 0; at < signal.length; at++) {
    counts[Math.min(bins - 1, Math.max(0, Math.floor((signal[at]! - low) / width)))]!++;
  }
  return counts.map((count) => count / signal.length);
}

function meanRow(rows: readonly Float64Array[], weights: Float64Array): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = new Float64Array(rows[0]!.length);
  for (const [at, row] of rows.entries()) {
    const weight = weights[at]! / total;
    if (weight === 0) continue;
    for (let k = 0; k < mean.length; k++) mean[k]! += weight * row[k]!;
  }
  return mean;
}
