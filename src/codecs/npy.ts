// Writes NumPy's .npy files in batches and reads them, completely or a range of rows. Supports version 1.0, C order and
// little-endian numbers; does not support Fortran order, big-endian numbers or object arrays.
// More than 300 lines: reading and writing share one description of the format.
// Source: NumPy's numpy.lib.format.

import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { isOfSystem, writeAt, writeError, writeRowsAt } from '../base/files.js';
import { readInput, unreadable } from './input.js';

const magic = Buffer.from('\x93NUMPY\x01\x00', 'latin1');
/** A fixed header size, so that the number of rows can be filled in when the file is closed. */
const headerBytes = 128;
const maxHeaderBytes = 10 + 65535;
const maxBytes = 2 ** 31 - 1;

/** The JavaScript array of each element type. float16 values are stored as the 16 bits of IEEE halves. */
export interface NpyArrays {
  /** Floating-point numbers of 64 bits (`<f8`). */
  float64: Float64Array;
  /** Floating-point numbers of 32 bits (`<f4`). */
  float32: Float32Array;
  /** The 16 bits of each IEEE half (`<f2`), not converted to a number. */
  float16: Uint16Array;
  /** Signed integers of 16 bits (`<i2`), -32768 to 32767. */
  int16: Int16Array;
  /** Unsigned integers of 32 bits (`<u4`), 0 to 4294967295. */
  uint32: Uint32Array;
  /** Unsigned integers of 8 bits (`|u1`), 0 to 255. */
  uint8: Uint8Array;
}
/** Element types that can be read and written. */
export type NpyType = keyof NpyArrays;
/** The elements of an array of any supported type. */
export type NpyData = NpyArrays[NpyType];

const types = {
  float64: { descriptor: '<f8', array: Float64Array },
  float32: { descriptor: '<f4', array: Float32Array },
  float16: { descriptor: '<f2', array: Uint16Array },
  int16: { descriptor: '<i2', array: Int16Array },
  uint32: { descriptor: '<u4', array: Uint32Array },
  uint8: { descriptor: '|u1', array: Uint8Array },
} as const;

/** Returns the header of an array: 128 bytes, so that the data are aligned for a memory map. */
export function npyHeader(type: NpyType, shape: readonly number[]): Buffer {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '${types[type].descriptor}', 'fortran_order': False, 'shape': (${tuple}), }`;
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
      await mkdir(dirname(path), { recursive: true });
      const file = await open(temporary, 'wx');
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
    const { array } = types[this.#type];
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
    const rowBytes = product(this.#rowShape) * types[this.#type].array.BYTES_PER_ELEMENT;
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

/** An array read from a .npy file. */
export interface NpyArray {
  /** Type of the elements, which determines the kind of array in `data`. */
  readonly type: NpyType;
  /** Size of each dimension. */
  readonly shape: readonly number[];
  /** All elements in C order. */
  readonly data: NpyData;
}

/**
 * Reads a .npy file of at most 2 GiB: version 1.0, C order, little-endian.
 *
 * @param path - the path of the file.
 * @returns the elements in C order, with their type and shape.
 * @example
 * ```ts
 * import { NpyWriter, readNpy } from 'pqrst/records';
 *
 * const writer = await NpyWriter.open('rr.npy', 'float64', []);
 * await writer.append(Float64Array.of(0.8, 0.82));
 * await writer.close();
 * const { type, shape, data } = await readNpy('rr.npy');
 * console.log(type, shape, data[1]); // float64 [2] 0.82
 * ```
 * @throws PqrstError ERR_NOT_FOUND: when the file does not exist.
 * @throws PqrstError ERR_NPY: when it is not a .npy file of this kind, or when its length does not fit its shape.
 */
export async function readNpy(path: string): Promise<NpyArray> {
  const bytes = await readInput(path, 'the array', maxBytes, (size) =>
    broken(path, `holds ${size} bytes; at most 2 GiB are read at once, so read a range of rows`),
  );
  const { start, type, shape } = parseHeader(path, bytes, bytes.length);
  return { type, shape, data: view(type, bytes.subarray(start)) };
}

/**
 * Reads rows `start` to `start + count - 1` of the array in a .npy file of any size.
 *
 * @param path - the path of the file.
 * @param start - index of the first row, from 0.
 * @param count - number of rows.
 * @returns an array of shape [count, ...row shape].
 * @example
 * ```js
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { NpyWriter, readNpyRows } from 'pqrst/records';
 * const path = join(await mkdtemp(join(tmpdir(), 'npy-')), 'labels.npy');
 * const writer = await NpyWriter.open(path, 'uint8', []);
 * await writer.append(Uint8Array.of(4, 5, 6, 7));
 * await writer.close();
 * console.log((await readNpyRows(path, 1, 2)).data); // 5, 6
 * ```
 * @throws PqrstError ERR_NOT_FOUND: when the file cannot be read.
 * @throws PqrstError ERR_NPY: when it is not a supported .npy file, is too short or too long.
 * @throws PqrstError ERR_RANGE: when the array does not have these rows.
 */
export async function readNpyRows(path: string, start: number, count: number): Promise<NpyArray> {
  return withHeader(path, async (file, header) => {
    const { type, shape } = header;
    const rows = shape[0] ?? 1;
    if (!(start >= 0 && count >= 0 && start + count <= rows)) {
      throw new PqrstError(
        'ERR_RANGE',
        `${path} holds rows 0-${rows - 1}, but rows ${start}-${start + count - 1} were requested`,
      );
    }
    const rowBytes = product(shape.slice(1)) * types[type].array.BYTES_PER_ELEMENT;
    const bytes = Buffer.alloc(count * rowBytes);
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead: got } = await file.read(
        bytes,
        at,
        bytes.length - at,
        header.start + start * rowBytes + at,
      );
      if (got === 0)
        throw broken(path, 'was cut short while it was read; read it again when no program writes to it');
      at += got;
    }
    return { type, shape: [count, ...shape.slice(1)], data: view(type, bytes) };
  });
}

/**
 * Returns the element type and shape of the array in the file `path`, without its data.
 *
 * @throws PqrstError ERR_NOT_FOUND: when the file cannot be read.
 * @throws PqrstError ERR_NPY: when it is not a supported .npy file, is too short or too long.
 */
export async function readNpyShape(path: string): Promise<Pick<NpyArray, 'type' | 'shape'>> {
  return withHeader(path, async (_, { type, shape }) => ({ type, shape }));
}

/** Opens the file `path`, passes it with its parsed header to `read`, and closes it. */
async function withHeader<T>(
  path: string,
  read: (file: FileHandle, header: ReturnType<typeof parseHeader>) => Promise<T>,
): Promise<T> {
  const file = await open(path).catch((cause) => {
    throw unreadable(path, 'the array', cause);
  });
  try {
    const first = Buffer.alloc(maxHeaderBytes);
    const { bytesRead } = await file.read(first, 0, maxHeaderBytes, 0);
    return await read(file, parseHeader(path, first.subarray(0, bytesRead), (await file.stat()).size));
  } catch (cause) {
    throw cause instanceof PqrstError ? cause : unreadable(path, 'the array', cause);
  } finally {
    await file.close();
  }
}

function broken(path: string, problem: string): PqrstError {
  return new PqrstError('ERR_NPY', `${path} ${problem}`);
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((result, size) => result * size, 1);
}

function view(type: NpyType, bytes: Uint8Array): NpyData {
  return new types[type].array(Uint8Array.from(bytes).buffer);
}

/** Parses the header in `bytes`, the first bytes of a file of `size` bytes. `start` is the offset of the data. */
function parseHeader(path: string, bytes: Buffer, size: number) {
  if (bytes.length < 10 || !bytes.subarray(0, 8).equals(magic)) {
    throw broken(path, 'is not a .npy file of version 1.0; save the array with numpy.save');
  }
  const start = 10 + bytes.readUInt16LE(8);
  const text = bytes.subarray(10, start).toString('latin1');
  const [, descriptor] = /'descr': '([^']*)'/.exec(text) ?? [];
  const [, sizes] = /'fortran_order': False, 'shape': \(([\d, ]*)\)/.exec(text) ?? [];
  const type = (Object.keys(types) as NpyType[]).find((name) => types[name].descriptor === descriptor);
  if (type === undefined || sizes === undefined) {
    const known = Object.values(types).map((one) => one.descriptor);
    throw broken(
      path,
      `has the header ${text.trim().slice(0, 80)}; expected one of ${known.join(' ')} in C order`,
    );
  }
  const shape = sizes
    .split(',')
    .filter((one) => one.trim() !== '')
    .map(Number);
  const expected = product(shape) * types[type].array.BYTES_PER_ELEMENT;
  if (size - start !== expected) {
    throw broken(
      path,
      `holds ${size - start} bytes of data, but its shape (${shape}) needs ${expected}; save the array again`,
    );
  }
  return { start, type, shape };
}
