// Finds QRS complexes. The envelope of the slope is compared with a level that follows the heights of its peaks; a
// search back in both directions fills pauses that are too long for the rhythm, and T waves and noise are removed by
// their slope beside that of the neighbours.
// Sources: Pan & Tompkins, IEEE Trans. Biomed. Eng. 32:230, 1985 (slope, energy, two thresholds, search back, T waves);
// Martínez et al., IEEE Trans. Biomed. Eng. 51:570, 2004 (Gaussian-like wavelet at the scale of the QRS).

import { quantile, slopeOf, smooth } from './smoothing.js';

/** Rate of the envelope in Hz. */
const envelopeHz = 125;
const scalesS = [0.004, 0.01] as const;
const energyS = 0.04;
const refractoryS = 0.2;

/** A possible QRS complex: its place in the envelope, and its height there. */
interface Candidate {
  readonly at: number;
  readonly height: number;
}

/**
 * Finds the QRS complexes in leads of one recording.
 *
 * @param leads - leads [N] without gaps at `fsHz`, a multiple of 125 Hz.
 * @returns the samples of the complexes, in order.
 */
export function findQrs(leads: readonly Float64Array[], fsHz: number): number[] {
  const step = Math.round(fsHz / envelopeHz);
  return envelopePeaks(jointEnvelope(leads, fsHz, step)).map((at) => at * step);
}

export function envelopePeaks(envelope: Float64Array): number[] {
  const peaks = peaksOf(envelope, Math.round(refractoryS * envelopeHz));
  return peaks.length === 0 ? [] : choose(peaks, envelope).map(({ at }) => at);
}

/** Returns the envelope of one or several leads. Each lead counts by how much its peaks exceed its background. */
export function jointEnvelope(leads: readonly Float64Array[], fsHz: number, step: number): Float64Array {
  const length = Math.ceil(leads[0]!.length / step);
  const joint = new Float64Array(length);
  for (const lead of leads) {
    const one = envelopeOf(lead, fsHz, step);
    const level = typicalPeak(one);
    if (!(level > 0)) continue;
    const weight = leads.length === 1 ? 1 : contrast(one, level) / level;
    for (let n = 0; n < length; n++) joint[n]! += weight * one[n]!;
  }
  return joint;
}

function envelopeOf(lead: Float64Array, fsHz: number, step: number): Float64Array {
  const [fine, coarse] = scalesS.map((scaleS) => {
    const slope = slopeOf(smooth(lead, scaleS * fsHz));
    for (let n = 0; n < slope.length; n++) slope[n] = slope[n]! * slope[n]!;
    return smooth(slope, energyS * fsHz);
  }) as [Float64Array, Float64Array];
  return Float64Array.from(
    { length: Math.ceil(lead.length / step) },
    (_, n) => Math.max(0, fine[n * step]! * coarse[n * step]!) ** 0.25,
  );
}

/** Returns the median of the greatest values of stretches of 2 s. */
function typicalPeak(envelope: Float64Array): number {
  const stretch = 2 * envelopeHz;
  const most: number[] = [];
  for (let from = 0; from === 0 || from + stretch <= envelope.length; from += stretch) {
    let top = 0;
    for (let n = from; n < Math.min(from + stretch, envelope.length); n++) top = Math.max(top, envelope[n]!);
    most.push(top);
  }
  return quantile(most, 0.5);
}

function contrast(envelope: Float64Array, level: number): number {
  const background = quantile(
    envelope.filter((_, n) => n % 4 === 0),
    0.4,
  );
  return Math.max(0.05, 1 - (2 * background) / level) ** 2;
}

/** Returns the local maxima that no greater one follows or precedes within `reach`. */
function peaksOf(envelope: Float64Array, reach: number): Candidate[] {
  const peaks: Candidate[] = [];
  for (let n = 0; n < envelope.length; n++) {
    const height = envelope[n]!;
    if (!(height > 0) || height < (envelope[n - 1] ?? 0) || height <= (envelope[n + 1] ?? 0)) continue;
    const last = peaks.at(-1);
    if (last !== undefined && n - last.at < reach) {
      if (height > last.height) peaks[peaks.length - 1] = { at: n, height };
      continue;
    }
    peaks.push({ at: n, height });
  }
  return peaks;
}

/** How many seconds to each side the local level reaches. */
const levelS = 8;
/** A peak below this share of the local level is never a QRS complex. */
const leastShare = 0.12;
/** A peak of this share of the local level gains nothing by itself. */
const evenShare = 0.29;
/** What a change of the RR interval costs at most, and the change of its logarithm that costs most of it. */
const change = { cost: 0.22, width: 0.2 } as const;
/** What the shortest possible RR interval costs, and the range above it within which the cost falls to 0. */
const short = { cost: 0.9, rangeS: 0.15 } as const;
/** How many peaks may lie between two neighbouring beats. */
const farthest = 12;

/**
 * Returns the sequence of peaks with the greatest sum of gains: the logarithm of each height beside the local level,
 * less what each change of the RR interval costs (dynamic programming over pairs of neighbouring beats).
 */
function choose(all: readonly Candidate[], envelope: Float64Array): Candidate[] {
  const level = localLevel(envelope);
  const peaks = all.filter(({ at, height }) => height > leastShare * level(at));
  const gains = peaks.map(({ at, height }) => Math.log(Math.min(1, height / level(at)) / evenShare));
  // best[j][k]: the greatest sum of a sequence that ends with the peaks j - k and j; k = 0 if j is its first beat.
  const best: Float64Array[] = [];
  const from: Uint8Array[] = [];
  for (const [j, peak] of peaks.entries()) {
    const reach = Math.min(j, farthest);
    const sums = new Float64Array(reach + 1).fill(Number.NEGATIVE_INFINITY);
    const links = new Uint8Array(reach + 1);
    sums[0] = gains[j]!;
    for (let k = 1; k <= reach; k++) {
      const before = peaks[j - k]!;
      if (!canFollow(before, peak, level(peak.at))) continue;
      const interval = Math.log(peak.at - before.at);
      const gain =
        gains[j]! -
        Math.max(0, short.cost * (1 - ((peak.at - before.at) / envelopeHz - refractoryS) / short.rangeS));
      const earlier = best[j - k]!;
      for (let m = 0; m < earlier.length; m++) {
        const d = m === 0 ? 0 : (interval - Math.log(before.at - peaks[j - k - m]!.at)) / change.width;
        const sum = earlier[m]! + gain - change.cost * (1 - Math.exp(-d * d));
        if (sum > sums[k]!) [sums[k], links[k]] = [sum, m];
      }
    }
    best.push(sums);
    from.push(links);
  }
  return traceBack(peaks, best, from);
}

/** Returns the peaks of the best sequence. Gains of later beats are never negative in sum, so it ends where the sum is greatest. */
function traceBack(
  peaks: readonly Candidate[],
  best: readonly Float64Array[],
  from: readonly Uint8Array[],
): Candidate[] {
  let [j, k, most] = [-1, 0, 0];
  for (const [at, sums] of best.entries()) {
    for (const [link, sum] of sums.entries()) if (sum > most) [j, k, most] = [at, link, sum];
  }
  const chosen: Candidate[] = [];
  while (j >= 0) {
    chosen.push(peaks[j]!);
    if (k === 0) break;
    const before = j - k;
    k = from[j]![k]!;
    j = before;
  }
  return chosen.reverse();
}

/** Returns whether `peak` can be the beat after `before`: neither is so low and so near that it is a T or a P wave of the other. */
function canFollow(before: Candidate, peak: Candidate, level: number): boolean {
  const s = (peak.at - before.at) / envelopeHz;
  const usual = 1.2 * level;
  return (
    peak.height >= shareAt(shares.after, s) * Math.min(before.height, usual) &&
    before.height >= shareAt(shares.before, s) * Math.min(peak.height, usual)
  );
}

/**
 * The share of the height of the QRS complex before (`after`) or behind it (`before`) that a peak must reach, by their
 * distance in s; linear between the points. A lower one is a T wave or a P wave.
 */
const shares = {
  after: [
    [0.2, 0.62],
    [0.36, 0.46],
    [0.6, 0.18],
    [0.8, 0],
  ],
  before: [
    [0.2, 0.45],
    [0.3, 0.35],
    [0.34, 0],
  ],
} as const;

function shareAt(points: readonly (readonly [number, number])[], s: number): number {
  const next = points.findIndex(([at]) => at >= s);
  if (next === 0) return points[0]![1];
  if (next < 0) return 0;
  const [[fromS, from], [toS, to]] = [points[next - 1]!, points[next]!];
  return from + ((to - from) * (s - fromS)) / (toS - fromS);
}

/** Returns a function that gives the typical height of QRS peaks around a place. */
function localLevel(envelope: Float64Array): (at: number) => number {
  const stretch = Math.round(1.5 * envelopeHz);
  const count = Math.max(1, Math.floor(envelope.length / stretch));
  const tops = Array.from({ length: count }, (_, k) => {
    let top = 0;
    const end = k === count - 1 ? envelope.length : (k + 1) * stretch;
    for (let n = k * stretch; n < end; n++) top = Math.max(top, envelope[n]!);
    return top;
  });
  const reach = Math.max(1, Math.round((levelS * envelopeHz) / stretch));
  const levels = tops.map((_, k) => quantile(tops.slice(Math.max(0, k - reach), k + reach + 1), 0.45));
  return (at) => levels[Math.min(count - 1, Math.floor(at / stretch))]!;
}
