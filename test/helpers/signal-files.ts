// Packs samples into the bytes of WFDB signal files, in each format of a fixed size. Written from signal(5) of the WFDB
// Applications Guide, without the code of src: each format is a list of bits, the lowest first.

/** Bits of a sample in each format. */
export const sampleBits: Readonly<Record<number, number>> = {
  ...{ 16: 16, 24: 24, 32: 32, 61: 16, 80: 8, 160: 16, 212: 12, 310: 10, 311: 10, 508: 8, 516: 16, 524: 24 },
};

/**
 * Returns the bytes of `samples` in the order of the file.
 *
 * @param unused - returns the bits that a format leaves unused: 0 or 1.
 */
export function packSamples(
  format: number,
  samples: readonly number[],
  unused: () => number = () => 0,
): Uint8Array {
  const offset = format === 80 ? 128 : format === 160 ? 32768 : 0;
  const size = sampleBits[format]!;
  const bitsOf = (value: number) => {
    const whole = BigInt.asUintN(size, BigInt(value + offset));
    return Array.from({ length: size }, (_, bit) => Number((whole >> BigInt(bit)) & 1n));
  };
  const bits: number[] = [];
  if (format === 310) {
    for (let n = 0; n < samples.length; n += 3) {
      const [one, two, three] = [0, 1, 2].map((at) => bitsOf(samples[n + at] ?? 0)) as [
        number[],
        number[],
        number[],
      ];
      bits.push(unused(), ...one, ...three.slice(0, 5));
      if (n + 1 < samples.length) bits.push(unused(), ...two, ...three.slice(5));
    }
  } else {
    for (const [n, value] of samples.entries()) {
      // In format 212 the high bits of the second sample of a pair come first.
      const own = bitsOf(value);
      bits.push(...(format === 212 && n % 2 === 1 ? [...own.slice(8), ...own.slice(0, 8)] : own));
      if (format === 311 && n % 3 === 2) bits.push(unused(), unused());
    }
  }
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [at, bit] of bits.entries()) bytes[at >> 3]! |= bit << (at & 7);
  if (format === 61) {
    for (let at = 0; at < bytes.length; at += 2) bytes.subarray(at, at + 2).reverse();
  }
  return bytes;
}

/** Returns the bytes of format 8: the differences of successive samples of each signal. */
export function packDifferences(
  frames: readonly (readonly number[])[],
  initial: readonly number[],
): Uint8Array {
  const before = [...initial];
  const differences = frames.flatMap((frame) =>
    frame.map((value, at) => {
      const difference = value - before[at]!;
      before[at] = value;
      return difference;
    }),
  );
  return new Uint8Array(Int8Array.from(differences).buffer);
}

/**
 * Returns the samples of signals in the order of a file: all samples of a frame together, signal after signal.
 *
 * @param perFrame - samples of each signal in a frame.
 */
export function interleave(signals: readonly ArrayLike<number>[], perFrame: readonly number[]): number[] {
  const frames = signals[0]!.length / perFrame[0]!;
  return Array.from({ length: frames }, (_, frame) =>
    signals.flatMap((signal, at) =>
      Array.from({ length: perFrame[at]! }, (_, n) => signal[frame * perFrame[at]! + n]!),
    ),
  ).flat();
}
