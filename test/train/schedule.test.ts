import { describe, expect, it } from 'vitest';
import { learningRateAt, type RateFactor, type Schedule, warmUpCosine } from '#lib/train/schedule.js';

const ratesOf = (schedule: Schedule | RateFactor, steps: number, highest = 0.002) =>
  Array.from({ length: steps }, (_, at) => learningRateAt(schedule, highest, at + 1, steps));

describe('learningRateAt', () => {
  it('keeps a constant rate, to the last bit', () => {
    expect(new Set(ratesOf('constant', 100))).toEqual(new Set([0.002]));
  });

  it('lets a cosine fall from the learning rate towards 0', () => {
    const rates = ratesOf('cosine', 100);
    expect(rates[0]).toBe(0.002);
    expect(rates[50]).toBeCloseTo(0.001, 12);
    expect(rates[99]).toBeCloseTo(0.001 * (1 + Math.cos(0.99 * Math.PI)), 12);
    expect(rates.every((rate, at) => rate > 0 && (at === 0 || rate < rates[at - 1]!))).toBe(true);
  });

  it('lets one cycle rise from 1/25 to the learning rate in 30 % of the steps, then fall towards 0', () => {
    const rates = ratesOf('one-cycle', 100);
    expect(rates[0]).toBeCloseTo(0.002 / 25, 12);
    expect(rates[15]).toBeCloseTo((0.002 + 0.002 / 25) / 2, 12);
    expect(rates[30]).toBe(0.002);
    expect(rates[65]).toBeCloseTo(0.001, 12);
    expect(rates[99]).toBeGreaterThan(0);
    expect(rates[99]).toBeLessThan(1e-5);
    expect(Math.max(...rates)).toBe(0.002);
  });

  it.each(['cosine', 'one-cycle'] as const)('gives a single step a rate above 0: %s', (schedule) => {
    expect(ratesOf(schedule, 1)[0]).toBeGreaterThan(0);
    expect(ratesOf(schedule, 3).every((rate) => rate > 0 && rate <= 0.002)).toBe(true);
  });

  it('warms up linearly, then falls along a cosine to the last share', () => {
    const rates = ratesOf(warmUpCosine({ warmUpSteps: 20, lastShare: 0.05 }), 100);
    expect(rates[0]).toBeCloseTo(0.002 / 20, 12);
    expect(rates[9]).toBeCloseTo(0.001, 12);
    expect(rates[19]).toBe(0.002);
    expect(rates[59]).toBeCloseTo((0.002 + 0.0001) / 2, 12);
    expect(rates[99]).toBeCloseTo(0.0001, 12);
    const isRising = rates.map((rate, at) => at > 0 && rate > rates[at - 1]!);
    expect(isRising.lastIndexOf(true)).toBe(19);
    expect(isRising.indexOf(true)).toBe(1);
  });

  it('only rises in a training that is not longer than its warm-up, and falls from the start without one', () => {
    const short = ratesOf(warmUpCosine({ warmUpSteps: 20, lastShare: 0.05 }), 10);
    expect(short[9]).toBeCloseTo(0.001, 12);
    const none = ratesOf(warmUpCosine({ warmUpSteps: 0, lastShare: 0 }), 10);
    expect(none.every((rate, at) => rate >= 0 && rate < (none[at - 1] ?? 0.002))).toBe(true);
  });
});
