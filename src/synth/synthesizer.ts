// Labelled batches of records from the kernel. Record i is a pure function of (preset, seed, class,
// i, fsHz, seconds, unit); batch size, threads and instruction set change nothing but the time it takes.

import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { type JobOptions, runJob } from '../base/job.js';
import { parseOptions } from '../base/options.js';
import {
  type KernelBeats,
  type KernelBinding,
  type KernelRequest,
  type SampleArrays,
  type SampleType,
  sampleArrays,
} from '../kernel/binding.js';
import { loadKernel } from '../kernel/node.js';
import { classCode, type EcgClass, ecgClasses, parseClass } from '../signal/classes.js';
import { labelAt, type SignalSource } from '../signal/source.js';
import { BatchAnnotations } from './annotations.js';
import { checkSynthesis, type SynthesizerOptions } from './check.js';
import { type NoiseOptions, packNoise } from './noise.js';
import { type BatchReadable, readableOf } from './readable.js';
import { SynthRecord } from './record.js';
import { type Ring, startRing } from './ring.js';
import { packSpec, type SynthSpec } from './spec.js';
import { streamBatches } from './stream.js';

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

export interface RecordOptions {
  /** The record is of class classes[index % classes.length]. */
  readonly classes: readonly EcgClass[];
  readonly index: number;
  readonly signal?: AbortSignal | undefined;
}

export interface SynthBatch<Type extends SampleType = 'float32'> {
  /** [count, lengthSamples], row-major, in the synthesizer's unit and type. */
  readonly signals: SampleArrays[Type];
  /** [count]: class codes. */
  readonly labels: Uint8Array;
  readonly start: number;
  readonly count: number;
  readonly lengthSamples: number;
  /** Only where the request has `annotations: true`. */
  readonly annotations?: BatchAnnotations;
}

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

export class Synthesizer<Type extends SampleType = 'float32'> {
  readonly spec: SynthSpec;
  readonly fsHz: number;
  readonly seed: bigint;
  readonly unit: 'zscore' | 'mV';
  readonly type: Type;
  /** As given, with its defaults. */
  readonly noise: NoiseOptions | undefined;
  /** Samples of a record: round(seconds * fsHz). */
  readonly lengthSamples: number;
  readonly #threads: number;
  readonly #native: KernelBinding;
  readonly #packed: Float64Array;
  readonly #packedNoise: Float64Array | null;

  /** ERR_OPTION, ERR_RANGE, ERR_UNKNOWN_PRESET, ERR_SPEC; ERR_NATIVE_LOAD without a kernel. */
  constructor(options: SynthesizerOptions<Type>) {
    const given = checkSynthesis(options);
    this.spec = given.spec;
    this.fsHz = given.fsHz;
    this.seed = given.seed;
    this.unit = given.unit;
    this.type = given.type;
    this.noise = given.noise;
    this.lengthSamples = given.lengthSamples;
    this.#threads = given.threads ?? availableParallelism();
    this.#native = loadKernel();
    this.#packed = packSpec(this.spec, this.#native.specFields());
    const { noise } = this;
    this.#packedNoise = noise === undefined ? null : packNoise(noise, this.#native.noiseFields());
  }

  /**
   * Records start .. start + count - 1, made on own threads. Rejects with `signal.reason` when aborted, ERR_OPTION,
   * ERR_RANGE, ERR_UNKNOWN_CLASS. Do not transfer `out` elsewhere before the promise settles.
   */
  async batch(options: BatchOptions<Type>): Promise<SynthBatch<Type>> {
    const given = parseOptions(batchSchema, options, 'batch');
    const names = given.classes.map(parseClass);
    const { start, count } = given;
    this.#checkEnd(start, count);
    const signals = (given.out as SampleArrays[Type] | undefined) ?? this.#allocate(count);
    this.#checkOut(signals, count);
    const codes = Uint8Array.from(names, classCode);
    const beats = await runJob<KernelBeats | null>(count, given, (control) =>
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
    const labels = Uint8Array.from({ length: count }, (_, k) => labelAt(codes, start + k));
    const batch = { signals, labels, start, count, lengthSamples: this.lengthSamples };
    if (beats === null) return batch;
    const ofRecord = Array.from({ length: count }, (_, k) => labelAt(names, start + k));
    return { ...batch, annotations: new BatchAnnotations(beats, ofRecord, this.fsHz, this.lengthSamples) };
  }

  /** Batch after batch; at most two are being made or wait. Stops when the loop is left. Throws as `batch` rejects. */
  stream(options: StreamOptions): AsyncGenerator<SynthBatch<Type>, void, undefined> {
    const given = parseOptions(streamSchema, options, 'stream');
    const classes = given.classes.map(parseClass);
    const { annotations } = given;
    return streamBatches({ ...given, end: this.#endOf(given) }, (start, count, signal) =>
      this.batch({ classes, annotations, start, count, signal }),
    );
  }

  /**
   * The same batches as a Node Readable in object mode, for `pipeline` and friends: it holds one batch at most, while
   * up to two more are being made. `destroy` and `signal` stop the kernel at once; a batch's error and `signal.reason`
   * arrive as 'error'.
   */
  readable(options: StreamOptions): BatchReadable<SynthBatch<Type>> {
    parseOptions(streamSchema, options, 'readable').classes.map(parseClass);
    return readableOf((signal) => this.stream({ ...options, signal }), options.signal);
  }

  /**
   * Makes the batches straight into the slots of one SharedArrayBuffer, for any number of worker threads that take
   * them with `openRing(ring.handle)`: each batch goes to exactly one of them, in order of index. `ring.done` must be
   * awaited: it rejects with `signal.reason`, as `batch` does, or with ERR_RING.
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
   * One record in pieces, for lengths that no buffer should hold: the same samples as `batch` gives, a piece of
   * 262,144 at a time. Rejects as `batch` does.
   */
  async record(options: RecordOptions): Promise<SynthRecord<Type>> {
    const { index, ...given } = parseOptions(recordSchema, options, 'record');
    const names = given.classes.map(parseClass);
    const ecgClass = labelAt(names, index);
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

  /** Returns the synthesizer as a source of lead II, in its unit; only for samples of type float32. */
  signalSource(this: Synthesizer): SignalSource {
    const { fsHz, lengthSamples, unit } = this;
    return {
      labels: ecgClasses,
      fsHz,
      lengthSamples,
      leads: ['II'],
      unit: unit === 'zscore' ? 'sd' : 'mV',
      batch: async ({ labels, ...request }) => this.batch({ ...request, classes: labels.map(parseClass) }),
    };
  }

  #request(classes: Uint8Array): KernelRequest {
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
