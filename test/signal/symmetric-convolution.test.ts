// Compares the convolution by Fourier transforms with the sum of products.

import { describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { SymmetricConvolution } from '#lib/signal/symmetric-convolution.js';

function someTaps(reach: number): Float64Array {
  const stream = randomStream(3, 'taps', reach);
  const half = Array.from({ length: reach + 1 }, () => stream.normal());
  return Float64Array.from({ length: 2 * reach + 1 }, (_, at) => half[Math.abs(at - reach)]!);
}

function someSignal(length: number, name: string): Float64Array {
  const stream = randomStream(4, name, length);
  return Float64Array.from({ length }, () => stream.normal());
}

describe('SymmetricConvolution', () => {
  it.each([
    [0, 1],
    [0, 5],
    [1, 2],
    [3, 10],
    [5, 6],
    [31, 66],
    [200, 1000],
    [500, 2500],
    // Several blocks, the last of which is short.
    [300, 40_000],
    [2100, 31_000],
  ])('equals the sum of products, with reach %d and length %d', (reach, length) => {
    const taps = someTaps(reach);
    const padded = someSignal(length + 2 * reach, 'signal');
    const out = new Float32Array(length);
    new SymmetricConvolution(taps, length).apply(padded, out);
    const scale = Math.sqrt(taps.reduce((sum, tap) => sum + tap * tap, 0));
    const step = length > 5000 ? 37 : 1;
    let worst = 0;
    for (let n = 0; n < length; n += step) {
      const expected = taps.reduce((sum, tap, k) => sum + tap * padded[n + k]!, 0);
      worst = Math.max(worst, Math.abs(out[n]! - expected) / scale);
    }
    // Half a unit in the last place of a float32 of size 4.
    expect(worst).toBeLessThan(3e-7);
  });

  it('gives a signal the same bits whatever it convolved before', () => {
    const [taps, length] = [someTaps(40), 300];
    const [one, other] = [someSignal(380, 'one'), someSignal(380, 'other')];
    const [alone, after] = [new Float32Array(length), new Float32Array(length)];
    new SymmetricConvolution(taps, length).apply(one, alone);
    const used = new SymmetricConvolution(taps, length);
    used.apply(other, after);
    used.apply(one, after);
    expect(after).toEqual(alone);
  });
});
