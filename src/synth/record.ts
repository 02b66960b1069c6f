// One synthetic record read in pieces, so that a day of signal needs no buffer of a day.

import type { EcgClass } from '../classes.js';
import type { NativeBeats, SampleArrays, SampleType } from '../native.js';
import type { RecordAnnotations } from './annotations.js';

/** Samples of a piece; the kernel's segment. */
const pieceSamples = 262_144;

export interface RecordSource<Type extends SampleType> {
  readonly ecgClass: EcgClass;
  readonly annotations: RecordAnnotations;
  readonly beats: NativeBeats;
  readonly lengthSamples: number;
  readonly read: (
    segment: number,
    samples: number,
    signal: AbortSignal | undefined,
  ) => Promise<SampleArrays[Type]>;
}

export class SynthRecord<Type extends SampleType = 'float32'> {
  readonly ecgClass: EcgClass;
  readonly annotations: RecordAnnotations;
  /** The beats of `annotations` as flat arrays. */
  readonly beats: NativeBeats;
  readonly lengthSamples: number;
  readonly #source: RecordSource<Type>;

  constructor(source: RecordSource<Type>) {
    this.ecgClass = source.ecgClass;
    this.annotations = source.annotations;
    this.beats = source.beats;
    this.lengthSamples = source.lengthSamples;
    this.#source = source;
  }

  /** The signal in order, at most 262,144 samples at a time. Throws `signal.reason` when aborted. */
  async *pieces(signal?: AbortSignal): AsyncGenerator<SampleArrays[Type], void, undefined> {
    for (let start = 0; start < this.lengthSamples; start += pieceSamples) {
      const samples = Math.min(pieceSamples, this.lengthSamples - start);
      yield await this.#source.read(start / pieceSamples, samples, signal);
    }
  }
}
