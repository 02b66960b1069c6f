// Normal numbers in bulk: their moments and distribution, and which pieces give the same numbers.

import { expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';

const count = 200_000;
const stream = () => randomStream(11, 'noise', 4);
const whole = stream().fillNormal(new Float32Array(count));

test('the moments are those of the standard normal distribution', () => {
  const moment = (power: number) => whole.reduce((sum, value) => sum + value ** power, 0) / count;
  // Four standard errors: the variances of x, x^2, x^3 and x^4 are 1, 2, 15 and 96.
  for (const [power, expected, variance] of [
    [1, 0, 1],
    [2, 1, 2],
    [3, 0, 15],
    [4, 3, 96],
  ] as const) {
    expect(Math.abs(moment(power) - expected), `moment ${power}`).toBeLessThan(
      4 * Math.sqrt(variance / count),
    );
  }
});

test('the shares within one, two and three standard deviations are right', () => {
  for (const [limit, expected] of [
    [1, 0.682689],
    [2, 0.9545],
    [3, 0.9973],
  ] as const) {
    const share = whole.filter((value) => Math.abs(value) < limit).length / count;
    expect(Math.abs(share - expected), `${limit}`).toBeLessThan(
      4 * Math.sqrt((expected * (1 - expected)) / count),
    );
  }
  expect(Math.max(...whole.slice(0, 100_000).map(Math.abs))).toBeLessThan(5.77);
});

test('neighbours and the two halves of a pair are uncorrelated', () => {
  for (const lag of [1, 2]) {
    const products = whole.subarray(lag).map((value, at) => value * whole[at]!);
    const mean = products.reduce((sum, value) => sum + value, 0) / products.length;
    expect(Math.abs(mean), `lag ${lag}`).toBeLessThan(4 / Math.sqrt(count));
  }
});

test('pieces of even length give the numbers of one fill', () => {
  const pieces = new Float32Array(1000);
  const one = stream();
  for (const [from, to] of [
    [0, 2],
    [2, 500],
    [500, 998],
    [998, 1000],
  ] as const)
    one.fillNormal(pieces.subarray(from, to));
  expect(pieces).toEqual(whole.slice(0, 1000));
});

test('an odd length takes the first numbers of the stream and leaves what lies behind it', () => {
  const values = new Float32Array(8).fill(-9);
  stream().fillNormal(values.subarray(0, 5));
  expect(values).toEqual(Float32Array.of(...whole.slice(0, 5), -9, -9, -9));
});

test('another path gives other numbers', () => {
  expect(randomStream(11, 'noise', 5).fillNormal(new Float32Array(4))).not.toEqual(whole.slice(0, 4));
});
