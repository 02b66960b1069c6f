// Opens a queue by its address: a folder, or a server for BullMQ.

import { PqrstError } from '../base/errors.js';
import type { JobStore } from './store.js';

/** The options of `openJobStore`. */
export interface OpenStoreOptions {
  /** Creates the folder of the queue if it does not exist; default false. */
  readonly create?: boolean | undefined;
}

/**
 * Opens the queue at an address: a folder, `redis://HOST:PORT`, `rediss://` or `postgres://USER@HOST/DATABASE`.
 *
 * A server needs the package `bullmq` and `ioredis` or `pg`.
 *
 * @param address - the folder or the address of the server.
 * @param options - whether to create the folder.
 * @returns the queue; close it at the end.
 * @example
 * ```js
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { openJobStore, synthParts } from 'pqrst/queue';
 *
 * const folder = await mkdtemp(join(tmpdir(), 'pqrst-'));
 * const store = await openJobStore(join(folder, 'queue'), { create: true });
 * const parts = await synthParts({ request: { format: 'npy', count: 1000, parts: 4 }, out: join(folder, 'corpus') });
 * await store.put(parts);
 * const states = await store.statusOf(parts.map(({ name }) => name));
 * console.log(states.map(({ state }) => state));
 * await store.close();
 * ```
 * @throws PqrstError ERR_OPTION: when the address is of another kind.
 * @throws PqrstError ERR_QUEUE: when there is no queue, or the server does not answer.
 */
export async function openJobStore(address: string, options: OpenStoreOptions = {}): Promise<JobStore> {
  const { create = false } = options;
  const [, scheme] = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//.exec(address) ?? [];
  if (scheme === undefined) {
    if (address === '') throw new PqrstError('ERR_OPTION', 'the name of the queue is empty; name a folder');
    const { FolderStore } = await import('./folder-store.js');
    return FolderStore.open(address, { create });
  }
  if (!['redis', 'rediss', 'postgres', 'postgresql'].includes(scheme)) {
    throw new PqrstError(
      'ERR_OPTION',
      `a queue is a folder, redis://, rediss:// or postgres://, got ${scheme}://; valkey servers take redis://`,
    );
  }
  const { BullmqStore } = await import('./bullmq-store.js');
  return BullmqStore.open(address);
}
