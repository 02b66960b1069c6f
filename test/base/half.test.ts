// Converts float32 to half precision and back.

import { expect, it } from 'vitest';
import { floatToHalf, halfToFloat } from '#lib/base/half.js';
import { randomStream } from '#lib/base/random.js';

const all = Uint16Array.from({ length: 2 ** 16 }, (_, half) => half);

it('converts every half to float32 and back', () => {
  const values = halfToFloat(all);
  const back = floatToHalf(values);
  const wrong = all.filter((half, at) =>
    Number.isNaN(values[at]) ? (back[at]! & 0x7fff) <= 0x7c00 : back[at] !== half,
  );
  expect([...wrong]).toEqual([]);
});

it('rounds to the nearest half, ties to even, and to infinity beyond the largest half', () => {
  // The nonnegative finite halves have the order of their bits.
  const finite = halfToFloat(all.subarray(0, 0x7c01)).fill(65536, 0x7c00);
  const stream = randomStream(1, 'half');
  for (let half = 0; half < 0x7c00; half += 1 + stream.below(50)) {
    const [low, high] = [finite[half]!, finite[half + 1]!];
    const middle = (low + high) / 2;
    const inside = low + (high - low) * stream.uniform();
    const [atMiddle, below, above, some] = floatToHalf(
      Float32Array.of(middle, middle - (middle - low) / 8, middle + (high - middle) / 8, inside),
    );
    expect([atMiddle, below, above]).toEqual([half + (half % 2), half, half + 1]);
    const nearest = Math.fround(inside) < middle ? half : half + 1;
    if (Math.fround(inside) !== middle) expect(some).toBe(nearest);
  }
  expect([...floatToHalf(Float32Array.of(65504, 65519, 65520, -1e9, 1e-9, -0))]).toEqual([
    0x7bff, 0x7bff, 0x7c00, 0xfc00, 0, 0x8000,
  ]);
});
