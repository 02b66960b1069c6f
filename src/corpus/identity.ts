// What a corpus is, for its staging area: a folder that contains another corpus than the requested one is refused.

import { PqrstError } from '../base/errors.js';
import { isRemote, localPath } from '../store/address.js';
import { FolderStaging, type Staged } from './folder-staging.js';
import { isLearned, type RecordModel } from './learned.js';
import { manifestIn, readManifest, type ShardReceipt } from './manifest.js';
import type { FullRequest } from './plan.js';
import type { Staging, StagingSize } from './staging.js';

/** All that determines the bytes of a corpus: two corpora with equal identities have equal bytes. */
export interface Identity {
  readonly generator: string;
  readonly request: FullRequest;
  readonly spec: RecordModel;
}

/** The staging area of a corpus. */
export type CorpusStaging = Staging<Identity, ShardReceipt>;

const staged: Staged<Identity> = {
  what: 'an unfinished corpus',
  code: 'ERR_CORPUS',
  manifestIn,
  readIdentity: readManifest,
  refuseOther,
};

/** Opens the staging area of the corpus in a folder or at an address. */
export async function openStaging(
  folder: string,
  size: StagingSize,
  signal: AbortSignal | undefined,
): Promise<CorpusStaging> {
  if (!isRemote(folder)) return folderStaging(localPath(folder), size.shards);
  const { StoreStaging } = await import('./store-staging.js');
  return StoreStaging.open(folder, size, signal);
}

/** Returns the staging area of a corpus of `shards` shards in a folder. */
export function folderStaging(folder: string, shards: number): FolderStaging<Identity, ShardReceipt> {
  return new FolderStaging(folder, shards, staged);
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
