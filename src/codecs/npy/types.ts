// The element types of NumPy arrays, with the JavaScript array and the `descr` of each.
// Source: NumPy's numpy.lib.format and numpy.dtype.

/**
 * The JavaScript array of each element type. float16 values are stored as the 16 bits of IEEE halves; integers of 64
 * bits are bigints.
 */
export interface NpyArrays {
  /** Floating-point numbers of 64 bits (`f8`). */
  float64: Float64Array;
  /** Floating-point numbers of 32 bits (`f4`). */
  float32: Float32Array;
  /** The 16 bits of each IEEE half (`f2`), not converted to a number. */
  float16: Uint16Array;
  /** Signed integers of 8 bits (`i1`), -128 to 127. */
  int8: Int8Array;
  /** Signed integers of 16 bits (`i2`), -32768 to 32767. */
  int16: Int16Array;
  /** Signed integers of 32 bits (`i4`). */
  int32: Int32Array;
  /** Signed integers of 64 bits (`i8`). */
  int64: BigInt64Array;
  /** Unsigned integers of 8 bits (`u1`), 0 to 255. */
  uint8: Uint8Array;
  /** Unsigned integers of 16 bits (`u2`), 0 to 65535. */
  uint16: Uint16Array;
  /** Unsigned integers of 32 bits (`u4`), 0 to 4294967295. */
  uint32: Uint32Array;
  /** Unsigned integers of 64 bits (`u8`). */
  uint64: BigUint64Array;
  /** Truth values (`b1`), one byte each: 0 is false. */
  bool: Uint8Array;
}
/** Element types that can be read and written. */
export type NpyType = keyof NpyArrays;
/** The elements of an array of any supported type. */
export type NpyData = NpyArrays[NpyType];

/** The array of each type, and its `descr` in a file that this package writes. */
export const npyTypes = {
  float64: { descriptor: '<f8', array: Float64Array },
  float32: { descriptor: '<f4', array: Float32Array },
  float16: { descriptor: '<f2', array: Uint16Array },
  int8: { descriptor: '|i1', array: Int8Array },
  int16: { descriptor: '<i2', array: Int16Array },
  int32: { descriptor: '<i4', array: Int32Array },
  int64: { descriptor: '<i8', array: BigInt64Array },
  uint8: { descriptor: '|u1', array: Uint8Array },
  uint16: { descriptor: '<u2', array: Uint16Array },
  uint32: { descriptor: '<u4', array: Uint32Array },
  uint64: { descriptor: '<u8', array: BigUint64Array },
  bool: { descriptor: '|b1', array: Uint8Array },
} as const;

/** The names of all types. */
export const npyTypeNames = Object.keys(npyTypes) as NpyType[];

/** Returns the number of elements of an array with these dimensions. */
export function product(sizes: readonly number[]): number {
  return sizes.reduce((result, size) => result * size, 1);
}
