// The sole loader of the native addon, and the typed face of its exports.

import { PqrstError } from './errors.js';

/** Beats of a batch as parallel arrays: the beats of record k stand at [offsets[k], offsets[k + 1]). */
export interface NativeBeats {
  /** Uint32 [count + 1]. */
  offsets: Uint32Array;
  /** Float64 [beats, 9]: P onset, peak, offset, QRS onset, peak, offset, T onset, peak, offset in s; NaN = absent. */
  fiducialsS: Float64Array;
  /** Uint8 [beats]: the character code of 'N' or 'V'. */
  types: Uint8Array;
}

export interface NativeSynthRequest {
  /** The preset flattened by `specFields()`. */
  spec: Float64Array;
  seed: bigint;
  /** Label bytes; record of index i is of class classes[i % classes.length]. */
  classes: Uint8Array;
  start: bigint;
  count: number;
  fsHz: number;
  length: number;
  unit: 'zscore' | 'mV';
  threads: number;
  annotate: boolean;
  /** Float32 [count, length], filled in place. May lie over a SharedArrayBuffer. */
  out: Float32Array;
  /** Int32 [2] over a SharedArrayBuffer: [0] cancel flag (caller writes 1), [1] records done (kernel writes). */
  control: Int32Array;
}

export interface NativeBinding {
  /** Dotted names of the spec's numbers, in the order the kernel reads them. */
  specFields(): string[];
  /** Instruction sets compiled in and runnable here, best first. */
  targets(): string[];
  target(): string;
  selectTarget(name: string): boolean;
  /** Resolves to the beats (null unless `annotate`), or to 'cancelled' where the flag was raised. */
  synth(request: NativeSynthRequest): Promise<NativeBeats | null | 'cancelled'>;
}

/** Loads the addon once; ERR_NATIVE_LOAD lists every attempt and what to type. */
export function loadNative(): NativeBinding {
  throw new PqrstError('ERR_NATIVE_LOAD', 'the native kernel is not built; type: npm run setup');
}
