// IEEE half-precision floats, which JavaScript has no array for: their bits as numbers. Exact; every half is a float32.

let table: Float32Array | undefined;

/** The values of `bits` [N] as float32 [N]. */
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
