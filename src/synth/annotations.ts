// What the kernel knows about each record it made: beats, waves and rhythm, exact because they come from the plan
// and not from a detector. Times in seconds from the first sample.

import type { KernelBeats } from '../kernel/binding.js';
import type { BeatAnnotation, RecordAnnotations, WaveTimes } from '../signal/beats.js';
import type { EcgClass } from '../signal/classes.js';
import type { Annotation } from '../signal/window.js';

// PhysioNet's rhythm texts, https://archive.physionet.org/physiobank/annotations.shtml
export const rhythms: Readonly<Record<EcgClass, string>> = {
  normal: '(N',
  af: '(AFIB',
  aflt: '(AFL',
  pvc: '(N',
  wpw: '(PREX',
};

/** The annotations of a batch, unpacked a record at a time. */
export class BatchAnnotations {
  /** All beats of the batch as flat arrays. */
  readonly beats: KernelBeats;
  readonly #classes: readonly EcgClass[];
  readonly #fsHz: number;
  readonly #lengthSamples: number;

  /** `classes[k]` is the class of the batch's record k. */
  constructor(beats: KernelBeats, classes: readonly EcgClass[], fsHz: number, lengthSamples: number) {
    this.beats = beats;
    this.#classes = classes;
    this.#fsHz = fsHz;
    this.#lengthSamples = lengthSamples;
  }

  /** Record `k` of the batch, from 0; RangeError beyond its end. */
  record(k: number): RecordAnnotations {
    const ecgClass = this.#classes[k];
    if (ecgClass === undefined) {
      throw new RangeError(`the batch holds records 0-${this.#classes.length - 1}, got ${k}`);
    }
    const { offsets, types, fiducialsS } = this.beats;
    const beats: BeatAnnotation[] = [];
    for (let beat = offsets[k]!; beat < offsets[k + 1]!; beat++) {
      const qrs = wave(fiducialsS, beat * 9 + 3)!;
      beats.push({
        type: String.fromCharCode(types[beat]!) as 'N' | 'V',
        timeS: qrs.peakS,
        sample: nearest(qrs.peakS, this.#fsHz, this.#lengthSamples),
        p: wave(fiducialsS, beat * 9),
        qrs,
        t: wave(fiducialsS, beat * 9 + 6),
      });
    }
    return { rhythm: rhythms[ecgClass], lengthSamples: this.#lengthSamples, beats };
  }
}

function wave(fiducialsS: Float64Array, at: number): WaveTimes | null {
  const [onsetS, peakS, offsetS] = fiducialsS.subarray(at, at + 3) as unknown as [number, number, number];
  return Number.isNaN(peakS) ? null : { onsetS, peakS, offsetS };
}

/**
 * The record as WFDB annotations: `+` with the rhythm at sample 0, then `(` `p` `)` `(` `N`|`V` `)` `(` `t` `)` a
 * beat, sorted by sample; marks beyond the record are left out. The number field of `(` and `)` says whose limit it
 * is, as ecgpuwave writes it: 0 P, 1 QRS, 2 T.
 */
export function toWfdbAnnotations(record: RecordAnnotations, fsHz: number): Annotation[] {
  const { lengthSamples, rhythm } = record;
  const plain = { subtype: 0, channel: 0, number: 0, aux: '' };
  const marks: Annotation[] = [];
  const mark = (timeS: number, symbol: string, number = 0) => {
    const isInside = timeS >= 0 && timeS * fsHz < lengthSamples;
    if (isInside) marks.push({ ...plain, sample: nearest(timeS, fsHz, lengthSamples), symbol, number });
  };
  for (const beat of record.beats) {
    const waves = [
      { times: beat.p, symbol: 'p' },
      { times: beat.qrs, symbol: beat.type },
      { times: beat.t, symbol: 't' },
    ];
    for (const [number, { times, symbol }] of waves.entries()) {
      if (times === null) continue;
      mark(times.onsetS, '(', number);
      mark(times.peakS, symbol);
      mark(times.offsetS, ')', number);
    }
  }
  marks.sort((a, b) => a.sample - b.sample);
  return [{ ...plain, sample: 0, symbol: '+', aux: rhythm }, ...marks];
}

/** The last sample stands for a time between it and the record's end. */
function nearest(timeS: number, fsHz: number, lengthSamples: number): number {
  return Math.min(Math.round(timeS * fsHz), lengthSamples - 1);
}
