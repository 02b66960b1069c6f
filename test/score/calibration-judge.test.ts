// Compares calibration and the chosen threshold with scikit-learn (test/judges/calibration_judge.py).

import { describe, expect, it } from 'vitest';
import { calibrationOf } from '#lib/score/calibration.js';
import { score } from '#lib/score/metrics.js';
import { chooseThreshold } from '#lib/score/threshold.js';
import { judge } from '../helpers/judge.js';
import { pythonWith } from '../helpers/python.js';
import { randomWindows } from '../helpers/random-windows.js';

const python = pythonWith('sklearn', 'numpy');
const absent =
  python === undefined ? ' (SKIPPED: no python3 with scikit-learn; pip install scikit-learn)' : '';
describe.skipIf(python === undefined)(`scikit-learn${absent}`, () => {
  it('gives the same Brier score, the same bins and the same highest F1', () => {
    const sets = [
      randomWindows(3, 1000, 0.7),
      randomWindows(4, 101, -1),
      randomWindows(5, 37, 0),
      randomWindows(6, 500, 0.3, 20),
      randomWindows(7, 64, 0, 4),
    ];
    const verdicts = judge<{ brier: number; shares: number[]; means: number[]; f1: number }[]>(
      python!,
      'calibration_judge.py',
      sets.map((windows) => ({
        labels: windows.map(({ positive }) => Number(positive)),
        probabilities: windows.map(({ probability }) => probability),
      })),
    );
    for (const [at, { brier, shares, means, f1 }] of verdicts.entries()) {
      const own = calibrationOf(sets[at]!);
      expect(own.brier).toBeCloseTo(brier, 12);
      expect(own.bins).toHaveLength(shares.length);
      for (const [bin, { meanProbability, positiveShare }] of own.bins.entries()) {
        expect(meanProbability).toBeCloseTo(means[bin]!, 12);
        expect(positiveShare).toBeCloseTo(shares[bin]!, 12);
      }
      const chosen = chooseThreshold(sets[at]!)!;
      expect(chosen.f1).toBeCloseTo(f1, 12);
      expect(score(sets[at]!, chosen.threshold).f1).toBe(chosen.f1);
    }
  });
});
