// The contract of the native kernel: what a loader returns, and the requests and answers that cross the boundary.
// node.ts loads the addon that implements it.

/** Beats of a batch as parallel arrays: the beats of record k are at [offsets[k], offsets[k + 1]). */
export interface KernelBeats {
  /** Uint32 [count + 1]. */
  offsets: Uint32Array;
  /** Float64 [beats, 9]: P onset, peak, offset, QRS onset, peak, offset, T onset, peak, offset in s; NaN = absent. */
  fiducialsS: Float64Array;
  /** Uint8 [beats]: the character code of 'N' or 'V'. */
  types: Uint8Array;
}

/** Type of the samples: int16 counts 1/1000 mV, or 1/1000 SD where z-scored; float16 as the bits of IEEE halves. */
export type SampleType = 'float32' | 'float16' | 'int16';

/** The array that holds samples of each type; `float16` holds the bits of IEEE halves. */
export interface SampleArrays {
  float32: Float32Array;
  float16: Uint16Array;
  int16: Int16Array;
}

/** The constructor behind each sample type. */
export const sampleArrays = { float32: Float32Array, float16: Uint16Array, int16: Int16Array } as const;

/** All types of samples. */
export const sampleTypes = Object.keys(sampleArrays) as readonly SampleType[];

/** What every request for records states. */
export interface KernelRequest {
  /** The preset flattened by `specFields()`. */
  spec: Float64Array;
  seed: bigint;
  /** Label bytes; record i is of class classes[i % classes.length], as `labelAt` (src/signal/source.ts). */
  classes: Uint8Array;
  fsHz: number;
  lengthSamples: number;
  unit: 'zscore' | 'mV';
  type: SampleType;
  /** Noise beyond the spec's own, flattened by `noiseFields()`; null or absent: no noise. */
  noise?: Float64Array | null;
}

/** What every job takes. */
interface KernelJob {
  /** Int32 [2] over a SharedArrayBuffer: [0] cancel flag (caller writes 1), [1] items done (kernel writes). */
  control: Int32Array;
}

export interface KernelSynthRequest extends KernelRequest, KernelJob {
  start: bigint;
  count: number;
  threads: number;
  annotate: boolean;
  /** [count, lengthSamples] of the sample type, filled in place. May lie over a SharedArrayBuffer. */
  out: SampleArrays[SampleType];
}

export interface KernelOpenRequest extends KernelRequest, KernelJob {
  index: bigint;
}

export interface KernelPieceRequest extends KernelJob {
  handle: unknown;
  /** From 0. A piece holds 262,144 samples; the last one holds the rest of the record. */
  piece: number;
  out: SampleArrays[SampleType];
}

export interface KernelBenchRequest extends KernelRequest, KernelJob {
  /** [4096, 5000]: where the case `normal to memory` writes. */
  out: Float32Array;
}

/** The functions of the kernel. Each job runs on threads of its own and resolves when it ends. */
export interface KernelBinding {
  /** Dotted names of the spec's numbers, in the order the kernel reads them. */
  specFields(): string[];
  /** Dotted names of the numbers of the noise beyond the paper, in the order the kernel reads them. */
  noiseFields(): string[];
  /** Instruction sets compiled in and runnable here, best first. */
  targets(): string[];
  target(): string;
  selectTarget(name: string): boolean;
  /** Resolves to the beats (null unless `annotate`), or to 'cancelled' where the flag was raised. */
  synth(request: KernelSynthRequest): Promise<KernelBeats | null | 'cancelled'>;
  /** Plans one record, and measures it where it is z-scored; its pieces are then read one at a time. */
  openRecord(request: KernelOpenRequest): Promise<{ handle: unknown; beats: KernelBeats } | 'cancelled'>;
  readPiece(request: KernelPieceRequest): Promise<null | 'cancelled'>;
  /** Measures each case of native/bench/rates.h once with the target in use: samples/s of CPU time by name. */
  benchRound(request: KernelBenchRequest): Promise<Record<string, number> | 'cancelled'>;
}
