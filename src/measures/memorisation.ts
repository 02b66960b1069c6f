// Does a set of synthetic records repeat the records that its generator was trained on? The distance of two signals is
// taken after the best circular shift, because a copy may start at another beat: the root of the mean squared difference
// of signals with mean 0 and standard deviation 1, reduced to 1,024 samples.
//
// Three answers:
// - The share of synthetic records that are nearer to a training record than to any of as many held-out records. Without
//   memory it is near 0.5.
// - The test of Meehan, Chaudhuri and Dasgupta 2020 (arXiv 2004.05675): the distances of synthetic records to the nearest
//   training record against those of held-out records to the nearest training record, as Mann-Whitney's U in standard
//   deviations. Below -3: the synthetic records are nearer than other patients are, so the generator copies.
// - The number of synthetic records that equal a real record of either set. It finds copies of both sets, which the
//   first two answers balance.

import FFT from 'fft.js';
import { PqrstError } from '../base/errors.js';
import { interval, type Measured, type ResampleSettings, resampleWeights } from './bootstrap.js';
import { complexOf, type Spectrum } from './fourier.js';

/** Signals are reduced to this number of samples: about 100 Hz for ten seconds. */
const size = 1024;
const fft = new FFT(size);

/** The result of the memorisation test. */
export interface Memorisation {
  /** Share of synthetic records that are nearer to the training records than to as many held-out records. */
  readonly nearerToTraining: Measured;
  /** Meehan's statistic, in standard deviations; negative if synthetic records are nearer than held-out ones. */
  readonly z: number;
  /** Number of synthetic records that equal a training record or a held-out record, but for shift, scale and noise. */
  readonly copies: number;
  /** Number of held-out records that equal a training record: what a set without copies has. */
  readonly heldCopies: number;
  /** The nearest training record of each synthetic record, and its distance. */
  readonly nearest: readonly { readonly record: number; readonly distance: number }[];
}

/** Records with a smaller distance are equal: their correlation is above 0.995. */
const copyDistance = 0.1;

/**
 * Tests whether synthetic records repeat training records.
 *
 * @param train - the signals that the generator was trained on.
 * @param held - as many signals of other patients.
 * @param made - the synthetic signals. All signals have the same length.
 * @throws PqrstError ERR_RANGE: when a set is empty, the first two differ in size, or the signals differ in length.
 */
export function memorisation(
  train: readonly Float32Array[],
  held: readonly Float32Array[],
  made: readonly Float32Array[],
  settings: ResampleSettings,
): Memorisation {
  const length = made[0]?.length ?? 0;
  if (train.length === 0 || train.length !== held.length || made.length === 0) {
    throw new PqrstError(
      'ERR_RANGE',
      `the memorisation test needs as many held-out records as training records, and synthetic records, got ${held.length}, ${train.length} and ${made.length}`,
    );
  }
  const other = [...train, ...held, ...made].find((signal) => signal.length !== length);
  if (other !== undefined) {
    throw new PqrstError(
      'ERR_RANGE',
      `all records must have the same length, got ${length} and ${other.length} samples`,
    );
  }
  const [trainSpectra, heldSpectra, madeSpectra] = [train, held, made].map((signals) =>
    signals.map(spectrumOf),
  );
  const nearest = (from: readonly Spectrum[], to: readonly Spectrum[]) =>
    from.map((one) => nearestOf(one, to));
  const toTrain = nearest(madeSpectra!, trainSpectra!);
  const toHeld = nearest(madeSpectra!, heldSpectra!);
  const heldToTrain = nearest(heldSpectra!, trainSpectra!);
  const isNearer = toTrain.map(({ distance }, at) => {
    const rival = toHeld[at]!.distance;
    return distance === rival ? 0.5 : Number(distance < rival);
  });
  const share = (weights: Float64Array) => {
    let [sum, total] = [0, 0];
    for (const [at, weight] of weights.entries()) {
      sum += weight * isNearer[at]!;
      total += weight;
    }
    return sum / total;
  };
  const groups = Int32Array.from(made.keys());
  const draws = Array.from(resampleWeights(groups, settings, 'memorisation'), share);
  return {
    nearerToTraining: interval(share(new Float64Array(made.length).fill(1)), draws),
    z: mannWhitney(
      toTrain.map(({ distance }) => distance),
      heldToTrain.map(({ distance }) => distance),
    ),
    copies: toTrain.filter(({ distance }, at) => Math.min(distance, toHeld[at]!.distance) < copyDistance)
      .length,
    heldCopies: heldToTrain.filter(({ distance }) => distance < copyDistance).length,
    nearest: toTrain,
  };
}

/**
 * Returns Mann-Whitney's U of `a` against `b` in standard deviations, corrected for ties. Negative if the values of `a`
 * are smaller.
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map((value) => ({ value, first: true })), ...b.map((value) => ({ value, first: false }))];
  // A distance of NaN equals nothing, not even itself, and has no rank.
  if (all.some(({ value }) => Number.isNaN(value))) return Number.NaN;
  all.sort((x, y) => x.value - y.value);
  const [n, m, total] = [a.length, b.length, all.length];
  let [rankSum, ties] = [0, 0];
  for (let at = 0; at < total; ) {
    let end = at;
    while (end < total && all[end]!.value === all[at]!.value) end++;
    const rank = (at + 1 + end) / 2;
    for (let k = at; k < end; k++) if (all[k]!.first) rankSum += rank;
    ties += (end - at) ** 3 - (end - at);
    at = end;
  }
  const u = rankSum - (n * (n + 1)) / 2;
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)));
  return variance === 0 ? 0 : (u - (n * m) / 2) / Math.sqrt(variance);
}

function spectrumOf(signal: Float32Array): Spectrum {
  const spectrum = new Float64Array(2 * size);
  fft.transform(spectrum, complexOf(normalized(reduced(signal))));
  return spectrum;
}

/** Returns `size` samples: the mean of the samples that fall into each of them, or the nearest sample of a short signal. */
function reduced(signal: Float32Array): Float64Array {
  const step = signal.length / size;
  return Float64Array.from({ length: size }, (_, at) => {
    const from = Math.floor(at * step);
    const to = Math.max(from + 1, Math.floor((at + 1) * step));
    let sum = 0;
    for (let n = from; n < to; n++) sum += signal[n]!;
    return sum / (to - from);
  });
}

function normalized(signal: Float64Array): Float64Array {
  const mean = signal.reduce((sum, value) => sum + value, 0) / size;
  const power = signal.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size;
  return signal.map((value) => (value - mean) / Math.sqrt(power || 1));
}

const product = new Float64Array(2 * size);
const correlation = new Float64Array(2 * size);

/**
 * Finds the nearest signal. With mean 0 and standard deviation 1, the squared distance of two signals is 2 - 2 times the
 * greatest value of their circular correlation, which the product of their spectra gives. The correlation of two real
 * signals is real, so two of them fit into one complex transform.
 */
function nearestOf(
  spectrum: Spectrum,
  others: readonly Spectrum[],
): { readonly record: number; readonly distance: number } {
  let record = -1;
  let most = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < others.length; at += 2) {
    const first = others[at]!;
    const second = others[at + 1];
    for (let k = 0; k < product.length; k += 2) {
      const real = spectrum[k]!;
      const imaginary = spectrum[k + 1]!;
      product[k] = real * first[k]! + imaginary * first[k + 1]!;
      product[k + 1] = imaginary * first[k]! - real * first[k + 1]!;
      if (second === undefined) continue;
      product[k]! -= imaginary * second[k]! - real * second[k + 1]!;
      product[k + 1]! += real * second[k]! + imaginary * second[k + 1]!;
    }
    fft.inverseTransform(correlation, product);
    for (let part = 0; part < (second === undefined ? 1 : 2); part++) {
      for (let k = part; k < correlation.length; k += 2) {
        if (correlation[k]! <= most) continue;
        most = correlation[k]!;
        record = at + part;
      }
    }
  }
  return { record, distance: Math.sqrt(Math.max(0, 2 - (2 * most) / size)) };
}
