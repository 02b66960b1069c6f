// Writes NumPy's .npy files in batches of rows: version 1.0, C order, little-endian.
// Source: NumPy's numpy.lib.format.

import { randomUUID } from 'node:crypto';
import { type FileHandle, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import {
  expectReplaceable,
  isOfSystem,
  makeFolder,
  writeAt,
  writeError,
  writeRowsAt,
} from '../../base/files.js';
import { openFile } from '../../base/open-file.js';
import { type NpyData, type NpyType, npyTypes, product } from './types.js';

const magic = Buffer.from('\x93NUMPY\x01\x00', 'latin1');
/** A fixed header size, so that the number of rows can be filled in when the file is closed. */
const headerBytes = 128;

/** Returns the header of an array: 128 bytes, so that the data are aligned for a memory map. */
export function npyHeader(type: NpyType, shape: readonly number[]): Buffer {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '${npyTypes[type].descriptor}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(headerBytes - magic.length - 2);
  return Buffer.concat([
    magic,
    length,
    Buffer.from(`${dict.padEnd(headerBytes - magic.length - 3)}\n`, 'latin1'),
  ]);
}

/**
 * Writes a .npy file in batches of rows. The file has a temporary name until `close` renames it.
 *
 * @example
 * ```js
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { NpyWriter, readNpy } from 'pqrst/records';
 * const path = join(await mkdtemp(join(tmpdir(), 'npy-')), 'signals.npy');
 * const writer = await NpyWriter.open(path, 'float32', [3]);
 * await writer.append(Float32Array.of(1, 2, 3, 4, 5, 6));
 * await writer.close();
 * const { shape, data } = await readNpy(path);
 * console.log(shape, data); // [2, 3]
 * ```
 */
export class NpyWriter {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #type: NpyType;
  readonly #rowShape: readonly number[];
  #rows = 0;
  /** Where the next row starts. */
  #at = headerBytes;

  private constructor(
    path: string,
    temporary: string,
    file: FileHandle,
    type: NpyType,
    rowShape: readonly number[],
  ) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
    this.#type = type;
    this.#rowShape = rowShape;
  }

  /**
   * Starts an array of shape [rows, ...rowShape].
   *
   * @param path - the final path of the file. Missing folders are created.
   * @param type - the element type.
   * @param rowShape - the shape of one row; [] gives a one-dimensional array.
   * @throws PqrstError ERR_WRITE: when the file cannot be created.
   */
  static async open(path: string, type: NpyType, rowShape: readonly number[]): Promise<NpyWriter> {
    const temporary = `${path}.${randomUUID()}.tmp`;
    try {
      await makeFolder(dirname(path));
      const { file } = await openFile(temporary, 'wx');
      const writer = new NpyWriter(path, temporary, file, type, rowShape);
      await writer.#attempt(() => file.writeFile(npyHeader(type, [0, ...rowShape])));
      return writer;
    } catch (cause) {
      throw cause instanceof PqrstError ? cause : writeError(path, cause);
    }
  }

  /**
   * Appends whole rows, given in C order.
   *
   * @param rows - the elements [rows, ...row shape], in the array type of the file.
   * @throws PqrstError ERR_NPY: when the array type is wrong or the last row is incomplete.
   * @throws PqrstError ERR_WRITE: when writing fails; the temporary file is then removed.
   */
  async append(rows: NpyData): Promise<void> {
    const row = product(this.#rowShape);
    const { array } = npyTypes[this.#type];
    if (!(rows instanceof array) || rows.length % row !== 0) {
      throw new PqrstError(
        'ERR_NPY',
        `${this.#path} takes rows of ${row} ${this.#type} values in a ${array.name}, got ${rows.length} in a ` +
          `${rows.constructor.name}; pass whole rows`,
      );
    }
    const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
    await this.#attempt(() => writeAt(this.#file, bytes, this.#at));
    this.#at += bytes.length;
    this.#rows += rows.length / row;
  }

  /**
   * Appends `count` rows that come side by side, in pieces [count, n] that follow each other within the rows.
   *
   * @throws PqrstError ERR_WRITE: when writing fails. The errors of `pieces` are thrown unchanged. The caller must then
   * call `abort`.
   * @internal
   */
  async appendSideBySide(count: number, pieces: AsyncIterable<NpyData>): Promise<void> {
    const rowBytes = product(this.#rowShape) * npyTypes[this.#type].array.BYTES_PER_ELEMENT;
    try {
      await writeRowsAt(this.#file, this.#at, { rows: count, rowBytes }, pieces);
    } catch (cause) {
      throw isOfSystem(cause) ? writeError(this.#path, cause) : cause;
    }
    this.#at += count * rowBytes;
    this.#rows += count;
  }

  /**
   * Stores the number of rows, flushes the file and gives it its final name.
   *
   * @throws PqrstError ERR_WRITE: when writing fails; the temporary file is then removed.
   */
  async close(): Promise<void> {
    const first = npyHeader(this.#type, [this.#rows, ...this.#rowShape]);
    await this.#attempt(async () => {
      await this.#file.write(first, 0, first.length, 0);
      await this.#file.sync();
      await this.#file.close();
      await expectReplaceable(this.#path);
      await rename(this.#temporary, this.#path);
    });
  }

  /** Closes the file and removes it. */
  async abort(): Promise<void> {
    await this.#file.close();
    await rm(this.#temporary, { force: true });
  }

  async #attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      await this.abort();
      throw writeError(this.#path, cause);
    }
  }
}
