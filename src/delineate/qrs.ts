// Finds QRS complexes. The envelope of the slope has a peak at each; dynamic programming chooses the sequence of peaks with
// the greatest sum of heights beside the local level, less what changes of the RR interval and low peaks near others cost.
// Sources: Pan & Tompkins, IEEE Trans. Biomed. Eng. 32:230, 1985 (slope, energy, two thresholds, search back, T waves);
// Martínez et al., IEEE Trans. Biomed. Eng. 51:570, 2004 (Gaussian-like wavelet at the scale of the QRS).

import { leastCompared, likenessOf } from './likeness.js';
import { slopeOf, smooth, valueAt } from './smoothing.js';

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

/** The QRS complexes of a recording. Places are samples of the leads. */
export interface FoundQrs {
  /** [beats] the joint places, in order. */
  readonly beats: readonly number[];
  /** For each lead, its own place of each beat: its slopes may be steep earlier or later than those of other leads. */
  readonly places: readonly (readonly number[])[];
  /** How clearly each lead shows the complexes: their height beside the greatest peak between them. */
  readonly clearness: readonly number[];
}

/**
 * Finds the QRS complexes in leads of one recording.
 *
 * @param leads - leads [N] without gaps at `fsHz`, a multiple of 125 Hz.
 */
export function findQrs(leads: readonly Float64Array[], fsHz: number): FoundQrs {
  const step = Math.round(fsHz / envelopeHz);
  const views = leads.map((lead) => viewOf(lead, fsHz, step));
  const [first] = views;
  if (views.length === 1) {
    const beats = choosePeaks(first!.envelope, [first!.trace], [1]).map((at) => at * step);
    return { beats, places: [beats], clearness: [1] };
  }
  const envelopes = views.map(({ envelope }) => envelope);
  const clear = envelopes.map(localClearness);
  const clearness = clear.map((local) => valueAt(local, 0.5));
  const found = choosePeaks(
    jointEnvelope(envelopes, clear),
    views.map(({ trace }) => trace),
    clearness,
  );
  return {
    beats: found.map((at) => at * step),
    places: envelopes.map((envelope) => found.map((at) => step * ownPlace(envelope, at))),
    clearness,
  };
}

/** A lead as the search sees it, at the rate of the envelope. */
interface LeadView {
  readonly envelope: Float64Array;
  /** The slope at the coarse scale: the shape of a complex. */
  readonly trace: Float64Array;
}

/** Chooses the beats twice: the second time, low peaks that resemble no beats of the first time count less. */
function choosePeaks(
  envelope: Float64Array,
  traces: readonly Float64Array[],
  weights: readonly number[],
): number[] {
  const peaks = peaksOf(envelope, Math.round(refractoryS * envelopeHz));
  const first = choose(peaks, envelope);
  if (first.length < leastCompared) return first.map(({ at }) => at);
  const alike = likenessOf(peaks, first, traces, weights);
  return choose(peaks, envelope, alike).map(({ at }) => at);
}

/** The power of its clearness by which a lead counts: a lead that is half as clear hardly counts. */
const clearPower = 3;
/** The slopes of a complex reach this far from its place, in s. */
const complexS = 0.1;
/** The place of a beat in one lead may be this far from the joint place, in s. */
const ownReachS = 0.15;

/** Returns the sum of the envelopes of several leads, each in units of its level, by how clear it is at each time. */
function jointEnvelope(envelopes: readonly Float64Array[], clear: readonly Float64Array[]): Float64Array {
  const joint = new Float64Array(envelopes[0]!.length);
  const sums = clear[0]!.map((_, at) => clear.reduce((sum, one) => sum + one[at]! ** clearPower, 0));
  for (const [k, envelope] of envelopes.entries()) {
    const level = localLevel(envelope);
    const shares = clear[k]!.map((one, at) => one ** clearPower / sums[at]!);
    for (let n = 0; n < joint.length; n++) {
      const local = level(n);
      const share = shares[Math.min(shares.length - 1, Math.floor(n / clearStep))]!;
      if (local > 0 && share > 0) joint[n]! += (share * envelope[n]!) / local;
    }
  }
  return joint;
}

/** Samples of the envelope for which one value of the clearness holds. */
const clearStep = Math.round(1.5 * envelopeHz);

/**
 * Returns how clear the complexes of one lead are around each stretch of 1.5 s: the median over nearby beats of their
 * height beside the greatest peak between two beats.
 */
function localClearness(envelope: Float64Array): Float64Array {
  const beats = choose(peaksOf(envelope, Math.round(refractoryS * envelopeHz)), envelope).map(({ at }) => at);
  const margin = Math.round(complexS * envelopeHz);
  const ratios = beats.slice(1).map((next, k) => {
    const beat = beats[k]!;
    let between = 0;
    for (let n = beat + margin; n <= next - margin; n++) between = Math.max(between, envelope[n]!);
    const height = Math.min(envelope[beat]!, envelope[next]!);
    return between > 0 ? Math.min(mostClear, height / between) : 1;
  });
  const reach = levelS * envelopeHz;
  return Float64Array.from({ length: Math.max(1, Math.ceil(envelope.length / clearStep)) }, (_, k) => {
    const centre = (k + 0.5) * clearStep;
    const near = ratios.filter((_, n) => Math.abs(beats[n + 1]! - centre) <= reach);
    return near.length === 0 ? 0 : valueAt(near, 0.5);
  });
}

/** A complex that is this many times as high as what lies between the beats is as clear as can be. */
const mostClear = 20;

/** Returns the greatest value of the envelope of one lead near a joint place; the joint place if there is no peak. */
function ownPlace(envelope: Float64Array, joint: number): number {
  const reach = Math.round(ownReachS * envelopeHz);
  let best = joint;
  for (let n = Math.max(0, joint - reach); n <= Math.min(envelope.length - 1, joint + reach); n++) {
    if (envelope[n]! > envelope[best]!) best = n;
  }
  return Math.abs(best - joint) === reach ? joint : best;
}

function viewOf(lead: Float64Array, fsHz: number, step: number): LeadView {
  const slopes = scalesS.map((scaleS) => slopeOf(smooth(lead, scaleS * fsHz)));
  const length = Math.ceil(lead.length / step);
  const trace = Float64Array.from({ length }, (_, n) => slopes[1]![n * step]!);
  const [fine, coarse] = slopes.map((slope) => {
    for (let n = 0; n < slope.length; n++) slope[n] = slope[n]! * slope[n]!;
    return smooth(slope, energyS * fsHz);
  }) as [Float64Array, Float64Array];
  const envelope = Float64Array.from(
    { length },
    (_, n) => Math.max(0, fine[n * step]! * coarse[n * step]!) ** 0.25,
  );
  return { envelope, trace };
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
const evenShare = 0.27;
/** What a change of the RR interval costs at most, and the change of its logarithm that costs most of it. */
const change = { cost: 0.22, width: 0.2 } as const;
/** What the shortest possible RR interval costs, and the range above it within which the cost falls to 0. */
const short = { cost: 0.9, rangeS: 0.15 } as const;
/** What a peak far below the local level costs if it resembles no beat. */
const unlikeCost = 0.6;
/** How many peaks may lie between two neighbouring beats. */
const farthest = 12;

/**
 * Returns the sequence of peaks with the greatest sum of gains: the logarithm of each height beside the local level,
 * less what each change of the RR interval costs (dynamic programming over pairs of neighbouring beats).
 */
function choose(all: readonly Candidate[], envelope: Float64Array, alike?: Float64Array): Candidate[] {
  if (all.length === 0) return [];
  const level = localLevel(envelope);
  const isHigh = all.map(({ at, height }) => height > leastShare * level(at));
  const peaks = all.filter((_, n) => isHigh[n]!);
  const likeness = alike?.filter((_, n) => isHigh[n]!);
  const gains = peaks.map(({ at, height }, n) => {
    const share = Math.min(1, height / level(at));
    return Math.log(share / evenShare) - unlikeCost * (1 - (likeness?.[n] ?? 1)) * (1 - share);
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
  const levels = tops.map((_, k) => valueAt(tops.slice(Math.max(0, k - reach), k + reach + 1), 0.45));
  return (at) => levels[Math.min(count - 1, Math.floor(at / stretch))]!;
}
