// One synthetic record read in pieces, so that a day of signal needs no buffer of a day.

import { type KernelBeats, type SampleArrays, type SampleType, sampleArrays } from '../kernel/binding.js';
import type { RecordAnnotations } from '../signal/beats.js';
import type { EcgClass } from '../signal/classes.js';
import type { BatchAnnotations } from './annotations.js';

/** The number of samples of a piece, as the kernel cuts a record. */
export const pieceSamples = 262_144;

export interface RecordSource<Type extends SampleType> {
  readonly ecgClass: EcgClass;
  readonly annotations: BatchAnnotations;
  readonly lengthSamples: number;
  readonly type: Type;
  /** Fills `out` with piece `piece`, whose length it has. */
  readonly read: (
    piece: number,
    out: SampleArrays[Type],
    signal: AbortSignal | undefined,
  ) => Promise<unknown>;
}

export class SynthRecord<Type extends SampleType = 'float32'> {
  readonly ecgClass: EcgClass;
  readonly lengthSamples: number;
  readonly #source: RecordSource<Type>;

  constructor(source: RecordSource<Type>) {
    this.ecgClass = source.ecgClass;
    this.lengthSamples = source.lengthSamples;
    this.#source = source;
  }

  /** Made anew at each call: a day holds a hundred thousand beats. */
  get annotations(): RecordAnnotations {
    return this.#source.annotations.record(0);
  }

  /** The beats of `annotations` as flat arrays. */
  get beats(): KernelBeats {
    return this.#source.annotations.beats;
  }

  /**
   * The signal in order, at most 262,144 samples at a time, each in an array of its own; or in `buffers` in turn, which
   * hold as many. Throws `signal.reason` when aborted.
   */
  async *pieces(
    signal?: AbortSignal,
    buffers: readonly SampleArrays[Type][] = [],
  ): AsyncGenerator<SampleArrays[Type], void, undefined> {
    const { lengthSamples, type, read } = this.#source;
    for (let piece = 0; piece * pieceSamples < lengthSamples; piece++) {
      const samples = Math.min(pieceSamples, lengthSamples - piece * pieceSamples);
      const buffer = buffers[piece % buffers.length] ?? new sampleArrays[type](samples);
      const out = buffer.subarray(0, samples) as SampleArrays[Type];
      await read(piece, out, signal);
      yield out;
    }
  }
}
