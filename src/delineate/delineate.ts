// Finds the beats of a record, and the P, QRS and T wave of each. Works at 500 Hz whatever the rate of the record is,
// and on stretches of ten minutes, so that the memory does not grow with the length of the record.

import { PqrstError } from '../base/errors.js';
import type { BeatAnnotation, WaveTimes } from '../signal/beats.js';
import { maxFsHz, resample } from '../signal/resample.js';
import { combineLeads, settleOrder } from './combine.js';
import { type FilledLead, fillGaps } from './gaps.js';
import { measureLead, perBeat, prepareLead } from './lead-waves.js';
import { type FoundQrs, findQrs } from './qrs.js';
import { leadQuality } from './quality.js';

/** The rate in Hz at which leads are searched. */
const workHz = 500;
/** Seconds that are searched together, and the seconds before and after them that are searched as well. */
const stretchS = 600;
const aroundS = 15;
/** A record must be at least this long in s. */
const shortestS = 2;
/** A wave that is closer to a gap than this, in s, is not measured. */
const gapMarginS = 0.01;

/** Options of `delineate`. */
export interface DelineateOptions {
  /** Sampling rate of the leads in Hz, 50 or more. */
  readonly fsHz: number;
}

/** The beats of a record and their waves. */
export interface Delineation {
  /** Sampling rate of the record in Hz. */
  readonly fsHz: number;
  /** Samples per lead. */
  readonly lengthSamples: number;
  /** Number of beats. */
  readonly count: number;
  /**
   * [count * 9] onset, peak and offset of P, QRS and T of each beat, in s from the first sample; the order of
   * `KernelBeats`. NaN where a wave is absent or cannot be measured. The peak of QRS is always a number. With several
   * leads, these are the joint times of all leads.
   */
  readonly fiducialsS: Float64Array;
  /** [count] quality of each beat from 0 (only noise) to 1 (clear, and similar to other beats). */
  readonly quality: Float32Array;
  /** The fiducials [count * 9] in s of each lead on its own; the peak of QRS is NaN if the lead does not show it. */
  readonly leadsS: readonly Float64Array[];
}

/**
 * Finds the beats of a record, and onset, peak and offset of the P wave, the QRS complex and the T wave of each.
 *
 * @param signal - one lead [N], or several leads [N] of one length, in any unit. Samples that are NaN are gaps. The result
 *   does not depend on the scale of a lead.
 * @param options - the sampling rate.
 * @returns the beats in order of time; none for a flat record. A wave that is absent, such as P in atrial fibrillation,
 *   or that a gap touches, is NaN.
 * @example
 * ```js
 * import { delineate } from 'pqrst/records';
 * import { Synthesizer } from 'pqrst/synth';
 *
 * const synth = new Synthesizer({ preset: 'clinical', fsHz: 500, seconds: 10, seed: 1 });
 * const { signals } = await synth.batch({ classes: ['normal'], count: 1 });
 * const found = delineate(signals.subarray(0, 5000), { fsHz: 500 });
 * const [onsetS = 0, peakS = 0] = found.fiducialsS.subarray(3, 5); // onset and peak of the first QRS complex
 * console.log(found.count > 5, peakS > onsetS); // true true
 * ```
 * @throws PqrstError ERR_RANGE: when the rate is outside 50 Hz to 100 kHz.
 * @throws PqrstError ERR_SIGNAL: when there is no lead, the leads have different lengths, a lead is shorter than 2 s, or
 *   no sample is a finite number.
 */
export function delineate(
  signal: Float32Array | readonly Float32Array[],
  { fsHz }: DelineateOptions,
): Delineation {
  const leads = signal instanceof Float32Array ? [signal] : signal;
  const lengthSamples = expectLeads(leads, fsHz);
  const parts: Part[] = [];
  const step = Math.round(stretchS * fsHz);
  const around = Math.round(aroundS * fsHz);
  for (let from = 0; from < lengthSamples; from += step) {
    // A short rest belongs to the stretch before it.
    const isLast = lengthSamples - from - step < step / 2;
    const to = isLast ? lengthSamples : from + step;
    const start = Math.max(0, from - around);
    const cut = leads.map((lead) => lead.subarray(start, Math.min(lengthSamples, to + around)));
    parts.push(delineateStretch(cut, fsHz, { startS: start / fsHz, fromS: from / fsHz, toS: to / fsHz }));
    if (isLast) break;
  }
  return {
    fsHz,
    lengthSamples,
    count: parts.reduce((sum, { quality }) => sum + quality.length, 0),
    fiducialsS: joined(parts.map(({ fiducialsS }) => fiducialsS)),
    quality: Float32Array.from(parts.flatMap(({ quality }) => quality)),
    leadsS: leads.map((_, at) => joined(parts.map(({ leadsS }) => leadsS[at]!))),
  };
}

/**
 * Returns the beats of a record in the words of the simulator's annotations, for `toWfdbAnnotations`.
 *
 * @param found - the result of `delineate`.
 * @returns one entry per beat. Its type is N, because the shape of a beat is not classified. A wave without a peak is
 *   null; an onset or offset that cannot be measured is NaN.
 * @example
 * ```js
 * import { delineate, delineatedBeats } from 'pqrst/records';
 *
 * const lead = Float32Array.from({ length: 5000 }, (_, n) => Math.exp(-(((n % 400) - 200) ** 2) / 50));
 * const [first] = delineatedBeats(delineate(lead, { fsHz: 500 }));
 * console.log(first?.sample); // 200
 * ```
 */
export function delineatedBeats({ count, fiducialsS, fsHz, lengthSamples }: Delineation): BeatAnnotation[] {
  const waveAt = (at: number): WaveTimes => ({
    onsetS: fiducialsS[at]!,
    peakS: fiducialsS[at + 1]!,
    offsetS: fiducialsS[at + 2]!,
  });
  const waveOrNull = (at: number) => (Number.isNaN(fiducialsS[at + 1]!) ? null : waveAt(at));
  return Array.from({ length: count }, (_, k) => {
    const qrs = waveAt(k * perBeat + 3);
    return {
      type: 'N',
      timeS: qrs.peakS,
      sample: Math.min(Math.round(qrs.peakS * fsHz), lengthSamples - 1),
      p: waveOrNull(k * perBeat),
      qrs,
      t: waveOrNull(k * perBeat + 6),
    };
  });
}

/** The beats of one stretch of a record. */
interface Part {
  readonly fiducialsS: Float64Array;
  readonly quality: readonly number[];
  readonly leadsS: readonly Float64Array[];
}

/** Delineates leads that start at `startS`, and keeps the beats from `fromS` to `toS`. */
function delineateStretch(
  leads: readonly Float32Array[],
  fsHz: number,
  { startS, fromS, toS }: { readonly startS: number; readonly fromS: number; readonly toS: number },
): Part {
  const filled = leads.map(fillGaps);
  const works = filled.map(({ signal }) => Float64Array.from(resample(signal, fsHz, workHz)));
  const { beats, places, clearness } = withoutBeatsInGaps(findQrs(works, workHz), filled, fsHz);
  const perLead: Float64Array[] = [];
  const qualities: Float64Array[] = [];
  for (const [at, work] of works.entries()) {
    const prepared = prepareLead(work, workHz);
    const fiducials = measureLead(prepared, places[at]!);
    clearGaps(fiducials, filled[at]!, fsHz);
    settleOrder(fiducials, work.length);
    perLead.push(fiducials);
    qualities.push(leadQuality(prepared, fiducials, places[at]!));
  }
  const joint = combineLeads(perLead, clearness);
  if (works.length > 1) settleOrder(joint, works[0]!.length);
  for (const [k, beat] of beats.entries()) {
    if (Number.isNaN(joint[k * perBeat + 4]!)) joint[k * perBeat + 4] = beat;
  }
  const timeS = (k: number) => startS + joint[k * perBeat + 4]! / workHz;
  const kept = [...beats.keys()].filter((k) => timeS(k) >= fromS && timeS(k) < toS);
  const pick = (samples: Float64Array) => {
    const times = new Float64Array(kept.length * perBeat);
    for (const [to, k] of kept.entries()) {
      for (let n = 0; n < perBeat; n++) times[to * perBeat + n] = startS + samples[k * perBeat + n]! / workHz;
    }
    return times;
  };
  return {
    fiducialsS: pick(joint),
    leadsS: perLead.map(pick),
    quality: kept.map((k) => Math.max(...qualities.map((quality) => quality[k]!))),
  };
}

function withoutBeatsInGaps(found: FoundQrs, leads: readonly FilledLead[], fsHz: number): FoundQrs {
  const isKept = found.beats.map((beat) => !isInGap(leads, beat / workHz, fsHz));
  const kept = (places: readonly number[]) => places.filter((_, k) => isKept[k]!);
  return { ...found, beats: kept(found.beats), places: found.places.map(kept) };
}

/** Returns whether all leads have a gap at a time. */
function isInGap(leads: readonly FilledLead[], timeS: number, fsHz: number): boolean {
  return leads.every(({ gaps }) => touches(gaps, timeS - gapMarginS, timeS + gapMarginS, fsHz));
}

function touches(gaps: FilledLead['gaps'], fromS: number, toS: number, fsHz: number): boolean {
  return gaps.some(([start, end]) => start < toS * fsHz && end > fromS * fsHz);
}

/** Replaces the waves that a gap touches by NaN. */
function clearGaps(fiducials: Float64Array, { gaps }: FilledLead, fsHz: number): void {
  if (gaps.length === 0) return;
  for (let at = 0; at < fiducials.length; at += 3) {
    const [onset, peak, offset] = [fiducials[at]!, fiducials[at + 1]!, fiducials[at + 2]!];
    const fromS = (Number.isNaN(onset) ? peak : onset) / workHz - gapMarginS;
    const toS = (Number.isNaN(offset) ? peak : offset) / workHz + gapMarginS;
    if (touches(gaps, fromS, toS, fsHz)) fiducials.fill(Number.NaN, at, at + 3);
  }
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Returns the length of the leads in samples. */
function expectLeads(leads: readonly Float32Array[], fsHz: number): number {
  if (!(fsHz >= 50 && fsHz <= maxFsHz)) {
    throw new PqrstError(
      'ERR_RANGE',
      `delineation takes a sampling rate from 50 to ${maxFsHz} Hz, got ${fsHz}`,
    );
  }
  const refuse = (problem: string) => new PqrstError('ERR_SIGNAL', problem);
  const [first] = leads;
  if (first === undefined) throw refuse('there is no lead; give one Float32Array or an array of them');
  const other = leads.findIndex((lead) => lead.length !== first.length);
  if (other > 0) {
    throw refuse(
      `lead ${other} has ${leads[other]!.length} samples and lead 0 has ${first.length}; all leads of a record must have one length`,
    );
  }
  if (first.length < shortestS * fsHz) {
    throw refuse(
      `the record lasts ${Number((first.length / fsHz).toFixed(3))} s; delineation needs at least ${shortestS} s`,
    );
  }
  if (leads.every((lead) => lead.every((value) => !Number.isFinite(value)))) {
    throw refuse(`none of the ${first.length} samples is a finite number; choose a record with a signal`);
  }
  return first.length;
}
