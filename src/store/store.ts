// The interface of a store: objects with names, in a folder or in a bucket. An object is either complete or absent, and
// readers of a name never see a part of it.

import { isRemote, localPath } from './address.js';

/** What `put` stores: bytes, a sequence of pieces, or a file of this machine. */
export type Content = Uint8Array | AsyncIterable<Uint8Array> | { readonly path: string };

/** The options of `Store.put`. */
export interface PutOptions {
  /** Stores nothing if the name exists already; default false, which replaces the object. */
  readonly ifAbsent?: boolean | undefined;
  /** SHA-256 of the content as 64 hexadecimal digits, which `head` then returns. A store computes it for small contents. */
  readonly sha256?: string | undefined;
}

/** Some consecutive bytes of an object. */
export interface ByteRange {
  /** The first byte, from 0. */
  readonly start: number;
  /** Number of bytes. */
  readonly count: number;
}

/** The facts about an object. */
export interface StoredObject {
  /** Name with `/`, relative to the address of the store. */
  readonly name: string;
  /** Size in bytes. */
  readonly bytes: number;
}

/** The facts about one object, with its hash if it was put with one. */
export interface ObjectHead extends StoredObject {
  /** SHA-256 as it was stated by the process that put the object. */
  readonly sha256?: string | undefined;
}

/** Objects in a folder or in a bucket. Every method throws ERR_PATH_OUTSIDE for a name that leads outside. */
export interface Store {
  /** The address as messages show it. It never contains credentials. */
  readonly address: string;
  /** Stores an object. Returns false if `ifAbsent` is set and the name exists already. */
  put(name: string, content: Content, options?: PutOptions): Promise<boolean>;
  /** Yields the bytes of an object, or of a range of it. Throws ERR_NOT_FOUND if it does not exist. */
  get(name: string, range?: ByteRange): AsyncGenerator<Uint8Array, void, undefined>;
  /** Returns the facts about an object; undefined if it does not exist. */
  head(name: string): Promise<ObjectHead | undefined>;
  /** Yields the objects whose name begins with `prefix`, in the order of their names. */
  list(prefix?: string): AsyncGenerator<StoredObject, void, undefined>;
  /** Removes an object, if it exists. */
  remove(name: string): Promise<void>;
  /** Closes the connections. */
  close(): void;
}

/** The options of `openStore`. */
export interface StoreOptions {
  /** Aborts every method, which then throws `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** A connection that transfers no byte for this time in ms has failed; default 20,000. */
  readonly timeoutMs?: number | undefined;
  /** Number of attempts of one request; default 6, or what AWS_MAX_ATTEMPTS states. */
  readonly attempts?: number | undefined;
}

/**
 * Opens a store. A bucket is not contacted before the first use.
 *
 * @param address - a folder, `file:FOLDER`, or `s3://bucket/prefix`. For the latter, the package `@aws-sdk/client-s3`
 *   finds region and credentials by its own rules: environment, profile, or the role of the machine.
 * @param options - a signal that aborts, and the limits of a request
 * @returns the store
 * @see [Storage](../storage.md) for credentials, other servers than that of AWS, and costs.
 * @example
 * ```ts
 * import { openStore } from 'pqrst/corpus';
 *
 * const store = await openStore('file:results');
 * console.log(await store.put('part-0001.json', Buffer.from('{"f1":0.9}'), { ifAbsent: true })); // true
 * console.log(await store.put('part-0001.json', Buffer.from('{}'), { ifAbsent: true })); // false: it exists
 * for await (const piece of store.get('part-0001.json')) console.log(Buffer.from(piece).toString());
 * store.close();
 * ```
 * @throws PqrstError ERR_OPTION, ERR_PATH_OUTSIDE: when the address is not valid.
 * @throws PqrstError ERR_STORE: when the package for s3 addresses is not installed.
 */
export async function openStore(address: string, options: StoreOptions = {}): Promise<Store> {
  if (isRemote(address)) {
    const { S3Store } = await import('./s3-store.js');
    return S3Store.open(address, options);
  }
  const { FileStore } = await import('./file-store.js');
  return new FileStore(localPath(address), options.signal);
}
