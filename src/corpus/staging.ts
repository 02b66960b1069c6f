// The staging area of a corpus that is being written: what is finished already, and where unfinished files are. A corpus
// in a folder has it in the folder (folder-staging.ts), one in a bucket keeps its unfinished files on this machine
// (store-staging.ts).

import { PqrstError } from '../base/errors.js';
import { isRemote, localPath } from '../store/address.js';
import type { CorpusFile } from './format.js';
import { isLearned, type RecordModel } from './learned.js';
import type { ShardReceipt } from './manifest.js';
import type { FullRequest } from './plan.js';

/** The name of the staging area in the folder of a corpus. */
export const hiddenName = '.pqrst';

/** All that determines the bytes of a corpus: two corpora with equal identities have equal bytes. */
export interface Identity {
  readonly generator: string;
  readonly request: FullRequest;
  readonly spec: RecordModel;
}

/** A shard by its number in the whole corpus and its path in it. */
export interface ShardName {
  readonly place: number;
  readonly path: string;
}

/** The staging area of one corpus. */
export interface Staging {
  /**
   * Claims the folder or the prefix for part `part`. Returns 'complete' if the whole corpus exists already and `resume`
   * is set.
   *
   * @throws PqrstError ERR_WRITE: when it contains other files, or this part was started and `resume` is not set.
   * @throws PqrstError ERR_OPTION: when it contains another corpus than the requested one.
   */
  claim(identity: Identity, part: number, resume: boolean): Promise<'open' | 'complete'>;
  /** Returns a new path of this machine for unfinished files. */
  temporary(name: string | number): string;
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
  /** Writes the receipt of a finished shard. */
  writeReceipt(place: number, receipt: ShardReceipt): Promise<void>;
  /** Returns the places of those of `shards` that are finished: they have a receipt, and exist. */
  written(shards: readonly ShardName[]): Promise<Set<number>>;
  /** Returns the receipts of all shards; undefined if some are missing, or another task has just finished the corpus. */
  receipts(): Promise<ShardReceipt[] | undefined>;
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

/** Opens the staging area of the corpus in a folder or at an address. */
export async function openStaging(
  folder: string,
  size: StagingSize,
  signal: AbortSignal | undefined,
): Promise<Staging> {
  if (isRemote(folder)) {
    const { StoreStaging } = await import('./store-staging.js');
    return StoreStaging.open(folder, size, signal);
  }
  const { FolderStaging } = await import('./folder-staging.js');
  return new FolderStaging(localPath(folder), size.shards);
}

/** Returns the ERR_WRITE error: the folder or prefix contains something. */
export function notEmpty(folder: string, name: string): PqrstError {
  return new PqrstError(
    'ERR_WRITE',
    `the output folder ${folder} is not empty (it contains ${name}); choose another folder, or delete this one first`,
  );
}

/** Returns the ERR_WRITE error: the part was started before. */
export function unfinished(folder: string): PqrstError {
  return new PqrstError(
    'ERR_WRITE',
    `the output folder ${folder} contains an unfinished corpus; add \`resume\` to finish it, or delete the folder first`,
  );
}

/** Returns the ERR_CORPUS error: the corpus has no manifest yet. */
export function unfinishedCorpus(folder: string): PqrstError {
  return new PqrstError(
    'ERR_CORPUS',
    `${folder} contains an unfinished corpus; finish it with pqrst synth, the same options and \`resume\``,
  );
}

/** The names of the options, in the order in which they are compared. */
const compared: readonly (keyof FullRequest)[] = [
  ...(['format', 'count', 'start', 'classes', 'seed', 'preset', 'fsHz', 'seconds'] as const),
  ...(['unit', 'type', 'noise', 'split', 'replicas', 'parts'] as const),
];

/**
 * Compares the corpus in `folder` with the requested one.
 *
 * @throws PqrstError ERR_OPTION: when they differ; the message names the first different option.
 */
export function refuseOther(folder: string, existing: Identity, requested: Identity): void {
  const differs = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b);
  const refuse = (what: string, was: unknown, now: unknown) =>
    new PqrstError(
      'ERR_OPTION',
      `${folder} contains a corpus with ${what} ${show(was)}, but ${show(now)} is requested; ` +
        'give the same options, or choose another folder',
    );
  if (existing.generator !== requested.generator) {
    throw refuse('the generator', existing.generator, requested.generator);
  }
  for (const name of compared) {
    const [was, now] = [existing.request[name], requested.request[name]];
    if (differs(was, now)) throw refuse(`\`${name}\``, was, now);
  }
  if (!differs(existing.spec, requested.spec)) return;
  if (isLearned(existing.spec)) throw refuse('records', 'of another generator or sampling', 'this one');
  throw refuse('`preset`', 'of other numbers', 'this one');
}

function show(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value);
  if (entries.some(([, one]) => typeof one === 'object')) return JSON.stringify(value);
  return entries.map(([name, number]) => `${name}:${number}`).join(',') || 'none';
}
