// Chooses the beats among the peaks of an envelope: dynamic programming over the sequences of peaks finds the one with the
// greatest sum of heights beside the local level, less what changes of the RR interval and low peaks near others cost. It
// replaces the thresholds and the search back of Pan & Tompkins, IEEE Trans. Biomed. Eng. 32:230, 1985.

import { valueAt } from './smoothing.js';

/** Rate of the envelope in Hz. */
export const envelopeHz = 125;
/** The shortest RR interval in s. */
export const refractoryS = 0.2;

/** A possible QRS complex: its place in the envelope, and its height there. */
export interface Candidate {
  readonly at: number;
  readonly height: number;
}

/** How many seconds to each side the local level reaches. */
export const levelS = 8;
/** A peak below this share of the local level is never a QRS complex. */
const leastShare = 0.12;
/** A peak of this share of the local level gains nothing by itself. */
const evenShare = 0.27;
/**
 * In noise, a peak gains only above this multiple of the median of the envelope within `reach` stretches of `stretchS`
 * around it, at most `most` of the local level; less so, by up to `alike`, the more it resembles beats.
 */
const floor = { multiple: 1.1, alike: 0.5, most: 0.8, stretchS: 0.5, reach: 1 } as const;
/** A peak that resembles beats fully needs this much less of the height of the beat before it. */
const alikeRelief = 0.2;
/** What a change of the RR interval costs at most, and the change of its logarithm that costs most of it. */
const change = { cost: 0.2, width: 0.2 } as const;
/** What the shortest possible RR interval costs, and the range above it within which the cost falls to 0. */
const short = { cost: 0.9, rangeS: 0.15 } as const;
/** What a peak far below the local level costs if it resembles no beat. */
const unlikeCost = 0.35;
/** How many peaks may lie between two neighbouring beats. */
const farthest = 12;

/**
 * Returns the sequence of peaks with the greatest sum of gains: the logarithm of each height beside the local level,
 * less what each change of the RR interval costs (dynamic programming over pairs of neighbouring beats).
 */
export function choose(all: readonly Candidate[], envelope: Float64Array, alike?: Float64Array): Candidate[] {
  if (all.length === 0) return [];
  const level = localLevel(envelope);
  const isHigh = all.map(({ at, height }) => height > leastShare * level(at));
  const peaks = all.filter((_, n) => isHigh[n]!);
  const likeness = alike?.filter((_, n) => isHigh[n]!);
  const noise = likeness === undefined ? undefined : localFloor(envelope);
  const gains = peaks.map(({ at, height }, n) => {
    const share = Math.min(1, height / level(at));
    if (likeness === undefined || noise === undefined) return Math.log(share / evenShare);
    const like = likeness[n]!;
    const noiseShare = (floor.multiple * (1 - floor.alike * like) * noise(at)) / level(at);
    const even = Math.max(evenShare, Math.min(floor.most, noiseShare));
    return Math.log(share / even) - unlikeCost * (1 - like) * (1 - share);
  });
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
      if (!canFollow(before, peak, level(peak.at), likeness?.[j] ?? 0)) continue;
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
function canFollow(before: Candidate, peak: Candidate, level: number, like: number): boolean {
  const s = (peak.at - before.at) / envelopeHz;
  const usual = 1.2 * level;
  return (
    peak.height >= (1 - alikeRelief * like) * shareAt(shares.after, s) * Math.min(before.height, usual) &&
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
export function localLevel(envelope: Float64Array): (at: number) => number {
  const stretch = Math.round(1.5 * envelopeHz);
  const count = Math.max(1, Math.floor(envelope.length / stretch));
  const tops = Array.from({ length: count }, (_, k) => {
    let top = 0;
    const end = k === count - 1 ? envelope.length : (k + 1) * stretch;
    for (let n = k * stretch; n < end; n++) top = Math.max(top, envelope[n]!);
    return top;
  });
  const reach = Math.max(1, Math.round((levelS * envelopeHz) / stretch));
  const levels = tops.map((_, k) => valueAt(tops.slice(Math.max(0, k - reach), k + reach + 1), 0.45));
  return (at) => levels[Math.min(count - 1, Math.floor(at / stretch))]!;
}

/** Returns a function that gives the height of the envelope between the beats around a place. */
function localFloor(envelope: Float64Array): (at: number) => number {
  const stretch = Math.round(floor.stretchS * envelopeHz);
  const floors = Array.from({ length: Math.ceil(envelope.length / stretch) }, (_, k) =>
    valueAt(
      envelope.subarray(Math.max(0, (k - floor.reach) * stretch), (k + floor.reach + 1) * stretch),
      0.5,
    ),
  );
  return (at) => floors[Math.floor(at / stretch)]!;
}
