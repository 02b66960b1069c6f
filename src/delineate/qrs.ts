// Finds QRS complexes. The envelope of the slope has a peak at each; `choose` of sequence.ts selects the beats among them.
// Sources: Pan & Tompkins, IEEE Trans. Biomed. Eng. 32:230, 1985 (slope, energy, two thresholds, search back, T waves);
// Martínez et al., IEEE Trans. Biomed. Eng. 51:570, 2004 (Gaussian-like wavelet at the scale of the QRS).

import { leastCompared, likenessOf } from './likeness.js';
import { type Candidate, choose, envelopeHz, levelS, localLevel, refractoryS } from './sequence.js';
import { slopeOf, smooth, valueAt } from './smoothing.js';

const scalesS = [0.004, 0.01] as const;
const energyS = 0.04;

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

/** Returns the local maxima that no greater one follows or precedes within `reach`. The ends of the lead are left out: they may cut a wave. */
function peaksOf(envelope: Float64Array, reach: number): Candidate[] {
  const peaks: Candidate[] = [];
  for (let n = 1; n + 1 < envelope.length; n++) {
    const height = envelope[n]!;
    if (!(height > 0) || height < envelope[n - 1]! || height <= envelope[n + 1]!) continue;
    const last = peaks.at(-1);
    if (last !== undefined && n - last.at < reach) {
      if (height > last.height) peaks[peaks.length - 1] = { at: n, height };
      continue;
    }
    peaks.push({ at: n, height });
  }
  return peaks;
}
