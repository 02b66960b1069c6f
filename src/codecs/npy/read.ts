// Reads NumPy's .npy files, completely or a range of rows: versions 1 to 3, C and Fortran order, both byte orders. Memory
// is allocated only after the size that the header states was compared with the size of the file.

import { isUtf8 } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { PqrstError } from '../../base/errors.js';
import { halfToFloat } from '../../base/half.js';
import { openFile } from '../../base/open-file.js';
import { unreadable } from '../input.js';
import { type NpyElement, type NpyHeader, npyError, npyHeadBytes, parseNpyHeader } from './header.js';
import { fillBytes, gatherRows } from './rows.js';
import { type NpyData, type NpyType, npyTypes, product } from './types.js';

/** The most bytes of data that are read at once. */
export const maxNpyBytes = 2 ** 31 - 1;
const maxTextBytes = 2 ** 29;

/** An array read from a .npy file. */
export interface NpyArray {
  /** Type of the elements, which determines the kind of array in `data`. */
  readonly type: NpyType;
  /** Size of each dimension. */
  readonly shape: readonly number[];
  /** All elements in C order. */
  readonly data: NpyData;
}

/** What the header of a .npy file states. */
export interface NpyFacts {
  /** Type of the elements; `text` for arrays of bytes or characters. */
  readonly type: NpyType | 'text';
  readonly shape: readonly number[];
  /** True if the first index varies fastest in the file. */
  readonly isFortran: boolean;
  /** Number of bytes of all elements. */
  readonly bytes: number;
}

/**
 * Reads an array of numbers or truth values from a .npy file of at most 2 GiB. The file may have version 1, 2 or 3, any
 * byte order, and C or Fortran order.
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
 * @throws PqrstError ERR_NPY: when it is not an array of numbers, or when its length does not fit its shape.
 */
export async function readNpy(path: string): Promise<NpyArray> {
  return withHeader(path, async (file, header) => {
    const type = numberType(path, header);
    const { shape } = header;
    return { type, shape, data: viewOf(type, await readRows(path, file, header, 0, shape[0] ?? 1)) };
  });
}

/**
 * Reads rows `start` to `start + count - 1` of the array in a .npy file of any size. If the array is in Fortran order,
 * its rows are spread over the file, and every call passes through all of it.
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
 * @throws PqrstError ERR_NPY: when it is not an array of numbers, is too short or too long.
 * @throws PqrstError ERR_RANGE: when the array does not have these rows.
 */
export async function readNpyRows(path: string, start: number, count: number): Promise<NpyArray> {
  return withHeader(path, async (file, header) => {
    const type = numberType(path, header);
    const { shape } = header;
    const rows = shape[0] ?? 1;
    if (!(start >= 0 && count >= 0 && start + count <= rows)) {
      throw new PqrstError(
        'ERR_RANGE',
        `${path} holds rows 0-${rows - 1}, but rows ${start}-${start + count - 1} were requested`,
      );
    }
    const bytes = await readRows(path, file, header, start, count);
    return { type, shape: [count, ...shape.slice(1)], data: viewOf(type, bytes) };
  });
}

/** An open array, whose rows are read into memory of the caller. */
export interface NpyRows {
  readonly type: NpyType;
  readonly shape: readonly number[];
  /**
   * Fills `rows`, an array of `type`, with the rows from `start` on, in C order.
   *
   * @throws PqrstError ERR_NPY: when the file is cut short meanwhile.
   */
  read(start: number, rows: NpyData): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the array of numbers in a .npy file of any size. The caller closes it.
 *
 * @throws PqrstError ERR_NOT_FOUND: when the file cannot be read.
 * @throws PqrstError ERR_NPY: when it is not an array of numbers, is too short or too long.
 */
export async function openNpyRows(path: string): Promise<NpyRows> {
  const { file, header } = await openHeader(path);
  try {
    const { element, shape, isFortran, start: dataStart } = header;
    const rowBytes = product(shape.slice(1)) * element.bytes;
    return {
      type: numberType(path, header),
      shape,
      async read(start, { buffer, byteOffset, byteLength }) {
        const bytes = new Uint8Array(buffer, byteOffset, byteLength);
        if (isFortran || element.isSwapped) {
          bytes.set(new Uint8Array(await readRows(path, file, header, start, byteLength / rowBytes)));
        } else await fillBytes(path, file, bytes, dataStart + start * rowBytes);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Returns what the header of the array in the file `path` states, without its data.
 *
 * @throws PqrstError ERR_NOT_FOUND: when the file cannot be read.
 * @throws PqrstError ERR_NPY: when it is not a supported .npy file, is too short or too long.
 */
export async function readNpyFacts(path: string): Promise<NpyFacts> {
  return withHeader(path, async (_, header) => {
    const { element, shape, isFortran } = header;
    const type = element.type === 'S' || element.type === 'U' ? 'text' : element.type;
    return { type, shape, isFortran, bytes: bytesOf(header) };
  });
}

/**
 * Reads an array of texts (`S` or `U`) in C order. Bytes are UTF-8, or Latin-1 if they are not.
 *
 * @throws PqrstError ERR_NOT_FOUND: when the file cannot be read.
 * @throws PqrstError ERR_NPY: when it is not an array of texts, or holds more than 512 MiB.
 */
export async function readNpyTexts(path: string): Promise<string[]> {
  return withHeader(path, async (file, header) => {
    const { element, shape } = header;
    if (element.type !== 'S' && element.type !== 'U')
      throw npyError(path, `holds ${element.type}, not texts`);
    const bytes = bytesOf(header);
    if (bytes > maxTextBytes) {
      throw npyError(
        path,
        `holds ${bytes} bytes of texts; at most ${maxTextBytes} are read, so save shorter texts`,
      );
    }
    const data = Buffer.from(await readRows(path, file, header, 0, shape[0] ?? 1));
    const decode = element.type === 'U' ? decodeCodePoints : decodeBytes;
    return Array.from({ length: product(shape) }, (_, at) =>
      decode(path, data.subarray(at * element.bytes, (at + 1) * element.bytes)),
    );
  });
}

/** Returns the elements as numbers: halves and truth values converted, integers of 64 bits rounded to 53 bits. */
export function npyNumbers({ type, data }: NpyArray): Exclude<NpyData, BigInt64Array | BigUint64Array> {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return Float64Array.from({ length: data.length }, (_, at) => Number(data[at]));
  }
  return type === 'float16' ? halfToFloat(data as Uint16Array) : data;
}

/** Opens the file `path`, passes it with its parsed header to `read`, and closes it. */
async function withHeader<T>(
  path: string,
  read: (file: FileHandle, header: NpyHeader) => Promise<T>,
): Promise<T> {
  const { file, header } = await openHeader(path);
  try {
    return await read(file, header);
  } catch (cause) {
    throw cause instanceof PqrstError ? cause : unreadable(path, 'the array', cause);
  } finally {
    await file.close();
  }
}

async function openHeader(path: string): Promise<{ file: FileHandle; header: NpyHeader }> {
  let file: FileHandle | undefined;
  try {
    const opened = await openFile(path);
    file = opened.file;
    const { size } = opened.found;
    const first = new Uint8Array(Math.min(size, npyHeadBytes));
    await fillBytes(path, file, first, 0);
    return { file, header: parseNpyHeader(path, Buffer.from(first.buffer), size) };
  } catch (cause) {
    await file?.close();
    throw cause instanceof PqrstError ? cause : unreadable(path, 'the array', cause);
  }
}

function numberType(path: string, { element: { type } }: NpyHeader): NpyType {
  if (type === 'S' || type === 'U') throw npyError(path, 'holds texts, not numbers; save numbers');
  return type;
}

function bytesOf({ element, shape }: NpyHeader): number {
  return product(shape) * element.bytes;
}

function viewOf(type: NpyType, bytes: ArrayBuffer): NpyData {
  return new npyTypes[type].array(bytes);
}

/** Reads rows in C order, in the byte order of this machine. */
async function readRows(
  path: string,
  file: FileHandle,
  header: NpyHeader,
  start: number,
  count: number,
): Promise<ArrayBuffer> {
  const { element, shape, isFortran } = header;
  const rowBytes = product(shape.slice(1)) * element.bytes;
  if (count * rowBytes > maxNpyBytes) {
    throw npyError(
      path,
      `holds ${count * rowBytes} bytes; at most 2 GiB are read at once, so read fewer rows`,
    );
  }
  const rows = new ArrayBuffer(count * rowBytes);
  if (isFortran && shape.length > 1) await gatherRows(path, file, header, start, count, rows);
  else await fillBytes(path, file, new Uint8Array(rows), header.start + start * rowBytes);
  if (element.isSwapped) swapBytes(rows, element);
  return rows;
}

function swapBytes(bytes: ArrayBuffer, element: NpyElement): void {
  const buffer = Buffer.from(bytes);
  const numberBytes = element.type === 'U' ? 4 : element.bytes;
  if (numberBytes === 2) buffer.swap16();
  else if (numberBytes === 4) buffer.swap32();
  else buffer.swap64();
}

function decodeBytes(_: string, bytes: Buffer): string {
  const used = bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
  return used.toString(isUtf8(used) ? 'utf8' : 'latin1');
}

function decodeCodePoints(path: string, bytes: Buffer): string {
  const points = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const used = points.subarray(0, points.findLastIndex((point) => point !== 0) + 1);
  const wrong = used.find((point) => point > 0x10ffff);
  if (wrong !== undefined) {
    throw npyError(path, `holds ${wrong} as a character, which no text has; save the texts again`);
  }
  let text = '';
  for (const point of used) text += String.fromCodePoint(point);
  return text;
}
