// Converts between float32 and IEEE half precision (float16). Not every supported version of Node.js has an array type
// for halves, so a half is stored as its 16 bits. Every half is exactly representable as a float32.

let table: Float32Array | undefined;

/**
 * Converts numbers in half precision to float32, exactly. Readers return float16 values as their bits.
 *
 * @param bits - [N] the 16 bits of each number, as `readNpy` returns them for float16.
 * @returns [N] the numbers.
 * @example
 * ```js
 * import { halfToFloat } from 'pqrst/records';
 *
 * console.log(halfToFloat(Uint16Array.of(0x3c00, 0xc000))); // 1 and -2
 * ```
 */
export function halfToFloat(bits: Uint16Array): Float32Array {
  table ??= Float32Array.from({ length: 2 ** 16 }, (_, half) => halfValue(half));
  const values = new Float32Array(bits.length);
  for (let n = 0; n < bits.length; n++) values[n] = table[bits[n]!]!;
  return values;
}

function halfValue(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(half >> 10) & 0x1f, half & 0x3ff];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * Rounds `values` [N] to the nearest halves and returns their bits [N]. Ties round to even; magnitudes from 65520
 * become infinity.
 */
export function floatToHalf(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, halfBits);
}

function halfBits(single: number): number {
  const sign = (single >>> 16) & 0x8000;
  const fraction = single & 0x7fffff;
  const exponent = ((single >>> 23) & 0xff) - 112;
  if (exponent === 143) return sign | (fraction === 0 ? 0x7c00 : 0x7e00);
  if (exponent > 30) return sign | 0x7c00;
  if (exponent < -10) return sign;
  // A subnormal half has no hidden leading one, and the step size of the smallest exponent.
  const [significand, dropped] =
    exponent > 0 ? [(exponent << 23) | fraction, 13] : [0x800000 | fraction, 14 - exponent];
  const kept = significand >>> dropped;
  const rest = significand & ((1 << dropped) - 1);
  const middle = 1 << (dropped - 1);
  // A carry increments the exponent; beyond the largest half it gives infinity.
  const up = rest > middle || (rest === middle && (kept & 1) === 1);
  return sign | (kept + Number(up));
}
