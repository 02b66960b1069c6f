// Does a set of synthetic records repeat the records that its generator was trained on? The distance of two signals is
// taken after the best circular shift, because a copy may start at another beat: the root of the mean squared difference
// of signals with mean 0 and standard deviation 1.
//
// Two answers:
// - The share of synthetic records that are nearer to a training record than to any of as many held-out records. Without
//   memory it is near 0.5.
// - The test of Meehan, Chaudhuri and Dasgupta 2020 (arXiv 2004.05675): the distances of synthetic records to the nearest
//   training record against those of held-out records to the nearest training record, as Mann-Whitney's U in standard
//   deviations. Below -3: the synthetic records are nearer than other patients are, so the generator copies.

import { PqrstError } from '../base/errors.js';
import { interval, type Measured, type ResampleSettings, resampleWeights } from './bootstrap.js';
import { complexOf, type Spectrum, type Transform, transformOf } from './fourier.js';

/** The result of the memorisation test. */
export interface Memorisation {
  /** Share of synthetic records that are nearer to the training records than to as many held-out records. */
  readonly nearerToTraining: Measured;
  /** Meehan's statistic, in standard deviations; negative if synthetic records are nearer than held-out ones. */
  readonly z: number;
  /** The nearest training record of each synthetic record, and its distance. */
  readonly nearest: readonly { readonly record: number; readonly distance: number }[];
}

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
  const transform = transformOf(length);
  const spectra = (signals: readonly Float32Array[]) =>
    signals.map((signal) => transform.forward(complexOf(normalized(signal))));
  const [trainSpectra, heldSpectra, madeSpectra] = [spectra(train), spectra(held), spectra(made)];
  const toTrain = madeSpectra.map((spectrum) => nearestOf(spectrum, trainSpectra, transform));
  const toHeld = madeSpectra.map((spectrum) => nearestOf(spectrum, heldSpectra, transform));
  const heldToTrain = heldSpectra.map((spectrum) => nearestOf(spectrum, trainSpectra, transform));
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
    nearest: toTrain,
  };
}

/**
 * Returns Mann-Whitney's U of `a` against `b` in standard deviations, corrected for ties. Negative if the values of `a`
 * are smaller.
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map((value) => ({ value, first: true })), ...b.map((value) => ({ value, first: false }))];
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

function normalized(signal: Float32Array): Float64Array {
  const mean = signal.reduce((sum, value) => sum + value, 0) / signal.length;
  const power = signal.reduce((sum, value) => sum + (value - mean) ** 2, 0) / signal.length;
  return Float64Array.from(signal, (value) => (value - mean) / Math.sqrt(power || 1));
}

/**
 * Finds the nearest signal. With mean 0 and standard deviation 1, the squared distance of two signals is 2 - 2 times the
 * greatest value of their circular correlation, which the product of their spectra gives.
 */
function nearestOf(
  spectrum: Spectrum,
  others: readonly Spectrum[],
  transform: Transform,
): { record: number; distance: number } {
  let [record, most] = [-1, Number.NEGATIVE_INFINITY];
  const length = spectrum.length / 2;
  // The correlation of two real signals is real, so two of them fit into one complex transform.
  for (let at = 0; at < others.length; at += 2) {
    const [first, second] = [others[at]!, others[at + 1]];
    const product = new Float64Array(spectrum.length);
    for (let k = 0; k < product.length; k += 2) {
      const [real, imaginary] = [spectrum[k]!, spectrum[k + 1]!];
      const [a, b] = [first[k]!, first[k + 1]!];
      product[k] = real * a + imaginary * b;
      product[k + 1] = imaginary * a - real * b;
      if (second === undefined) continue;
      const [c, d] = [second[k]!, second[k + 1]!];
      product[k]! -= imaginary * c - real * d;
      product[k + 1]! += real * c + imaginary * d;
    }
    const correlation = transform.inverse(product);
    for (let part = 0; part < (second === undefined ? 1 : 2); part++) {
      for (let k = part; k < correlation.length; k += 2) {
        if (correlation[k]! > most) [record, most] = [at + part, correlation[k]!];
      }
    }
  }
  return { record, distance: Math.sqrt(Math.max(0, 2 - (2 * most) / length)) };
}
