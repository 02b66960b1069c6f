// The sole loader of the native addon, and the typed face of its exports. It hides nothing: where no file loads,
// the error lists every place, what stood there and why it failed.

import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PqrstError, suggest } from '../base/errors.js';
import { isAbsent } from '../base/files.js';

/** Beats of a batch as parallel arrays: record k has the beats [offsets[k], offsets[k + 1]). */
export interface NativeBeats {
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
export const sampleTypes = Object.keys(sampleArrays) as readonly SampleType[];

/** What every request for records says. */
export interface NativeRequest {
  /** The preset flattened by `specFields()`. */
  spec: Float64Array;
  seed: bigint;
  /** Label bytes; record of index i is of class classes[i % classes.length]. */
  classes: Uint8Array;
  fsHz: number;
  lengthSamples: number;
  unit: 'zscore' | 'mV';
  type: SampleType;
  /** Noise beyond the spec's own by `noiseFields()`; null or absent: none. */
  noise?: Float64Array | null;
}

/** What every job takes. */
interface NativeJob {
  /** Int32 [2] over a SharedArrayBuffer: [0] cancel flag (caller writes 1), [1] items done (kernel writes). */
  control: Int32Array;
}

export interface NativeSynthRequest extends NativeRequest, NativeJob {
  start: bigint;
  count: number;
  threads: number;
  annotate: boolean;
  /** [count, lengthSamples] of the sample type, filled in place. May lie over a SharedArrayBuffer. */
  out: SampleArrays[SampleType];
}

export interface NativeOpenRequest extends NativeRequest, NativeJob {
  index: bigint;
}

export interface NativePieceRequest extends NativeJob {
  handle: unknown;
  /** From 0. A piece holds 262,144 samples; the last one holds the rest of the record. */
  piece: number;
  out: SampleArrays[SampleType];
}

export interface NativeBenchRequest extends NativeRequest, NativeJob {
  /** [4096, 5000]: where the case `normal to memory` writes. */
  out: Float32Array;
}

export interface NativeBinding {
  /** Dotted names of the spec's numbers, in the order the kernel reads them. */
  specFields(): string[];
  /** Dotted names of the numbers of the noise beyond the paper, in the order the kernel reads them. */
  noiseFields(): string[];
  /** Instruction sets compiled in and runnable here, best first. */
  targets(): string[];
  target(): string;
  selectTarget(name: string): boolean;
  /** Resolves to the beats (null unless `annotate`), or to 'cancelled' where the flag was raised. */
  synth(request: NativeSynthRequest): Promise<NativeBeats | null | 'cancelled'>;
  /** Plans one record, and measures it where it is z-scored; its pieces are then read one at a time. */
  openRecord(request: NativeOpenRequest): Promise<{ handle: unknown; beats: NativeBeats } | 'cancelled'>;
  readPiece(request: NativePieceRequest): Promise<null | 'cancelled'>;
  /** Measures each case of native/bench/rates.h once with the target in use: samples/s of CPU time by name. */
  benchRound(request: NativeBenchRequest): Promise<Record<string, number> | 'cancelled'>;
}

const packageRoot = fileURLToPath(new URL('../..', import.meta.url));
let loaded: NativeBinding | undefined;

/** Loads the addon once; ERR_NATIVE_LOAD lists every attempt and what to type. */
export function loadNative(): NativeBinding {
  loaded ??= withTarget(open(packageRoot));
  return loaded;
}

/** The addon of the package at `root`: `build/Release` in a checkout, else `prebuilds/<platform>-<arch>`. */
export function open(root: string): NativeBinding {
  const require = createRequire(import.meta.url);
  const resolver: { resolve(folder: string): string } = require('node-gyp-build');
  let found: string | undefined;
  try {
    found = resolver.resolve(root);
    return require(found) as NativeBinding;
  } catch (cause) {
    throw loadError(root, found, cause as Error);
  }
}

function loadError(root: string, found: string | undefined, cause: Error): PqrstError {
  const [why] = cause.message.split('\nRequire stack');
  const places = [
    join(root, 'build', 'Release'),
    join(root, 'prebuilds', `${process.platform}-${process.arch}`),
  ];
  const lines = [
    'the native kernel could not be loaded. Tried:',
    ...places.map((place) => `  ${place}: ${contents(place)}`),
    ...(found === undefined ? [] : [`  ${found}: ${why}`]),
    `on ${process.platform} ${process.arch}, ${libc()}, Node ${process.version} (Node-API ${process.versions.napi}).`,
    'Type: npm run setup (in a checkout; it builds the kernel and needs a C++20 compiler and CMake),',
    'or: npm install pqrst@latest (to fetch a package with a prebuilt kernel for this machine).',
  ];
  return new PqrstError('ERR_NATIVE_LOAD', lines.join('\n'), { cause });
}

function contents(folder: string): string {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.node'));
    return names.length > 0 ? `holds ${names.join(', ')}` : 'holds no .node file';
  } catch (error) {
    return isAbsent(error) ? 'no such folder' : (error as Error).message;
  }
}

function libc(): string {
  if (process.platform !== 'linux') return 'the system C library';
  const report = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  const version = report.header.glibcVersionRuntime;
  return version === undefined ? 'musl' : `glibc ${version}`;
}

/** Judges PQRST_FORCE_TARGET, which the kernel reads: an unknown name must not pass in silence. */
function withTarget(binding: NativeBinding): NativeBinding {
  const forced = process.env.PQRST_FORCE_TARGET;
  if (forced !== undefined && forced !== '' && !binding.selectTarget(forced)) {
    const targets = binding.targets();
    throw new PqrstError(
      'ERR_NATIVE_LOAD',
      `PQRST_FORCE_TARGET names "${forced}", an instruction set that this machine or build does not have` +
        `${suggest(forced, targets)} (there are: ${targets.join(', ')})`,
    );
  }
  return binding;
}
