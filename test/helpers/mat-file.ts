// Makes MATLAB files of level 4 and level 5 in memory, without the code of src.

import { deflateSync } from 'node:zlib';

/** A matrix: numbers row by row, as `[[1, 2], [3, 4]]`. */
export interface MatVariable {
  readonly name: string;
  readonly rows: readonly (readonly number[])[];
}

const level4Codes = { double: 0, single: 10, int32: 20, int16: 30, uint16: 40, uint8: 50 } as const;
const level5Codes = { int8: 1, uint8: 2, int16: 3, uint16: 4, int32: 5, single: 7, double: 9 } as const;
type NumberType = keyof typeof level4Codes | keyof typeof level5Codes;

const widths = { int8: 1, uint8: 1, int16: 2, uint16: 2, int32: 4, single: 4, double: 8 } as const;

/** Returns the numbers column after column, as MATLAB stores them. */
function column(rows: MatVariable['rows'], type: NumberType, littleEndian: boolean): Buffer {
  const values = rows[0]!.flatMap((_, at) => rows.map((row) => row[at]!));
  const bytes = Buffer.alloc(values.length * widths[type]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const write = {
    int8: (at: number, value: number) => view.setInt8(at, value),
    uint8: (at: number, value: number) => view.setUint8(at, value),
    int16: (at: number, value: number) => view.setInt16(at, value, littleEndian),
    uint16: (at: number, value: number) => view.setUint16(at, value, littleEndian),
    int32: (at: number, value: number) => view.setInt32(at, value, littleEndian),
    single: (at: number, value: number) => view.setFloat32(at, value, littleEndian),
    double: (at: number, value: number) => view.setFloat64(at, value, littleEndian),
  }[type];
  for (const [n, value] of values.entries()) write(n * widths[type], value);
  return bytes;
}

function words(values: readonly number[], littleEndian: boolean): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [n, value] of values.entries()) {
    if (littleEndian) bytes.writeUInt32LE(value, 4 * n);
    else bytes.writeUInt32BE(value, 4 * n);
  }
  return bytes;
}

/** Returns a variable of level 4. A file of level 4 is one variable after another. */
export function level4(
  { name, rows }: MatVariable,
  type: keyof typeof level4Codes = 'int16',
  littleEndian = true,
): Buffer {
  const code = level4Codes[type] + (littleEndian ? 0 : 1000);
  return Buffer.concat([
    words([code, rows.length, rows[0]!.length, 0, name.length + 1], littleEndian),
    Buffer.from(`${name}\0`, 'latin1'),
    column(rows, type, littleEndian),
  ]);
}

/** How a file of level 5 is written. */
export interface Level5Options {
  readonly type?: keyof typeof level5Codes;
  readonly compress?: boolean;
  readonly littleEndian?: boolean;
  /** The class of the variables: 10 int16 (default), 6 double, 2 struct. */
  readonly matClass?: number;
  /** Dimensions in place of those of the rows. */
  readonly dimensions?: readonly number[];
}

/** Returns a file of level 5 with these variables. */
export function level5(variables: readonly MatVariable[], options: Level5Options = {}): Buffer {
  const { type = 'int16', compress = false, littleEndian = true, matClass = 10, dimensions } = options;
  const element = (code: number, data: Buffer, isPadded = true) => {
    const padding = isPadded ? Buffer.alloc((8 - (data.length % 8)) % 8) : Buffer.alloc(0);
    return Buffer.concat([words([code, data.length], littleEndian), data, padding]);
  };
  const head = Buffer.alloc(128, ' ');
  head.write('MATLAB 5.0 MAT-file, made by a test');
  head.fill(0, 116);
  head.write(littleEndian ? '\0\u0001IM' : '\u0001\0MI', 124, 'latin1');
  const matrices = variables.map(({ name, rows }) => {
    const sizes = dimensions ?? [rows.length, rows[0]!.length];
    const matrix = element(
      14,
      Buffer.concat([
        element(6, words([matClass, 0], littleEndian)),
        element(5, words(sizes, littleEndian)),
        element(1, Buffer.from(name, 'latin1')),
        element(level5Codes[type], column(rows, type, littleEndian)),
      ]),
    );
    return compress ? element(15, deflateSync(matrix), false) : matrix;
  });
  return Buffer.concat([head, ...matrices]);
}
