// Each measure moves the stated way: two sets of one distribution give the floor; a shift, noise, lost modes and random
// phases move away from it. A generator that copies fails the memorisation test.

import { describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { groupsOf } from '#lib/measures/bootstrap.js';
import { maximumMeanDiscrepancy } from '#lib/measures/discrepancy.js';
import { complexOf, transformOf } from '#lib/measures/fourier.js';
import { frechet } from '#lib/measures/frechet.js';
import { marginalDifferences } from '#lib/measures/marginals.js';
import { memorisation } from '#lib/measures/memorisation.js';
import { neighbourShares } from '#lib/measures/neighbours.js';
import { slicedWasserstein, wasserstein } from '#lib/measures/one-dimensional.js';
import { pointsOf } from '#lib/measures/points.js';
import { phaseShuffled, spectralDivergence, welchSpectra } from '#lib/measures/spectrum.js';
import { nearestBeatDistance } from '#lib/measures/time-warp.js';
import { logisticTwoSample, nearestTwoSample } from '#lib/measures/two-sample.js';

const settings = { seed: 3, resamples: 100 };
const count = 300;
const singles = Int32Array.from({ length: count }, (_, at) => at);

/** Two clusters of points in five dimensions; `modes` says which of them are present. */
function cloud(seed: number, shift = 0, modes: readonly number[] = [0, 1]) {
  const random = randomStream(seed, 'cloud');
  const rows = Array.from({ length: count }, (_, at) =>
    Array.from({ length: 5 }, () => random.normal() + shift + 6 * modes[at % modes.length]!),
  );
  return { points: pointsOf(rows), groups: singles };
}

describe('measures of points', () => {
  const real = cloud(1);
  const same = cloud(2);
  const shifted = cloud(3, 1);
  const half = cloud(4, 0, [0]);

  it('give the floor for two sets of one distribution', () => {
    const mmd = maximumMeanDiscrepancy(real, same, settings);
    expect(Math.abs(mmd.value)).toBeLessThan(0.003);
    expect(mmd.p).toBeGreaterThan(0.05);
    expect(logisticTwoSample(real, same, settings).auroc.value).toBeCloseTo(0.5, 1);
    expect(nearestTwoSample(real, same, settings).auroc.value).toBeCloseTo(0.5, 1);
    const { precision, coverage } = neighbourShares(real, same, settings);
    expect(precision.value).toBeGreaterThan(0.9);
    expect(coverage.value).toBeGreaterThan(0.9);
  });

  it('see a shift', () => {
    const mmd = maximumMeanDiscrepancy(real, shifted, settings);
    expect(mmd.p).toBeLessThan(0.02);
    expect(mmd.low).toBeGreaterThan(0);
    expect(frechet(real, shifted, settings).value).toBeGreaterThan(frechet(real, same, settings).high);
    expect(slicedWasserstein(real, shifted, settings).value).toBeGreaterThan(
      slicedWasserstein(real, same, settings).value,
    );
    const { auroc, coefficients } = logisticTwoSample(real, shifted, settings);
    expect(auroc.low).toBeGreaterThan(0.5);
    expect(coefficients.reduce((sum, value) => sum + value, 0)).toBeGreaterThan(0);
  });

  it('see that one of two modes is lost: recall and coverage fall, precision does not', () => {
    const { precision, recall, coverage } = neighbourShares(real, half, settings);
    expect(precision.value).toBeGreaterThan(0.9);
    expect(recall.value).toBeLessThan(0.6);
    expect(coverage.value).toBeLessThan(0.6);
  });

  it('do not take many records of few patients for evidence', () => {
    // Ten patients of thirty records each, where the patients and not the records differ.
    const random = randomStream(9, 'patients');
    const patients = (path: number) => {
      const centres = Array.from({ length: 10 }, () => Array.from({ length: 5 }, () => random.normal()));
      const rows = Array.from({ length: count }, (_, at) =>
        centres[at % 10]!.map((value) => value + 0.1 * random.normal()),
      );
      return { points: pointsOf(rows), groups: groupsOf(rows.map((_, at) => `${path}/${at % 10}`)) };
    };
    const [a, b] = [patients(1), patients(2)];
    expect(maximumMeanDiscrepancy(a, b, settings).p).toBeGreaterThan(0.05);
    const each = (set: typeof a) => ({ points: set.points, groups: singles });
    expect(maximumMeanDiscrepancy(each(a), each(b), settings).p).toBeLessThan(0.02);
  });

  it('refuse sets of different size for precision and recall', () => {
    const small = { points: pointsOf([[1], [2]]), groups: Int32Array.of(0, 1) };
    expect(() => neighbourShares(small, small, settings)).toThrow(/more than 5 records each, got 2 and 2/);
  });

  it('name a feature that is not a number', () => {
    expect(() => pointsOf([[1, Number.NaN]])).toThrow('feature 1 of row 0 must be a finite number, got NaN');
  });
});

/** Spikes of a pulse train with noise: a signal with phase. */
function pulses(seed: number, noise = 0.05): Float32Array {
  const random = randomStream(seed, 'pulses');
  const period = 70 + random.below(40);
  const offset = random.below(period);
  const width = 2 + 2 * random.uniform();
  return Float32Array.from({ length: 1000 }, (_, at) => {
    const distance = Math.min((at + offset) % period, period - ((at + offset) % period));
    return Math.exp(-((distance / width) ** 2)) + noise * random.normal();
  });
}

describe('measures of signals', () => {
  const set = (from: number, noise?: number) =>
    Array.from({ length: 40 }, (_, at) => pulses(from + at, noise));
  const groups = Int32Array.from({ length: 40 }, (_, at) => at);
  const [real, same, noisy] = [set(0), set(100), set(200, 0.5)];

  it('phases: the spectrum stays, the samples change', () => {
    const shuffled = phaseShuffled(real, 5);
    const [a, b] = [welchSpectra(real, 100), welchSpectra(shuffled, 100)];
    const floor = spectralDivergence(a, welchSpectra(same, 100), groups, groups, settings);
    expect(spectralDivergence(a, b, groups, groups, settings).value).toBeLessThan(3 * floor.value);
    const marginal = marginalDifferences(
      { signals: real, groups },
      { signals: shuffled, groups },
      100,
      settings,
    );
    const level = marginalDifferences({ signals: real, groups }, { signals: same, groups }, 100, settings);
    expect(marginal.kurtosis.value).toBeGreaterThan(level.kurtosis.high);
    expect(marginal.histogram.value).toBeGreaterThan(level.histogram.high);
    const transform = transformOf(1000);
    const sizes = ([signal]: Float32Array[]) => {
      const spectrum = transform.forward(complexOf(signal!));
      return Array.from({ length: 500 }, (_, k) => Math.hypot(spectrum[2 * k]!, spectrum[2 * k + 1]!));
    };
    for (const [k, size] of sizes(real).entries()) expect(sizes(shuffled)[k]).toBeCloseTo(size, 3);
  });

  it('noise: the spectral divergence grows', () => {
    const spectra = welchSpectra(real, 100);
    const floor = spectralDivergence(spectra, welchSpectra(same, 100), groups, groups, settings);
    const divergence = spectralDivergence(spectra, welchSpectra(noisy, 100), groups, groups, settings);
    expect(divergence.low).toBeGreaterThan(floor.high);
  });

  it('beats: a wider one is farther away than a shifted one', () => {
    const beat = (width: number, shift: number) =>
      Float64Array.from({ length: 80 }, (_, at) => Math.exp(-(((at - 40 - shift) / width) ** 2)));
    const of = (...beats: Float64Array[]) => ({ beats, groups: Int32Array.from(beats.keys()) });
    const distance = (made: Float64Array) =>
      nearestBeatDistance(of(beat(4, 0), beat(4, 3)), of(made), 10, settings).value;
    expect(distance(beat(4, 0))).toBe(0);
    expect(distance(beat(4, -5))).toBeLessThan(0.01);
    expect(distance(beat(30, 0))).toBeGreaterThan(0.1);
  });

  it('intervals: NaN is left out, and an empty side gives NaN', () => {
    const values = Float64Array.of(1, Number.NaN, 3);
    const sample = { values, groups: Int32Array.of(0, 1, 2) };
    const other = { values: Float64Array.of(2, 4), groups: Int32Array.of(0, 1) };
    expect(wasserstein(sample, other, settings).value).toBe(1);
    const empty = { values: Float64Array.of(Number.NaN), groups: Int32Array.of(0) };
    expect(wasserstein(sample, empty, settings).value).toBeNaN();
  });

  it('memory: other records pass the test, copies fail it', () => {
    const fresh = memorisation(real, same, set(300), settings);
    expect(fresh.nearerToTraining.value).toBeGreaterThan(0.25);
    expect(fresh.nearerToTraining.value).toBeLessThan(0.75);
    expect(Math.abs(fresh.z)).toBeLessThan(3);
    const random = randomStream(8, 'copies');
    const copies = real.map((signal) => {
      const start = random.below(signal.length);
      return Float32Array.from(
        signal,
        (_, at) => signal[(at + start) % signal.length]! + 0.02 * random.normal(),
      );
    });
    const copied = memorisation(real, same, copies, settings);
    expect(copied.nearerToTraining.value).toBe(1);
    expect(copied.z).toBeLessThan(-3);
    expect(copied.nearest.map(({ record }) => record)).toEqual(real.map((_, at) => at));
  });
});

describe('the Fourier transform', () => {
  it('equals the definition for lengths that are powers of two and others', () => {
    const random = randomStream(2, 'fourier');
    for (const length of [8, 12, 25]) {
      const signal = Float64Array.from({ length: 2 * length }, () => random.normal());
      const spectrum = transformOf(length).forward(signal);
      for (let k = 0; k < length; k++) {
        let [real, imaginary] = [0, 0];
        for (let n = 0; n < length; n++) {
          const [cos, sin] = [Math.cos, Math.sin].map((wave) => wave((-2 * Math.PI * k * n) / length));
          real += signal[2 * n]! * cos! - signal[2 * n + 1]! * sin!;
          imaginary += signal[2 * n]! * sin! + signal[2 * n + 1]! * cos!;
        }
        expect(spectrum[2 * k]).toBeCloseTo(real, 9);
        expect(spectrum[2 * k + 1]).toBeCloseTo(imaginary, 9);
      }
      const back = transformOf(length).inverse(spectrum);
      for (const [at, value] of signal.entries()) expect(back[at]).toBeCloseTo(value, 9);
    }
  });
});
