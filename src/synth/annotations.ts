// The beats, waves and rhythms of synthetic records. They are exact, because they come from the plan of the record and
// not from a detector. Times are in seconds from the first sample.

import type { KernelBeats } from '../kernel/binding.js';
import type {
  BeatAnnotation,
  BeatType,
  RecordAnnotations,
  RhythmAnnotation,
  WaveTimes,
} from '../signal/beats.js';
import { type EcgClass, ecgClasses, rhythmOf } from '../signal/classes.js';
import type { Annotation } from '../signal/window.js';

/** A rhythm that a record can show: its class, and its text in WFDB. */
export interface RhythmName {
  readonly ecgClass: EcgClass;
  readonly rhythm: string;
}

/** The rhythms of the paper's model, in the order of the class codes. */
export const paperRhythms: readonly RhythmName[] = ecgClasses.map((ecgClass) => {
  return { ecgClass, rhythm: rhythmOf(ecgClass) };
});

/** Returns the arrays of rhythms for records that show one rhythm each, by its index in a list of rhythms. */
export function soleRhythms(
  indices: Uint8Array,
): Pick<KernelBeats, 'rhythmOffsets' | 'rhythmTimesS' | 'rhythmClasses'> {
  return {
    rhythmOffsets: Uint32Array.from({ length: indices.length + 1 }, (_, k) => k),
    rhythmTimesS: new Float64Array(indices.length),
    rhythmClasses: indices,
  };
}

/** How the flat arrays of a batch are to be read. */
export interface AnnotationScale {
  /** The rhythms that `rhythmClasses` counts. */
  readonly rhythms: readonly RhythmName[];
  readonly fsHz: number;
  readonly lengthSamples: number;
}

/** Returns the rhythms of record `k` of a batch. */
export function rhythmsOf(
  { rhythmOffsets, rhythmTimesS, rhythmClasses }: KernelBeats,
  k: number,
  { rhythms, fsHz, lengthSamples }: AnnotationScale,
): RhythmAnnotation[] {
  return Array.from({ length: rhythmOffsets[k + 1]! - rhythmOffsets[k]! }, (_, n) => {
    const at = rhythmOffsets[k]! + n;
    const timeS = rhythmTimesS[at]!;
    return { ...rhythms[rhythmClasses[at]!]!, timeS, sample: nearest(timeS, fsHz, lengthSamples) };
  });
}

/**
 * Holds the beats, waves and rhythms of a batch as flat arrays, and unpacks them for one record at a time.
 *
 * @example
 * ```ts
 * import { Synthesizer, toWfdbAnnotations } from 'pqrst/synth';
 *
 * const synth = new Synthesizer({ preset: 'paper', fsHz: 250, seconds: 10, seed: 1 });
 * const { annotations } = await synth.batch({ classes: ['normal'], count: 1, annotations: true });
 * console.log(toWfdbAnnotations(annotations.record(0), 250).length);
 * ```
 */
export class BatchAnnotations {
  /** All beats and rhythms of the batch in flat arrays. */
  readonly beats: KernelBeats;
  readonly #scale: AnnotationScale;

  /** @internal */
  constructor(beats: KernelBeats, scale: AnnotationScale) {
    this.beats = beats;
    this.#scale = scale;
  }

  /**
   * The rhythms that `beats.rhythmClasses` counts.
   * @internal
   */
  get rhythmNames(): readonly RhythmName[] {
    return this.#scale.rhythms;
  }

  /**
   * Returns the annotations of one record.
   *
   * @param k - Index in the batch, from 0.
   * @throws RangeError: when the batch has no record `k`.
   */
  record(k: number): RecordAnnotations {
    const { offsets, types, fiducialsS } = this.beats;
    const { fsHz, lengthSamples } = this.#scale;
    const count = offsets.length - 1;
    if (!(Number.isInteger(k) && k >= 0 && k < count)) {
      throw new RangeError(`the batch holds records 0-${count - 1}, got ${k}`);
    }
    const beats: BeatAnnotation[] = [];
    for (let beat = offsets[k]!; beat < offsets[k + 1]!; beat++) {
      const qrs = wave(fiducialsS, beat * 9 + 3)!;
      beats.push({
        type: String.fromCharCode(types[beat]!) as BeatType,
        timeS: qrs.peakS,
        sample: nearest(qrs.peakS, fsHz, lengthSamples),
        p: wave(fiducialsS, beat * 9),
        qrs,
        t: wave(fiducialsS, beat * 9 + 6),
      });
    }
    return { rhythms: rhythmsOf(this.beats, k, this.#scale), lengthSamples, beats };
  }
}

function wave(fiducialsS: Float64Array, at: number): WaveTimes | null {
  const [onsetS, peakS, offsetS] = fiducialsS.subarray(at, at + 3) as unknown as [number, number, number];
  return Number.isNaN(peakS) ? null : { onsetS, peakS, offsetS };
}

/**
 * Converts the annotations of a record to WFDB annotations.
 *
 * @param record - Beats, waves and rhythms, for example of `SynthBatch.annotations`.
 * @param fsHz - Sampling rate of the record in Hz.
 * @returns Annotations sorted by sample: `+` with the rhythm at sample 0 and wherever another rhythm starts, and for
 *   each beat `(` `p` `)`, `(`, its type, `)` and `(` `t` `)`. Marks outside the record are omitted. The number field
 *   of `(` and `)` names the wave, as in ecgpuwave: 0 P, 1 QRS, 2 T.
 * @example
 * ```js
 * import { Synthesizer, toWfdbAnnotations } from 'pqrst/synth';
 * const synthesizer = new Synthesizer({ preset: 'clinical', fsHz: 250, seconds: 10, seed: 1 });
 * const { annotations } = await synthesizer.batch({ classes: ['pvc'], count: 1, annotations: true });
 * for (const { sample, symbol } of toWfdbAnnotations(annotations.record(0), 250)) console.log(sample, symbol);
 * ```
 */
export function toWfdbAnnotations(record: RecordAnnotations, fsHz: number): Annotation[] {
  const { lengthSamples } = record;
  const plain = { subtype: 0, channel: 0, number: 0, aux: '' };
  const marks: Annotation[] = record.rhythms.map(({ sample, rhythm }) => {
    return { ...plain, sample, symbol: '+', aux: rhythm };
  });
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
  return marks.sort((a, b) => a.sample - b.sample);
}

/** Returns the nearest sample; a time after the last sample is assigned to the last sample. */
function nearest(timeS: number, fsHz: number, lengthSamples: number): number {
  return Math.min(Math.round(timeS * fsHz), lengthSamples - 1);
}
