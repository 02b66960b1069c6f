// The types of a corpus, and the interface of a format. A corpus follows from a plan (model, seed, classes, counts). It
// is cut into sets (replicas and splits), and each set into shards of consecutive records. Every written byte follows
// from the plan alone, so any machine can make any shard again, in any order. This file opens no file.

import type { KernelBeats, SampleArrays, SampleType } from '../kernel/binding.js';
import type { RecordAnnotations, RhythmAnnotation } from '../signal/beats.js';
import type { EcgClass } from '../signal/classes.js';
import type { Unit } from '../signal/defaults.js';
import type { RhythmName } from '../synth/annotations.js';
import type { NoiseOptions } from '../synth/noise.js';
import type { ClassFile } from '../synth/physiology/class-file.js';
import type { RecordModel } from './learned.js';
import type { ShardFiles } from './shard-files.js';

/** The names of the corpus formats. */
export const formatNames = ['wfdb', 'edf', 'npy', 'parquet', 'ptb-xl'] as const;
/** The name of a corpus format. */
export type FormatName = (typeof formatNames)[number];

/** A named part of a set: `train`, `val`, ... or `all`. */
export interface CorpusSplit {
  /** Name of the split, for example `train`. A set without splits has one with the name `all`. */
  readonly name: string;
  /** Index of the first record. */
  readonly start: number;
  /** Number of records of the split. */
  readonly count: number;
}

/** A folder of the corpus that is a data set of its own. */
export interface CorpusSet {
  /** Relative to the corpus, with `/`: `''`, `train`, `replica-2/val`. */
  readonly folder: string;
  /** Index of its first record. */
  readonly start: number;
  /** Number of its records. */
  readonly count: number;
  /** Its splits in order. There are several only if the format keeps splits in its tables (ptb-xl). */
  readonly splits: readonly CorpusSplit[];
}

/** All that determines the bytes of a corpus. */
export interface CorpusPlan {
  /** Format of the files: wfdb, edf, npy, parquet or ptb-xl. */
  readonly format: FormatName;
  /** The preset's name, `custom`, or `learned` for the records of a learned generator. */
  readonly preset: string;
  /** What makes the records: the numbers of the simulator, or a learned generator. */
  readonly spec: RecordModel;
  /** The user's own classes, whose numbers the spec contains too; absent if there are no such classes. */
  readonly ownClasses?: readonly ClassFile[] | undefined;
  /** Seed of all random draws, a whole number from 0 to 2^53 - 1. */
  readonly seed: number;
  /** Noise in addition to that of the spec; absent if there is no such noise. */
  readonly noise?: NoiseOptions | undefined;
  /** Record i is of class classes[i % classes.length]. */
  readonly classes: readonly EcgClass[];
  /** Sampling rate in Hz, 50-4000. */
  readonly fsHz: number;
  /** Length of a record in s, up to 24 hours. */
  readonly seconds: number;
  /** Names of the leads of each record, in the order of its samples. */
  readonly leads: readonly string[];
  /** Samples per lead of a record: round(seconds * fsHz). */
  readonly lengthSamples: number;
  /** Unit of the samples: `mV`, or `zscore` for records with mean 0 and standard deviation 1. */
  readonly unit: Unit;
  /** Type of the stored samples. int16 counts 1/1000 mV, or 1/1000 SD if z-scored. */
  readonly type: SampleType;
  /** The sets in the order of their records. Each replica and each split with a folder of its own is a set. */
  readonly sets: readonly CorpusSet[];
  /** Records per shard; the last shard of a set may have fewer. */
  readonly shardRecords: number;
}

/** Consecutive records of a set that are written and hashed together, under one name. */
export interface CorpusShard {
  readonly set: CorpusSet;
  /** Number of the shard within the set, from 0. */
  readonly number: number;
  /** Index of the first record. */
  readonly start: number;
  readonly count: number;
}

/** Consecutive records that are about to be written. */
export interface CorpusBlock {
  /** Index of the first record. */
  readonly start: number;
  readonly count: number;
  /** The labels [count], positions in `labelClasses` of the plan's classes. */
  readonly labels: Uint8Array;
  /** Returns the annotations of record k of the block, from 0. */
  annotations(k: number): RecordAnnotations;
  /** Beats and rhythms as flat arrays. */
  readonly beats: KernelBeats;
  /** True if the block is one long record, which comes in several pieces. */
  readonly isInPieces: boolean;
  /** The rhythms that `beats.rhythmClasses` counts. */
  readonly rhythmNames: readonly RhythmName[];
  /**
   * Yields the samples. A block of several records is one piece [count, leads, lengthSamples]; a record that is too
   * long for that is a block of its own in several pieces [leads, n], in order of time. The pieces can be read once,
   * and each is valid until the next piece or block is requested, because the memory is reused.
   */
  pieces(): AsyncIterable<SampleArrays[SampleType]>;
}

/** An entry in a list of files: the path with `/`, relative to the folder or shard of the list. */
export interface CorpusFile {
  /** Path of the file with `/`, relative to the folder or shard of the list. */
  readonly path: string;
  /** Size of the file in bytes. */
  readonly bytes: number;
  /** SHA-256 of the file: 64 hexadecimal digits in lower case. */
  readonly sha256: string;
}

/** Makes the records of a plan. */
export interface BlockMaker {
  /** Yields the blocks of one range of records after another, in order; no block crosses a border. */
  blocks(ranges: Iterable<RecordRange>): AsyncGenerator<CorpusBlock, void, undefined>;
}

/** A range of consecutive records. */
export interface RecordRange {
  readonly start: number;
  readonly count: number;
}

/** How a format writes and reads the shards and tables of a corpus. */
export interface CorpusFormat {
  readonly name: FormatName;
  /** True if each split has a folder of its own; otherwise the tables state the split of each record. */
  readonly splitFolders: boolean;
  /** The only rate in Hz that the format can store; absent if it can store any rate. */
  readonly fsHz?: number;
  /**
   * Checks that the format can store the unit, type, rate and length of the plan.
   *
   * @throws PqrstError ERR_OPTION: when it cannot.
   */
  check(plan: CorpusPlan): void;
  /** Returns the records per shard that give a shard of moderate size. */
  shardRecords(plan: Pick<CorpusPlan, 'leads' | 'lengthSamples' | 'type'>): number;
  /** Returns the name of a set's shard `number`: a file or a folder in the set's folder; the name may contain `/`. */
  shardName(number: number): string;
  /**
   * Writes a shard as `path`, a temporary name that does not exist yet, from the blocks in order. When it returns,
   * every file is flushed to the disk. The returned paths are relative to `path` ('' for a shard that is one file).
   * After an error (ERR_WRITE) the caller removes the remains.
   */
  writeShard(
    path: string,
    plan: CorpusPlan,
    blocks: AsyncIterable<CorpusBlock>,
    shard: CorpusShard,
  ): Promise<CorpusFile[]>;
  /**
   * Writes the tables of a set, which follow from the plan alone, into the existing temporary `folder`, and flushes
   * them to the disk. The caller moves them to the set's folder. The returned paths are relative to `folder`.
   */
  writeTables(folder: string, plan: CorpusPlan, set: CorpusSet): Promise<CorpusFile[]>;
  /**
   * Yields the records of the shard at `place` in order, a few megabytes at a time.
   *
   * @throws PqrstError ERR_CORPUS: when a file differs from what the manifest states.
   * @throws PqrstError ERR_NOT_FOUND, ERR_PATH_OUTSIDE: when a file is missing or outside the corpus. The errors of the
   *   codec are thrown too.
   */
  readShard(plan: CorpusPlan, place: ShardPlace): AsyncGenerator<StoredRecord, void, undefined>;
}

/** How the samples of a shard are read without the rest of it. */
export interface SampleFiles {
  /** Name of the file with the samples within the shard ('' for a shard that is one file). */
  readonly name: string;
  /**
   * Opens this file of the shard at `place`.
   *
   * @throws PqrstError ERR_CORPUS: when it differs from what the manifest states. The errors of the codec are thrown too.
   */
  open(file: string, plan: CorpusPlan, place: Omit<ShardPlace, 'files'>): Promise<SampleReader>;
}

/** Reads samples of consecutive records. */
export interface SampleReader {
  /** Fills `into` with the samples [count, leads, lengthSamples] of the records from `first`, counted within the shard. */
  read(first: number, count: number, into: Float32Array): Promise<void>;
  close(): Promise<void>;
}

/** The place of a shard in its corpus, as the manifest states it. */
export interface ShardPlace {
  /** Opens the files of the shard. */
  readonly files: ShardFiles;
  /** Path of the shard, relative to the corpus. */
  readonly path: string;
  readonly start: number;
  readonly count: number;
  /** Index of the first record of its set. */
  readonly setStart: number;
}

/** A record as a shard stores it. */
export interface StoredRecord {
  /** Samples [leads, lengthSamples] in the unit of the corpus: mV, or SD if z-scored. */
  readonly signal: Float32Array;
  /** The exact times, if the format stores them (npy, parquet). */
  readonly annotations?: RecordAnnotations;
  /** The rhythms, if the format stores them (npy, parquet, and wfdb and edf if records change their rhythm). */
  readonly rhythms?: readonly RhythmAnnotation[];
}

/** Returns the samples of a record over all leads. */
export function recordSamples({ leads, lengthSamples }: Pick<CorpusPlan, 'leads' | 'lengthSamples'>): number {
  return leads.length * lengthSamples;
}

/** Returns whether a class of the corpus changes its rhythm midway (`normal>af`). Its formats then store the changes. */
export function changesRhythm({ classes }: Pick<CorpusPlan, 'classes'>): boolean {
  return classes.some((name) => name.includes('>'));
}

/** Returns the name of a record in every format but ptb-xl: `r0001234`. */
export function recordName(index: number): string {
  return `r${String(index).padStart(7, '0')}`;
}
