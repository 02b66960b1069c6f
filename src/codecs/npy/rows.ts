// Reads the bytes of a .npy file, and the rows of an array in Fortran order, which are spread over the file.

import type { FileHandle } from 'node:fs/promises';
import { readAt } from '../../base/open-file.js';
import { type NpyHeader, npyError } from './header.js';
import { product } from './types.js';

/** The file is read in pieces of about this size. */
const pieceBytes = 2 ** 24;
const rowsAtOnce = 16;

/** Reads bytes of the file from `position` on until `bytes` is full. */
export async function fillBytes(
  path: string,
  file: FileHandle,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  if ((await readAt(file, bytes, position)) < bytes.length) {
    throw npyError(path, 'was cut short while it was read; read it again when no program writes to it');
  }
}

/**
 * Reads rows of an array in Fortran order. The file holds columns: the elements of all rows at one place of the row,
 * one column after the other. `rows` receives the rows in C order, in the byte order of the file.
 */
export async function gatherRows(
  path: string,
  file: FileHandle,
  { element, shape, start: dataStart }: NpyHeader,
  start: number,
  count: number,
  rows: ArrayBuffer,
): Promise<void> {
  const columns = product(shape.slice(1));
  if (columns === 0 || count === 0) return;
  // Of a wide column, only the requested rows are read; of narrow ones, many at once.
  const columnBytes = shape[0]! * element.bytes;
  const group = Math.max(1, Math.floor(pieceBytes / columnBytes));
  const [from, height] = group === 1 ? [start, count] : [0, shape[0]!];
  const piece = new ArrayBuffer(Math.min(group, columns) * height * element.bytes);
  const width = wordBytes(element.bytes);
  const words = element.bytes / width;
  const [source, target] = [wordsOf(piece, width), wordsOf(rows, width)];
  for (let first = 0; first < columns; first += group) {
    const some = Math.min(group, columns - first);
    const bytes = new Uint8Array(piece, 0, some * height * element.bytes);
    await fillBytes(path, file, bytes, dataStart + first * columnBytes + from * element.bytes);
    const places = Array.from({ length: some }, (_, n) => placeInRow(first + n, shape) * words);
    // A few rows at a time, because a whole column would write to one cache line per row.
    for (let top = 0; top < count; top += rowsAtOnce) {
      const bottom = Math.min(top + rowsAtOnce, count);
      for (let n = 0; n < some; n++) {
        for (let row = top; row < bottom; row++) {
          const at = (n * height + start - from + row) * words;
          const put = row * columns * words + places[n]!;
          for (let word = 0; word < words; word++) target[put + word] = source[at + word]!;
        }
      }
    }
  }
}

/** Returns the place in a row in C order of the column `column`, which counts the places in Fortran order. */
function placeInRow(column: number, shape: readonly number[]): number {
  const rest = shape.slice(1);
  let place = 0;
  let stride = product(rest);
  let left = column;
  for (const size of rest) {
    stride /= size;
    place += (left % size) * stride;
    left = Math.floor(left / size);
  }
  return place;
}

/** Returns the largest word, of 1, 2 or 4 bytes, that divides an element. */
function wordBytes(elementBytes: number): 1 | 2 | 4 {
  return elementBytes % 4 === 0 ? 4 : elementBytes % 2 === 0 ? 2 : 1;
}

function wordsOf(bytes: ArrayBuffer, width: 1 | 2 | 4): Uint8Array | Uint16Array | Uint32Array {
  return new { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[width](bytes);
}
