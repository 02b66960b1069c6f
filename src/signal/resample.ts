// Resamples signals by a rational ratio with an anti-aliasing filter: a Kaiser-windowed sinc, evaluated polyphase. The
// gain at 0 Hz is 1 (every phase sums to 1), and there is no delay. The pass band reaches 0.8 of the lower Nyquist
// frequency (error below 0.02 %); the stop band starts at that Nyquist frequency (-80 dB). Beyond its ends the signal
// is continued by an odd reflection (2 x[0] - x[n]), which keeps level and slope. A NaN spreads over the length of the
// filter.
// Source: Oppenheim & Schafer, Discrete-Time Signal Processing, 3rd ed., sections 4.6 and 7.6 (Kaiser's formulas).

import { PqrstError } from '../base/errors.js';
import { besselI0 } from './bessel.js';

/** Highest accepted sampling rate in Hz: far above that of any ECG, far below a typing error such as 1e12. */
export const maxFsHz = 100_000;

const stopBandDb = 80;
const kaiserBeta = 0.1102 * (stopBandDb - 8.7);
/** Edges of the pass band and the stop band, as shares of the lower Nyquist frequency. */
const [passEdge, stopEdge] = [0.8, 1];
/** Half the length of the filter in samples of the lower rate, from Kaiser's formula for the length. */
const halfWidth = Math.ceil((stopBandDb - 7.95) / (2.285 * Math.PI * (stopEdge - passEdge)) / 2);

/** The numbers that describe the filter at every ratio of the rates. Model files state them. */
export const resamplingFilter = {
  /** Edge of the low-pass filter, as a share of the lower Nyquist frequency. */
  cutoff: (passEdge + stopEdge) / 2,
  /** Shape of the Kaiser window. */
  beta: kaiserBeta,
  /** Half the length of the filter in samples of the lower rate. */
  halfLength: halfWidth,
} as const;

/**
 * Resamples a signal.
 *
 * @param signal - [N] samples at `fromHz`; NaN marks a missing sample.
 * @param fromHz - rate of the signal in Hz. Rates are rounded to the millihertz.
 * @param toHz - rate of the result in Hz.
 * @returns [ceil(N * toHz / fromHz)]; sample n is at the time n / toHz. If the rates are equal, the result is `signal`
 *   itself.
 * @example
 * ```js
 * import { resample } from 'pqrst/records';
 *
 * const signal = Float32Array.from({ length: 3600 }, (_, n) => Math.sin(n / 30));
 * console.log(resample(signal, 360, 250).length); // 2500
 * ```
 * @throws PqrstError ERR_RANGE: when a rate is outside 0.001 Hz to 100 kHz, the ratio of the rates is above 1000, or
 *   the result would have more than 2^28 samples.
 */
export function resample(signal: Float32Array, fromHz: number, toHz: number): Float32Array {
  for (const fsHz of [fromHz, toHz]) {
    if (!(fsHz >= 0.001 && fsHz <= maxFsHz)) {
      throw new PqrstError('ERR_RANGE', `a sampling rate must be from 0.001 to ${maxFsHz} Hz, got ${fsHz}`);
    }
  }
  const { down, up } = ratioOf(fromHz, toHz);
  if (down === up || signal.length === 0) return signal;

  const length = Math.ceil((signal.length * up) / down);
  if (Math.max(down / up, up / down) > 1000 || length > 2 ** 28) {
    throw new PqrstError(
      'ERR_RANGE',
      `resampling ${signal.length} samples from ${fromHz} to ${toHz} Hz is not supported; choose rates that differ less`,
    );
  }

  const { stretch, reach } = extentOf(down / up);
  const padded = reflect(signal, reach);
  const phases: (Float64Array | undefined)[] = new Array(up);
  const resampled = new Float32Array(length);
  for (let n = 0; n < resampled.length; n++) {
    const phase = (n * down) % up;
    const centre = (n * down - phase) / up;
    phases[phase] ??= kernel(phase / up, reach, stretch);
    resampled[n] = dot(phases[phase], padded, centre);
  }
  return resampled;
}

/**
 * Returns the weights [2 * reach + 1] of the samples around the first one in the first sample of a result. They are
 * symmetric. If `fromHz` is a multiple of `toHz`, every sample of a result has these weights.
 */
export function resamplingTaps(fromHz: number, toHz: number): Float64Array {
  const { down, up } = ratioOf(fromHz, toHz);
  const { stretch, reach } = extentOf(down / up);
  return kernel(0, reach, stretch);
}

/** Returns the ratio of two rates, rounded to the millihertz, in whole numbers without a common divisor. */
function ratioOf(fromHz: number, toHz: number): { readonly down: number; readonly up: number } {
  const [from, to] = [Math.round(fromHz * 1000), Math.round(toHz * 1000)];
  const divisor = greatestCommonDivisor(from, to);
  return { down: from / divisor, up: to / divisor };
}

/**
 * Returns the number of input samples per sample of the lower rate, and how many input samples the filter reaches to
 * each side.
 */
function extentOf(ratio: number): { readonly stretch: number; readonly reach: number } {
  const stretch = Math.max(1, ratio);
  return { stretch, reach: Math.ceil(halfWidth * stretch) };
}

/**
 * Returns the scalar product of the weights, whose number is odd, and the values from `at` on. Keeps two sums, so that
 * an addition does not wait for the one before.
 */
function dot(weights: Float64Array, values: Float64Array, at: number): number {
  const last = weights.length - 1;
  let [even, odd] = [weights[last]! * values[at + last]!, 0];
  for (let k = 0; k < last; k += 2) {
    even += weights[k]! * values[at + k]!;
    odd += weights[k + 1]! * values[at + k + 1]!;
  }
  return even + odd;
}

/**
 * Returns the weights [2 * reach + 1] of the input samples around a point `fraction` of a sample after the middle one.
 */
function kernel(fraction: number, reach: number, stretch: number): Float64Array {
  const cutoff = resamplingFilter.cutoff / stretch;
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, k) => {
    const t = k - reach - fraction;
    const place = t / (halfWidth * stretch);
    return Math.abs(place) >= 1 ? 0 : sinc(cutoff * t) * besselI0(kaiserBeta * Math.sqrt(1 - place * place));
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** Returns `signal` with `reach` reflected samples on each side. */
function reflect(signal: Float32Array, reach: number): Float64Array {
  const last = signal.length - 1;
  const padded = new Float64Array(signal.length + 2 * reach);
  padded.set(signal, reach);
  for (let n = 1; n <= reach; n++) {
    const inner = Math.min(n, last);
    padded[reach - n] = 2 * signal[0]! - signal[inner]!;
    padded[reach + last + n] = 2 * signal[last]! - signal[last - inner]!;
  }
  return padded;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
