// Reads the matrices of numbers in MATLAB files of level 4 and level 5 (compressed or not). Level 7.3 is HDF5 and is
// refused. A size that a file states is compared with its bytes before memory is reserved. Opens no file.
// Source: MAT-File Format (The MathWorks), "Level 4" and "Level 5".

import { inflateSync } from 'node:zlib';
import { PqrstError } from '../base/errors.js';
import { describeForeign } from './foreign.js';

/** The types of stored numbers. */
export type MatType = 'double' | 'single' | `${'u' | ''}int${8 | 16 | 32 | 64}`;

/** A matrix of numbers. */
export interface MatMatrix {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  /** The type of the stored numbers. MATLAB may store the whole numbers of a matrix of doubles in a smaller type. */
  readonly type: MatType;
  readonly littleEndian: boolean;
  /** The stored numbers, column after column. They may be a view of the file. */
  readonly data: Uint8Array;
}

/** The contents of a MATLAB file. */
export interface MatFile {
  readonly level: 4 | 5;
  readonly matrices: readonly MatMatrix[];
  /** The matrices that are fields of a struct, named `ECG.data`. Structs in structs and arrays of structs are omitted. */
  readonly fields: readonly MatMatrix[];
  /** Descriptions of the variables that are not matrices of numbers, such as `ECG (a struct)`. */
  readonly others: readonly string[];
}

const widths: Readonly<Record<MatType, number>> = {
  ...{ double: 8, single: 4, int64: 8, uint64: 8, int32: 4 },
  ...{ uint32: 4, int16: 2, uint16: 2, int8: 1, uint8: 1 },
};
const level4Types: readonly MatType[] = ['double', 'single', 'int32', 'int16', 'uint16', 'uint8'];
const level5Types: Readonly<Record<number, MatType>> = {
  ...{ 1: 'int8', 2: 'uint8', 3: 'int16', 4: 'uint16', 5: 'int32', 6: 'uint32', 7: 'single', 9: 'double' },
  ...{ 12: 'int64', 13: 'uint64' },
};
const classNames = [undefined, 'cell', 'struct', 'object', 'text', 'sparse'];
const [miMatrix, miCompressed] = [14, 15];
const isComplex = 0x0800;
const longestName = 256;
const level4HeadBytes = 20;

/**
 * Reads the matrices of a MATLAB file.
 *
 * @param path - is used in messages only.
 * @param maxBytes - the largest size of a compressed variable after it is unpacked. A larger one is only described.
 * @throws PqrstError ERR_WFDB_FORMAT: when the bytes are not a MATLAB file of level 4 or 5.
 * @throws PqrstError ERR_WFDB_SIGNAL: when it is cut short or damaged.
 */
export function readMat(bytes: Uint8Array, path: string, maxBytes: number): MatFile {
  const fail = (what: string) =>
    new PqrstError(
      'ERR_WFDB_FORMAT',
      `${path} ${what}; save the signals as int16 with -v4 (scipy: format='4')`,
    );
  if (bytes.length < level4HeadBytes) throw cutShort(path, bytes.length, level4HeadBytes);
  const start = Buffer.from(bytes.subarray(0, 128)).toString('latin1');
  if (start.startsWith('MATLAB 7.3'))
    throw fail('is a MATLAB file of level 7.3 (HDF5), which is not supported');
  if (/^MATLAB [56]\.\d/.test(start)) return new Level5(bytes, path, maxBytes).read();
  for (const littleEndian of [true, false]) {
    if (level4Head(bytes, 0, littleEndian) !== undefined) return readLevel4(bytes, littleEndian, path);
  }
  const foreign = describeForeign(bytes);
  throw fail(
    foreign === undefined ? 'is not a MATLAB file of level 4 or 5' : `is ${foreign}, not a MATLAB file`,
  );
}

/** Returns a function that reads number `n` of a matrix, counted from 0, column after column. */
export function numberReader({ type, littleEndian, data }: MatMatrix): (n: number) => number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const read = reader(type, view, littleEndian);
  return (n) => read(n * widths[type]);
}

function reader(type: MatType, view: DataView, little: boolean): (at: number) => number {
  const readers: Readonly<Record<MatType, (at: number) => number>> = {
    double: (at) => view.getFloat64(at, little),
    single: (at) => view.getFloat32(at, little),
    int64: (at) => Number(view.getBigInt64(at, little)),
    uint64: (at) => Number(view.getBigUint64(at, little)),
    int32: (at) => view.getInt32(at, little),
    uint32: (at) => view.getUint32(at, little),
    int16: (at) => view.getInt16(at, little),
    uint16: (at) => view.getUint16(at, little),
    int8: (at) => view.getInt8(at),
    uint8: (at) => view.getUint8(at),
  };
  return readers[type];
}

interface Level4Head {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly type: MatType;
  /** What the variable is if it is not a real matrix of numbers. */
  readonly other: string | undefined;
  readonly dataAt: number;
  readonly endAt: number;
}

/** Returns the head of a level 4 variable at byte `at`: type, rows, columns, imaginary flag, name; or undefined. */
function level4Head(bytes: Uint8Array, at: number, littleEndian: boolean): Level4Head | undefined {
  if (at + level4HeadBytes > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [code, rows, columns, imaginary, nameLength] = [0, 4, 8, 12, 16].map((place) =>
    view.getUint32(at + place, littleEndian),
  ) as [number, number, number, number, number];
  const type = level4Types[Math.floor((code % 100) / 10)];
  const kind = code % 10;
  const machine = littleEndian ? 0 : 1;
  const isHead = Math.floor(code / 100) === 10 * machine && kind <= 2 && imaginary <= 1;
  if (type === undefined || !isHead || nameLength < 1 || nameLength > longestName) return undefined;
  const name = Buffer.from(bytes.subarray(at + level4HeadBytes, at + level4HeadBytes + nameLength)).toString(
    'latin1',
  );
  if (!/^[\x20-\x7e]*\0*$/.test(name)) return undefined;
  const dataAt = at + level4HeadBytes + nameLength;
  const parts = imaginary === 1 ? 2 : 1;
  const other = kind === 1 ? 'text' : kind === 2 ? 'sparse' : imaginary === 1 ? 'complex' : undefined;
  const endAt = dataAt + parts * rows * columns * widths[type];
  return { name: beforeNul(name), rows, columns, type, other, dataAt, endAt };
}

function readLevel4(bytes: Uint8Array, littleEndian: boolean, path: string): MatFile {
  const matrices: MatMatrix[] = [];
  const others: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const head = level4Head(bytes, at, littleEndian);
    // Bytes behind the last variable do not belong to the file.
    if (head === undefined) break;
    const { name, rows, columns, type, other, dataAt, endAt } = head;
    if (endAt > bytes.length) throw cutShort(path, bytes.length, endAt);
    if (other === undefined) {
      matrices.push({ name, rows, columns, type, littleEndian, data: bytes.subarray(dataAt, endAt) });
    } else {
      others.push(`${name} (${other})`);
    }
    at = endAt;
  }
  return { level: 4, matrices, fields: [], others };
}

function cutShort(path: string, held: number, needed: number): PqrstError {
  return new PqrstError(
    'ERR_WFDB_SIGNAL',
    `MATLAB file ${path} is cut short: it holds ${held} bytes and states at least ${needed}; fetch it again`,
  );
}

interface Element {
  readonly type: number;
  readonly data: Uint8Array;
  readonly endAt: number;
}

/** Reads a file of level 5: elements with a type, a size and data, some of them compressed. */
class Level5 {
  readonly #bytes: Uint8Array;
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #littleEndian: boolean;
  readonly #matrices: MatMatrix[] = [];
  readonly #fields: MatMatrix[] = [];
  readonly #others: string[] = [];

  constructor(bytes: Uint8Array, path: string, maxBytes: number) {
    this.#bytes = bytes;
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#littleEndian = bytes[126] === 0x49;
  }

  read(): MatFile {
    for (let at = 128; at < this.#bytes.length; ) {
      const { type, data, endAt } = this.#element(this.#bytes, at);
      at = endAt;
      if (type === miMatrix) this.#addMatrix(data);
      if (type === miCompressed) this.#addCompressed(data);
    }
    return { level: 5, matrices: this.#matrices, fields: this.#fields, others: this.#others };
  }

  #addCompressed(data: Uint8Array): void {
    let unpacked: Uint8Array;
    try {
      unpacked = inflateSync(data, { maxOutputLength: this.#maxBytes });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
        this.#others.push(`a variable of more than ${this.#maxBytes} bytes`);
        return;
      }
      throw this.#damaged('a compressed variable cannot be unpacked', cause);
    }
    const element = this.#element(unpacked, 0);
    if (element.type === miMatrix) this.#addMatrix(element.data);
  }

  #addMatrix(bytes: Uint8Array): void {
    const { name, matrix, other, isStruct, contentAt } = this.#variable(bytes);
    if (matrix !== undefined) this.#matrices.push(matrix);
    if (other !== undefined) this.#others.push(`${name} (${other})`);
    if (isStruct) this.#addFields(name, bytes, contentAt);
  }

  /** Adds the matrices of a single struct: the length of a name, all names in that length, and a variable per field. */
  #addFields(struct: string, bytes: Uint8Array, contentAt: number): void {
    const size = this.#element(bytes, contentAt);
    const names = this.#element(bytes, size.endAt);
    const length = size.data.length < 4 ? 0 : this.#view(size.data).getInt32(0, this.#littleEndian);
    if (length <= 0) throw this.#damaged(`the struct ${struct} states no length of its field names`);
    let at = names.endAt;
    for (let start = 0; start + length <= names.data.length; start += length) {
      const text = Buffer.from(names.data.subarray(start, start + length)).toString('latin1');
      const field = this.#element(bytes, at);
      at = field.endAt;
      // An empty field has no content at all.
      if (field.type !== miMatrix || field.data.length === 0) continue;
      const { matrix } = this.#variable(field.data);
      if (matrix !== undefined) this.#fields.push({ ...matrix, name: `${struct}.${beforeNul(text)}` });
    }
  }

  /** Reads a variable. A matrix without numbers is neither a matrix nor something else. */
  #variable(bytes: Uint8Array): {
    readonly name: string;
    readonly matrix?: MatMatrix;
    /** What the variable is if it is not a matrix of numbers. */
    readonly other?: string;
    /** True for a single struct. */
    readonly isStruct: boolean;
    readonly contentAt: number;
  } {
    const flags = this.#element(bytes, 0);
    const shape = this.#element(bytes, flags.endAt);
    const title = this.#element(bytes, shape.endAt);
    if (flags.data.length < 8 || shape.data.length < 8) throw this.#damaged('a variable has no shape');
    const name = beforeNul(Buffer.from(title.data).toString('latin1'));
    const flag = this.#view(flags.data).getUint32(0, this.#littleEndian);
    const sizes = this.#view(shape.data);
    const dimensions = Array.from({ length: shape.data.length >> 2 }, (_, n) =>
      sizes.getInt32(4 * n, this.#littleEndian),
    );
    const [rows = 0, columns = 0] = dimensions;
    const kind = classNames[flag & 0xff];
    const other =
      kind ??
      ((flag & isComplex) !== 0 ? 'complex' : dimensions.length > 2 ? dimensions.join(' x ') : undefined);
    const isStruct = kind === 'struct' && dimensions.every((one) => one === 1);
    const found = { name, isStruct, contentAt: title.endAt };
    if (other !== undefined) return { ...found, other };
    if (rows <= 0 || columns <= 0) return found;
    const values = this.#element(bytes, title.endAt);
    const type = level5Types[values.type];
    if (type === undefined || values.data.length < rows * columns * widths[type]) {
      throw this.#damaged(`the variable ${name} of ${rows} x ${columns} numbers is incomplete`);
    }
    const littleEndian = this.#littleEndian;
    return { ...found, matrix: { name, rows, columns, type, littleEndian, data: values.data } };
  }

  /** Returns the element at byte `at`. A small one has its size and data in the place of the size of others. */
  #element(bytes: Uint8Array, at: number): Element {
    if (at + 8 > bytes.length) throw cutShort(this.#path, bytes.length, at + 8);
    const view = this.#view(bytes);
    const word = view.getUint32(at, this.#littleEndian);
    const smallSize = word >>> 16;
    if (smallSize !== 0) {
      if (smallSize > 4) throw this.#damaged(`a small element states ${smallSize} bytes`);
      return { type: word & 0xffff, data: bytes.subarray(at + 4, at + 4 + smallSize), endAt: at + 8 };
    }
    const size = view.getUint32(at + 4, this.#littleEndian);
    if (at + 8 + size > bytes.length) throw cutShort(this.#path, bytes.length, at + 8 + size);
    const padded = word === miCompressed ? size : 8 * Math.ceil(size / 8);
    return { type: word, data: bytes.subarray(at + 8, at + 8 + size), endAt: at + 8 + padded };
  }

  #view(bytes: Uint8Array): DataView {
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #damaged(what: string, cause?: unknown): PqrstError {
    const problem = `MATLAB file ${this.#path} is damaged: ${what}; fetch it again`;
    return new PqrstError('ERR_WFDB_SIGNAL', problem, { cause });
  }
}

function beforeNul(text: string): string {
  return text.split('\0', 1)[0]!;
}
