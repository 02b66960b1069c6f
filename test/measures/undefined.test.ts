// Values that are not numbers end a measure with NaN. A loop over equal values must not wait for a NaN to equal itself.

import { expect, it } from 'vitest';
import type { GroupedPoints } from '../../src/measures/discrepancy.js';
import { mannWhitney } from '../../src/measures/memorisation.js';
import { areaOfScores, logisticTwoSample, nearestTwoSample } from '../../src/measures/two-sample.js';

it('gives NaN for scores and distances of NaN', () => {
  expect(areaOfScores(Float64Array.of(0.1, Number.NaN, 0.3, 0.2), 2)).toBeNaN();
  expect(mannWhitney([1, Number.NaN], [2, 3])).toBeNaN();
});

it('compares sets of one group each, whichever folds the groups are in', () => {
  const side = (offset: number): GroupedPoints => ({
    points: {
      count: 12,
      dims: 2,
      values: Float64Array.from({ length: 24 }, (_, at) => offset + Math.sin(at)),
    },
    groups: new Int32Array(12),
  });
  for (let seed = 0; seed < 12; seed++) {
    for (const test of [logisticTwoSample, nearestTwoSample]) {
      const { auroc, scores } = test(side(0), side(1), { seed, resamples: 5 });
      expect(scores.every(Number.isFinite)).toBe(true);
      expect(auroc.value).not.toBeLessThan(0);
    }
  }
});
