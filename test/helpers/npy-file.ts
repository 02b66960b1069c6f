// Builds the bytes of .npy files, also of headers that NpyWriter never writes.

/** How `npyFile` writes a file. */
export interface NpyFileOptions {
  /** Version of the format; default 1. */
  readonly version?: 1 | 2 | 3;
  /** The `descr` of the header; default `<f4`. */
  readonly descr?: string;
  readonly isFortran?: boolean;
  readonly shape?: readonly number[];
  /** The text of the header, in the place of the one that the other options give. */
  readonly header?: string;
  /** The bytes behind the header. */
  readonly data?: Uint8Array;
}

/** Returns the bytes of a .npy file. */
export function npyFile({
  version = 1,
  descr = '<f4',
  isFortran = false,
  shape = [2, 3],
  header = `{'descr': '${descr}', 'fortran_order': ${isFortran ? 'True' : 'False'}, 'shape': (${shape.join(', ')},), }\n`,
  data = new Uint8Array(0),
}: NpyFileOptions): Buffer {
  const text = Buffer.from(header, version === 3 ? 'utf8' : 'latin1');
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(text.length);
  else length.writeUInt32LE(text.length);
  return Buffer.concat([
    Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0`, 'latin1'),
    length,
    text,
    data,
  ]);
}

/** Returns numbers as little-endian floats of 32 bits. */
export function floats(...values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}
