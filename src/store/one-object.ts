// Reads and writes one object by its whole address, `s3://bucket/folder/name`: a model, a table of predictions. A path
// of this machine stays a file.

import { PqrstError } from '../base/errors.js';
import { expectWritable, writeFileAtomic } from '../base/files.js';
import { isRemote, localPath } from './address.js';
import { readObject } from './copy.js';
import { openStore, type Store } from './store.js';

/**
 * Reads the object at an `s3://` address.
 *
 * @throws the error that `tooLarge` returns, when the object has more than `mostBytes`.
 * @throws PqrstError ERR_NOT_FOUND, ERR_STORE: when it does not exist, or the bucket cannot be read.
 */
export function readAddress(
  address: string,
  mostBytes: number,
  tooLarge: (bytes: number) => Error,
): Promise<Buffer> {
  return withObject(address, undefined, (store, name) => readObject(store, name, mostBytes, tooLarge));
}

/**
 * Writes a file, or the object at an `s3://` address. The result is complete or absent.
 *
 * @throws PqrstError ERR_WRITE, ERR_STORE: when it cannot be written.
 */
export async function writePlace(place: string, text: string, signal?: AbortSignal): Promise<void> {
  if (!isRemote(place)) return writeFileAtomic(localPath(place), text, signal);
  await withObject(place, signal, (store, name) => store.put(name, Buffer.from(text)));
}

/**
 * Checks that `writePlace` can write, so that a command fails before its work and not after it. In a bucket it checks
 * that the bucket exists and answers.
 *
 * @throws PqrstError ERR_WRITE, ERR_STORE: when it cannot.
 */
export async function expectWritablePlace(place: string, signal?: AbortSignal): Promise<void> {
  if (!isRemote(place)) return expectWritable(localPath(place));
  await withObject(place, signal, async (store, name) => {
    try {
      for await (const _ of store.get(name)) return;
    } catch (error) {
      if (!(error instanceof PqrstError) || error.code !== 'ERR_NOT_FOUND') throw error;
    }
  });
}

async function withObject<T>(
  address: string,
  signal: AbortSignal | undefined,
  use: (store: Store, name: string) => Promise<T>,
): Promise<T> {
  const slash = address.indexOf('/', 's3://'.length);
  if (slash < 0 || slash === address.length - 1) {
    throw new PqrstError('ERR_OPTION', `"${address}" names a bucket; write s3://bucket/folder/name`);
  }
  const store = await openStore(address.slice(0, slash), { signal });
  try {
    return await use(store, address.slice(slash + 1));
  } finally {
    store.close();
  }
}
