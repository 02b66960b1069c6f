import { describe, expect, it } from 'vitest';
import { chooseThreshold } from '#lib/score/threshold.js';

const choose = (...pairs: [number, 0 | 1][]) =>
  chooseThreshold(pairs.map(([probability, label]) => ({ positive: label === 1, probability })));

describe('chooseThreshold', () => {
  it('takes the middle between the labels if a threshold separates them', () => {
    expect(choose([0.1, 0], [0.2, 0], [0.4, 1], [0.9, 1])).toEqual({
      threshold: expect.closeTo(0.3, 12),
      f1: 1,
    });
  });

  it('takes the highest F1', () => {
    // Positive from 0.15: TP 2, FP 1, F1 0.8; from 0.45: TP 1, F1 2/3.
    expect(choose([0.05, 0], [0.2, 1], [0.3, 0], [0.6, 1])).toEqual({
      threshold: expect.closeTo(0.125, 12),
      f1: 0.8,
    });
  });

  it('takes the threshold nearest to 0.5 among equals, and the lower one of two', () => {
    // F1 is 2/3 from 0.775 (TP 1, FN 1) and from 0.275 (TP 2, FP 2).
    const two = [
      [0.1, 0],
      [0.45, 1],
      [0.6, 0],
      [0.65, 0],
      [0.9, 1],
    ] as [number, 0 | 1][];
    expect(choose(...two)).toEqual({ threshold: expect.closeTo(0.275, 12), f1: 2 / 3 });
    expect(choose(...two, [0.4, 0])).toEqual({ threshold: expect.closeTo(0.425, 12), f1: 2 / 3 });
    // From 0.25 (TP 2, FP 2) and from 0.75 (TP 1) the same F1, equally near.
    expect(choose([0, 0], [0.5, 1], [0.625, 0], [0.625, 0], [0.875, 1])).toEqual({
      threshold: 0.25,
      f1: 2 / 3,
    });
  });

  it('does not separate equal probabilities, and finds thresholds at the ends', () => {
    expect(choose([0.7, 1], [0.7, 0], [0.7, 1])).toEqual({ threshold: 0.35, f1: 0.8 });
    expect(choose([0, 1], [0, 0])).toEqual({ threshold: 0, f1: 2 / 3 });
    expect(choose([1, 1], [1 - 2 ** -53, 0])).toEqual({ threshold: 1, f1: 1 });
  });

  it('returns undefined without both labels', () => {
    expect(choose([0.3, 1])).toBeUndefined();
    expect(choose([0.3, 0])).toBeUndefined();
    expect(choose()).toBeUndefined();
  });
});
