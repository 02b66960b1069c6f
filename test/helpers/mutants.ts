// Makes damaged copies of files, to test that a reader fails cleanly whatever a file contains.

import { randomStream } from '#lib/base/random.js';

/** Which copies `mutantsOf` makes. */
export interface MutantOptions {
  readonly seed: number;
  readonly count: number;
  /** Only the first `changed` bytes are changed; default all. */
  readonly changed?: number;
}

/** The number of damaged files that a test tries: PQRST_FUZZ if it is set. */
export function fuzzCount(usual: number): number {
  const given = process.env.PQRST_FUZZ;
  if (given === undefined) return usual;
  if (!/^[1-9]\d{0,8}$/.test(given)) throw new Error(`PQRST_FUZZ is "${given}"; expected a number of files`);
  return Number(given);
}

/**
 * Yields damaged copies of `originals`: bytes are changed, removed, repeated or inserted, at up to four places. A seed
 * always gives the same copies.
 *
 * @param words - texts that mean something in the format, which are inserted too.
 */
export function* mutantsOf(
  originals: readonly Uint8Array[],
  { seed, count, changed }: MutantOptions,
  words: readonly string[] = [],
): Generator<Buffer, void, undefined> {
  const random = randomStream(seed, 'mutants');
  for (let n = 0; n < count; n++) {
    let bytes = Buffer.from(originals[random.below(originals.length)]!);
    for (let times = 1 + random.below(4); times > 0; times--) {
      const at = random.below(Math.min(changed ?? bytes.length, bytes.length) + 1);
      const length = 1 + random.below(8);
      const piece = bytes.subarray(at, at + length);
      const inserted = [
        () => Buffer.of(random.below(256)),
        () => Buffer.from(Array.from({ length }, () => random.below(256))),
        () => Buffer.concat([piece, piece]),
        () => Buffer.from(piece.map((byte) => byte ^ (1 << random.below(8)))),
        () => Buffer.from(String(random.below(2) === 0 ? random.below(1000) : 2 ** random.below(70))),
        () => Buffer.from(words.length === 0 ? '' : words[random.below(words.length)]!, 'latin1'),
        () => Buffer.alloc(0),
      ];
      const kept = random.below(2) === 0 ? at : at + length;
      bytes = Buffer.concat([
        bytes.subarray(0, at),
        inserted[random.below(inserted.length)]!(),
        bytes.subarray(kept),
      ]);
    }
    yield bytes;
  }
}
