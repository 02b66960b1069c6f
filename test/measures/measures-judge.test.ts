// Compares the measures with NumPy, SciPy and scikit-learn (test/judges/measures_judge.py).

import { describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { kernelInceptionDistance, maximumMeanDiscrepancy } from '#lib/measures/discrepancy.js';
import { frechetDistance } from '#lib/measures/frechet.js';
import { fitLogistic } from '#lib/measures/logistic.js';
import { standardMoment } from '#lib/measures/marginals.js';
import { mannWhitney } from '#lib/measures/memorisation.js';
import { neighbourShares } from '#lib/measures/neighbours.js';
import { kolmogorovSmirnov, wasserstein } from '#lib/measures/one-dimensional.js';
import { joined, pointsOf } from '#lib/measures/points.js';
import { jensenShannon, welchSpectra } from '#lib/measures/spectrum.js';
import { warp } from '#lib/measures/time-warp.js';
import { judge } from '../helpers/judge.js';
import { pythonWith } from '../helpers/python.js';

interface Verdict {
  readonly [name: string]: number;
}
interface Lists {
  readonly shares: number[];
  readonly coefficients: number[];
  readonly spectra: number[][];
}

const python = pythonWith('sklearn', 'scipy', 'numpy');
const absent =
  python === undefined ? ' (SKIPPED: no python3 with scikit-learn; pip install scikit-learn)' : '';

describe.skipIf(python === undefined)(`scipy and scikit-learn${absent}`, () => {
  const random = randomStream(7, 'measures');
  const rows = (count: number, shift: number) =>
    Array.from({ length: count }, () =>
      Array.from({ length: 6 }, (_, dim) => random.normal() * (1 + dim / 4) + shift),
    );
  const [real, made] = [rows(150, 0), rows(150, 0.4)];
  // Rounded values have ties.
  const sample = (count: number, shift: number) =>
    Float64Array.from({ length: count }, () => Math.round((random.normal() + shift) * 20) / 20);
  const [a, b] = [sample(80, 0), sample(110, 0.3)];
  const signal = (slope: number) => {
    let level = 0;
    return Float32Array.from({ length: 1000 }, () => {
      level = slope * level + random.normal();
      return level;
    });
  };
  const signals = [signal(0.9), signal(0.5)];
  const [x, y] = [signal(0.9).slice(0, 80), signal(0.9).slice(0, 80)].map((part) => Float64Array.from(part));
  const settings = { seed: 1, resamples: 20 };
  const groups = (count: number) => Int32Array.from({ length: count }, (_, at) => at);
  const set = (given: number[][]) => ({ points: pointsOf(given), groups: groups(given.length) });

  it('give the same value of each measure', () => {
    const verdict = judge<Verdict & Lists>(python!, 'measures_judge.py', {
      real,
      made,
      a: [...a],
      b: [...b],
      signals: signals.map((one) => [...one]),
      fsHz: 100,
      x: [...x!],
      y: [...y!],
      band: 10,
    });
    const [first, second] = [set(real), set(made)];
    expect(maximumMeanDiscrepancy(first, second, settings).value).toBeCloseTo(verdict.mmd!, 7);
    expect(kernelInceptionDistance(first, second, settings).value).toBeCloseTo(verdict.kid!, 5);
    expect(frechetDistance(first.points, second.points)).toBeCloseTo(verdict.frechet!, 9);
    const { precision, recall, density, coverage } = neighbourShares(first, second, settings);
    const shares = [precision, recall, density, coverage].map(({ value }) => value);
    for (const [at, share] of verdict.shares.entries()) expect(shares[at]).toBeCloseTo(share, 12);
    const labels = Uint8Array.from({ length: 300 }, (_, at) => Number(at >= 150));
    const model = fitLogistic(joined(first.points, second.points), labels);
    for (const [at, weight] of verdict.coefficients.entries())
      expect(model.weights[at]).toBeCloseTo(weight, 5);
    expect(model.intercept).toBeCloseTo(verdict.intercept!, 5);
    const [one, two] = [
      { values: a, groups: groups(a.length) },
      { values: b, groups: groups(b.length) },
    ];
    expect(wasserstein(one, two, settings).value).toBeCloseTo(verdict.wasserstein!, 12);
    expect(kolmogorovSmirnov(one, two, settings).value).toBeCloseTo(verdict.ks!, 12);
    expect(mannWhitney([...a], [...b])).toBeCloseTo(verdict.z!, 9);
    const { records } = welchSpectra(signals, 100);
    for (const [record, spectrum] of verdict.spectra.entries()) {
      for (const [bin, value] of spectrum.entries()) expect(records[record]![bin]).toBeCloseTo(value, 9);
    }
    expect(jensenShannon(records[0]!, records[1]!)).toBeCloseTo(verdict.js!, 9);
    expect(warp(x!, y!, 10)).toBeCloseTo(verdict.warp!, 9);
    expect(standardMoment(signals[0]!, 3)).toBeCloseTo(verdict.skewness!, 9);
    expect(standardMoment(signals[0]!, 4)).toBeCloseTo(verdict.kurtosis!, 9);
  });
});
