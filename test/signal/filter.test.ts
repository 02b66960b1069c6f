// Checks the filter of windows: its gain against the formula of Butterworth's filter, its edges, and invalid filters.

import { describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { expectFilter, filterSignal, filterTaps, leadFilter, parseFilter } from '#lib/signal/filter.js';
import { errorOf } from '../helpers/folder.js';

const sine = (hz: number, fsHz: number, length: number, phase = 0.3) =>
  Float32Array.from({ length }, (_, n) => Math.sin((2 * Math.PI * hz * n) / fsHz + phase));

/** Returns the gain of a Butterworth filter of order 4 that runs forwards and backwards. */
function butterworth(hz: number, lowHz: number, highHz: number): number {
  const lowPass = (edgeHz: number) => 1 / (1 + (hz / edgeHz) ** 8);
  return (lowHz === 0 ? 1 : 1 - lowPass(lowHz)) * lowPass(highHz);
}

/** Returns the gain of symmetric taps, from the definition of the Fourier transform. */
function gainOf(taps: Float64Array, hz: number, fsHz: number): number {
  const middle = (taps.length - 1) / 2;
  return taps.reduce((sum, tap, n) => sum + tap * Math.cos((2 * Math.PI * hz * (n - middle)) / fsHz), 0);
}

describe('filterTaps', () => {
  it.each([
    ['0.5-40', 0.5, 40, 125],
    ['0.5-40', 0.5, 40, 250],
    ['0.5-40', 0.5, 40, 500],
    ['0.5-40', 0.5, 40, 360.5],
    ['1-15', 1, 15, 100],
    ['5-30', 5, 30, 250],
  ])('%s has nearly the gain of the Butterworth filter', (filter, lowHz, highHz, fsHz) => {
    const taps = filterTaps(filter, fsHz);
    expect(taps).toHaveLength(2 * Math.ceil(fsHz * Math.max(1 / lowHz, 6 / highHz)) + 1);
    expect(taps).toEqual(taps.toReversed());
    for (let hz = 0; hz < fsHz / 2; hz += lowHz / 10) {
      // Near half the rate the samples of an impulse response fold frequencies back.
      const folded = butterworth(fsHz - hz, 0, highHz) + butterworth(fsHz + hz, 0, highHz);
      const difference = Math.abs(gainOf(taps, hz, fsHz) - butterworth(hz, lowHz, highHz) - folded);
      expect(difference).toBeLessThan(hz < 2 * lowHz ? 0.09 : 0.007);
    }
    expect(gainOf(taps, 0, fsHz)).toBeCloseTo(0, 12);
    expect(gainOf(taps, lowHz, fsHz)).toBeCloseTo(0.5, 1);
  });

  it('keeps low frequencies if LOW is 0', () => {
    const taps = filterTaps('0-40', 250);
    expect(taps).toHaveLength(2 * Math.ceil((250 * 6) / 40) + 1);
    expect(gainOf(taps, 0, 250)).toBeCloseTo(1, 12);
    for (let hz = 0; hz < 80; hz++)
      expect(Math.abs(gainOf(taps, hz, 250) - butterworth(hz, 0, 40))).toBeLessThan(5e-3);
  });
});

describe('filterSignal', () => {
  it('removes level and wander, keeps the ECG band and removes the mains, without delay', () => {
    const [fsHz, length] = [500, 5000];
    const inner = (signal: Float32Array) => signal.subarray(2 * fsHz, -2 * fsHz);
    const largest = (signal: Float32Array) => Math.max(...inner(signal).map(Math.abs));
    const filtered = (signal: Float32Array) => filterSignal(signal, fsHz, '0.5-40');
    for (const hz of [1.5, 5, 10, 20]) {
      const wave = sine(hz, fsHz, length);
      const rest = filtered(wave).map((value, n) => value - wave[n]!);
      expect(largest(rest)).toBeLessThan(5e-3);
    }
    expect(largest(filtered(sine(0.15, fsHz, length)))).toBeLessThan(0.05);
    expect(largest(filtered(sine(60, fsHz, length)))).toBeLessThan(0.05);
    expect(largest(filtered(sine(100, fsHz, length)))).toBeLessThan(2e-3);
    const line = Float32Array.from({ length }, (_, n) => 3 - n / 1000);
    expect(Math.max(...filtered(line).map(Math.abs))).toBeLessThan(1e-6);
  });

  it('equals the sum of products over the odd reflection, and leaves its argument alone', () => {
    const [fsHz, length] = [100, 401];
    const stream = randomStream(1, 'filter');
    const signal = Float32Array.from({ length }, () => stream.normal());
    const before = signal.slice();
    const got = filterSignal(signal, fsHz, '0.5-40');
    expect(signal).toEqual(before);
    const taps = filterTaps('0.5-40', fsHz);
    const reach = (taps.length - 1) / 2;
    const last = length - 1;
    const at = (n: number) =>
      n < 0
        ? 2 * signal[0]! - signal[-n]!
        : n > last
          ? 2 * signal[last]! - signal[2 * last - n]!
          : signal[n]!;
    for (let n = 0; n < length; n++) {
      const expected = taps.reduce((sum, tap, k) => sum + tap * at(n + k - reach), 0);
      expect(Math.abs(got[n]! - expected)).toBeLessThan(3e-7);
    }
  });

  it('is linear: levels and scales do not matter', () => {
    const wave = sine(8, 250, 2500);
    const plain = filterSignal(wave, 250, '0.5-40');
    const moved = filterSignal(
      wave.map((value) => 3 * value + 5),
      250,
      '0.5-40',
    );
    expect(Math.max(...moved.map((value, n) => Math.abs(value - 3 * plain[n]!)))).toBeLessThan(2e-6);
  });

  it('refuses a gap, and a signal that is not longer than the reach', async () => {
    const gap = sine(8, 100, 1000);
    gap[7] = Number.NaN;
    expect(await errorOf(() => filterSignal(gap, 100, '0.5-40'))).toMatch(
      /^ERR_SIGNAL: sample 7 of the signal is NaN/,
    );
    expect(await errorOf(() => filterSignal(new Float32Array(200), 100, '0.5-40'))).toMatch(
      /^ERR_RANGE: the filter 0\.5-40 reaches 2 s to each side, and a signal of 2 s is not longer/,
    );
    expect(filterSignal(sine(8, 100, 201), 100, '0.5-40')).toHaveLength(201);
  });
});

describe('leadFilter', () => {
  it('reports whether the filter leaves more than rounding errors', () => {
    const windows = { fsHz: 100, lengthSamples: 1000 };
    const apply = leadFilter('0.5-40', windows);
    const out = new Float32Array(1000);
    expect(apply(sine(5, 100, 1000), out)).toBe(true);
    const line = Float32Array.from({ length: 1000 }, (_, n) => n / 100);
    expect(apply(line, out)).toBe(false);
    expect(apply(new Float32Array(1000).fill(0.3), out)).toBe(false);
    expect(leadFilter('0-40', windows)(line, out)).toBe(true);
  });
});

describe('parseFilter', () => {
  it('returns the usual spelling', () => {
    expect(['0.5-40', '0.50-40.0', ' 0 - 40 ', '00.5-040'].map(parseFilter)).toEqual([
      '0.5-40',
      '0.5-40',
      '0-40',
      '0.5-40',
    ]);
  });

  it.each(['', '40', '0.5-', '-40', '-1-40', '0.5-40 Hz', '0,5-40', '1e-3-40', 'NaN-40', '0.5-40-60'])(
    'refuses "%s"',
    async (text) => {
      expect(await errorOf(() => parseFilter(text))).toBe(
        `ERR_OPTION: the filter "${text}" must be LOW-HIGH in Hz, such as 0.5-40 or 0-40`,
      );
    },
  );

  it.each(['40-0.5', '5-5', '0-0'])('refuses %s, whose edges are out of order', async (text) => {
    expect(await errorOf(() => parseFilter(text))).toMatch(/^ERR_RANGE: .* LOW must be below HIGH/);
  });

  it('refuses edges that the windows cannot show', async () => {
    const windows = { fsHz: 100, lengthSamples: 1000 };
    expect(await errorOf(() => expectFilter('0.5-50', windows))).toMatch(
      /^ERR_RANGE: the filter 0\.5-50 ends at 50 Hz, and signals at 100 Hz contain only frequencies below 50 Hz/,
    );
    expect(await errorOf(() => expectFilter('0.05-40', windows))).toMatch(
      /^ERR_RANGE: the filter 0\.05-40 reaches 20 s to each side, and a signal of 10 s is not longer/,
    );
    expectFilter('0.1002-49.9', windows);
  });
});
