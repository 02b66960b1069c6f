// Measures P, QRS and T of given beats in one lead: onset, peak and offset.
// A wave is bounded where the slope of the smoothed lead falls below a share of the greatest slope of the wave, and
// is not distinguishable from the slopes between the waves.
// Sources: Martínez et al., IEEE Trans. Biomed. Eng. 51:570, 2004 (search windows, thresholds on the derivative of a
// smoothed signal, one scale per wave); Laguna et al., Comput. Biomed. Res. 27:45, 1994 (slope thresholds).

import { bumpBounds, bumpPeak, spread, walk } from './edges.js';
import { likenessBeforeQrs, rhythmChanges, steadyBounds, strayPs } from './neighbours.js';
import { slopeOf, smooth, valueAt, vertex } from './smoothing.js';

/** Values per beat: onset, peak and offset of P, QRS and T, in this order. */
export const perBeat = 9;

/** A lead smoothed for the QRS complex. */
export interface PreparedLead {
  readonly fsHz: number;
  /** The lead [N] at `fsHz`. */
  readonly lead: Float64Array;
  readonly sharp: Float64Array;
  readonly sharpSlope: Float64Array;
}

/** A lead without its QRS complexes, smoothed for P or for T. */
interface SlowLead {
  readonly fsHz: number;
  readonly smoothed: Float64Array;
  readonly slope: Float64Array;
  /** Bumps of the duration of the wave, without the level around them. */
  readonly bump: Float64Array;
}

const scaleS = {
  sharp: 0.004,
  p: 0.01,
  t: 0.016,
  pAround: 0.055,
  tAround: 0.14,
} as const;

export function prepareLead(lead: Float64Array, fsHz: number): PreparedLead {
  const sharp = smooth(lead, scaleS.sharp * fsHz);
  return { fsHz, lead, sharp, sharpSlope: slopeOf(sharp) };
}

/**
 * Measures the beats of one lead.
 *
 * @param beats - samples of the QRS complexes, in order.
 * @returns samples [beats * 9], not rounded: onset, peak and offset of P, QRS and T. NaN where a wave is absent.
 */
export function measureLead(prepared: PreparedLead, beats: readonly number[]): Float64Array {
  const { fsHz, lead } = prepared;
  const found = new Float64Array(beats.length * perBeat).fill(Number.NaN);
  for (const [k, beat] of beats.entries()) {
    measureQrs(prepared, beat, beats[k - 1], beats[k + 1], found, k * perBeat);
  }
  const rest = withoutQrs(lead, found, fsHz);
  const t = slowLead(rest, fsHz, scaleS.t, scaleS.tAround);
  const p = slowLead(rest, fsHz, scaleS.p, scaleS.pAround);
  const fine = smooth(rest, scaleS.sharp * fsHz);
  for (const k of beats.keys()) measureT(t, fine, found, k);
  const likeness = likenessBeforeQrs(p.bump, found, fsHz);
  const changes = rhythmChanges(beats);
  for (const k of beats.keys()) {
    // Too few beats to compare: the wave speaks for itself.
    const limit = changes[k]! > likenessLimit.change ? likenessLimit.irregular : likenessLimit.regular;
    if (!(likeness[k]! < limit)) measureP(p, prepared, found, k);
  }
  for (const [k, offset] of strayPs(found, fsHz)) measureP(p, prepared, found, k, offset);
  steadyBounds(found, fsHz);
  return found;
}

/** Returns the lead with a straight line in place of each QRS complex, so that the complex does not blur P and T. */
function withoutQrs(lead: Float64Array, found: Float64Array, fsHz: number): Float64Array {
  const rest = Float64Array.from(lead);
  const width = Math.round(0.008 * fsHz);
  const mean = (from: number, to: number) => {
    let sum = 0;
    for (let n = from; n <= to; n++) sum += lead[n]!;
    return sum / (to - from + 1);
  };
  for (let at = 0; at < found.length; at += perBeat) {
    const [onset, offset] = [found[at + 3]!, found[at + 5]!];
    if (Number.isNaN(onset) || Number.isNaN(offset)) continue;
    const before = mean(Math.max(0, onset - width), onset);
    const after = mean(offset, Math.min(lead.length - 1, offset + width));
    for (let n = onset; n <= offset; n++)
      rest[n] = before + ((after - before) * (n - onset)) / (offset - onset);
  }
  return rest;
}

function slowLead(lead: Float64Array, fsHz: number, sigmaS: number, aroundS: number): SlowLead {
  const smoothed = smooth(lead, sigmaS * fsHz);
  const around = smooth(lead, aroundS * fsHz);
  const bump = around.map((level, n) => smoothed[n]! - level);
  return { fsHz, smoothed, slope: slopeOf(smoothed), bump };
}

/** The peak of QRS is this close, in s, to the place where its slopes are steep. */
const peakReachS = 0.018;
const qrsReach = { beforeS: 0.12, afterS: 0.16 } as const;
/** Shares of the steepest slope of the complex, multiples of the slope of the noise, and pauses and the longest flat start in s. */
const qrs = {
  ...{ strong: 0.3, strongPauseS: 0.035, weak: 0.12, weakPauseS: 0.016, walkS: 0.025 },
  ...{ onset: 0.036, offset: 0.045, noise: 2.4 },
} as const;
/** A wave is bounded where the slope falls below these shares of its steepest slope on that side. */
const bounds = { p: { onset: 0.42, offset: 0.52 }, t: { onset: 0.36, offset: 0.35 } } as const;
/**
 * Beats that resemble their neighbours less than this before the QRS complex have no P wave. The rhythm is irregular where
 * the logarithm of the RR interval typically changes by more than `change` from beat to beat.
 */
const likenessLimit = { regular: 0.4, irregular: 0.7, change: 0.08 } as const;
/** A P wave is at least this share of the height of the QRS complex. */
const leastP = 0.02;
/** A P wave is preferred within this reach, in s, of the place at which its neighbours have theirs, if it is at least this share of the height of one found elsewhere. */
const usualP = { reachS: 0.025, share: 0.2 } as const;

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
  const noise = valueAt(quiet, 0.3);
  // The steep part around the beat, then less steep parts that follow it closely, such as a small Q or S.
  const strong = { threshold: qrs.strong * steepest, pause: Math.round(qrs.strongPauseS * fsHz) };
  const weak = {
    threshold: Math.max(qrs.weak * steepest, 2 * qrs.noise * noise),
    pause: Math.round(qrs.weakPauseS * fsHz),
  };
  const first = spread(slope, spread(slope, beat, -1, from, strong), -1, from, weak);
  const end = spread(slope, spread(slope, beat, 1, to, strong), 1, to, weak);
  const calm = Math.round(0.008 * fsHz);
  const reach = Math.round(qrs.walkS * fsHz);
  const onset = walk(
    slope,
    first,
    -1,
    Math.max(from, first - reach),
    Math.max(qrs.onset * steepest, qrs.noise * noise),
    calm,
  );
  const offset = walk(slope, end, 1, to, Math.max(qrs.offset * steepest, qrs.noise * noise), calm);
  // The level around the beat: in a broad complex, the lead may be calm between two steep parts.
  const levels: number[] = [];
  for (let n = Math.max(0, beat - quietReach); n <= Math.min(last, beat + quietReach); n += 4)
    levels.push(sharp[n]!);
  const level = valueAt(levels, 0.5);
  let peak = beat;
  let most = 0;
  const around = Math.round(peakReachS * fsHz);
  for (let n = Math.max(0, beat - around); n <= Math.min(last, beat + around); n++) {
    const height = sharp[n]! - level;
    const size = height > 0 ? height : -0.7 * height;
    if (size > most) [peak, most] = [n, size];
  }
  found[at + 3] = onset;
  found[at + 4] = vertex(sharp, peak);
  found[at + 5] = offset;
}

function measureT(
  { fsHz, smoothed: t, slope: tSlope, bump: tBump }: SlowLead,
  fine: Float64Array,
  found: Float64Array,
  k: number,
): void {
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
  const edges = bumpBounds(tSlope, peak, Math.round(offset), after, bounds.t, fsHz);
  if (edges === undefined) return;
  found[at + 6] = edges[0];
  const sign = Math.sign(tBump[peak]!);
  const near = Math.round(0.02 * fsHz);
  let exact = peak;
  for (let n = Math.max(from, peak - near); n <= Math.min(to, peak + near); n++) {
    if (sign * fine[n]! > sign * fine[exact]!) exact = n;
  }
  found[at + 7] = vertex(fine, exact);
  found[at + 8] = edges[1];
}

/** Measures the P wave of a beat, near `usual`, its place from the peak of QRS, where that is given. */
function measureP(
  { fsHz, smoothed: p, slope: pSlope, bump: pBump }: SlowLead,
  { sharp }: PreparedLead,
  found: Float64Array,
  k: number,
  usual?: number,
): void {
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
  const [centre, reach] =
    usual === undefined ? [onset, fsHz] : [found[at + 4]! + usual, usualP.reachS * fsHz];
  const from = Math.round(Math.max(previous, onset - 0.26 * fsHz, 1, centre - reach));
  const to = Math.round(Math.min(onset - 0.02 * fsHz, centre + reach));
  if (to - from < (usual === undefined ? 0.04 : 0.02) * fsHz) return;
  const peak = bumpPeak(pBump, p, from, to, fsHz);
  if (peak === undefined) return;
  const size = Math.abs(pBump[peak]!);
  const height = Math.abs(sharp[Math.round(found[at + 4]!)]! - sharp[Math.round(onset)]!);
  if (size < leastP * height) return;
  if (usual !== undefined && size < usualP.share * Math.abs(pBump[Math.round(found[at + 1]!)]!)) return;
  const edges = bumpBounds(
    pSlope,
    peak,
    Math.max(1, Math.round(Math.max(previous - 0.02 * fsHz, peak - 0.1 * fsHz))),
    Math.round(Math.min(onset, peak + 0.1 * fsHz)),
    bounds.p,
    fsHz,
  );
  if (edges === undefined) return;
  found[at] = edges[0];
  found[at + 1] = vertex(p, peak);
  found[at + 2] = edges[1];
}
