import { expect, it } from 'vitest';
import { ratioOf, spreadOf } from '#lib/bench/spread.js';

it('computes the median and the quartiles of values in any order', () => {
  expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ median: 3, low: 2, high: 4 });
  expect(spreadOf([7])).toEqual({ median: 7, low: 7, high: 7 });
});

it('computes the ratio of each round, not of the medians', () => {
  // The machine had half its speed in the middle round; the ratio did not change.
  expect(ratioOf([2, 1, 2], [4, 2, 4])).toEqual({ median: 0.5, low: 0.5, high: 0.5 });
});
