// Writes FLAC streams with every kind of channel that RFC 9639 describes, without the code of src: constant, verbatim,
// fixed and linear predictors, wasted bits, Rice codes with and without escape, and the three kinds of stereo.

import { randomStream } from '#lib/base/random.js';

/** Draws the kinds of coding. */
type Random = ReturnType<typeof randomStream>;

class Bits {
  readonly bits: number[] = [];

  put(value: number | bigint, count: number): void {
    const whole = BigInt.asUintN(count, BigInt(value));
    for (let bit = count - 1; bit >= 0; bit--) this.bits.push(Number((whole >> BigInt(bit)) & 1n));
  }

  rice(value: number, parameter: number): void {
    const code = value >= 0 ? 2n * BigInt(value) : -2n * BigInt(value) - 1n;
    for (let zeros = code >> BigInt(parameter); zeros > 0n; zeros--) this.bits.push(0);
    this.bits.push(1);
    this.put(code, parameter);
  }

  bytes(): number[] {
    while (this.bits.length % 8 !== 0) this.bits.push(0);
    return Array.from({ length: this.bits.length / 8 }, (_, at) =>
      this.bits.slice(8 * at, 8 * at + 8).reduce((byte, bit) => 2 * byte + bit, 0),
    );
  }
}

function crc(bytes: readonly number[], polynomial: number, size: number): number {
  let sum = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const high = ((sum >> (size - 1)) & 1) ^ ((byte >> bit) & 1);
      sum = ((sum << 1) & (2 ** size - 1)) ^ (high ? polynomial : 0);
    }
  }
  return sum;
}

/** How a stream is written. */
export interface FlacOptions {
  readonly bits: number;
  readonly blockSize?: number;
  /** The number of samples per channel that the stream states; default the true one. */
  readonly totalSamples?: number;
  readonly seed?: number;
}

/** Returns the bytes of a FLAC stream with these channels. */
export function flacFile(channels: readonly (readonly number[])[], options: FlacOptions): Uint8Array {
  const { bits, blockSize = 192, seed = 1 } = options;
  const random = randomStream(seed, 'flac');
  const length = channels[0]!.length;
  const info = new Bits();
  for (const [value, size] of [
    [blockSize, 16],
    [blockSize, 16],
    [0, 24],
    [0, 24],
    [96000, 20],
  ] as const) {
    info.put(value, size);
  }
  info.put(channels.length - 1, 3);
  info.put(bits - 1, 5);
  info.put(options.totalSamples ?? length, 36);
  info.put(0, 128);
  const out = [...Buffer.from('fLaC'), 0, 0, 0, 34, ...info.bytes()];
  out.push(0x82, 0, 0, 5, 116, 101, 115, 116, 0); // A block of an application, which readers skip.
  for (let start = 0, frame = 0; start < length; start += blockSize, frame++) {
    const block = channels.map((channel) => channel.slice(start, start + blockSize));
    for (const byte of frameOf(block, bits, frame, random)) out.push(byte);
  }
  return Uint8Array.from(out);
}

function frameOf(
  block: readonly (readonly number[])[],
  bits: number,
  frame: number,
  random: Random,
): number[] {
  const length = block[0]!.length;
  const mode = block.length === 2 ? [1, 8, 9, 10][random.below(4)]! : block.length - 1;
  const head = new Bits();
  head.put(0x7ffc, 15);
  head.put(0, 1);
  head.put(length === 192 ? 1 : length <= 256 ? 6 : 7, 4);
  head.put(0, 4);
  head.put(mode, 4);
  head.put(random.below(2) === 0 ? 0 : { 8: 1, 12: 2, 16: 4, 20: 5, 24: 6 }[bits]!, 3);
  head.put(0, 1);
  if (frame < 128) head.put(frame, 8);
  else {
    head.put(0xc0 | (frame >> 6), 8);
    head.put(0x80 | (frame & 63), 8);
  }
  if (length !== 192) head.put(length - 1, length <= 256 ? 8 : 16);
  const out = new Bits();
  const start = head.bytes();
  for (const byte of [...start, crc(start, 0x07, 8)]) out.put(byte, 8);
  const [one, two] = block;
  const side = one!.map((value, n) => value - (two?.[n] ?? 0));
  const middle = one!.map((value, n) => Math.floor((value + (two?.[n] ?? 0)) / 2));
  const coded = mode === 8 ? [one!, side] : mode === 9 ? [side, two!] : mode === 10 ? [middle, side] : block;
  for (const channel of coded) putChannel(out, channel, channel === side ? bits + 1 : bits, random);
  const bytes = out.bytes();
  const sum = crc(bytes, 0x8005, 16);
  return [...bytes, sum >> 8, sum & 255];
}

function putChannel(out: Bits, samples: readonly number[], bits: number, random: Random): void {
  let wasted = 0;
  while (wasted < 3 && samples.every((value) => value % 2 ** (wasted + 1) === 0)) wasted++;
  const own = samples.map((value) => value / 2 ** wasted);
  const size = bits - wasted;
  const start = (type: number) => {
    out.put(2 * type + (wasted > 0 ? 1 : 0), 8);
    if (wasted > 0) out.put(1, wasted);
  };
  if (own.every((value) => value === own[0])) {
    start(0);
    out.put(own[0]!, size);
    return;
  }
  const kind = random.below(3);
  if (kind === 0) {
    start(1);
    for (const value of own) out.put(value, size);
    return;
  }
  const fixed = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];
  const order = Math.min(own.length, kind === 1 ? random.below(5) : 1 + random.below(12));
  const [precision, shift] = [12, 9];
  const weights = kind === 1 ? fixed[order]! : Array.from({ length: order }, () => random.below(1200) - 600);
  start(kind === 1 ? 8 + order : 31 + order);
  for (const value of own.slice(0, order)) out.put(value, size);
  if (kind === 2) {
    out.put(precision - 1, 4);
    out.put(shift, 5);
    for (const weight of weights) out.put(weight, precision);
  }
  const rests = own.slice(order).map((value, at) => {
    const sum = weights.reduce((total, weight, k) => total + weight * own[order + at - 1 - k]!, 0);
    return value - (kind === 1 ? sum : Math.floor(sum / 2 ** shift));
  });
  putRests(out, rests, own.length, order, random);
}

function putRests(out: Bits, rests: readonly number[], length: number, order: number, random: Random): void {
  const wide = random.below(2) === 0;
  const partBits = length % 4 === 0 && length / 4 >= order ? random.below(3) : 0;
  out.put(wide ? 1 : 0, 2);
  out.put(partBits, 4);
  const parts = 2 ** partBits;
  for (let part = 0, at = 0; part < parts; part++) {
    const own = rests.slice(at, at + length / parts - (part === 0 ? order : 0));
    at += own.length;
    const most = Math.max(1, ...own.map(Math.abs));
    const parameter = Math.min(wide ? 30 : 14, Math.max(0, Math.floor(Math.log2(most)) - random.below(2)));
    const needed = Math.floor(Math.log2(most)) + 2;
    if (random.below(4) === 0 && needed <= 31) {
      out.put(wide ? 31 : 15, wide ? 5 : 4);
      out.put(needed, 5);
      for (const value of own) out.put(value, needed);
    } else {
      out.put(parameter, wide ? 5 : 4);
      for (const value of own) out.rice(value, parameter);
    }
  }
}
