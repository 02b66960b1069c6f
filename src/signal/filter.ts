// The filter LOW-HIGH of windows, such as 0.5-40 Hz: parsing and checks, its taps, and its application to one lead.
// The filter is one convolution with fixed symmetric taps, so it has no delay, and a graph can contain it. Its gain is
// close to that of a Butterworth filter of order 4 that runs forwards and backwards: 1 / (1 + (f / HIGH)^8) minus
// 1 / (1 + (f / LOW)^8), which is 0.5 at both edges. The taps are samples of the impulse response of this gain, cut off
// at 1 / LOW seconds by a Kaiser window. LOW 0 leaves out the second part.
// Beyond its ends a lead is continued by an odd reflection (2 x[0] - x[n]), which keeps level and slope.
// Sources: Butterworth, Experimental Wireless 7:536, 1930 (the gain); Gustafsson, IEEE Trans. Signal Processing 44:988,
// 1996 (forwards and backwards, and its edges); docs/adr/0017-the-filter.md (why these taps).

import { PqrstError } from '../base/errors.js';
import { besselI0 } from './bessel.js';
import { SymmetricConvolution } from './symmetric-convolution.js';

/** Order of the Butterworth filter. */
const order = 4;
const kaiserBeta = 2;
/** How far the taps of each edge reach to one side, in periods of the edge. */
const periods = { low: 1, high: 6 };

/** The edges of a filter. */
interface Edges {
  readonly lowHz: number;
  readonly highHz: number;
}

/** The windows that a filter is applied to. */
export interface FilteredWindows {
  /** Sampling rate in Hz. */
  readonly fsHz: number;
  /** Samples per lead. */
  readonly lengthSamples: number;
}

/**
 * Checks a filter and returns its usual spelling: `0.5-40` for `0.50-40.0`.
 *
 * @param text - `LOW-HIGH` in Hz, with 0 <= LOW < HIGH.
 * @throws PqrstError ERR_OPTION: when the text has another form.
 * @throws PqrstError ERR_RANGE: when the edges are out of order.
 */
export function parseFilter(text: string): string {
  const { lowHz, highHz } = edgesOf(text);
  return `${lowHz}-${highHz}`;
}

/**
 * Checks that a filter fits windows.
 *
 * @throws PqrstError ERR_OPTION: when the text is not LOW-HIGH.
 * @throws PqrstError ERR_RANGE: when the edges are out of order, HIGH is not below half the rate, or the windows are
 *   shorter than the reach of the filter.
 */
export function expectFilter(text: string, { fsHz, lengthSamples }: FilteredWindows): void {
  const edges = edgesOf(text);
  const refuse = (problem: string) =>
    new PqrstError('ERR_RANGE', `the filter ${parseFilter(text)} ${problem}`);
  if (edges.highHz >= fsHz / 2) {
    throw refuse(
      `ends at ${edges.highHz} Hz, and signals at ${fsHz} Hz contain only frequencies below ${fsHz / 2} Hz; choose a ` +
        'lower HIGH, or a higher sampling rate',
    );
  }
  const reach = reachOf(edges, fsHz);
  if (reach < lengthSamples) return;
  const seconds = (samples: number) => `${Number((samples / fsHz).toFixed(3))} s`;
  throw refuse(
    `reaches ${seconds(reach)} to each side, and a signal of ${seconds(lengthSamples)} is not longer than that; choose a ` +
      'higher LOW, LOW 0 to keep low frequencies, or longer windows',
  );
}

/**
 * Returns the taps of a filter [2 * reach + 1], symmetric around the middle one. Their sum is 1 if LOW is 0, otherwise 0
 * except for rounding.
 *
 * @param text - `LOW-HIGH` in Hz, which `expectFilter` has accepted.
 */
export function filterTaps(text: string, fsHz: number): Float64Array {
  const edges = edgesOf(text);
  const reach = reachOf(edges, fsHz);
  const taps = new Float64Array(2 * reach + 1);
  addLowPass(taps, edges.highHz, fsHz, periods.high, 1);
  if (edges.lowHz > 0) addLowPass(taps, edges.lowHz, fsHz, periods.low, -1);
  return taps;
}

/**
 * Filters one lead into `out`, which may be the lead itself. Both have the length of the windows, and no sample is NaN.
 *
 * @returns whether the filter leaves more than rounding errors of the variation of the lead.
 */
export type LeadFilter = (lead: Float32Array, out: Float32Array) => boolean;

/** A filtered lead whose range is smaller than this share of that of the lead consists of rounding errors of float32. */
export const roundingShare = 1e-6;

/**
 * Returns the function that filters leads of one length. It keeps working memory, so make it once for many leads.
 *
 * @throws PqrstError The errors of `expectFilter`.
 */
export function leadFilter(text: string, windows: FilteredWindows): LeadFilter {
  const { fsHz, lengthSamples } = windows;
  expectFilter(text, windows);
  const taps = filterTaps(text, fsHz);
  const reach = (taps.length - 1) / 2;
  const convolution = new SymmetricConvolution(taps, lengthSamples);
  const padded = new Float64Array(lengthSamples + 2 * reach);
  return (lead, out) => {
    const range = rangeOf(lead);
    reflect(lead, reach, padded);
    convolution.apply(padded, out);
    return range > 0 && rangeOf(out) > roundingShare * range;
  };
}

/**
 * Filters one lead as the option `filter` of windows does: with zero phase, close to a Butterworth filter of order 4
 * that runs forwards and backwards.
 *
 * @param signal - [N] samples without gaps, such as one lead of a window. The filter reaches 1 / LOW seconds to each side,
 *   and the signal must be longer.
 * @param fsHz - sampling rate in Hz.
 * @param filter - `LOW-HIGH` in Hz, such as `0.5-40`; LOW 0 keeps low frequencies.
 * @returns [N], a new array.
 * @example
 * ```js
 * import { filterSignal } from 'pqrst/records';
 *
 * const signal = Float32Array.from({ length: 2500 }, (_, n) => 1 + Math.sin((2 * Math.PI * 10 * n) / 250));
 * const filtered = filterSignal(signal, 250, '0.5-40'); // removes the level 1 and keeps the wave of 10 Hz
 * console.log(Math.max(...filtered).toFixed(2)); // 1.00
 * ```
 * @throws PqrstError ERR_OPTION: when `filter` is not LOW-HIGH.
 * @throws PqrstError ERR_RANGE: when the edges are out of order, HIGH is not below half the rate, or the signal is
 *   shorter than the reach of the filter.
 * @throws PqrstError ERR_SIGNAL: when a sample is not a number.
 */
export function filterSignal(signal: Float32Array, fsHz: number, filter: string): Float32Array {
  const apply = leadFilter(filter, { fsHz, lengthSamples: signal.length });
  const gap = signal.findIndex((value) => !Number.isFinite(value));
  if (gap >= 0) {
    throw new PqrstError(
      'ERR_SIGNAL',
      `sample ${gap} of the signal is ${signal[gap]}; expected a signal without gaps; filter the parts between the gaps`,
    );
  }
  const filtered = new Float32Array(signal.length);
  apply(signal, filtered);
  return filtered;
}

function edgesOf(text: string): Edges {
  const [, low, high] = /^\s*(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)\s*$/.exec(text) ?? [];
  if (low === undefined || high === undefined) {
    throw new PqrstError('ERR_OPTION', `the filter "${text}" must be LOW-HIGH in Hz, such as 0.5-40 or 0-40`);
  }
  const [lowHz, highHz] = [Number(low), Number(high)];
  if (lowHz < highHz) return { lowHz, highHz };
  throw new PqrstError(
    'ERR_RANGE',
    `the filter "${text}" has LOW ${lowHz} Hz and HIGH ${highHz} Hz; LOW must be below HIGH, such as 0.5-40`,
  );
}

function reachOf({ lowHz, highHz }: Edges, fsHz: number): number {
  const seconds = Math.max(lowHz > 0 ? periods.low / lowHz : 0, periods.high / highHz);
  return Math.ceil(seconds * fsHz);
}

/** Adds `weight` times the taps of a low-pass filter with the gain 1 / (1 + (f / edgeHz)^8), whose sum is 1. */
function addLowPass(taps: Float64Array, edgeHz: number, fsHz: number, periods: number, weight: number): void {
  const middle = (taps.length - 1) / 2;
  const reach = Math.ceil((periods / edgeHz) * fsHz);
  const half = Float64Array.from({ length: reach + 1 }, (_, n) => {
    const place = n / (reach + 1);
    return (
      impulseResponse((2 * Math.PI * edgeHz * n) / fsHz) * besselI0(kaiserBeta * Math.sqrt(1 - place * place))
    );
  });
  const sum = half.reduce((total, tap, n) => total + (n === 0 ? tap : 2 * tap), 0);
  for (const [n, tap] of half.entries()) {
    taps[middle + n]! += (weight * tap) / sum;
    if (n > 0) taps[middle - n] = taps[middle + n]!;
  }
}

/**
 * Returns the inverse Fourier transform of 1 / (1 + w^8) at time `t`, except for a constant factor: the sum over the
 * poles in the upper half plane.
 */
function impulseResponse(t: number): number {
  let sum = 0;
  for (let pole = 0; pole < order; pole++) {
    const angle = ((2 * pole + 1) * Math.PI) / (2 * order);
    sum += Math.exp(-t * Math.sin(angle)) * Math.sin(angle + t * Math.cos(angle));
  }
  return sum;
}

function rangeOf(lead: Float32Array): number {
  let least = lead[0]!;
  let most = least;
  for (let n = 1; n < lead.length; n++) {
    least = Math.min(least, lead[n]!);
    most = Math.max(most, lead[n]!);
  }
  return most - least;
}

/** Writes `lead` with `reach` reflected samples on each side into `padded`. */
function reflect(lead: Float32Array, reach: number, padded: Float64Array): void {
  const last = lead.length - 1;
  padded.set(lead, reach);
  for (let n = 1; n <= reach; n++) {
    padded[reach - n] = 2 * lead[0]! - lead[n]!;
    padded[reach + last + n] = 2 * lead[last]! - lead[last - n]!;
  }
}
