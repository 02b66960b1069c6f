// Draws seeded random numbers for everything outside the kernel: initial weights, shuffles, augmentation, dropout,
// bootstrap. A seed and a path such as ('shuffle', epoch) identify a stream, so its numbers do not depend on the draws
// of others.

import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** A sequence of random numbers. */
export interface RandomStream {
  /** Draws a uniform number in [0, 1). */
  uniform(): number;
  /**
   * Fills `values` with uniform multiples of 2^-24 in [0, 1) and returns it. Takes a third of the time of `uniform`.
   */
  fill(values: Float32Array): Float32Array;
  /**
   * Fills `values` with standard normal numbers (Box-Muller, both halves of each pair) and returns it. Each pair comes from
   * two multiples of 2^-24, so no number is beyond 5.77. An odd last place takes the first half of its pair, and the second
   * half is lost. Therefore pieces of even length give the same numbers as one fill of the whole; other pieces do not.
   */
  fillNormal(values: Float32Array): Float32Array;
  /** Draws a uniform integer in [0, count). */
  below(count: number): number;
  /** Draws a standard normal number (Box-Muller, cosine half). */
  normal(): number;
  /** Shuffles `items` in place (Fisher-Yates) and returns it. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T;
}

/** Returns the stream identified by `seed` and `path`. It gives the same numbers on every machine. */
export function randomStream(seed: number | bigint, ...path: (string | number)[]): RandomStream {
  const digest = createHash('sha256')
    .update(`${seed}/${path.join('/')}`)
    .digest();
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((at) => digest.readInt32LE(at)));
  const onGrid = () => (generator.next() >>> 8) * 2 ** -24;
  const stream: RandomStream = {
    uniform: () => uniformFloat64(generator),
    fill: (values) => {
      for (let at = 0; at < values.length; at++) values[at] = onGrid();
      return values;
    },
    fillNormal: (values) => {
      for (let at = 0; at < values.length; at += 2) {
        const radius = Math.sqrt(-2 * Math.log(1 - onGrid()));
        const angle = 2 * Math.PI * onGrid();
        values[at] = radius * Math.cos(angle);
        // A write behind the end of the array has no effect.
        values[at + 1] = radius * Math.sin(angle);
      }
      return values;
    },
    below: (count) => uniformInt(generator, 0, count - 1),
    normal: () => {
      const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator)));
      return radius * Math.cos(2 * Math.PI * uniformFloat64(generator));
    },
    shuffle: (items) => {
      for (let last = items.length - 1; last > 0; last--) {
        const other = uniformInt(generator, 0, last);
        [items[last], items[other]] = [items[other], items[last]];
      }
      return items;
    },
  };
  return stream;
}
