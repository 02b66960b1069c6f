// Reads whole objects: into memory, into a file, or for their hash alone. Puts objects that several processes may put.

import { createHash } from 'node:crypto';
import { PqrstError } from '../base/errors.js';
import { type FileHash, isOfSystem, writeError } from '../base/files.js';
import { openFile } from '../base/open-file.js';
import type { Content, Store } from './store.js';

/**
 * Returns all bytes of an object.
 *
 * @throws the error that `tooLarge` returns, when the object has more than `mostBytes`.
 */
export async function readObject(
  store: Store,
  name: string,
  mostBytes: number,
  tooLarge: (bytes: number) => Error,
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of store.get(name)) {
    bytes += piece.length;
    if (bytes > mostBytes) throw tooLarge(bytes);
    pieces.push(piece);
  }
  return Buffer.concat(pieces, bytes);
}

/** Returns the size and the SHA-256 of an object. `onBytes` receives the number of bytes so far. */
export async function hashObject(
  store: Store,
  name: string,
  onBytes?: (bytes: number) => void,
): Promise<FileHash> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of store.get(name)) {
    hash.update(piece);
    bytes += piece.length;
    onBytes?.(bytes);
  }
  return { bytes, sha256: hash.digest('hex') };
}

/**
 * Copies an object to the new file `path`, and returns its size and SHA-256.
 *
 * @throws PqrstError ERR_WRITE: when the file cannot be written.
 */
export async function copyToFile(store: Store, name: string, path: string): Promise<FileHash> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const { file } = await openFile(path, 'wx');
    try {
      for await (const piece of store.get(name)) {
        const written = Promise.allSettled([file.writeFile(piece)]);
        hash.update(piece);
        bytes += piece.length;
        const [result] = await written;
        if (result.status === 'rejected') throw result.reason;
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw isOfSystem(cause) && !(cause instanceof PqrstError) ? writeError(path, cause) : cause;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/**
 * Puts an object that other processes may put too, with the same bytes. If it exists, its hash is compared.
 *
 * @param sha256 - the SHA-256 of the content
 * @throws PqrstError ERR_WRITE: when the name exists with other bytes.
 */
export async function putOnce(store: Store, name: string, content: Content, sha256: string): Promise<void> {
  if (await store.put(name, content, { ifAbsent: true, sha256 })) return;
  const found = (await store.head(name))?.sha256 ?? (await hashObject(store, name)).sha256;
  if (found === sha256) return;
  throw new PqrstError(
    'ERR_WRITE',
    `${store.address}/${name} exists already with other bytes; choose another address, or delete it first`,
  );
}
