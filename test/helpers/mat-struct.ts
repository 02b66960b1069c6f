// Makes a MATLAB file of level 5 with one struct, as MATLAB and scipy write it, without the code of src.

import { deflateSync } from 'node:zlib';

/** A field of the struct: a matrix of doubles [rows][columns], a text, or nothing. */
export type Field = readonly (readonly number[])[] | string | undefined;

/** How the file is written. */
export interface StructOptions {
  readonly compress?: boolean;
  /** Stores the numbers of matrices as int16, as MATLAB does if they are whole; default doubles. */
  readonly small?: boolean;
  /** Dimensions of the struct; default one. */
  readonly dimensions?: readonly number[];
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [n, value] of values.entries()) bytes.writeUInt32LE(value, 4 * n);
  return bytes;
}

/** An element with its type and size. Data of up to four bytes are in the place of the size. */
function element(type: number, data: Buffer): Buffer {
  if (data.length > 0 && data.length <= 4) {
    const packed = Buffer.alloc(8);
    packed.writeUInt16LE(type, 0);
    packed.writeUInt16LE(data.length, 2);
    data.copy(packed, 4);
    return packed;
  }
  return Buffer.concat([words(type, data.length), data, Buffer.alloc((8 - (data.length % 8)) % 8)]);
}

function variable(kind: number, sizes: readonly number[], name: string, content: Buffer): Buffer {
  const parts = [
    element(6, words(kind, 0)),
    element(5, words(...sizes)),
    element(1, Buffer.from(name)),
    content,
  ];
  return element(14, Buffer.concat(parts));
}

function fieldBytes(field: Field, small: boolean): Buffer {
  if (field === undefined) return words(14, 0);
  if (typeof field === 'string') {
    return variable(4, [1, field.length], '', element(16, Buffer.from(field)));
  }
  const values = (field[0] ?? []).flatMap((_, at) => field.map((row) => row[at]!));
  const width = small ? 2 : 8;
  const bytes = Buffer.alloc(width * values.length);
  for (const [n, value] of values.entries()) {
    if (small) bytes.writeInt16LE(value, 2 * n);
    else bytes.writeDoubleLE(value, 8 * n);
  }
  return variable(6, [field.length, field[0]?.length ?? 0], '', element(small ? 3 : 9, bytes));
}

/** Returns a file with the struct `name`. */
export function matStruct(
  name: string,
  fields: Readonly<Record<string, Field>>,
  options: StructOptions = {},
): Buffer {
  const { compress = false, small = false, dimensions = [1, 1] } = options;
  const head = Buffer.alloc(128, ' ');
  head.write('MATLAB 5.0 MAT-file, made by a test');
  head.fill(0, 116);
  head.write('\0\u0001IM', 124, 'latin1');
  const names = Buffer.alloc(32 * Object.keys(fields).length);
  for (const [at, field] of Object.keys(fields).entries()) names.write(field, 32 * at);
  const content = Buffer.concat([
    ...[element(5, words(32)), element(1, names)],
    ...Object.values(fields).map((field) => fieldBytes(field, small)),
  ]);
  const bytes = variable(2, dimensions, name, content);
  if (!compress) return Buffer.concat([head, bytes]);
  const packed = deflateSync(bytes);
  return Buffer.concat([head, words(15, packed.length), packed]);
}
