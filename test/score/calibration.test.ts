import { describe, expect, it } from 'vitest';
import { calibrationOf } from '#lib/score/calibration.js';
import { randomWindows } from '../helpers/random-windows.js';

const windowsOf = (...pairs: [number, 0 | 1][]) =>
  pairs.map(([probability, label]) => ({ patientId: 'p', positive: label === 1, probability }));

describe('calibrationOf', () => {
  it('computes Brier score, bins and expected calibration error by their definitions', () => {
    const { brier, ece, bins } = calibrationOf(windowsOf([0.9, 1], [0.1, 0], [0.8, 0], [0.3, 1]));
    expect(brier).toBeCloseTo((0.01 + 0.01 + 0.64 + 0.49) / 4, 12);
    expect(bins).toEqual([
      { windows: 1, meanProbability: 0.1, positiveShare: 0 },
      { windows: 1, meanProbability: 0.3, positiveShare: 1 },
      { windows: 1, meanProbability: 0.8, positiveShare: 0 },
      { windows: 1, meanProbability: 0.9, positiveShare: 1 },
    ]);
    expect(ece).toBeCloseTo((0.1 + 0.7 + 0.8 + 0.1) / 4, 12);
  });

  it('makes ten bins of equally many windows, in any order of the windows', () => {
    const windows = randomWindows(1, 200, 0);
    const { bins } = calibrationOf(windows);
    expect(bins.map((bin) => bin.windows)).toEqual(Array(10).fill(20));
    expect(calibrationOf([...windows].reverse())).toEqual(calibrationOf(windows));
    const means = bins.map(({ meanProbability }) => meanProbability);
    expect(means).toEqual([...means].sort((a, b) => a - b));
  });

  it('keeps equal probabilities in one bin', () => {
    const { bins, ece } = calibrationOf(windowsOf([0.5, 1], [0.5, 0], [0.5, 0], [0.5, 0]));
    expect(bins).toEqual([{ windows: 4, meanProbability: 0.5, positiveShare: 0.25 }]);
    expect(ece).toBe(0.25);
  });

  it('finds calibrated probabilities better than shifted ones', () => {
    const [exact, high] = [0, 1.5].map((bias) => calibrationOf(randomWindows(2, 4000, bias)));
    expect(exact!.ece).toBeLessThan(0.03);
    expect(high!.ece).toBeGreaterThan(0.15);
    expect(high!.brier).toBeGreaterThan(exact!.brier);
  });

  it('is undefined without windows', () => {
    expect(calibrationOf([])).toEqual({ brier: Number.NaN, ece: Number.NaN, bins: [] });
  });
});
