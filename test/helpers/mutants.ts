// Makes damaged copies of files, to test that a reader fails cleanly whatever a file contains. A seed always gives the
// same copies.

import { type RandomStream, randomStream } from '#lib/base/random.js';

/** How `mutantOf` changes a file. */
export interface MutationOptions {
  /** Only the first `changed` bytes are changed; default all. */
  readonly changed?: number;
  /** Texts that mean something in the format, which are inserted too. */
  readonly words?: readonly string[];
}

/** Which copies `mutantsOf` makes. */
export interface MutantOptions {
  readonly seed: number;
  readonly count: number;
  /** Only the first `changed` bytes are changed; default all. */
  readonly changed?: number;
}

/** A damaged copy is at most this much larger than its original. */
const mostGrowth = 2 ** 16;
/** Numbers in text are searched in this many bytes. */
const searched = 512;
const extremes = [
  ...['0', '-0', '1', '-1', '0.1', '1e-320', '1e9', '1e15', '1e309', '-1e309', '9'.repeat(20), 'nan', 'inf'],
  ...['255', '32768', '65536', '268435456', '2147483647', '2147483648', '-2147483649', '4294967295'],
  ...['4294967296', '9007199254740993', '-9223372036854775808', '0x7f', '1_0', '+3', '007'],
];

/** The number of damaged files that a test tries: PQRST_FUZZ if it is set. */
export function fuzzCount(usual: number): number {
  const given = process.env.PQRST_FUZZ;
  if (given === undefined) return usual;
  if (!/^[1-9]\d{0,8}$/.test(given)) throw new Error(`PQRST_FUZZ is "${given}"; expected a number of files`);
  return Number(given);
}

/**
 * Yields damaged copies of `originals`: bits and bytes are changed, removed, repeated or inserted, and numbers and sizes
 * become extreme, at up to four places.
 *
 * @param words - texts that mean something in the format, which are inserted too.
 */
export function* mutantsOf(
  originals: readonly Uint8Array[],
  { seed, count, ...rest }: MutantOptions,
  words: readonly string[] = [],
): Generator<Buffer, void, undefined> {
  const random = randomStream(seed, 'mutants');
  for (let n = 0; n < count; n++) {
    yield mutantOf(originals[random.below(originals.length)]!, random, { ...rest, words }, originals);
  }
}

/**
 * Returns a damaged copy of `original`.
 *
 * @param others - files from which pieces are copied into it.
 */
export function mutantOf(
  original: Uint8Array,
  random: RandomStream,
  { changed, words = [] }: MutationOptions = {},
  others: readonly Uint8Array[] = [original],
): Buffer {
  const most = original.length + mostGrowth;
  let bytes: Buffer = Buffer.from(original);
  for (let times = 1 + random.below(4); times > 0; times--) {
    const at = random.below(Math.min(changed ?? bytes.length, bytes.length) + 1);
    const mutated = mutations[random.below(mutations.length)]!(bytes, at, random, words, others);
    if (mutated.length <= most) bytes = mutated;
  }
  return bytes;
}

type Mutation = (
  bytes: Buffer,
  at: number,
  random: RandomStream,
  words: readonly string[],
  others: readonly Uint8Array[],
) => Buffer;

/** Inserts the bytes that `of` returns, in the place of as many others or of none. */
const inserting =
  (
    of: (
      piece: Buffer,
      random: RandomStream,
      words: readonly string[],
      others: readonly Uint8Array[],
    ) => Uint8Array,
  ): Mutation =>
  (bytes, at, random, words, others) => {
    const length = 1 + random.below(8);
    const kept = random.below(2) === 0 ? at : at + length;
    const inserted = of(bytes.subarray(at, at + length), random, words, others);
    return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(kept)]);
  };

/** A piece of up to 64 bytes of one of the files. */
function pieceOf(others: readonly Uint8Array[], random: RandomStream): Uint8Array {
  const other = others[random.below(others.length)]!;
  const at = random.below(other.length + 1);
  return other.subarray(at, at + 1 + random.below(64));
}

/** Writes an extreme number over the bytes at a place, as programs store sizes. */
const extremeSize: Mutation = (bytes, at, random) => {
  const width = [1, 2, 4, 8][random.below(4)]!;
  if (at + width > bytes.length) return bytes.subarray(0, at);
  const bits = BigInt(8 * width);
  const values = [0n, 1n, 2n ** (bits - 1n) - 1n, 2n ** (bits - 1n), 2n ** bits - 1n, 2n ** (bits - 3n)];
  const nearby = BigInt(bytes.length - random.below(at + 3) + 1);
  const chosen = [...values, nearby][random.below(values.length + 1)]!;
  const stored = Buffer.alloc(8);
  stored.writeBigUInt64LE(BigInt.asUintN(64, chosen));
  const own = stored.subarray(0, width);
  if (random.below(2) === 0) own.reverse();
  const copy = Buffer.from(bytes);
  copy.set(own, at);
  return copy;
};

/** Puts an extreme number in the place of a number in text, with the same width or another one. */
const extremeNumber: Mutation = (bytes, at, random) => {
  const near = bytes.subarray(at, at + searched).toString('latin1');
  const found = /-?\d+(?:\.\d+)?(?:e[-+]?\d+)?/i.exec(near);
  if (found === null) return bytes;
  const [from, to] = [at + found.index, at + found.index + found[0].length];
  const chosen = extremes[random.below(extremes.length)]!;
  const text = random.below(2) === 0 ? chosen : chosen.padEnd(to - from).slice(0, to - from);
  return Buffer.concat([bytes.subarray(0, from), Buffer.from(text), bytes.subarray(to)]);
};

/** Repeats a short or a long piece up to thousands of times. */
const repeated: Mutation = (bytes, at, random) => {
  const piece = bytes.subarray(at, at + 1 + random.below(2 ** (1 + random.below(10))));
  if (piece.length === 0) return bytes;
  const times = Math.min(2 ** random.below(15), Math.floor(mostGrowth / 2 / piece.length));
  const copies = Buffer.alloc(times * piece.length, piece);
  return Buffer.concat([bytes.subarray(0, at), copies, bytes.subarray(at)]);
};

const removed: Mutation = (bytes, at, random) => {
  const length = 1 + random.below(2 ** (1 + random.below(10)));
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
};

const mutations: readonly Mutation[] = [
  inserting((_, random) => Buffer.of(random.below(256))),
  inserting((piece, random) => Buffer.from(piece.map(() => random.below(256)))),
  inserting((piece) => Buffer.concat([piece, piece])),
  inserting((_, random) =>
    Buffer.from(String(random.below(2) === 0 ? random.below(1000) : 2 ** random.below(70))),
  ),
  inserting((_, random, words) =>
    Buffer.from(words.length === 0 ? '' : words[random.below(words.length)]!, 'latin1'),
  ),
  inserting(() => Buffer.alloc(0)),
  inserting((_, random, __, others) => pieceOf(others, random)),
  (bytes, at, random) => {
    const copy = Buffer.from(bytes);
    if (at < copy.length) copy[at] = copy[at]! ^ (1 << random.below(8));
    return copy;
  },
  (bytes, at) => bytes.subarray(0, at),
  removed,
  repeated,
  extremeNumber,
  extremeSize,
  extremeSize,
];
