// Compares the resampler with sines, whose samples are known at every rate.

import { describe, expect, it } from 'vitest';
import { resample } from '#lib/signal/resample.js';
import { errorOf } from '../helpers/folder.js';

const sine = (hz: number, fsHz: number, length: number, phase = 0.3) =>
  Float32Array.from({ length }, (_, n) => Math.sin((2 * Math.PI * hz * n) / fsHz + phase));

/** Returns the largest absolute difference away from the ends, where the filter covers only the signal. */
function innerError(got: Float32Array, expected: Float32Array): number {
  const margin = Math.ceil(got.length / 8);
  let worst = 0;
  for (let n = margin; n < got.length - margin; n++)
    worst = Math.max(worst, Math.abs(got[n]! - expected[n]!));
  return worst;
}

const pairs = [
  [360, 500],
  [500, 250],
  [360, 250],
  [300, 500],
  [300, 250],
  [1000, 500],
  [500, 100],
  [257.5, 250],
  [128, 500],
] as const;

describe.each(pairs)('resample %d -> %d Hz', (fromHz, toHz) => {
  const lower = Math.min(fromHz, toHz) / 2;
  const length = fromHz * 8;

  it('keeps sines up to 0.8 of the lower Nyquist frequency within 0.02 %, without delay or images', () => {
    for (const share of [0.01, 0.1, 0.4, 0.6, 0.8]) {
      const got = resample(sine(share * lower, fromHz, length), fromHz, toHz);
      expect(got.length).toBe(Math.ceil((length * toHz) / fromHz));
      expect(innerError(got, sine(share * lower, toHz, got.length))).toBeLessThan(2e-4);
    }
  });

  it('keeps every bit of a constant, and a straight line up to its ends', () => {
    const constant = resample(new Float32Array(length).fill(0.7), fromHz, toHz);
    for (const value of constant) expect(value).toBe(Math.fround(0.7));
    const line = resample(
      Float32Array.from({ length }, (_, n) => n / length),
      fromHz,
      toHz,
    );
    const expected = (n: number) => (n * fromHz) / toHz / length;
    expect(Math.max(...line.map((value, n) => Math.abs(value - expected(n))))).toBeLessThan(1e-5);
  });

  if (fromHz > toHz) {
    it('suppresses frequencies that would alias by at least 74 dB', () => {
      const nyquists = fromHz / toHz;
      for (const factor of [1.001, 1.05, 1.2, 1.5, 1.9, 0.99 * nyquists]) {
        if (factor < 1 || factor >= nyquists) continue;
        const got = resample(sine(factor * lower, fromHz, length), fromHz, toHz);
        expect(innerError(got, new Float32Array(got.length))).toBeLessThan(2e-4);
      }
    });
  }
});

describe('resample', () => {
  it('returns the same array at the same rate', () => {
    const signal = sine(5, 500, 100);
    expect(resample(signal, 500, 500)).toBe(signal);
  });

  it('accepts signals that are shorter than its filter, with one sample or without samples', () => {
    expect(resample(Float32Array.of(2, 2), 500, 100)).toEqual(Float32Array.of(2));
    expect(resample(Float32Array.of(-1), 100, 500)).toEqual(new Float32Array(5).fill(-1));
    expect(resample(new Float32Array(0), 360, 500).length).toBe(0);
  });

  it('limits the effect of a missing sample to its neighbourhood', () => {
    const signal = sine(5, 360, 3600);
    signal[1800] = Number.NaN;
    const got = resample(signal, 360, 500);
    const clean = resample(sine(5, 360, 3600), 360, 500);
    expect(got[2500]).toBeNaN();
    for (const n of [0, 2400, 2600, 4999]) expect(got[n]).toBe(clean[n]);
  });

  it.each([
    [0, 500],
    [-360, 500],
    [360, Number.NaN],
    [360, 1e12],
    [1, 2000],
  ])('refuses %d -> %d Hz', async (fromHz, toHz) => {
    expect(await errorOf(() => resample(new Float32Array(10), fromHz, toHz))).toContain('ERR_RANGE');
  });
});
