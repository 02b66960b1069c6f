// The beats, waves and rhythm of synthetic records. They are exact, because they come from the plan of the record and
// not from a detector. Times are in seconds from the first sample.

import type { KernelBeats } from '../kernel/binding.js';
import type { BeatAnnotation, RecordAnnotations, WaveTimes } from '../signal/beats.js';
import { rhythmOf } from '../signal/class-table.js';
import type { EcgClass } from '../signal/classes.js';
import type { Annotation } from '../signal/window.js';

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
  /** All beats of the batch in flat arrays. */
  readonly beats: KernelBeats;
  readonly #classes: readonly EcgClass[];
  readonly #fsHz: number;
  readonly #lengthSamples: number;

  /**
   * `classes[k]` is the class of record k of the batch.
   * @internal
   */
  constructor(beats: KernelBeats, classes: readonly EcgClass[], fsHz: number, lengthSamples: number) {
    this.beats = beats;
    this.#classes = classes;
    this.#fsHz = fsHz;
    this.#lengthSamples = lengthSamples;
  }

  /**
   * Returns the annotations of one record.
   *
   * @param k - Index in the batch, from 0.
   * @throws RangeError: when the batch has no record `k`.
   */
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
    return { rhythm: rhythmOf(ecgClass), lengthSamples: this.#lengthSamples, beats };
  }
}

function wave(fiducialsS: Float64Array, at: number): WaveTimes | null {
  const [onsetS, peakS, offsetS] = fiducialsS.subarray(at, at + 3) as unknown as [number, number, number];
  return Number.isNaN(peakS) ? null : { onsetS, peakS, offsetS };
}

/**
 * Converts the annotations of a record to WFDB annotations.
 *
 * @param record - Beats, waves and rhythm, for example of `SynthBatch.annotations`.
 * @param fsHz - Sampling rate of the record in Hz.
 * @returns Annotations sorted by sample: `+` with the rhythm at sample 0, then for each beat `(` `p` `)`, `(` `N` or `V`
 *   `)` and `(` `t` `)`. Marks outside the record are omitted. The number field of `(` and `)` names the wave, as in
 *   ecgpuwave: 0 P, 1 QRS, 2 T.
 * @example
 * ```js
 * import { Synthesizer, toWfdbAnnotations } from 'pqrst/synth';
 * const synthesizer = new Synthesizer({ preset: 'clinical', fsHz: 250, seconds: 10, seed: 1 });
 * const { annotations } = await synthesizer.batch({ classes: ['pvc'], count: 1, annotations: true });
 * for (const { sample, symbol } of toWfdbAnnotations(annotations.record(0), 250)) console.log(sample, symbol);
 * ```
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

/** Returns the nearest sample; a time after the last sample is assigned to the last sample. */
function nearest(timeS: number, fsHz: number, lengthSamples: number): number {
  return Math.min(Math.round(timeS * fsHz), lengthSamples - 1);
}
