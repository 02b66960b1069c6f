// NumPy's .npy files, version 1.0, C order, little-endian float32 and uint8: written in batches, read whole.
// Not: other types, Fortran order, object arrays. Source: NumPy's numpy.lib.format.

import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PqrstError } from '../errors.js';
import { writeError } from '../files.js';
import { readInput } from './input.js';

const magic = Buffer.from('\x93NUMPY\x01\x00', 'latin1');
/** One fixed size, so that the number of rows can be put in at the end. */
const headerBytes = 128;
const maxBytes = 2 ** 31 - 1;

type NpyData = Float32Array | Uint8Array;
const descriptors = { float32: '<f4', uint8: '|u1' } as const;
type NpyType = keyof typeof descriptors;

function header(type: NpyType, shape: readonly number[]): Buffer {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '${descriptors[type]}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(headerBytes - magic.length - 2);
  return Buffer.concat([
    magic,
    length,
    Buffer.from(`${dict.padEnd(headerBytes - magic.length - 3)}\n`, 'latin1'),
  ]);
}

/** A .npy file that grows row by row under a temporary name; `close` gives it its own. */
export class NpyWriter {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #type: NpyType;
  readonly #rowShape: readonly number[];
  #values = 0;

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

  /** Begins an array [rows, ...rowShape]; `rowShape` [] makes it one-dimensional. ERR_WRITE. */
  static async open(path: string, type: NpyType, rowShape: readonly number[]): Promise<NpyWriter> {
    const temporary = `${path}.${randomUUID()}.tmp`;
    try {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(temporary, 'wx');
      const writer = new NpyWriter(path, temporary, file, type, rowShape);
      await writer.#attempt(() => file.writeFile(header(type, [0, ...rowShape])));
      return writer;
    } catch (cause) {
      throw cause instanceof PqrstError ? cause : writeError(path, cause);
    }
  }

  /** Appends whole rows. ERR_NPY for the wrong type or a broken row; ERR_WRITE, after which no file is left. */
  async append(rows: NpyData): Promise<void> {
    const type: NpyType = rows instanceof Float32Array ? 'float32' : 'uint8';
    const row = this.#rowShape.reduce((product, size) => product * size, 1);
    if (type !== this.#type || rows.length % row !== 0) {
      throw new PqrstError(
        'ERR_NPY',
        `${this.#path} takes rows of ${row} ${this.#type} values, got ${rows.length} of ${type}; pass whole rows`,
      );
    }
    await this.#attempt(() =>
      this.#file.writeFile(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength)),
    );
    this.#values += rows.length / row;
  }

  /** Puts in the number of rows, flushes and gives the file its name. ERR_WRITE, after which no file is left. */
  async close(): Promise<void> {
    const first = header(this.#type, [this.#values, ...this.#rowShape]);
    await this.#attempt(async () => {
      await this.#file.write(first, 0, first.length, 0);
      await this.#file.sync();
      await this.#file.close();
      await rename(this.#temporary, this.#path);
    });
  }

  /** Gives up: nothing is left. */
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

export interface NpyArray {
  readonly shape: readonly number[];
  /** [product of shape], C order. */
  readonly data: NpyData;
}

/** The array in the file `path`. ERR_NOT_FOUND; ERR_NPY where it is no such file, cut short or too long. */
export async function readNpy(path: string): Promise<NpyArray> {
  const fail = (problem: string) => new PqrstError('ERR_NPY', `${path} ${problem}`);
  const bytes = await readInput(path, 'the array', maxBytes, (size) =>
    fail(`holds ${size} bytes; at most 2 GiB are read`),
  );
  if (bytes.length < 10 || !bytes.subarray(0, 8).equals(magic))
    throw fail('is not a .npy file of version 1.0');
  const start = 10 + bytes.readUInt16LE(8);
  const text = bytes.subarray(10, start).toString('latin1');
  const [, descriptor] = /'descr': '([^']*)'/.exec(text) ?? [];
  const [, sizes] = /'fortran_order': False, 'shape': \(([\d, ]*)\)/.exec(text) ?? [];
  const known = descriptor === descriptors.float32 || descriptor === descriptors.uint8;
  if (!known || sizes === undefined) {
    throw fail(`has the header ${text.trim().slice(0, 80)}; expected '<f4' or '|u1' in C order`);
  }
  const shape = sizes
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  const width = descriptor === descriptors.float32 ? 4 : 1;
  if (bytes.length - start !== count * width) {
    throw fail(
      `holds ${bytes.length - start} bytes of data where its shape (${shape}) asks for ${count * width}`,
    );
  }
  const copy = Uint8Array.from(bytes.subarray(start));
  return { shape, data: width === 4 ? new Float32Array(copy.buffer) : copy };
}
