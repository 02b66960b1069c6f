// K-means (Lloyd 1982): the centres from which a codebook starts.

import type { RandomStream } from '../base/random.js';

const rounds = 8;

/**
 * Returns `count` centres of `vectors`, row-major with `width` values each. The first centres are vectors drawn from
 * `stream`; each of the eight rounds moves every centre to the mean of the vectors that are nearest to it. A centre without
 * vectors moves to a drawn vector.
 */
export function kMeans(
  vectors: Float32Array,
  width: number,
  count: number,
  stream: RandomStream,
): Float32Array {
  const rows = vectors.length / width;
  const centres = new Float32Array(count * width);
  const place = (centre: number, row: number) =>
    centres.set(vectors.subarray(row * width, (row + 1) * width), centre * width);
  const order = stream.shuffle(Uint32Array.from({ length: rows }, (_, row) => row));
  for (let centre = 0; centre < count; centre++) place(centre, order[centre % rows]!);
  for (let round = 0; round < rounds; round++) {
    const sums = new Float64Array(count * width);
    const sizes = new Uint32Array(count);
    for (let row = 0; row < rows; row++) {
      const own = nearest(vectors, row * width, centres, width);
      sizes[own]! += 1;
      for (let at = 0; at < width; at++) sums[own * width + at]! += vectors[row * width + at]!;
    }
    for (let centre = 0; centre < count; centre++) {
      const size = sizes[centre]!;
      if (size === 0) {
        place(centre, stream.below(rows));
        continue;
      }
      for (let at = 0; at < width; at++) centres[centre * width + at] = sums[centre * width + at]! / size;
    }
  }
  return centres;
}

/** Returns the centre with the least squared distance to the vector at `from`; of equal ones the first. */
function nearest(vectors: Float32Array, from: number, centres: Float32Array, width: number): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (let start = 0; start < centres.length; start += width) {
    let distance = 0;
    for (let at = 0; at < width; at++) distance += (vectors[from + at]! - centres[start + at]!) ** 2;
    if (distance < least) [best, least] = [start / width, distance];
  }
  return best;
}
