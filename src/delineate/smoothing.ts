// Gaussian smoothing by three running means, and slopes. The work per sample does not depend on the width.
// Source: Wells, Efficient synthesis of Gaussian filters by cascaded uniform filters, IEEE Trans. PAMI 8:234, 1986.

import { quantile } from '../base/quantile.js';

/**
 * Returns `signal` [N] smoothed by nearly a Gaussian. Beyond its ends the signal keeps its first and its last value.
 *
 * @param sigma - standard deviation of the Gaussian in samples.
 */
export function smooth(signal: Float64Array, sigma: number): Float64Array {
  const width = Math.sqrt(4 * sigma * sigma + 1);
  const lower = 2 * Math.floor((width - 1) / 2) + 1;
  // `narrow` of the three means have the lower odd width, the others the next one, so that the variances add up best.
  const narrow = Math.round((12 * sigma * sigma - 3 * lower * lower - 12 * lower - 9) / (-4 * lower - 4));
  let from = signal;
  const [one, other] = [new Float64Array(signal.length), new Float64Array(signal.length)];
  for (let pass = 0; pass < 3; pass++) {
    const to = from === one ? other : one;
    runningMean(from, (pass < narrow ? lower : lower + 2) >> 1, to);
    from = to;
  }
  return from;
}

/** Writes the means of `from` over 2 * `reach` + 1 samples into `to`. */
function runningMean(from: Float64Array, reach: number, to: Float64Array): void {
  const last = from.length - 1;
  const share = 1 / (2 * reach + 1);
  let sum = from[0]! * (reach + 1);
  for (let n = 1; n <= reach; n++) sum += from[Math.min(n, last)]!;
  const [inner, end] = [Math.min(reach, last), Math.max(last - reach - 1, -1)];
  let n = 0;
  for (; n <= Math.min(inner, end); n++) {
    to[n] = sum * share;
    sum += from[n + reach + 1]! - from[0]!;
  }
  for (; n <= end; n++) {
    to[n] = sum * share;
    sum += from[n + reach + 1]! - from[n - reach]!;
  }
  for (; n <= last; n++) {
    to[n] = sum * share;
    sum += from[last]! - from[Math.max(n - reach, 0)]!;
  }
}

/** Returns the slope of `signal` [N] per sample, by central differences. */
export function slopeOf(signal: Float64Array): Float64Array {
  const slope = new Float64Array(signal.length);
  for (let n = 1; n + 1 < signal.length; n++) slope[n] = (signal[n + 1]! - signal[n - 1]!) / 2;
  return slope;
}

/** Returns the time of the extreme near sample `n` in samples, by a parabola through three values. */
export function vertex(signal: Float64Array, n: number): number {
  if (n < 1 || n + 1 >= signal.length) return n;
  const [before, at, after] = [signal[n - 1]!, signal[n]!, signal[n + 1]!];
  const bend = before - 2 * at + after;
  if (bend === 0) return n;
  return n + Math.max(-0.5, Math.min(0.5, (before - after) / (2 * bend)));
}

/** Returns the value at `share` (0 to 1) of the sorted values; NaN if there is no value. */
export function valueAt(values: ArrayLike<number>, share: number): number {
  return quantile(Float64Array.from(values).sort(), share);
}
