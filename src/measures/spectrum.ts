// The spectra of two sets of signals. Welch's method (1967) with a Hann window of 256 samples, half of it overlapping,
// without the mean of each segment; 0.5-45 Hz.

import { PqrstError } from '../base/errors.js';
import { randomStream } from '../base/random.js';
import { interval, type Measured, type ResampleSettings, resampleWeights } from './bootstrap.js';
import { complexOf, type Transform, transformOf } from './fourier.js';

const segment = 256;
const lowHz = 0.5;
const highHz = 45;

/** Spectra of one set of records. */
export interface Spectra {
  /** The frequency of each bin, in Hz. */
  readonly frequenciesHz: Float64Array;
  /** The spectrum of each record; its bins add up to 1. */
  readonly records: readonly Float64Array[];
}

/**
 * Returns the normalized power spectrum of each record from 0.5 to 45 Hz, or to half of the sampling rate if that is
 * lower.
 *
 * @param signals - one signal per record, each of at least 256 samples.
 * @throws PqrstError ERR_RANGE: when a signal is too short, or has no power between these frequencies.
 */
export function welchSpectra(signals: readonly Float32Array[], fsHz: number): Spectra {
  const transform = transformOf(segment);
  const hann = Float64Array.from(
    { length: segment },
    (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / segment),
  );
  const step = fsHz / segment;
  const bins = Array.from({ length: segment / 2 + 1 }, (_, bin) => bin).filter(
    (bin) => bin * step >= lowHz && bin * step <= highHz,
  );
  const records = signals.map((signal, at) => {
    const power = welch(signal, hann, transform);
    const chosen = Float64Array.from(bins, (bin) => power[bin]!);
    const total = chosen.reduce((sum, value) => sum + value, 0);
    if (!(total > 0)) {
      throw new PqrstError('ERR_RANGE', `signal ${at} has no power from ${lowHz} to ${highHz} Hz`);
    }
    return chosen.map((value) => value / total);
  });
  return { frequenciesHz: Float64Array.from(bins, (bin) => bin * step), records };
}

/** Returns the power of each bin 0 .. 128, mean over the segments, without a unit. */
function welch(signal: Float32Array, hann: Float64Array, transform: Transform): Float64Array {
  if (signal.length < segment) {
    throw new PqrstError('ERR_RANGE', `a spectrum needs at least ${segment} samples, got ${signal.length}`);
  }
  const power = new Float64Array(segment / 2 + 1);
  for (let start = 0; start + segment <= signal.length; start += segment / 2) {
    const part = Float64Array.from(signal.subarray(start, start + segment));
    const mean = part.reduce((sum, value) => sum + value, 0) / segment;
    const spectrum = transform.forward(complexOf(part.map((value, n) => (value - mean) * hann[n]!)));
    for (let bin = 0; bin < power.length; bin++) {
      // Bins between 0 and the Nyquist frequency hold half of their power; the other half is at -f.
      const sides = bin === 0 || bin === segment / 2 ? 1 : 2;
      power[bin]! += sides * (spectrum[2 * bin]! ** 2 + spectrum[2 * bin + 1]! ** 2);
    }
  }
  return power;
}

/**
 * Returns the Jensen-Shannon divergence of the mean spectra of two sets, 0-1 (base 2).
 *
 * @param groupsA - the group of each record of the first set, numbered from 0.
 * @param groupsB - the group of each record of the second set, numbered from 0.
 */
export function spectralDivergence(
  a: Spectra,
  b: Spectra,
  groupsA: Int32Array,
  groupsB: Int32Array,
  settings: ResampleSettings,
): Measured {
  const between = (weightsA: Float64Array, weightsB: Float64Array) =>
    jensenShannon(meanSpectrum(a, weightsA), meanSpectrum(b, weightsB));
  const ones = (set: Spectra) => new Float64Array(set.records.length).fill(1);
  const weightsB = resampleWeights(groupsB, settings, 'spectrum/second');
  const draws = Array.from(resampleWeights(groupsA, settings, 'spectrum/first'), (weights) =>
    between(weights, weightsB.next().value as Float64Array),
  );
  return interval(between(ones(a), ones(b)), draws);
}

/** Returns the mean of the normalized spectra with a weight per record. */
export function meanSpectrum({ frequenciesHz, records }: Spectra, weights: Float64Array): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = new Float64Array(frequenciesHz.length);
  for (const [record, spectrum] of records.entries()) {
    if (weights[record] === 0) continue;
    for (let bin = 0; bin < mean.length; bin++) mean[bin]! += (weights[record]! / total) * spectrum[bin]!;
  }
  return mean;
}

/** Returns the Jensen-Shannon divergence of two distributions over the same bins, in bits. */
export function jensenShannon(p: ArrayLike<number>, q: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < p.length; at++) {
    const middle = (p[at]! + q[at]!) / 2;
    if (p[at]! > 0) sum += (p[at]! * Math.log2(p[at]! / middle)) / 2;
    if (q[at]! > 0) sum += (q[at]! * Math.log2(q[at]! / middle)) / 2;
  }
  return sum;
}

/** Returns the logarithms of the spectra as rows, for a discrepancy that sees mixtures. */
export function logSpectra({ records }: Spectra): Float64Array[] {
  // A bin of less than a millionth of the power is noise of the arithmetic.
  return records.map((record) => record.map((value) => Math.log(Math.max(value, 1e-6))));
}

/**
 * Returns signals with the same spectra and random phases: noise that only its colour connects with an ECG. It is the
 * ceiling of every measure.
 */
export function phaseShuffled(signals: readonly Float32Array[], seed: number): Float32Array[] {
  const transforms = new Map<number, Transform>();
  return signals.map((signal, record) => {
    const { length } = signal;
    const transform = transforms.get(length) ?? transformOf(length);
    transforms.set(length, transform);
    const random = randomStream(seed, 'phases', record);
    const spectrum = transform.forward(complexOf(signal));
    for (let bin = 1; 2 * bin < length; bin++) {
      const size = Math.hypot(spectrum[2 * bin]!, spectrum[2 * bin + 1]!);
      const angle = 2 * Math.PI * random.uniform();
      const [real, imaginary] = [size * Math.cos(angle), size * Math.sin(angle)];
      spectrum.set([real, imaginary], 2 * bin);
      spectrum.set([real, -imaginary], 2 * (length - bin));
    }
    const shuffled = transform.inverse(spectrum);
    return Float32Array.from({ length }, (_, at) => shuffled[2 * at]!);
  });
}
