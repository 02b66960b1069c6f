// Writes files and computes their SHA-256 at the same time, in constant memory.

import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { PqrstError } from '../base/errors.js';
import { type FileHash, isOfSystem, writeAt, writeError, writeRowsAt } from '../base/files.js';
import { openFile } from '../base/open-file.js';

const textChunk = 2 ** 20;
const readChunk = 2 ** 20;
/** After this many bytes a flush starts while writing continues, so that the last flush is short. */
const flushEvery = 2 ** 25;

/** A new file that is written once, from start to end. The caller puts it into a folder with a temporary name. */
export class HashedFile {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #flushing: Promise<PromiseSettledResult<void>[]> = Promise.resolve([]);
  #flushed = 0;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Creates the file.
   *
   * @throws PqrstError ERR_WRITE: when it cannot be created or exists already.
   */
  static async open(path: string): Promise<HashedFile> {
    try {
      return new HashedFile(path, (await openFile(path, 'wx+')).file);
    } catch (cause) {
      throw writeError(path, cause);
    }
  }

  /**
   * Appends the bytes of `data`, and hashes them while the system writes. `data` must not change until the promise
   * resolves.
   *
   * @throws PqrstError ERR_WRITE: when writing fails.
   */
  async write(data: ArrayBufferView): Promise<void> {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const written = Promise.allSettled([writeAt(this.#file, bytes, this.#bytes)]);
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    this.#check(await written);
    await this.#startFlush();
  }

  /**
   * Appends rows that come side by side, in pieces [rows, n]. They are hashed when the last piece is written, so they are
   * read again.
   *
   * @throws PqrstError ERR_WRITE: when writing fails. The errors of `pieces` are thrown unchanged.
   */
  async writeRows(
    shape: { readonly rows: number; readonly rowBytes: number },
    pieces: AsyncIterable<ArrayBufferView>,
  ): Promise<void> {
    try {
      await writeRowsAt(this.#file, this.#bytes, shape, pieces);
      const end = this.#bytes + shape.rows * shape.rowBytes;
      const chunk = new Uint8Array(readChunk);
      while (this.#bytes < end) {
        const most = Math.min(chunk.length, end - this.#bytes);
        const { bytesRead } = await this.#file.read(chunk, 0, most, this.#bytes);
        if (bytesRead === 0) throw new Error('the file was cut short while it was written');
        this.#hash.update(chunk.subarray(0, bytesRead));
        this.#bytes += bytesRead;
      }
    } catch (cause) {
      throw isOfSystem(cause) ? writeError(this.#path, cause) : cause;
    }
    await this.#startFlush();
  }

  async #startFlush(): Promise<void> {
    if (this.#bytes - this.#flushed < flushEvery) return;
    this.#check(await this.#flushing);
    this.#flushed = this.#bytes;
    this.#flushing = Promise.allSettled([this.#file.datasync()]);
  }

  /**
   * Flushes the file to the disk, closes it, and returns its size and hash.
   *
   * @throws PqrstError ERR_WRITE: when flushing fails.
   */
  async close(): Promise<FileHash> {
    try {
      this.#check(await this.#flushing);
      await this.#file.sync();
    } catch (cause) {
      throw cause instanceof PqrstError ? cause : writeError(this.#path, cause);
    } finally {
      await this.#file.close();
    }
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** Closes an incomplete file. */
  async abandon(): Promise<void> {
    await this.#file.close();
  }

  #check(results: readonly PromiseSettledResult<unknown>[]): void {
    for (const result of results) {
      if (result.status === 'rejected') throw writeError(this.#path, result.reason);
    }
  }
}

/**
 * Writes `lines`, each with a newline at its end, as the new file `path`, and flushes it to the disk.
 *
 * @throws PqrstError ERR_WRITE: when the file cannot be written.
 */
export async function writeLines(
  path: string,
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<FileHash> {
  const file = await HashedFile.open(path);
  try {
    let text = '';
    for await (const line of lines) {
      text += `${line}\n`;
      if (text.length < textChunk) continue;
      await file.write(Buffer.from(text));
      text = '';
    }
    await file.write(Buffer.from(text));
  } catch (error) {
    await file.abandon();
    throw error;
  }
  return file.close();
}
