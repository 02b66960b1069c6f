// The signal formats of WFDB: how a file packs ADC values, and which value marks a missing sample.
// Source: WFDB Applications Guide, signal(5).

/** ADC values. Formats of more than 16 bits, and format 8 with its sums, need 32 bits. */
export type AdcValues = Int16Array | Int32Array;

/** The ADC value that marks a missing sample in each format. In format 8 no sample can be missing. */
export const missingValue = {
  ...{ 16: -(2 ** 15), 61: -(2 ** 15), 160: -(2 ** 15), 516: -(2 ** 15) },
  ...{ 24: -(2 ** 23), 524: -(2 ** 23), 32: -(2 ** 31), 212: -(2 ** 11) },
  ...{ 80: -(2 ** 7), 508: -(2 ** 7), 310: -(2 ** 9), 311: -(2 ** 9) },
} as const;

/** Returns the ADC value that marks a missing sample; undefined if the format has no such value. */
export function missingOf(format: number): number | undefined {
  return (missingValue as Readonly<Record<number, number>>)[format];
}

/** The format of a signal without samples. */
export const nullFormat = 0;

/** The formats whose file is a FLAC stream, with the most bits of a sample. */
export const flacBits: Readonly<Record<number, number>> = { 508: 8, 516: 16, 524: 24 };

/** Samples that are placed in a file: `count` of each frame of `frame` samples, from place `first` of the frame. */
export interface Placed {
  readonly first: number;
  readonly count: number;
  readonly frame: number;
}

/** A format in which the size of a file follows from its number of samples. */
export interface Packing {
  /** Returns the number of bytes of `count` samples. */
  bytesOf(count: number): number;
  /** Fills `samples` with the placed samples of all frames. `bytes` must hold them. */
  decode(bytes: Uint8Array, samples: AdcValues, placed: Placed): void;
  /** True if the values need 32 bits. */
  readonly isWide?: true;
  /** True if the file holds differences of successive samples of a signal. */
  readonly holdsDifferences?: true;
}

/** Returns sample `n` of a file. */
type SampleAt = (bytes: Uint8Array, n: number) => number;

const aligned = (bytesPerSample: number, sampleAt: SampleAt): Packing => ({
  bytesOf: (count) => bytesPerSample * count,
  decode: decodeBy(sampleAt),
});

/** The formats of a fixed size, by their numbers. */
export const packings: Readonly<Record<number, Packing>> = {
  8: { ...aligned(1, (bytes, n) => (bytes[n]! << 24) >> 24), isWide: true, holdsDifferences: true },
  16: { ...aligned(2, () => 0), decode: decode16 },
  24: {
    ...aligned(3, (bytes, n) => {
      return bytes[3 * n]! | (bytes[3 * n + 1]! << 8) | ((bytes[3 * n + 2]! << 24) >> 8);
    }),
    isWide: true,
  },
  32: {
    ...aligned(4, (bytes, n) => {
      const at = 4 * n;
      return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    }),
    isWide: true,
  },
  61: aligned(2, (bytes, n) => ((bytes[2 * n]! << 24) >> 16) | bytes[2 * n + 1]!),
  80: aligned(1, (bytes, n) => bytes[n]! - 2 ** 7),
  160: aligned(2, (bytes, n) => (bytes[2 * n]! | (bytes[2 * n + 1]! << 8)) - 2 ** 15),
  212: { bytesOf: (count) => Math.ceil(1.5 * count), decode: decode212 },
  310: {
    // The third sample of a group takes bits of both pairs of bytes, so a second sample needs all four bytes.
    bytesOf: (count) => 4 * Math.floor(count / 3) + [0, 2, 4][count % 3]!,
    decode: decodeBy(sampleOf310),
  },
  311: {
    bytesOf: (count) => 4 * Math.floor(count / 3) + [0, 2, 3][count % 3]!,
    decode: decodeBy(sampleOf311),
  },
};

/** Returns the number of samples that `bytes` bytes hold. */
export function samplesIn(packing: Packing, bytes: number): number {
  // No format takes less than a byte per sample.
  let [least, most] = [0, Math.max(0, bytes)];
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (packing.bytesOf(middle) <= bytes) least = middle;
    else most = middle - 1;
  }
  return least;
}

function decodeBy(sampleAt: SampleAt): Packing['decode'] {
  return (bytes, samples, { first, count, frame }) => {
    for (let n = 0, start = first; n < samples.length; start += frame) {
      for (let at = start; at < start + count; at++) samples[n++] = sampleAt(bytes, at);
    }
  };
}

/** Format 16 has a loop of its own, because most large data sets are in this format. */
function decode16(bytes: Uint8Array, samples: AdcValues, { first, count, frame }: Placed): void {
  for (let n = 0, start = first; n < samples.length; start += frame) {
    for (let at = 2 * start; at < 2 * (start + count); at += 2)
      samples[n++] = bytes[at]! | ((bytes[at + 1]! << 24) >> 16);
  }
}

/** Decodes 12-bit two's complement: two samples in three bytes (low byte, both high nibbles, low byte). */
function decode212(bytes: Uint8Array, samples: AdcValues, { first, count, frame }: Placed): void {
  for (let n = 0, start = first; n < samples.length; start += frame) {
    for (let sample = start; sample < start + count; sample++) {
      const pair = 3 * (sample >> 1);
      const nibbles = bytes[pair + 1]!;
      const value =
        sample % 2 === 0
          ? bytes[pair]! | ((nibbles & 0x0f) << 8)
          : bytes[pair + 2]! | ((nibbles & 0xf0) << 4);
      samples[n++] = (value << 20) >> 20;
    }
  }
}

/**
 * Three samples of 10 bits in two pairs of bytes, low byte first. The lowest bit of a pair is unused. The next ten bits
 * are the first sample, or the second. The highest five bits of both pairs are the third, those of the first pair low.
 */
function sampleOf310(bytes: Uint8Array, n: number): number {
  const at = 4 * Math.floor(n / 3);
  const pair = (place: number) => bytes[at + place]! | (bytes[at + place + 1]! << 8);
  const value =
    n % 3 === 0 ? pair(0) >> 1 : n % 3 === 1 ? pair(2) >> 1 : (pair(0) >> 11) | ((pair(2) >> 11) << 5);
  return (value << 22) >> 22;
}

/** Three samples of 10 bits in four bytes, the lowest bits first. The two highest bits are unused. */
function sampleOf311(bytes: Uint8Array, n: number): number {
  const [at, place] = [4 * Math.floor(n / 3), n % 3];
  const low = at + place;
  const value = (bytes[low]! | (bytes[low + 1]! << 8)) >> (2 * place);
  return (value << 22) >> 22;
}
