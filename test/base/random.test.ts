// Random streams are identified by their path and uniform.

import { expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';

const count = 100_000;
const filled = (...path: (string | number)[]) => randomStream(3, ...path).fill(new Float32Array(count));

test('fill draws uniform multiples of 2^-24 in [0, 1)', () => {
  let isOnGrid = true;
  const shares = new Array<number>(16).fill(0);
  for (const value of filled('a')) {
    isOnGrid &&= value >= 0 && value < 1 && Number.isInteger(value * 2 ** 24);
    shares[Math.floor(16 * value)]!++;
  }
  expect(isOnGrid).toBe(true);
  const expected = count / 16;
  const chiSquare = shares.reduce((sum, share) => sum + (share - expected) ** 2 / expected, 0);
  // With 15 degrees of freedom, one in a thousand values exceeds 37.7. The seed is fixed.
  expect(chiSquare).toBeLessThan(37.7);
});

test('the path identifies the stream', () => {
  const again = filled('a', 1);
  expect(filled('a', 1).every((value, at) => value === again[at])).toBe(true);
  const [one, other] = [filled('a', 1), filled('a', 2)];
  const product = one.reduce((sum, value, at) => sum + (value - 0.5) * (other[at]! - 0.5), 0) / count;
  // The correlation of independent draws is normal with standard deviation 1 / sqrt(count).
  expect(Math.abs(12 * product)).toBeLessThan(4 / Math.sqrt(count));
});
