// Writes a new file with synchronous calls, and hashes it at the same time. A small file takes about 20 us; through the
// thread pool it would take three times as long.

import { createHash, type Hash } from 'node:crypto';
import { closeSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { writeError } from '../base/files.js';
import { openFileSync } from '../base/open-file.js';

/** A file of a written record, with its size and hash. */
export interface WrittenFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A new file that is written with synchronous calls, and hashed at the same time. */
export class SyncFile {
  readonly #name: string;
  readonly #path: string;
  readonly #hash: Hash = createHash('sha256');
  readonly #file: number;
  #bytes = 0;

  /**
   * Creates the file `name` in `folder`.
   *
   * @throws PqrstError ERR_WRITE: when it exists already or cannot be created.
   */
  constructor(folder: string, name: string) {
    this.#name = name;
    this.#path = join(folder, name);
    this.#file = this.#attempt(() => openFileSync(this.#path, 'wx'));
  }

  /** Appends bytes; throws ERR_WRITE when they cannot be written. */
  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      at += this.#attempt(() => writeSync(this.#file, bytes, at, bytes.length - at));
    }
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }

  /** Closes the file, and returns its size and hash. */
  close(): WrittenFile {
    this.#attempt(() => closeSync(this.#file));
    return { name: this.#name, bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** Closes the file after a failure, without removing it. */
  abandon(): void {
    closeSync(this.#file);
  }

  #attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw writeError(this.#path, cause);
    }
  }
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Returns the little-endian bytes of `samples`. On a little-endian machine they share the memory of `samples`. */
export function littleEndian(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  return isLittleEndian ? bytes : Buffer.from(bytes).swap16();
}
