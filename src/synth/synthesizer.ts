// The public face of the kernel: labelled batches of records. Record i is a pure function of (preset, seed, class,
// i, fsHz, seconds, unit); batch size, threads and instruction set change nothing but the time it takes.

import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { type JobOptions, runJob } from '../base/job.js';
import { parseOptions } from '../base/options.js';
import {
  loadNative,
  type NativeBeats,
  type NativeBinding,
  type NativeRequest,
  type SampleArrays,
  type SampleType,
  sampleArrays,
} from '../kernel/native.js';
import { classCode, type EcgClass, parseClass } from '../signal/classes.js';
import { BatchAnnotations } from './annotations.js';
import { checkNoise, type NoiseOptions, packNoise } from './noise.js';
import { resolvePreset } from './presets.js';
import { type BatchReadable, readableOf } from './readable.js';
import { SynthRecord } from './record.js';
import { type Ring, startRing } from './ring.js';
import { packSpec, type SynthSpec } from './spec.js';
import { streamBatches } from './stream.js';

/** The options of a `Synthesizer`. */
export interface SynthesizerOptions<Type extends SampleType = SampleType> {
  /** The name of a preset, or a whole spec. */
  readonly preset: string | SynthSpec;
  /** 50-4000 Hz. */
  readonly fsHz: number;
  /** Length of a record: at least one sample, at most 24 hours. */
  readonly seconds: number;
  /** A whole number from 0; a bigint reaches up to 2^64 - 1. */
  readonly seed: number | bigint;
  /** `zscore` (default): mean 0 and SD 1 a record, as the paper trains; `mV`: as planned. */
  readonly unit?: 'zscore' | 'mV' | undefined;
  /** Type of the samples, default float32. int16 counts 1/1000 mV (z-scored: 1/1000 SD), float16 comes as Uint16Array. */
  readonly type?: Type | undefined;
  /** Noise beyond the preset's own: wander, powerline, muscle, electrode, adc; default none. */
  readonly noise?: NoiseOptions | undefined;
  /** Threads a batch is spread over; default: the machine's. */
  readonly threads?: number | undefined;
}

/** The options of `Synthesizer.batch`. */
export interface BatchOptions<Type extends SampleType = SampleType> extends JobOptions {
  /** Record i is of class classes[i % classes.length]. */
  readonly classes: readonly EcgClass[];
  /** Index of the first record, default 0. */
  readonly start?: number | undefined;
  readonly count: number;
  /** [count * length], filled in place instead of a fresh array; may lie over a SharedArrayBuffer. */
  readonly out?: SampleArrays[Type] | undefined;
  /** Also return beats, waves and rhythm; default false. */
  readonly annotations?: boolean | undefined;
}

/** The options of `Synthesizer.stream` and `Synthesizer.readable`. */
export interface StreamOptions {
  readonly classes: readonly EcgClass[];
  readonly start?: number | undefined;
  /** Records in all; without it the stream has no end. */
  readonly count?: number | undefined;
  /** Records a batch (the last may be smaller), default 64. */
  readonly batchSize?: number | undefined;
  readonly annotations?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The options of `Synthesizer.ring`. */
export interface RingOptions {
  readonly classes: readonly EcgClass[];
  readonly start?: number | undefined;
  /** Records in all; without it the ring has no end. */
  readonly count?: number | undefined;
  /** Records a batch (the last may be smaller), default 64. */
  readonly batchSize?: number | undefined;
  /** Batches that the shared memory holds, 1-1024, default 4. */
  readonly slots?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The options of `Synthesizer.record`. */
export interface RecordOptions {
  /** The record is of class classes[index % classes.length]. */
  readonly classes: readonly EcgClass[];
  readonly index: number;
  readonly signal?: AbortSignal | undefined;
}

/** Consecutive records with their labels. */
export interface SynthBatch<Type extends SampleType = 'float32'> {
  /** [count, lengthSamples], row-major, in the synthesizer's unit and type. */
  readonly signals: SampleArrays[Type];
  /** [count]: class codes. */
  readonly labels: Uint8Array;
  readonly start: number;
  readonly count: number;
  readonly lengthSamples: number;
  /** Present if the batch was requested with `annotations: true`. */
  readonly annotations?: BatchAnnotations;
}

const maxSeconds = 24 * 3600;
const maxCount = 2 ** 31 - 1;

const whole = (low: number, high: number, what: string) =>
  z.number(what).refine((value) => Number.isInteger(value) && value >= low && value <= high, what);
const atLeastOne = 'a whole number from 1';
const start = whole(0, Number.MAX_SAFE_INTEGER, 'a whole number from 0').default(0);
const classes = z
  .array(z.string('the name of a class'), 'an array of class names')
  .min(1, 'an array of at least one class name')
  .max(65536, 'an array of at most 65536 class names');
const annotations = z.boolean('true or false').default(false);
const signal = z.instanceof(AbortSignal, { error: 'an AbortSignal' }).optional();

const synthesizerSchema = z.strictObject({
  preset: z.union([z.string(), z.looseObject({})], 'the name of a preset or a spec'),
  fsHz: z.number('a rate of 50-4000 Hz').min(50, 'a rate of 50-4000 Hz').max(4000, 'a rate of 50-4000 Hz'),
  seconds: z
    .number('a length of up to 24 hours')
    .positive('a length above 0 s')
    .max(maxSeconds, 'a length of up to 24 hours (86400 s)'),
  seed: z.custom<number | bigint>(
    (value) =>
      typeof value === 'bigint'
        ? value >= 0n && value < 2n ** 64n
        : Number.isSafeInteger(value) && Number(value) >= 0,
    'a whole number from 0 (above 2^53 as a bigint, up to 2^64 - 1)',
  ),
  unit: z.enum(['zscore', 'mV'], "'zscore' or 'mV'").default('zscore'),
  type: z.enum(['float32', 'float16', 'int16'], "'float32', 'float16' or 'int16'").default('float32'),
  noise: z.looseObject({}, 'an object of artefacts').optional(),
  threads: whole(1, 1024, 'a whole number of threads, 1-1024').optional(),
});

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
 * Makes labelled synthetic records. Record i depends only on preset, noise, seed, class, i, `fsHz`, `seconds` and `unit`:
 * batch size, number of threads and instruction set change only the time that it takes.
 *
 * @example
 * ```ts
 * import { Synthesizer } from 'pqrst/synth';
 *
 * const synth = new Synthesizer({ preset: 'paper', fsHz: 250, seconds: 10, seed: 1 });
 * const { signals, labels, lengthSamples } = await synth.batch({ classes: ['normal', 'af'], count: 100 });
 * const second = signals.subarray(lengthSamples, 2 * lengthSamples);
 * console.log(labels[1], second.length); // 1 (af), 2500
 * ```
 */
export class Synthesizer<Type extends SampleType = 'float32'> {
  readonly spec: SynthSpec;
  readonly fsHz: number;
  readonly seed: bigint;
  readonly unit: 'zscore' | 'mV';
  readonly type: Type;
  /** The requested noise with its defaults filled in. */
  readonly noise: NoiseOptions | undefined;
  /** Samples of a record: round(seconds * fsHz). */
  readonly lengthSamples: number;
  readonly #threads: number;
  readonly #native: NativeBinding;
  readonly #packed: Float64Array;
  readonly #packedNoise: Float64Array | null;

  /**
   * Checks the options and loads the kernel.
   *
   * @param options - preset, rate, length, seed, unit, sample type, noise and threads
   * @throws PqrstError ERR_OPTION: when an option is unknown or of the wrong type. ERR_RANGE: when a number is outside its
   * range. ERR_UNKNOWN_PRESET, ERR_SPEC: when the preset is unknown or inconsistent. ERR_NATIVE_LOAD: when no built kernel
   * fits this machine.
   */
  constructor(options: SynthesizerOptions<Type>) {
    const given = parseOptions(synthesizerSchema, options, 'Synthesizer');
    this.spec = resolvePreset(given.preset as string | SynthSpec);
    this.fsHz = given.fsHz;
    this.seed = BigInt(given.seed);
    this.unit = given.unit;
    this.type = given.type as Type;
    this.noise = given.noise === undefined ? undefined : checkNoise(given.noise, given.fsHz);
    this.lengthSamples = Math.round(given.seconds * given.fsHz);
    if (this.lengthSamples < 1) {
      throw new PqrstError(
        'ERR_RANGE',
        `Synthesizer: ${given.seconds} s at ${given.fsHz} Hz is less than a sample; ask for more seconds`,
      );
    }
    this.#threads = given.threads ?? availableParallelism();
    this.#native = loadNative();
    this.#packed = packSpec(this.spec, this.#native.specFields());
    const { noise } = this;
    this.#packedNoise = noise === undefined ? null : packNoise(noise, this.#native.noiseFields());
  }

  /**
   * Makes the records `start` to `start + count - 1` on threads of their own.
   *
   * @param options - classes, first index, count; optionally an array to fill, annotations, signal and progress. Do not
   * transfer `out` to another thread before the promise settles.
   * @returns signals [count, lengthSamples], labels [count], and annotations if they were requested
   * @example
   * ```ts
   * import { Synthesizer } from 'pqrst/synth';
   *
   * const synth = new Synthesizer({ preset: 'clinical', fsHz: 500, seconds: 10, seed: 7, unit: 'mV' });
   * const { annotations } = await synth.batch({ classes: ['pvc'], count: 2, annotations: true });
   * const beats = annotations.record(0).beats;
   * console.log(beats.filter(({ type }) => type === 'V').map(({ timeS }) => timeS));
   * ```
   * @throws PqrstError ERR_OPTION, ERR_RANGE: when an option is invalid. ERR_UNKNOWN_CLASS: when a class is unknown.
   * @throws `signal.reason` when the signal is aborted.
   */
  async batch(options: BatchOptions<Type>): Promise<SynthBatch<Type>> {
    const given = parseOptions(batchSchema, options, 'batch');
    const names = given.classes.map(parseClass);
    const { start, count } = given;
    this.#checkEnd(start, count);
    const signals = (given.out as SampleArrays[Type] | undefined) ?? this.#allocate(count);
    this.#checkOut(signals, count);
    const codes = Uint8Array.from(names, classCode);
    const beats = await runJob<NativeBeats | null>(count, given, (control) =>
      this.#native.synth({
        ...this.#request(codes),
        start: BigInt(start),
        count,
        threads: this.#threads,
        annotate: given.annotations,
        out: signals,
        control,
      }),
    );
    const classOf = (k: number) => names[(start + k) % names.length]!;
    const labels = Uint8Array.from({ length: count }, (_, k) => classCode(classOf(k)));
    const batch = { signals, labels, start, count, lengthSamples: this.lengthSamples };
    if (beats === null) return batch;
    const ofRecord = Array.from({ length: count }, (_, k) => classOf(k));
    return { ...batch, annotations: new BatchAnnotations(beats, ofRecord, this.fsHz, this.lengthSamples) };
  }

  /**
   * Yields batch after batch. At most two batches are in preparation or waiting; leaving the loop stops the work.
   *
   * @param options - classes, first index, number of records, records per batch
   * @returns batches in the order of their indices
   * @throws as `batch`
   */
  stream(options: StreamOptions): AsyncGenerator<SynthBatch<Type>, void, undefined> {
    const given = parseOptions(streamSchema, options, 'stream');
    const classes = given.classes.map(parseClass);
    const { annotations } = given;
    return streamBatches({ ...given, end: this.#endOf(given) }, (start, count, signal) =>
      this.batch({ classes, annotations, start, count, signal }),
    );
  }

  /**
   * Returns the batches of `stream` as a Node Readable in object mode, for example for `pipeline`. It holds one batch, while
   * up to two more are in preparation. `destroy` and `signal` stop the kernel immediately; the error of a batch and
   * `signal.reason` arrive as `error` events.
   *
   * @param options - as for `stream`
   */
  readable(options: StreamOptions): BatchReadable<SynthBatch<Type>> {
    parseOptions(streamSchema, options, 'readable').classes.map(parseClass);
    return readableOf((signal) => this.stream({ ...options, signal }), options.signal);
  }

  /**
   * Makes the batches directly in the slots of one SharedArrayBuffer. Any number of worker threads take them with
   * `openRing(ring.handle)`; each batch goes to exactly one reader, in the order of the indices. Await `ring.done`.
   *
   * @param options - classes, first index, number of records, records per batch, slots
   * @returns the handle for the readers, and `done`, which rejects as `batch` does, or with ERR_RING
   */
  ring(options: RingOptions): Ring<Type> {
    const given = parseOptions(ringSchema, options, 'ring');
    const classes = given.classes.map(parseClass);
    const { type, lengthSamples } = this;
    return startRing<Type>({ ...given, end: this.#endOf(given), type, lengthSamples }, (range, out, signal) =>
      this.batch({ classes, ...range, out, signal }),
    );
  }

  /**
   * Makes one record that is read in pieces of at most 262,144 samples. Its samples equal those of `batch`.
   *
   * @param options - classes and the index of the record
   * @throws as `batch`
   */
  async record(options: RecordOptions): Promise<SynthRecord<Type>> {
    const { index, ...given } = parseOptions(recordSchema, options, 'record');
    const names = given.classes.map(parseClass);
    const ecgClass = names[index % names.length]!;
    const { handle, beats } = await runJob(1, given, (control) =>
      this.#native.openRecord({
        ...this.#request(Uint8Array.from(names, classCode)),
        index: BigInt(index),
        control,
      }),
    );
    const annotations = new BatchAnnotations(beats, [ecgClass], this.fsHz, this.lengthSamples);
    return new SynthRecord({
      ecgClass,
      annotations,
      lengthSamples: this.lengthSamples,
      type: this.type,
      read: (piece, out, signal) =>
        runJob(1, { signal }, (control) => this.#native.readPiece({ handle, piece, out, control })),
    });
  }

  #request(classes: Uint8Array): NativeRequest {
    return {
      spec: this.#packed,
      seed: this.seed,
      classes,
      fsHz: this.fsHz,
      lengthSamples: this.lengthSamples,
      unit: this.unit,
      type: this.type,
      noise: this.#packedNoise,
    };
  }

  /** Index after the last record of a stream. */
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
    const expected = count * this.lengthSamples;
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
        `out must hold count x length = ${count} x ${this.lengthSamples} = ${expected} samples, got ${out.length}`,
      );
    }
    // The kernel writes from other threads: memory that can shrink under it would be a crash.
    if (
      !(out.buffer instanceof SharedArrayBuffer) &&
      (out.buffer as { resizable?: boolean }).resizable === true
    ) {
      throw new PqrstError('ERR_RANGE', 'out must lie over a buffer of fixed size, got a resizable one');
    }
  }

  #allocate(count: number): SampleArrays[Type] {
    try {
      return new sampleArrays[this.type](count * this.lengthSamples) as SampleArrays[Type];
    } catch (cause) {
      throw new PqrstError(
        'ERR_RANGE',
        `${count} records of ${this.lengthSamples} samples do not fit into memory; ask for fewer, or use stream`,
        { cause },
      );
    }
  }
}
