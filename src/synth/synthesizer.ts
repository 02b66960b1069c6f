// The public face of the kernel: labelled batches of records. Record i is a pure function of (preset, seed, class,
// i, fsHz, seconds, unit); batch size, threads and instruction set change nothing but the time it takes.

import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { classCode, type EcgClass, parseClass } from '../classes.js';
import { PqrstError } from '../errors.js';
import { type JobOptions, runJob } from '../job.js';
import { loadNative, type NativeBeats, type NativeBinding } from '../native.js';
import { parseOptions } from '../options.js';
import { BatchAnnotations } from './annotations.js';
import { resolvePreset } from './presets.js';
import { packSpec, type SynthSpec } from './spec.js';
import { streamBatches } from './stream.js';

export interface SynthesizerOptions {
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
  /** Threads a batch is spread over; default: the machine's. */
  readonly threads?: number | undefined;
}

export interface BatchOptions extends JobOptions {
  /** Record i is of class classes[i % classes.length]. */
  readonly classes: readonly EcgClass[];
  /** Index of the first record, default 0. */
  readonly start?: number | undefined;
  readonly count: number;
  /** [count * length], filled in place instead of a fresh array; may lie over a SharedArrayBuffer. */
  readonly out?: Float32Array | undefined;
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

export interface SynthBatch {
  /** [count, lengthSamples], row-major, in the synthesizer's unit. */
  readonly signals: Float32Array;
  /** [count]: class codes. */
  readonly labels: Uint8Array;
  readonly start: number;
  readonly count: number;
  readonly lengthSamples: number;
  /** Only where asked for. */
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
  threads: whole(1, 1024, 'a whole number of threads, 1-1024').optional(),
});

const batchSchema = z.strictObject({
  classes,
  start,
  count: whole(1, maxCount, atLeastOne),
  out: z.instanceof(Float32Array, { error: 'a Float32Array' }).optional(),
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

export class Synthesizer {
  readonly spec: SynthSpec;
  readonly fsHz: number;
  readonly seed: bigint;
  readonly unit: 'zscore' | 'mV';
  /** Samples of a record: round(seconds * fsHz). */
  readonly lengthSamples: number;
  readonly #threads: number;
  readonly #native: NativeBinding;
  readonly #packed: Float64Array;

  /** ERR_OPTION, ERR_RANGE, ERR_UNKNOWN_PRESET, ERR_SPEC; ERR_NATIVE_LOAD without a kernel. */
  constructor(options: SynthesizerOptions) {
    const given = parseOptions(synthesizerSchema, options, 'Synthesizer');
    this.spec = resolvePreset(given.preset as string | SynthSpec);
    this.fsHz = given.fsHz;
    this.seed = BigInt(given.seed);
    this.unit = given.unit;
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
  }

  /**
   * Records start .. start + count - 1, made on own threads. Rejects with `signal.reason` when aborted, ERR_OPTION,
   * ERR_RANGE, ERR_UNKNOWN_CLASS. Do not transfer `out` elsewhere before the promise settles.
   */
  async batch(options: BatchOptions): Promise<SynthBatch> {
    const given = parseOptions(batchSchema, options, 'batch');
    const names = given.classes.map(parseClass);
    const { start, count } = given;
    this.#checkEnd(start, count);
    const signals = given.out ?? this.#allocate(count);
    this.#checkOut(signals, count);
    const codes = Uint8Array.from(names, classCode);
    const beats = await runJob<NativeBeats | null>(count, given, (control) =>
      this.#native.synth({
        spec: this.#packed,
        seed: this.seed,
        classes: codes,
        start: BigInt(start),
        count,
        fsHz: this.fsHz,
        length: this.lengthSamples,
        unit: this.unit,
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

  /** Batch after batch; at most two are being made or wait. Stops when the loop is left. Throws as `batch` rejects. */
  stream(options: StreamOptions): AsyncGenerator<SynthBatch, void, undefined> {
    const { count = Infinity, ...given } = parseOptions(streamSchema, options, 'stream');
    const names = given.classes.map(parseClass);
    if (count !== Infinity) this.#checkEnd(given.start, count);
    const end = Math.min(given.start + count, Number.MAX_SAFE_INTEGER);
    return streamBatches({ ...given, end }, (start, size, signal) =>
      this.batch({ classes: names, annotations: given.annotations, start, count: size, signal }),
    );
  }

  #checkEnd(start: number, count: number): void {
    if (start + count > Number.MAX_SAFE_INTEGER) {
      throw new PqrstError('ERR_RANGE', `start ${start} + count ${count} goes beyond record 2^53 - 1`);
    }
  }

  #checkOut(out: Float32Array, count: number): void {
    const expected = count * this.lengthSamples;
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

  #allocate(count: number): Float32Array {
    try {
      return new Float32Array(count * this.lengthSamples);
    } catch (cause) {
      throw new PqrstError(
        'ERR_RANGE',
        `${count} records of ${this.lengthSamples} samples do not fit into memory; ask for fewer, or use stream`,
        { cause },
      );
    }
  }
}
