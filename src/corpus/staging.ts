// The staging area of shards that are being written, such as a corpus or its predictions: what is finished already, and
// where unfinished files are. Shards in a folder have it in the folder (folder-staging.ts); a corpus in a bucket keeps its
// unfinished files on this machine (store-staging.ts).

import { PqrstError } from '../base/errors.js';
import type { CorpusFile } from './format.js';

/** The name of the staging area in the folder of a corpus. */
export const hiddenName = '.pqrst';

/** A shard by its number in the whole corpus and its path in it. */
export interface ShardName {
  readonly place: number;
  readonly path: string;
}

/**
 * The staging area of one folder or prefix. `Identity` is all that determines its bytes: equal identities give equal bytes.
 * `Receipt` is what the manifest states about a finished shard.
 */
export interface Staging<Identity, Receipt> {
  /**
   * Claims the folder or the prefix for part `part`. Returns 'complete' if the whole corpus exists already and `resume`
   * is set.
   *
   * @throws PqrstError ERR_WRITE: when it contains other files, or this part was started and `resume` is not set.
   * @throws PqrstError ERR_OPTION: when it contains something else than what is requested.
   */
  claim(identity: Identity, part: number, resume: boolean): Promise<'open' | 'complete'>;
  /** Returns a new path of this machine for unfinished files. */
  temporary(name: string | number): string;
  /** Returns whether the staging area exists; another task that has finished has removed it. */
  isOpen(): Promise<boolean>;
  /** Removes the unfinished files that killed processes left for the shards `from` .. `to` - 1. */
  removeLeftovers(from: number, to: number): Promise<void>;
  /**
   * Moves a finished file or folder to `path` in the corpus.
   *
   * @param files - its files in the order in which they become visible, relative to it ('' for a single file)
   */
  place(temporary: string, path: string, files: readonly CorpusFile[]): Promise<void>;
  /** Removes an unfinished file or folder. */
  discard(temporary: string): Promise<void>;
  /** Writes the receipt of a finished shard; not if another task has finished all. */
  writeReceipt(place: number, receipt: Receipt): Promise<void>;
  /** Returns the places of those of `shards` that are finished: they have a receipt, and exist. */
  written(shards: readonly ShardName[]): Promise<Set<number>>;
  /** Returns the receipts of all shards; undefined if some are missing, or another task has just finished the corpus. */
  receipts(): Promise<Receipt[] | undefined>;
  /** Returns whether the manifest exists. */
  isComplete(): Promise<boolean>;
  /** Removes the staging area. */
  clear(): Promise<void>;
  /** Removes what this process keeps on this machine, and closes connections. */
  close(): Promise<void>;
}

/** The size of a corpus that is to be written. */
export interface StagingSize {
  /** Number of the shards of the whole corpus. */
  readonly shards: number;
  readonly parts: number;
}

/** Returns the ERR_WRITE error: the folder or prefix contains something. */
export function notEmpty(folder: string, name: string): PqrstError {
  return new PqrstError(
    'ERR_WRITE',
    `the output folder ${folder} is not empty (it contains ${name}); choose another folder, or delete this one first`,
  );
}

/** Returns the ERR_WRITE error: the part was started before. `what` is the unfinished content. */
export function unfinished(folder: string, what: string): PqrstError {
  return new PqrstError(
    'ERR_WRITE',
    `the output folder ${folder} contains ${what}; add \`resume\` to finish it, or delete the folder first`,
  );
}

/** Returns the ERR_CORPUS error: the corpus has no manifest yet. */
export function unfinishedCorpus(folder: string): PqrstError {
  return new PqrstError(
    'ERR_CORPUS',
    `${folder} contains an unfinished corpus; finish it with pqrst synth, the same options and \`resume\``,
  );
}
