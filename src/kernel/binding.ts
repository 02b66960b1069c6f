// The contract of the native kernel: what a loader returns, and the requests and answers that cross the boundary.
// node.ts loads the addon that implements it.
//
// The kernel reads each property of a request once, before any check, and copies the arrays that it reads. A number
// beyond its limits (native/number_limits.h), a detached and a resizable buffer are refused with ERR_NATIVE.

/** Beats of a batch as parallel arrays: the beats of record k are at [offsets[k], offsets[k + 1]). */
export interface KernelBeats {
  /** Uint32 [count + 1]. */
  offsets: Uint32Array;
  /** Float64 [beats, 9]: P onset, peak, offset, QRS onset, peak, offset, T onset, peak, offset in s; NaN = absent. */
  fiducialsS: Float64Array;
  /** Uint8 [beats]: the character code of the beat's WFDB symbol, such as 'N' or 'V'. */
  types: Uint8Array;
  /** Uint32 [count + 1]: the rhythms of record k are at [rhythmOffsets[k], rhythmOffsets[k + 1]). */
  rhythmOffsets: Uint32Array;
  /** Float64 [rhythms]: when each rhythm starts, in s from the first sample; 0 for the first rhythm of each record. */
  rhythmTimesS: Float64Array;
  /** Uint8 [rhythms]: the class whose rhythm it is: the class code, or the index in the table of specs. */
  rhythmClasses: Uint8Array;
}

/** Type of the samples. int16 counts 1/1000 mV, or 1/1000 SD if z-scored; float16 values are the bits of IEEE halves. */
export type SampleType = 'float32' | 'float16' | 'int16';

/** The array that holds samples of each type; `float16` holds the bits of IEEE halves. */
export interface SampleArrays {
  /** Samples as numbers in the unit of the signal (mV or SD). */
  float32: Float32Array;
  /** The 16 bits of each sample as an IEEE half, in the unit of the signal (mV or SD). */
  float16: Uint16Array;
  /** Samples in 1/1000 mV, or in 1/1000 SD if z-scored. */
  int16: Int16Array;
}

/** The constructor behind each sample type. */
export const sampleArrays = { float32: Float32Array, float16: Uint16Array, int16: Int16Array } as const;

/** All types of samples. */
export const sampleTypes = Object.keys(sampleArrays) as readonly SampleType[];

/** The part that every request for records has. */
export interface KernelRequest {
  /** The model that makes the records. */
  model: 'paper' | 'physiological';
  /**
   * `paper`: the numbers of the spec in the order of `specFields()`. `physiological`: a table of specs, one after another;
   * each has five doubles (kind, a, b, min, max) for each of `physiologyFields()`.
   */
  spec: Float64Array;
  seed: bigint;
  /**
   * Class codes, or indices in the table of specs; record i has class classes[i % classes.length], as in `labelAt`
   * (src/signal/source.ts).
   */
  classes: Uint8Array;
  fsHz: number;
  lengthSamples: number;
  /** The leads of each record, as numbers in the order of `twelveLeads`. The paper's model makes only [1], lead II. */
  leads: Uint8Array;
  unit: 'zscore' | 'mV';
  type: SampleType;
  /** Additional noise: its numbers in the order of `noiseFields()`. Null or absent: only the noise of the spec. */
  noise?: Float64Array | null;
}

/** The part that every job has. */
interface KernelJob {
  /**
   * Int32 [2] in a SharedArrayBuffer; other memory is refused. The caller writes 1 to [0] to cancel; the kernel writes
   * the finished items to [1].
   */
  control: Int32Array;
}

/** Requests a batch of records. */
export interface KernelSynthRequest extends KernelRequest, KernelJob {
  start: bigint;
  count: number;
  threads: number;
  annotate: boolean;
  /** [count, leads, lengthSamples], or null. */
  out: KernelOut;
}

/**
 * The array that the kernel fills. Null: the kernel makes it. The threads write to the memory of a view of a
 * SharedArrayBuffer, and of an array that the kernel makes. Any other buffer can be detached meanwhile, so the
 * JavaScript thread copies the samples into it; the job rejects if it has lost its memory by then.
 */
export type KernelOut = SampleArrays[SampleType] | null;

/** A batch. */
export interface KernelBatch {
  /** [count, leads, lengthSamples]: `out`, or a new array. */
  samples: SampleArrays[SampleType];
  /** Null without `annotate`. */
  beats: KernelBeats | null;
}

/** Requests the plan of one record. */
export interface KernelOpenRequest extends KernelRequest, KernelJob {
  index: bigint;
}

/** Requests one piece of a planned record. */
export interface KernelPieceRequest extends KernelJob {
  /** The `handle` that `openRecord` returned. */
  handle: unknown;
  /** From 0. A piece holds 262,144 samples; the last one holds the rest of the record. */
  piece: number;
  /** [leads, samples of the piece], or null. */
  out: KernelOut;
}

/** Requests a measurement of the speed of the kernel. */
export interface KernelBenchRequest extends KernelRequest, KernelJob {}

/** The functions of the kernel. Each job runs on separate threads and resolves when it ends. */
export interface KernelBinding {
  /** Returns the dotted names of the numbers of a spec, in the order in which the kernel reads them. */
  specFields(): string[];
  /** Returns the dotted names of the laws of a class of the physiological model, in the order in which the kernel reads them. */
  physiologyFields(): string[];
  /** Returns the dotted names of the numbers of additional noise, in the order in which the kernel reads them. */
  noiseFields(): string[];
  /** Returns the compiled targets that this machine can run, in order of preference. */
  targets(): string[];
  /** Returns the target in use. */
  target(): string;
  /** Uses a target. Returns false if it is not available. */
  selectTarget(name: string): boolean;
  /** Makes a batch. Resolves to 'cancelled' after a cancellation. */
  synth(request: KernelSynthRequest): Promise<KernelBatch | 'cancelled'>;
  /** Plans one record and, if it is z-scored, computes its mean and SD. `readPiece` then makes one piece at a time. */
  openRecord(request: KernelOpenRequest): Promise<{ handle: unknown; beats: KernelBeats } | 'cancelled'>;
  /** Makes one piece of a planned record. Resolves to `out`, or to a new array. */
  readPiece(request: KernelPieceRequest): Promise<SampleArrays[SampleType] | 'cancelled'>;
  /**
   * Measures each case of native/bench/rates.h once with the target in use. Resolves to samples per second of CPU time,
   * by case.
   */
  benchRound(request: KernelBenchRequest): Promise<Record<string, number> | 'cancelled'>;
  /**
   * From now on a second SIGINT or SIGTERM, a quarter of a second or more after the first, ends the process at once with
   * 128 + its number, whatever the process does. Call it after `process` has listeners for both; they get the first one.
   */
  endOnSecondSignal(): void;
  /** Ends the process with `code`, and waits for no thread, as `process.exit` does. */
  endNow(code: number): never;
}
