// What a corpus is, and what a format has to do to write one. A corpus is a plan (spec, seed, classes, counts) cut into
// sets (replicas and splits) and each set into shards of consecutive records; everything that is written follows from
// the plan alone, so any shard can be made on any machine, in any order, again. Opens no file itself.

import type { SampleArrays, SampleType } from '../kernel/binding.js';
import type { RecordAnnotations } from '../signal/beats.js';
import type { EcgClass } from '../signal/classes.js';
import type { NoiseOptions } from '../synth/noise.js';
import type { SynthSpec } from '../synth/spec.js';

export type FormatName = 'wfdb' | 'npy' | 'parquet' | 'ptb-xl';

/** A named part of a set: `train`, `val`, ... or `all`. */
export interface CorpusSplit {
  readonly name: string;
  /** Index of the first record. */
  readonly start: number;
  readonly count: number;
}

/** A folder of the corpus that stands by itself as a data set. */
export interface CorpusSet {
  /** Relative to the corpus, with `/`: `''`, `train`, `replica-2/val`. */
  readonly folder: string;
  readonly start: number;
  readonly count: number;
  /** In order, together the whole set; several only where the format keeps splits in its tables (ptb-xl). */
  readonly splits: readonly CorpusSplit[];
}

export interface CorpusPlan {
  readonly format: FormatName;
  /** The preset's name, or `custom`. */
  readonly preset: string;
  readonly spec: SynthSpec;
  readonly seed: number;
  /** Beyond the spec's own; absent where there is none. */
  readonly noise?: NoiseOptions | undefined;
  /** Record i is of class classes[i % classes.length]. */
  readonly classes: readonly EcgClass[];
  readonly fsHz: number;
  readonly seconds: number;
  readonly lengthSamples: number;
  readonly unit: 'mV' | 'zscore';
  readonly type: SampleType;
  readonly sets: readonly CorpusSet[];
  /** Records of a shard; the last of a set may hold fewer. */
  readonly shardRecords: number;
}

/** Consecutive records of a set that are written, named and hashed together. */
export interface CorpusShard {
  readonly set: CorpusSet;
  /** Within the set, from 0. */
  readonly number: number;
  /** Index of the first record. */
  readonly start: number;
  readonly count: number;
}

/** Consecutive records on their way to a file. */
export interface CorpusBlock {
  /** Index of the first record. */
  readonly start: number;
  readonly count: number;
  /** [count]: class codes. */
  readonly labels: Uint8Array;
  /** Of record k of the block, from 0. */
  annotations(k: number): RecordAnnotations;
  /** Beats as flat arrays (see KernelBeats): offsets [count + 1], fiducials [beats, 9] in s, types [beats]. */
  readonly beats: { offsets: Uint32Array; fiducialsS: Float64Array; types: Uint8Array };
  /**
   * The samples [count, lengthSamples] in order. A block of several records comes as one piece; a record too long for
   * that is a block of its own and comes in pieces. They may be read once, and hold until the next piece or block is
   * asked for: the memory is used again.
   */
  pieces(): AsyncIterable<SampleArrays[SampleType]>;
}

/** A file as it is listed: its path with `/`, relative to the folder or shard at hand. */
export interface CorpusFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface CorpusFormat {
  readonly name: FormatName;
  /** Whether each split has a folder of its own; else it stands in the tables. */
  readonly splitFolders: boolean;
  /** ERR_OPTION where the plan asks for what the format cannot hold (a unit, a type, a length). */
  check(plan: CorpusPlan): void;
  /** Records that make a shard of handy size. */
  shardRecords(plan: Pick<CorpusPlan, 'lengthSamples' | 'type'>): number;
  /** Name of a set's shard `number`, a file or a folder within the set's folder; may hold `/`. */
  shardName(number: number): string;
  /**
   * Writes a shard as `path`, which does not exist yet, from the blocks in order; every file is flushed to the disk when
   * it returns, and what it lists is relative to `path` ('' for a shard that is one file). `path` is a temporary name
   * that says nothing. ERR_WRITE; what an error leaves behind is the caller's to remove.
   */
  writeShard(
    path: string,
    plan: CorpusPlan,
    blocks: AsyncIterable<CorpusBlock>,
    shard: CorpusShard,
  ): Promise<CorpusFile[]>;
  /**
   * Writes the tables of a set into `folder`, which exists and is temporary (the files are moved to the set's folder
   * then), from the plan alone; flushed to the disk. What it lists is relative to `folder`.
   */
  writeTables(folder: string, plan: CorpusPlan, set: CorpusSet): Promise<CorpusFile[]>;
}

/** `r0001234`: the record's name in every format but ptb-xl. */
export function recordName(index: number): string {
  return `r${String(index).padStart(7, '0')}`;
}
