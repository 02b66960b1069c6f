// Shifts and masks windows for training.

import { describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { augment } from '#lib/batches/augment.js';

const ramp = (length: number) => Float32Array.from({ length }, (_, at) => at + 1);

describe('augment', () => {
  const rates = { shiftRate: 0.5, maskRate: 0.3 };

  it('depends only on the random stream', () => {
    const [a, b, c] = [ramp(100), ramp(100), ramp(100)];
    augment([a], rates, randomStream(1, 'augment', 0, 7));
    augment([b], rates, randomStream(1, 'augment', 0, 7));
    augment([c], rates, randomStream(1, 'augment', 1, 7));
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  it('shifts to either side by at most its rate and fills with zeros', () => {
    const shifts: number[] = [];
    for (let k = 0; k < 300; k++) {
      const signal = ramp(100);
      augment([signal], { shiftRate: 0.5, maskRate: 0 }, randomStream(1, 'shift', k));
      const first = signal.findIndex((x) => x !== 0);
      const shift = first > 0 ? first : 1 - signal[0]!;
      shifts.push(shift);
      const expected = ramp(100).map((_, at) => (at - shift >= 0 && at - shift < 100 ? at - shift + 1 : 0));
      expect(signal).toEqual(expected);
    }
    expect(Math.max(...shifts)).toBeGreaterThan(45);
    expect(Math.min(...shifts)).toBeLessThan(-45);
    expect(Math.max(...shifts.map(Math.abs))).toBeLessThanOrEqual(50);
  });

  it('zeroes one block of at most its rate', () => {
    const lengths = new Set<number>();
    for (let k = 0; k < 200; k++) {
      const signal = ramp(100);
      augment([signal], { shiftRate: 0, maskRate: 0.3 }, randomStream(2, 'mask', k));
      const zeros = [...signal.keys()].filter((at) => signal[at] === 0);
      lengths.add(zeros.length);
      if (zeros.length > 0) expect(zeros.at(-1)! - zeros[0]! + 1).toBe(zeros.length);
    }
    expect(Math.max(...lengths)).toBe(30);
    expect(lengths.size).toBeGreaterThan(20);
  });

  it('does not change a window at rates of 0', () => {
    const signal = ramp(50);
    augment([signal], { shiftRate: 0, maskRate: 0 }, randomStream(3));
    expect(signal).toEqual(ramp(50));
  });
});
