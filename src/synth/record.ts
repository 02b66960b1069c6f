// A long synthetic record that is read in pieces, so that a day of signal does not need a buffer for a whole day.

import type { KernelBeats, SampleArrays, SampleType } from '../kernel/binding.js';
import type { RecordAnnotations } from '../signal/beats.js';
import type { EcgClass } from '../signal/classes.js';
import type { BatchAnnotations, RhythmName } from './annotations.js';

/** Samples per lead of a piece: the length of a segment of the kernel. */
export const pieceSamples = 262_144;

/** Makes the samples of a record, piece by piece. */
export interface RecordSource<Type extends SampleType> {
  readonly ecgClass: EcgClass;
  readonly annotations: BatchAnnotations;
  readonly leads: readonly string[];
  /** Samples per lead. */
  readonly lengthSamples: number;
  /** Returns piece `piece` [leads, samples of the piece]: in `out`, or in a new array if `out` is null. */
  readonly read: (
    piece: number,
    out: SampleArrays[Type] | null,
    signal: AbortSignal | undefined,
  ) => Promise<SampleArrays[Type]>;
}

/**
 * Makes the samples of one long synthetic record piece by piece. `Synthesizer.record` returns it.
 *
 * @example
 * ```js
 * import { Synthesizer } from 'pqrst/synth';
 * const synthesizer = new Synthesizer({ preset: 'clinical', fsHz: 250, seconds: 3600, seed: 1, unit: 'mV' });
 * const record = await synthesizer.record({ classes: ['normal'], index: 0 });
 * let samples = 0;
 * for await (const piece of record.pieces()) samples += piece.length;
 * console.log(samples, record.annotations.beats.length);
 * ```
 */
export class SynthRecord<Type extends SampleType = 'float32'> {
  /** Class of the record. */
  readonly ecgClass: EcgClass;
  /** Names of the leads, in the order of the samples. */
  readonly leads: readonly string[];
  /** Length of the record in samples per lead. */
  readonly lengthSamples: number;
  readonly #source: RecordSource<Type>;

  /** @internal */
  constructor(source: RecordSource<Type>) {
    this.ecgClass = source.ecgClass;
    this.leads = source.leads;
    this.lengthSamples = source.lengthSamples;
    this.#source = source;
  }

  /** Beats, waves and rhythms of the record. Each access unpacks them, because a day has a hundred thousand beats. */
  get annotations(): RecordAnnotations {
    return this.#source.annotations.record(0);
  }

  /** The beats and rhythms of `annotations` in flat arrays. */
  get beats(): KernelBeats {
    return this.#source.annotations.beats;
  }

  /**
   * The rhythms that `beats.rhythmClasses` counts.
   * @internal
   */
  get rhythmNames(): readonly RhythmName[] {
    return this.#source.annotations.rhythmNames;
  }

  /**
   * Yields the signal in order, in pieces [leads, n] of at most 262,144 samples per lead.
   *
   * @param signal - Stops making samples.
   * @param buffers - Arrays of 262,144 samples per lead that are filled in turn; by default each piece has a new array.
   * @throws `signal.reason`: when the signal is aborted.
   */
  async *pieces(
    signal?: AbortSignal,
    buffers: readonly SampleArrays[Type][] = [],
  ): AsyncGenerator<SampleArrays[Type], void, undefined> {
    const { leads, lengthSamples, read } = this.#source;
    for (let piece = 0; piece * pieceSamples < lengthSamples; piece++) {
      const samples = leads.length * Math.min(pieceSamples, lengthSamples - piece * pieceSamples);
      const buffer = buffers[piece % buffers.length];
      const out = (buffer?.subarray(0, samples) ?? null) as SampleArrays[Type] | null;
      yield await read(piece, out, signal);
    }
  }
}
