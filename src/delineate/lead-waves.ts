// Measures P, QRS and T of given beats in one lead: onset, peak and offset.
// A wave is bounded where the slope of the smoothed lead falls below a share of the greatest slope of the wave, and
// is not distinguishable from the slopes between the waves.
// Sources: Martínez et al., IEEE Trans. Biomed. Eng. 51:570, 2004 (search windows, thresholds on the derivative of a
// smoothed signal, one scale per wave); Laguna et al., Comput. Biomed. Res. 27:45, 1994 (slope thresholds).

import { quantile, slopeOf, smooth, vertex } from './smoothing.js';

/** Values per beat: onset, peak and offset of P, QRS and T, in this order. */
export const perBeat = 9;

/** A lead smoothed for the search of its waves. */
export interface PreparedLead {
  readonly fsHz: number;
  /** For the QRS complex. */
  readonly sharp: Float64Array;
  readonly sharpSlope: Float64Array;
  /** For P and T: the lead and its slope at the scale of these waves. */
  readonly p: Float64Array;
  readonly pSlope: Float64Array;
  readonly t: Float64Array;
  readonly tSlope: Float64Array;
  /** Bumps of the duration of a P and of a T wave, without the level around them. */
  readonly pBump: Float64Array;
  readonly tBump: Float64Array;
}

const scaleS = { sharp: 0.004, p: 0.01, t: 0.016, pAround: 0.06, tAround: 0.12 } as const;

export function prepareLead(lead: Float64Array, fsHz: number): PreparedLead {
  const sharp = smooth(lead, scaleS.sharp * fsHz);
  const p = smooth(lead, scaleS.p * fsHz);
  const t = smooth(lead, scaleS.t * fsHz);
  const less = (wave: Float64Array, around: Float64Array) => wave.map((value, n) => value - around[n]!);
  return {
    fsHz,
    ...{ sharp, sharpSlope: slopeOf(sharp), p, pSlope: slopeOf(p), t, tSlope: slopeOf(t) },
    pBump: less(p, smooth(lead, scaleS.pAround * fsHz)),
    tBump: less(t, smooth(lead, scaleS.tAround * fsHz)),
  };
}

/**
 * Measures the beats of one lead.
 *
 * @param beats - samples of the QRS complexes, in order.
 * @returns samples [beats * 9], not rounded: onset, peak and offset of P, QRS and T. NaN where a wave is absent.
 */
export function measureLead(lead: PreparedLead, beats: readonly number[]): Float64Array {
  const found = new Float64Array(beats.length * perBeat).fill(Number.NaN);
  for (const [k, beat] of beats.entries())
    measureQrs(lead, beat, beats[k - 1], beats[k + 1], found, k * perBeat);
  for (const k of beats.keys()) measureT(lead, found, k);
  for (const k of beats.keys()) measureP(lead, found, k);
  return found;
}

const qrsReach = { beforeS: 0.12, afterS: 0.16 } as const;
export const tune = {
  qOn: 0.07,
  qOff: 0.09,
  qSig: 0.2,
  qNz: 2.5,
  pOn: 0.25,
  pOff: 0.25,
  tOn: 0.25,
  tOff: 0.2,
  pMin: 0.02,
};

function measureQrs(
  { fsHz, sharp, sharpSlope: slope }: PreparedLead,
  beat: number,
  before: number | undefined,
  after: number | undefined,
  found: Float64Array,
  at: number,
): void {
  const last = sharp.length - 1;
  const lowest = Math.max(1, before === undefined ? 1 : Math.ceil((before + beat) / 2));
  const highest = Math.min(last - 1, after === undefined ? last : Math.floor((after + beat) / 2));
  const from = Math.max(lowest, Math.round(beat - qrsReach.beforeS * fsHz));
  const to = Math.min(highest, Math.round(beat + qrsReach.afterS * fsHz));
  if (to - from < 0.03 * fsHz) return;
  const near = Math.round(0.08 * fsHz);
  let steepest = 0;
  for (let n = Math.max(from, beat - near); n <= Math.min(to, beat + near); n++)
    steepest = Math.max(steepest, Math.abs(slope[n]!));
  if (!(steepest > 0)) return;
  const quiet: number[] = [];
  const quietReach = Math.round(0.4 * fsHz);
  for (let n = Math.max(lowest, beat - quietReach); n <= Math.min(highest, beat + quietReach); n += 2)
    quiet.push(Math.abs(slope[n]!));
  const noise = quantile(quiet, 0.3);
  const significant = tune.qSig * steepest;
  // The steep part around the beat: steep samples that no pause of 40 ms separates.
  const pause = Math.round(0.04 * fsHz);
  let first = beat;
  let end = beat;
  for (let n = beat, missed = 0; n >= from && missed < pause; n--) {
    if (Math.abs(slope[n]!) > significant) [first, missed] = [n, 0];
    else missed++;
  }
  for (let n = beat, missed = 0; n <= to && missed < pause; n++) {
    if (Math.abs(slope[n]!) > significant) [end, missed] = [n, 0];
    else missed++;
  }
  const calm = Math.round(0.008 * fsHz);
  const onset = walk(slope, first, -1, from, Math.max(tune.qOn * steepest, tune.qNz * noise), calm);
  const offset = walk(slope, end, 1, to, Math.max(tune.qOff * steepest, tune.qNz * noise), calm);
  const level = sharp[onset]!;
  let peak = beat;
  let most = 0;
  for (let n = onset; n <= offset; n++) {
    const height = sharp[n]! - level;
    const size = height > 0 ? height : -0.7 * height;
    if (size > most) [peak, most] = [n, size];
  }
  found[at + 3] = onset;
  found[at + 4] = vertex(sharp, peak);
  found[at + 5] = offset;
}

/**
 * Returns the first sample from `start` on, in direction `step`, at which the slope falls below `threshold` and stays
 * there for `calm` samples, or the sample with the least slope on the way to `end`.
 */
function walk(
  slope: Float64Array,
  start: number,
  step: 1 | -1,
  end: number,
  threshold: number,
  calm: number,
): number {
  let quiet = 0;
  let [flattest, least] = [start, Number.POSITIVE_INFINITY];
  for (let n = start; step > 0 ? n <= end : n >= end; n += step) {
    const size = Math.abs(slope[n]!);
    if (size < threshold) {
      quiet++;
      if (quiet >= calm) return n - step * (quiet - 1);
    } else quiet = 0;
    if (size < least) [flattest, least] = [n, size];
  }
  return quiet > 0 ? (step > 0 ? end - quiet + 1 : end + quiet - 1) : flattest;
}

function measureT({ fsHz, t, tSlope, tBump }: PreparedLead, found: Float64Array, k: number): void {
  const at = k * perBeat;
  const [peakQrs, offset] = [found[at + 4]!, found[at + 5]!];
  if (Number.isNaN(offset)) return;
  const nextOnset = found[at + perBeat + 3];
  const nextPeak = found[at + perBeat + 4];
  const interval = nextPeak === undefined || Number.isNaN(nextPeak) ? fsHz : nextPeak - peakQrs;
  const from = Math.round(offset + 0.04 * fsHz);
  const limit = nextOnset === undefined || Number.isNaN(nextOnset) ? t.length - 2 : nextOnset - 0.05 * fsHz;
  const to = Math.round(Math.min(limit, peakQrs + Math.min(0.68 * interval, 0.62 * fsHz)));
  if (to - from < 0.06 * fsHz) return;
  const peak = bumpPeak(tBump, t, from, to, fsHz);
  if (peak === undefined) return;
  const after = Math.round(Math.min(limit, peak + 0.22 * fsHz, t.length - 2));
  const bounds = bumpBounds(tSlope, peak, Math.round(offset), after, tune.tOn, tune.tOff, fsHz);
  if (bounds === undefined) return;
  found[at + 6] = bounds[0];
  found[at + 7] = vertex(t, peak);
  found[at + 8] = bounds[1];
}

function measureP({ fsHz, p, pSlope, pBump, sharp }: PreparedLead, found: Float64Array, k: number): void {
  const at = k * perBeat;
  const onset = found[at + 3]!;
  if (Number.isNaN(onset)) return;
  const beforeT = found[at - 1];
  const beforeQrs = found[at - perBeat + 5];
  const previous =
    beforeT !== undefined && !Number.isNaN(beforeT)
      ? beforeT
      : beforeQrs === undefined || Number.isNaN(beforeQrs)
        ? 0
        : beforeQrs + 0.1 * fsHz;
  const from = Math.round(Math.max(previous, onset - 0.26 * fsHz, 1));
  const to = Math.round(onset - 0.02 * fsHz);
  if (to - from < 0.04 * fsHz) return;
  const peak = bumpPeak(pBump, p, from, to, fsHz);
  if (peak === undefined) return;
  const size = Math.abs(pBump[peak]!);
  const qrs = Math.abs(sharp[Math.round(found[at + 4]!)]! - sharp[Math.round(onset)]!);
  if (size < tune.pMin * qrs) return;
  const bounds = bumpBounds(
    pSlope,
    peak,
    Math.max(1, Math.round(Math.max(previous - 0.02 * fsHz, peak - 0.1 * fsHz))),
    Math.round(Math.min(onset, peak + 0.1 * fsHz)),
    tune.pOn,
    tune.pOff,
    fsHz,
  );
  if (bounds === undefined) return;
  found[at] = bounds[0];
  found[at + 1] = vertex(p, peak);
  found[at + 2] = bounds[1];
}

/** Returns the peak of the greatest bump of either sign that has an extreme of the lead between `from` and `to`. */
function bumpPeak(
  bump: Float64Array,
  lead: Float64Array,
  from: number,
  to: number,
  fsHz: number,
): number | undefined {
  let best: number | undefined;
  let most = 0;
  for (let n = Math.max(1, from); n <= Math.min(to, bump.length - 2); n++) {
    const size = Math.abs(bump[n]!);
    const isPeak = size >= Math.abs(bump[n - 1]!) && size > Math.abs(bump[n + 1]!);
    if (isPeak && size > most) [best, most] = [n, size];
  }
  if (best === undefined) return undefined;
  // The peak of the lead itself, which may lie beside that of the bump.
  const sign = Math.sign(bump[best]!);
  const near = Math.round(0.03 * fsHz);
  let peak = best;
  for (let n = Math.max(from, best - near); n <= Math.min(to, best + near); n++) {
    if (sign * lead[n]! > sign * lead[peak]!) peak = n;
  }
  return peak;
}

/** Returns onset and offset of the bump with its peak at `peak`. */
function bumpBounds(
  slope: Float64Array,
  peak: number,
  from: number,
  to: number,
  onsetShare: number,
  offsetShare: number,
  fsHz: number,
): readonly [number, number] | undefined {
  const up = steepestOf(slope, peak, Math.max(from, Math.round(peak - 0.16 * fsHz)), -1);
  const down = steepestOf(slope, peak, Math.min(to, Math.round(peak + 0.16 * fsHz)), 1);
  if (up === undefined || down === undefined) return undefined;
  const onset = walk(slope, up, -1, from, onsetShare * Math.abs(slope[up]!), 1);
  const offset = walk(slope, down, 1, to, offsetShare * Math.abs(slope[down]!), 1);
  return [onset, offset];
}

function steepestOf(slope: Float64Array, peak: number, end: number, step: 1 | -1): number | undefined {
  let best: number | undefined;
  let most = 0;
  for (let n = peak; step > 0 ? n <= end : n >= end; n += step) {
    const size = Math.abs(slope[n]!);
    if (size > most) [best, most] = [n, size];
  }
  return best;
}
