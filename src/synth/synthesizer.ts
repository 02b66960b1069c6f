// Makes labelled batches of synthetic records: the public interface of the native kernel. Record i is a pure function of
// (preset, noise, seed, class, i, fsHz, seconds, unit, type). Batch size, threads and instruction set change only the
// time that it takes. One long file, because all methods of `Synthesizer` share its option schemas.

import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { type JobOptions, runJob } from '../base/job.js';
import { parseOptions, whole } from '../base/options.js';
import {
  type KernelBatch,
  type KernelBeats,
  type KernelBinding,
  type KernelRequest,
  type SampleArrays,
  type SampleType,
  sampleArrays,
} from '../kernel/binding.js';
import { loadKernel } from '../kernel/node.js';
import type { ClassName, EcgClass } from '../signal/classes.js';
import type { Unit } from '../signal/defaults.js';
import { labelAt, type SignalSource } from '../signal/source.js';
import { BatchAnnotations } from './annotations.js';
import { checkSynthesis, type SynthesizerOptions } from './check.js';
import { leadNumbers } from './leads.js';
import { labelClasses, modelOf, type PackedModel, type SynthModel } from './model.js';
import { type NoiseOptions, packNoise } from './noise.js';
import type { ModelSpec } from './presets.js';
import { type BatchReadable, readableOf } from './readable.js';
import { SynthRecord } from './record.js';
import { type Ring, startRing } from './ring.js';
import { streamBatches } from './stream.js';

/** Options of `Synthesizer.batch`. */
export interface BatchOptions<Type extends SampleType = SampleType> extends JobOptions {
  /** Record i has class classes[i % classes.length]. */
  readonly classes: readonly EcgClass[];
  /** Index of the first record; default 0. */
  readonly start?: number | undefined;
  /** Number of records, from 1. */
  readonly count: number;
  /**
   * [count * leads * lengthSamples], filled in place of a new array. A view of a SharedArrayBuffer is filled directly.
   * Other arrays take a copy, and must keep their memory until the promise settles: `batch` rejects if their buffer is
   * transferred or resized.
   */
  readonly out?: SampleArrays[Type] | undefined;
  /** Whether to return beats, waves and rhythms too; default false. */
  readonly annotations?: boolean | undefined;
}

/** Options of `Synthesizer.stream` and `Synthesizer.readable`. */
export interface StreamOptions {
  /** Record i has class classes[i % classes.length]. */
  readonly classes: readonly EcgClass[];
  /** Index of the first record; default 0. */
  readonly start?: number | undefined;
  /** Number of records in total. Without it, the stream does not end. */
  readonly count?: number | undefined;
  /** Records per batch; default 64. The last batch may be smaller. */
  readonly batchSize?: number | undefined;
  /** Whether to return beats, waves and rhythms too; default false. */
  readonly annotations?: boolean | undefined;
  /** Stops the stream, which then throws `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `Synthesizer.ring`. */
export interface RingOptions {
  /** Record i has class classes[i % classes.length]. */
  readonly classes: readonly EcgClass[];
  /** Index of the first record; default 0. */
  readonly start?: number | undefined;
  /** Number of records in total. Without it, the ring does not end. */
  readonly count?: number | undefined;
  /** Records per batch; default 64. The last batch may be smaller. */
  readonly batchSize?: number | undefined;
  /** Number of batches that the shared memory holds, 1-1024; default 4. */
  readonly slots?: number | undefined;
  /** Stops the ring; `Ring.done` then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `Synthesizer.record`. */
export interface RecordOptions {
  /** The record has class classes[index % classes.length]. */
  readonly classes: readonly EcgClass[];
  /** Index of the record, from 0. */
  readonly index: number;
  /** Stops the preparation of the record. */
  readonly signal?: AbortSignal | undefined;
}

/** Labelled records. */
export interface SynthBatch<Type extends SampleType = 'float32'> {
  /** [count, leads, lengthSamples], row-major, in the unit and type of the synthesizer. */
  readonly signals: SampleArrays[Type];
  /** [count]: the label of each record, an index in `classes`. */
  readonly labels: Uint8Array;
  /** The classes by their labels: the shipped ones, then other ones of the options, such as mixtures. */
  readonly classes: readonly EcgClass[];
  /** Index of the first record. */
  readonly start: number;
  /** Number of records. */
  readonly count: number;
  /** Names of the leads, in the order of the samples. */
  readonly leads: readonly string[];
  /** Samples per lead of a record. */
  readonly lengthSamples: number;
  /** Beats, waves and rhythms of each record, if requested. */
  readonly annotations?: BatchAnnotations;
}

/** Labelled records with their annotations, as `annotations: true` gives them. */
export interface AnnotatedBatch<Type extends SampleType = 'float32'> extends SynthBatch<Type> {
  /** Beats, waves and rhythms of each record. */
  readonly annotations: BatchAnnotations;
}

/** The classes of an option, whose names the compiler checks. */
export interface NamedClasses<Name extends string, Own extends string = never> {
  /** Record i has class classes[i % classes.length]. */
  readonly classes: readonly ClassName<Name, Own>[];
}

/** The option that gives a batch its annotations. */
export interface WithAnnotations {
  /** Returns beats, waves and rhythms too. */
  readonly annotations: true;
}

const maxCount = 2 ** 31 - 1;

const atLeastOne = 'a whole number from 1';
const start = whole(0, Number.MAX_SAFE_INTEGER, 'a whole number from 0').default(0);
const classes = z
  .array(z.string('the name of a class'), 'an array of class names')
  .min(1, 'an array of at least one class name')
  .max(65536, 'an array of at most 65536 class names');
const annotations = z.boolean('true or false').default(false);
const signal = z.instanceof(AbortSignal, { error: 'an AbortSignal' }).optional();

const batchSchema = z.strictObject({
  classes,
  start,
  count: whole(1, maxCount, atLeastOne),
  out: z
    .union([z.instanceof(Float32Array), z.instanceof(Int16Array), z.instanceof(Uint16Array)], {
      error: "an array of the synthesizer's type",
    })
    .optional(),
  annotations,
  signal,
  onProgress: z
    .instanceof(Function, { error: 'a function' })
    .transform((value) => value as NonNullable<JobOptions['onProgress']>)
    .optional(),
});

const streamSchema = z.strictObject({
  classes,
  start,
  count: z
    .custom<number>(
      (value) => value === Infinity || (Number.isSafeInteger(value) && Number(value) >= 1),
      atLeastOne,
    )
    .optional(),
  batchSize: whole(1, maxCount, atLeastOne).default(64),
  annotations,
  signal,
});

const ringSchema = streamSchema
  .omit({ annotations: true })
  .extend({ slots: whole(1, 1024, 'a whole number of slots, 1-1024').default(4) });

const recordSchema = z.strictObject({ classes, index: start, signal });

/**
 * Makes labelled synthetic ECG records. The same options give the same records on every machine.
 *
 * @example
 * ```js
 * import { Synthesizer } from 'pqrst/synth';
 * const synthesizer = new Synthesizer({ preset: 'paper', fsHz: 250, seconds: 10, seed: 1 });
 * const { signals, labels, lengthSamples } = await synthesizer.batch({ classes: ['normal', 'af'], count: 8 });
 * console.log(labels, signals.length / lengthSamples); // 8 records
 * ```
 */
export class Synthesizer<Type extends SampleType = 'float32', Own extends string = never> {
  /** The numbers of the model. */
  readonly spec: ModelSpec;
  /** Sampling rate in Hz. */
  readonly fsHz: number;
  /** Seed of all random draws. */
  readonly seed: bigint;
  /** Names of the leads of each record. */
  readonly leads: readonly string[];
  /** Unit of the samples. */
  readonly unit: Unit;
  /** Type of the samples. */
  readonly type: Type;
  /** The requested noise, with defaults filled in. */
  readonly noise: NoiseOptions | undefined;
  /** Samples per lead of a record: round(seconds * fsHz). */
  readonly lengthSamples: number;
  readonly #threads: number;
  readonly #native: KernelBinding;
  readonly #model: SynthModel;
  readonly #packedNoise: Float64Array | null;
  readonly #leadNumbers: Uint8Array;

  /**
   * Validates the options and loads the native kernel.
   *
   * @param options - preset or spec, classes of your own, rate in Hz, length in s, seed, leads, unit, sample type, noise
   * and number of threads.
   * @throws PqrstError ERR_OPTION, ERR_RANGE: when an option is invalid.
   * @throws PqrstError ERR_UNKNOWN_PRESET: when no preset has this name.
   * @throws PqrstError ERR_SPEC: when the spec is invalid.
   * @throws PqrstError ERR_CLASS_FILE: when a class of your own is invalid.
   * @throws PqrstError ERR_NATIVE_LOAD: when the kernel cannot be loaded on this machine.
   */
  constructor(options: SynthesizerOptions<Type, Own>) {
    const given = checkSynthesis(options);
    this.spec = given.spec;
    this.fsHz = given.fsHz;
    this.seed = given.seed;
    this.leads = given.leads;
    this.#leadNumbers = leadNumbers(this.leads);
    this.unit = given.unit;
    this.type = given.type;
    this.noise = given.noise;
    this.lengthSamples = given.lengthSamples;
    this.#threads = given.threads ?? availableParallelism();
    this.#native = loadKernel();
    this.#model = modelOf(this.spec);
    const { noise } = this;
    this.#packedNoise = noise === undefined ? null : packNoise(noise, this.#native.noiseFields());
  }

  /**
   * Makes the records `start` to `start + count - 1` on separate threads. The batch has `annotations` if the
   * options contain `annotations: true`.
   *
   * @param options - classes, first index, count; optionally an array to fill, annotations, signal and progress.
   * @returns Signals [count, leads, lengthSamples], labels [count], and annotations if they were requested.
   * @example
   * ```ts
   * import { Synthesizer } from 'pqrst/synth';
   *
   * const synth = new Synthesizer({ preset: 'clinical', fsHz: 500, seconds: 10, seed: 7, unit: 'mV' });
   * const { annotations } = await synth.batch({ classes: ['pvc'], count: 2, annotations: true });
   * const beats = annotations.record(0).beats;
   * console.log(beats.filter(({ type }) => type === 'V').map(({ timeS }) => timeS));
   * ```
   * @throws PqrstError ERR_OPTION, ERR_RANGE: when an option is invalid, or `out` is transferred or resized meanwhile.
   * @throws PqrstError ERR_UNKNOWN_CLASS: when a class is unknown.
   * @throws PqrstError ERR_SPEC: when the parts of a mixture contradict each other.
   * @throws `signal.reason`: when the signal is aborted.
   */
  batch<Name extends string>(
    options: BatchOptions<Type> & NamedClasses<Name, Own> & WithAnnotations,
  ): Promise<AnnotatedBatch<Type>>;
  batch<Name extends string>(
    options: BatchOptions<Type> & NamedClasses<Name, Own>,
  ): Promise<SynthBatch<Type>>;
  async batch(options: BatchOptions<Type>): Promise<SynthBatch<Type>> {
    const given = parseOptions(batchSchema, options, 'batch');
    const names = this.#model.parse(given.classes);
    const { start, count } = given;
    this.#checkEnd(start, count);
    const out = given.out as SampleArrays[Type] | undefined;
    if (out !== undefined) this.#checkOut(out, count);
    const classes = labelClasses(names);
    const codes = Uint8Array.from(names, (name) => classes.indexOf(name));
    const packed = this.#model.pack(names, this.#native);
    const { samples, beats } = await runJob<KernelBatch>(count, given, (control) =>
      this.#native.synth({
        ...this.#request(packed),
        start: BigInt(start),
        count,
        threads: this.#threads,
        annotate: given.annotations,
        out: out ?? null,
        control,
      }),
    ).catch((error: unknown) => {
      throw this.#explain(error, out, count);
    });
    const signals = samples as SampleArrays[Type];
    const labels = Uint8Array.from({ length: count }, (_, k) => labelAt(codes, start + k));
    const { leads, lengthSamples } = this;
    const batch = { signals, labels, classes, start, count, leads, lengthSamples };
    return beats === null ? batch : { ...batch, annotations: this.#annotations(beats, packed) };
  }

  /**
   * Yields batch after batch, in order of index. At most two batches are being made or waiting. Stops when the loop is
   * left. Throws the errors of `batch`.
   *
   * @param options - classes, first index, number of records, records per batch, annotations and signal.
   * @example
   * ```js
   * import { Synthesizer } from 'pqrst/synth';
   * const synthesizer = new Synthesizer({ preset: 'paper', fsHz: 250, seconds: 10, seed: 1 });
   * for await (const batch of synthesizer.stream({ classes: ['normal', 'af'], count: 256 })) {
   *   console.log(batch.start, batch.count);
   * }
   * ```
   */
  stream<Name extends string>(
    options: StreamOptions & NamedClasses<Name, Own> & WithAnnotations,
  ): AsyncGenerator<AnnotatedBatch<Type>, void, undefined>;
  stream<Name extends string>(
    options: StreamOptions & NamedClasses<Name, Own>,
  ): AsyncGenerator<SynthBatch<Type>, void, undefined>;
  stream(options: StreamOptions): AsyncGenerator<SynthBatch<Type>, void, undefined> {
    const given = parseOptions(streamSchema, options, 'stream');
    const classes = this.#model.parse(given.classes);
    const { annotations } = given;
    return streamBatches({ ...given, end: this.#endOf(given) }, (start, count, signal) =>
      this.batch({ classes, annotations, start, count, signal }),
    );
  }

  /**
   * Returns the batches of `stream` as a Node Readable in object mode, for example for `pipeline`. It holds at most one
   * batch while up to two more are being made. `destroy` and `signal` stop the kernel at once. The error of a batch and
   * `signal.reason` are emitted as 'error'.
   *
   * @param options - classes, first index, number of records, records per batch, annotations and signal.
   */
  readable<Name extends string>(
    options: StreamOptions & NamedClasses<Name, Own> & WithAnnotations,
  ): BatchReadable<AnnotatedBatch<Type>>;
  readable<Name extends string>(
    options: StreamOptions & NamedClasses<Name, Own>,
  ): BatchReadable<SynthBatch<Type>>;
  readable(options: StreamOptions): BatchReadable<SynthBatch<Type>> {
    this.#model.parse(parseOptions(streamSchema, options, 'readable').classes);
    return readableOf((signal) => this.stream({ ...options, signal }), options.signal);
  }

  /**
   * Makes batches directly in the slots of one SharedArrayBuffer. Any number of worker threads take them with
   * `openRing(ring.handle)`, each batch exactly once and in order of index. Await `ring.done`: it rejects with
   * `signal.reason`, with an error of `batch`, or with ERR_RING. See `openRing` for an example.
   *
   * @param options - classes, first index, number of records, records per batch, slots and signal.
   */
  ring<Name extends string>(options: RingOptions & NamedClasses<Name, Own>): Ring<Type> {
    const given = parseOptions(ringSchema, options, 'ring');
    const classes = this.#model.parse(given.classes);
    const { type, leads, lengthSamples } = this;
    const plan = { ...given, end: this.#endOf(given), type, leads, lengthSamples };
    return startRing<Type>(plan, (range, out, signal) => this.batch({ classes, ...range, out, signal }));
  }

  /**
   * Prepares one record that is read in pieces of at most 262,144 samples per lead, for records too long for one buffer. The
   * samples are the same as those of `batch`. Rejects with the errors of `batch`.
   *
   * @param options - classes, index of the record and signal.
   */
  async record<Name extends string>(
    options: RecordOptions & NamedClasses<Name, Own>,
  ): Promise<SynthRecord<Type>> {
    const { index, ...given } = parseOptions(recordSchema, options, 'record');
    const names = this.#model.parse(given.classes);
    const packed = this.#model.pack(names, this.#native);
    const ecgClass = labelAt(names, index);
    const { handle, beats } = await runJob(1, given, (control) =>
      this.#native.openRecord({
        ...this.#request(packed),
        index: BigInt(index),
        control,
      }),
    );
    return new SynthRecord({
      ecgClass,
      annotations: this.#annotations(beats, packed),
      leads: this.leads,
      lengthSamples: this.lengthSamples,
      read: async (piece, out, signal) => {
        const samples = await runJob(1, { signal }, (control) =>
          this.#native.readPiece({ handle, piece, out, control }),
        );
        return samples as SampleArrays[Type];
      },
    });
  }

  /**
   * Returns the synthesizer as a source of labelled signals. It needs samples of type float32.
   *
   * @param this - a synthesizer of the type float32; the compiler rejects the call on another one.
   * @returns a source with the rate, length, leads and unit of the synthesizer
   * @example
   * ```ts
   * import { Synthesizer } from 'pqrst/synth';
   *
   * const synth = new Synthesizer({ preset: 'paper', fsHz: 250, seconds: 10, seed: 7, unit: 'zscore' });
   * const { signals } = await synth.signalSource().batch({ labels: ['normal', 'af'], start: 0, count: 4 });
   * console.log(signals.length);
   * ```
   */
  signalSource(this: Synthesizer): SignalSource {
    const { fsHz, lengthSamples, leads, unit } = this;
    return {
      labels: this.#model.offered,
      fsHz,
      lengthSamples,
      leads,
      unit: unit === 'zscore' ? 'sd' : 'mV',
      batch: async ({ labels, ...request }) => this.batch({ ...request, classes: labels }),
    };
  }

  #request({ model, spec, classes }: PackedModel): KernelRequest {
    return {
      model,
      spec,
      seed: this.seed,
      classes,
      fsHz: this.fsHz,
      lengthSamples: this.lengthSamples,
      leads: this.#leadNumbers,
      unit: this.unit,
      type: this.type,
      noise: this.#packedNoise,
    };
  }

  #annotations(beats: KernelBeats, { rhythms }: PackedModel): BatchAnnotations {
    const { fsHz, lengthSamples } = this;
    return new BatchAnnotations(beats, { rhythms, fsHz, lengthSamples });
  }

  /** Returns the index after the last record of a stream. */
  #endOf({ start, count = Infinity }: { start: number; count?: number | undefined }): number {
    if (count !== Infinity) this.#checkEnd(start, count);
    return Math.min(start + count, Number.MAX_SAFE_INTEGER);
  }

  #checkEnd(start: number, count: number): void {
    if (start + count > Number.MAX_SAFE_INTEGER) {
      throw new PqrstError('ERR_RANGE', `start ${start} + count ${count} goes beyond record 2^53 - 1`);
    }
  }

  #checkOut(out: SampleArrays[Type], count: number): void {
    const leads = this.leads.length;
    const expected = count * leads * this.lengthSamples;
    const { name } = sampleArrays[this.type];
    if (!(out instanceof sampleArrays[this.type])) {
      throw new PqrstError(
        'ERR_RANGE',
        `out must be a ${name} for samples of type ${this.type}, got a ${(out as object).constructor.name}`,
      );
    }
    if (out.length !== expected) {
      throw new PqrstError(
        'ERR_RANGE',
        `out must hold count x ${leads === 1 ? '' : 'leads x '}length = ${count} x ` +
          `${leads === 1 ? '' : `${leads} x `}${this.lengthSamples} = ${expected} samples, got ${out.length}` +
          (out.buffer.byteLength === 0 ? '; its buffer is empty or was transferred' : ''),
      );
    }
    if (
      !(out.buffer instanceof SharedArrayBuffer) &&
      (out.buffer as { resizable?: boolean }).resizable === true
    ) {
      throw new PqrstError('ERR_RANGE', 'out must be a view of a buffer of fixed size, got a resizable one');
    }
  }

  /** Returns the error of a batch in the words of the user. */
  #explain(cause: unknown, out: SampleArrays[Type] | undefined, count: number): unknown {
    const record = this.leads.length * this.lengthSamples;
    if (out !== undefined && out.length !== count * record) {
      return new PqrstError(
        'ERR_RANGE',
        `out lost its memory while the batch was made: it held ${count * record} samples, now ${out.length}; do not ` +
          'transfer or resize its buffer before the promise settles, or use a SharedArrayBuffer',
        { cause },
      );
    }
    if (out === undefined && cause instanceof RangeError) {
      return new PqrstError(
        'ERR_RANGE',
        `${count} records of ${record} samples do not fit into memory; ask for fewer, or use stream`,
        { cause },
      );
    }
    return cause;
  }
}
