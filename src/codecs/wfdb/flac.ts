// Decodes FLAC streams to whole numbers, for the signal formats 508, 516 and 524 of WFDB. The result grows with the
// frames that are decoded; the lengths that a stream states allocate nothing.
// Source: RFC 9639.

import { PqrstError } from '../../base/errors.js';
import { mostSamples, tooManySamples } from '../input.js';
import { BitReader, CutShort } from './bit-reader.js';

/** The properties that a FLAC stream states at its start. */
export interface FlacInfo {
  readonly channels: number;
  readonly bitsPerSample: number;
  /** Samples per channel; 0 if the stream does not state it. */
  readonly totalSamples: number;
  /** The byte at which the first frame begins. */
  readonly dataAt: number;
}

const streamInfo = 0;
const streamInfoBytes = 34;
const lastBlockFlag = 0x80;

/**
 * Reads the start of a FLAC stream. `path` is used in messages only.
 *
 * @throws PqrstError ERR_WFDB_SIGNAL: when the bytes are not a FLAC stream, or its start is cut short.
 */
export function flacInfo(bytes: Uint8Array, path: string): FlacInfo {
  const fail = (problem: string) => new PqrstError('ERR_WFDB_SIGNAL', `signal file ${path} ${problem}`);
  if (Buffer.from(bytes.subarray(0, 4)).toString('latin1') !== 'fLaC') {
    throw fail('is not a FLAC stream, which its header describes; correct the format in the header');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cut = () => fail('is cut short in the description of its FLAC stream; fetch it again');
  let stated: Omit<FlacInfo, 'dataAt'> | undefined;
  for (let at = 4, isLast = false; !isLast; ) {
    if (at + 4 > bytes.length) throw cut();
    const [kind, length] = [bytes[at]!, view.getUint32(at) & 0xffffff];
    isLast = (kind & lastBlockFlag) !== 0;
    at += 4;
    if (at + length > bytes.length) throw cut();
    if ((kind & ~lastBlockFlag) === streamInfo && length >= streamInfoBytes) {
      const word = view.getUint32(at + 10);
      stated = {
        channels: ((word >>> 9) & 7) + 1,
        bitsPerSample: ((word >>> 4) & 31) + 1,
        totalSamples: (word & 15) * 2 ** 32 + view.getUint32(at + 14),
      };
    }
    at += length;
    if (isLast && stated !== undefined) return { ...stated, dataAt: at };
  }
  throw fail('does not describe its FLAC stream (no STREAMINFO); fetch it again');
}

/**
 * Decodes samples of some channels, one Int32Array [count] each.
 *
 * @param first - the first sample to return.
 * @param count - number of samples per channel; if undefined, all to the end of the stream.
 * @param channels - places of the channels to return.
 * @throws PqrstError ERR_WFDB_SIGNAL: when the stream is damaged, is too long, or ends before these samples.
 */
export function decodeFlac(
  bytes: Uint8Array,
  info: FlacInfo,
  { first, count, channels }: { first: number; count: number | undefined; channels: readonly number[] },
  path: string,
): Int32Array[] {
  const stated = info.totalSamples === 0 ? Number.POSITIVE_INFINITY : info.totalSamples;
  const end = count === undefined ? stated : first + count;
  const reader = new BitReader(bytes, info.dataAt);
  const found = channels.map(() => new Growing());
  const fail = (problem: string, done: number) =>
    new PqrstError(
      'ERR_WFDB_SIGNAL',
      `signal file ${path} ${problem} after ${done} of its ${end === Number.POSITIVE_INFINITY ? 'unknown number of' : end} ` +
        'samples per signal; fetch it again',
    );
  let done = 0;
  while (done < end) {
    // A stream of constant samples is very short.
    if ((done - first) * channels.length > mostSamples) {
      const problem = `signal file ${path} holds more samples than are read: ${tooManySamples}`;
      throw new PqrstError('ERR_WFDB_SIGNAL', problem);
    }
    if (reader.isAtEnd && end === Number.POSITIVE_INFINITY) break;
    try {
      const block = readFrame(reader, info);
      const from = Math.max(0, first - done);
      const to = Math.min(block[0]!.length, end - done);
      for (const [at, channel] of channels.entries()) found[at]!.push(block[channel]!, from, to);
      done += block[0]!.length;
    } catch (error) {
      if (error instanceof CutShort) throw fail('ends', done);
      if (error instanceof Damaged) throw fail(`is damaged (${error.message})`, done);
      throw error;
    }
  }
  return found.map((one) => one.samples());
}

/** The reason why a frame cannot be decoded. */
class Damaged extends Error {}

/** An array of samples that grows as samples are appended. */
class Growing {
  #samples = new Int32Array(4096);
  #length = 0;

  /** Appends `block` from sample `from` up to, and without, sample `to`. */
  push(block: Int32Array, from: number, to: number): void {
    if (to <= from) return;
    const length = this.#length + to - from;
    if (length > this.#samples.length) {
      const larger = new Int32Array(Math.max(length, 2 * this.#samples.length));
      larger.set(this.#samples);
      this.#samples = larger;
    }
    this.#samples.set(block.subarray(from, to), this.#length);
    this.#length = length;
  }

  samples(): Int32Array {
    const isFull = this.#length === this.#samples.length;
    return isFull ? this.#samples : this.#samples.slice(0, this.#length);
  }
}

/** Bits per sample by the code in the header of a frame; 0 stands for the value of the stream. */
const sizes: readonly (number | undefined)[] = [0, 8, 12, undefined, 16, 20, 24, 32];
/** The codes of stereo frames, of which one channel is the difference of both. */
const stereo = { leftSide: 8, sideRight: 9, midSide: 10 } as const;

/** Reads a frame, and returns its samples: one array per channel. */
function readFrame(reader: BitReader, info: FlacInfo): Int32Array[] {
  const start = reader.byteAt;
  if (reader.bits(15) !== 0x7ffc) throw new Damaged('no frame begins where one must begin');
  reader.bits(1);
  const [sizeCode, rateCode, assignment] = [reader.bits(4), reader.bits(4), reader.bits(4)];
  const bits = sizes[reader.bits(3)];
  reader.bits(1);
  skipCodedNumber(reader);
  const length = blockLength(sizeCode, reader);
  if (rateCode === 12) reader.bits(8);
  if (rateCode === 13 || rateCode === 14) reader.bits(16);
  const headerSum = reader.checksum(start, 8);
  if (reader.bits(8) !== headerSum) throw new Damaged('wrong checksum of the start of a frame');
  const isStereo = assignment >= stereo.leftSide;
  const channels = isStereo ? 2 : assignment + 1;
  if (assignment > stereo.midSide || bits === undefined || channels !== info.channels) {
    throw new Damaged('a frame differs from the description of the stream');
  }
  const side = assignment === stereo.sideRight ? 0 : 1;
  const block = Array.from({ length: channels }, (_, at) =>
    readSubframe(reader, length, (bits || info.bitsPerSample) + (isStereo && at === side ? 1 : 0)),
  );
  reader.toByte();
  const frameSum = reader.checksum(start, 16);
  if (reader.bits(16) !== frameSum) throw new Damaged('wrong checksum of a frame');
  if (isStereo) separate(block[0]!, block[1]!, assignment);
  return block;
}

/** Skips the number of the frame, which is coded as UTF-8 codes a character. */
function skipCodedNumber(reader: BitReader): void {
  const lead = reader.bits(8);
  const more = Math.clz32(~(lead << 24));
  if (more === 1 || more > 7) throw new Damaged('wrong number of a frame');
  for (let n = 1; n < more; n++) reader.bits(8);
}

function blockLength(code: number, reader: BitReader): number {
  if (code === 0) throw new Damaged('a frame states no length');
  if (code === 1) return 192;
  if (code < 6) return 576 << (code - 2);
  if (code < 8) return reader.bits(code === 6 ? 8 : 16) + 1;
  return 256 << (code - 8);
}

/** Computes both channels of a stereo frame in place. */
function separate(one: Int32Array, two: Int32Array, assignment: number): void {
  for (let n = 0; n < one.length; n++) {
    const [a, b] = [one[n]!, two[n]!];
    if (assignment === stereo.leftSide) two[n] = a - b;
    else if (assignment === stereo.sideRight) one[n] = a + b;
    else {
      // The middle is rounded down; the lowest bit of the side tells whether a half is missing.
      const sum = 2 * a + (b & 1);
      one[n] = (sum + b) / 2;
      two[n] = (sum - b) / 2;
    }
  }
}

/** The weights of the last samples in the predictors of a fixed order 0-4. */
const fixedWeights: readonly (readonly number[])[] = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

/** Reads the samples of one channel; `bits` is the size of a sample. */
function readSubframe(reader: BitReader, length: number, bits: number): Int32Array {
  const kind = reader.bits(8);
  if (kind >= 0x80) throw new Damaged('a channel begins with a wrong bit');
  const wasted = (kind & 1) === 0 ? 0 : reader.unary() + 1;
  const type = kind >> 1;
  const own = bits - wasted;
  if (own < 1 || own > 32) throw new Damaged(`samples of ${own} bits`);
  const samples = new Int32Array(length);
  if (type === 0) samples.fill(reader.signed(own));
  else if (type === 1) for (let n = 0; n < length; n++) samples[n] = reader.signed(own);
  else if (type >= 8 && type <= 12) readPredicted(reader, samples, own, type - 8, undefined);
  else if (type >= 32) readPredicted(reader, samples, own, type - 31, 'linear');
  else throw new Damaged(`unknown type of a channel: ${type}`);
  if (wasted > 0) for (let n = 0; n < length; n++) samples[n]! <<= wasted;
  return samples;
}

/** Reads the first samples, the weights if the predictor has its own, and the rests; then predicts. */
function readPredicted(
  reader: BitReader,
  samples: Int32Array,
  bits: number,
  order: number,
  predictor: 'linear' | undefined,
): void {
  if (order > samples.length) throw new Damaged('a frame is shorter than its predictor');
  for (let n = 0; n < order; n++) samples[n] = reader.signed(bits);
  let weights = fixedWeights[order]!;
  let scale = 1;
  if (predictor === 'linear') {
    const precision = reader.bits(4) + 1;
    const shift = reader.signed(5);
    if (precision > 15 || shift < 0) throw new Damaged('wrong weights of a predictor');
    scale = 2 ** shift;
    weights = Array.from({ length: order }, () => reader.signed(precision));
  }
  readRests(reader, samples, order);
  for (let n = order; n < samples.length; n++) {
    // A double holds the sum exactly: at most 33 bits of a sample, 15 of a weight and 5 of the order.
    let sum = 0;
    for (let k = 0; k < order; k++) sum += weights[k]! * samples[n - 1 - k]!;
    samples[n]! += scale === 1 ? sum : Math.floor(sum / scale);
  }
}

/** Reads what the predictor leaves, by Rice codes, into `samples` from sample `order`. */
function readRests(reader: BitReader, samples: Int32Array, order: number): void {
  const method = reader.bits(2);
  if (method > 1) throw new Damaged('unknown code of the rests');
  const [parameterBits, escapeCode] = method === 0 ? [4, 15] : [5, 31];
  const parts = 2 ** reader.bits(4);
  const partLength = samples.length / parts;
  if (!Number.isInteger(partLength) || partLength < order) throw new Damaged('wrong parts of the rests');
  for (let part = 0, n = order; part < parts; part++) {
    const parameter = reader.bits(parameterBits);
    const end = (part + 1) * partLength;
    if (parameter === escapeCode) {
      const size = reader.bits(5);
      for (; n < end; n++) samples[n] = size === 0 ? 0 : reader.signed(size);
    } else {
      for (; n < end; n++) samples[n] = reader.rice(parameter);
    }
  }
}
