// Finds QRS complexes. The envelope of the slope is compared with a level that follows the heights of its peaks; a
// search back in both directions fills pauses that are too long for the rhythm, and T waves and noise are removed by
// their slope beside that of the neighbours.
// Sources: Pan & Tompkins, IEEE Trans. Biomed. Eng. 32:230, 1985 (slope, energy, two thresholds, search back, T waves);
// Martínez et al., IEEE Trans. Biomed. Eng. 51:570, 2004 (Gaussian-like wavelet at the scale of the QRS).

import { quantile, slopeOf, smooth } from './smoothing.js';

/** Rate of the envelope in Hz. */
const envelopeHz = 125;
const sharpS = 0.0075;
const energyS = 0.036;
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
  const slope = slopeOf(smooth(lead, sharpS * fsHz));
  const power = slope.map((value) => value * value);
  const smoothed = smooth(power, energyS * fsHz);
  return Float64Array.from({ length: Math.ceil(lead.length / step) }, (_, n) =>
    Math.sqrt(Math.max(0, smoothed[n * step]!)),
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
const firstShare = 0.38;
const secondShare = 0.17;

function choose(peaks: readonly Candidate[], envelope: Float64Array): Candidate[] {
  const level = localLevel(envelope);
  const taken = new Set(peaks.filter(({ at, height }) => height > firstShare * level(at)));
  let chosen = peaks.filter((one) => taken.has(one));
  chosen = withoutT(chosen);
  // Search back: the highest peak in a pause that is long for the rhythm around it.
  for (let round = 0; round < 3; round++) {
    const found = searchBack(peaks, chosen, level, envelope.length);
    if (found.length === 0) break;
    chosen = [...chosen, ...found].sort((a, b) => a.at - b.at);
    chosen = withoutT(chosen);
  }
  return chosen;
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

/** Removes peaks that follow another one so closely, and are so much lower, that they are T waves. */
function withoutT(peaks: readonly Candidate[]): Candidate[] {
  const kept: Candidate[] = [];
  for (const peak of peaks) {
    const last = kept.at(-1);
    const isLate = last === undefined || peak.at - last.at > 0.36 * envelopeHz;
    if (isLate || peak.height > 0.5 * last.height) kept.push(peak);
  }
  return kept;
}

function searchBack(
  peaks: readonly Candidate[],
  chosen: readonly Candidate[],
  level: (at: number) => number,
  length: number,
): Candidate[] {
  const found: Candidate[] = [];
  const times = chosen.map(({ at }) => at);
  const intervals = times.slice(1).map((at, k) => at - times[k]!);
  let next = 0;
  for (let k = 0; k <= times.length; k++) {
    const from = times[k - 1] ?? 0;
    const to = times[k] ?? length;
    const around = intervals.slice(Math.max(0, k - 9), k + 8);
    const typical = around.length === 0 ? envelopeHz : quantile(around, 0.5);
    if (to - from < 1.5 * typical) continue;
    const clear = Math.round(0.36 * envelopeHz);
    let best: Candidate | undefined;
    while (next < peaks.length && peaks[next]!.at <= from) next++;
    for (let p = next; p < peaks.length && peaks[p]!.at < to; p++) {
      const one = peaks[p]!;
      const isFree =
        (k === 0 || one.at - from > clear) && (k === times.length || to - one.at > 0.25 * envelopeHz);
      if (isFree && one.height > secondShare * level(one.at) && one.height > (best?.height ?? 0)) best = one;
    }
    if (best !== undefined) found.push(best);
  }
  return found;
}
