// Sampling with the exact denoiser of a known law instead of a network.

import { describe, expect, it, vi } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { noiseScalesAt, noiseSchedule } from '#lib/generators/noise-schedule.js';
import { conversionScales, type PredictionKind, predictionKinds } from '#lib/generators/prediction.js';
import { type SamplingPlan, sampleSignals } from '#lib/generators/sampling.js';
import { type Solver, type SolverStep, solverSteps } from '#lib/generators/solver.js';

const schedule = noiseSchedule();
const mixture = [
  { weight: 0.5, mean: -1.2, sd: 0.3 },
  { weight: 0.3, mean: 0.6, sd: 0.2 },
  { weight: 0.2, mean: 2, sd: 0.5 },
];

/** The expected clean value, given a noised one. */
function cleanOf(noised: number, signalScale: number, noiseScale: number): number {
  let [density, clean] = [0, 0];
  for (const { weight, mean, sd } of mixture) {
    const variance = (signalScale * sd) ** 2 + noiseScale ** 2;
    const error = noised - signalScale * mean;
    const share = (weight / Math.sqrt(variance)) * Math.exp(-(error ** 2) / (2 * variance));
    density += share;
    clean += share * (mean + (signalScale * sd ** 2 * error) / variance);
  }
  return clean / density;
}

/** A network that predicts `kind` exactly. */
const exact = (kind: PredictionKind) => async (sample: Float32Array, level: number) => {
  const scales = noiseScalesAt(schedule, level);
  const { ofSample, ofOther } = conversionScales('x0', kind, scales);
  return sample.map(
    (value) => ofSample * value + ofOther * cleanOf(value, scales.signalScale, scales.noiseScale),
  );
};

/** The cumulative distribution of the standard normal law (Abramowitz and Stegun 7.1.26, error below 1.5e-7). */
function normalBelow(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const polynomial =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const upper = (polynomial * Math.exp(-x * x)) / 2;
  return z > 0 ? 1 - upper : upper;
}

const below = (value: number) =>
  mixture.reduce((sum, { weight, mean, sd }) => sum + weight * normalBelow((value - mean) / sd), 0);

/** The Kolmogorov-Smirnov distance of values to the mixture. */
function distanceToMixture(values: Float32Array): number {
  const sorted = values.slice().sort();
  return sorted.reduce((most, value, at) => {
    const share = below(value);
    return Math.max(most, share - at / sorted.length, (at + 1) / sorted.length - share);
  }, 0);
}

/** The share of values on the side of each mode: the modes hardly overlap at -0.2 and 1.15. */
function sharesBetween(values: Float32Array): number[] {
  const edges = [Number.NEGATIVE_INFINITY, -0.2, 1.15, Number.POSITIVE_INFINITY];
  return mixture.map(
    (_, at) => values.filter((value) => value > edges[at]! && value <= edges[at + 1]!).length / values.length,
  );
}

/** Returns the value that a deterministic solver makes of a start, in doubles. */
function solved(steps: readonly SolverStep[], start: number): number {
  let [value, previous] = [start, 0];
  for (const { signalScale, noiseScale, ofSample, ofDenoised, ofPrevious } of steps) {
    const clean = cleanOf(value, signalScale, noiseScale);
    value = ofSample * value + ofDenoised * clean + ofPrevious * previous;
    previous = clean;
  }
  return value;
}

/** Returns the quantile of the standard normal law. */
function normalQuantile(share: number): number {
  let [low, high] = [-9, 9];
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (normalBelow(middle) < share) low = middle;
    else high = middle;
  }
  return low;
}

// A deterministic solver moves the quantiles of the noise to those of its law, so that its error shows without draws.
describe('2,000 quantiles of the noise', () => {
  it.each<[Solver, number, number]>([
    ['dpm-solver++2m', 10, 0.028],
    ['dpm-solver++2m', 25, 0.003],
    ['dpm-solver++2m', 50, 0.001],
    ['ddim', 25, 0.018],
    ['ddim', 50, 0.009],
  ])('%s in %d steps: distance %d', (solver, count, distance) => {
    const steps = solverSteps(schedule, { solver, steps: count });
    const values = Float32Array.from({ length: 2000 }, (_, at) =>
      solved(steps, normalQuantile((at + 0.5) / 2000)),
    );
    expect(Math.abs(distanceToMixture(values) - distance)).toBeLessThan(0.001);
  });
});

const records = Array.from({ length: 20 }, (_, record) => record);
const plan = (solver: Solver, steps?: number, predicts: PredictionKind = 'v'): SamplingPlan => ({
  steps: solverSteps(schedule, { solver, ...(steps !== undefined && { steps }) }),
  predicts,
  seed: 7,
  records,
  recordLength: 1000,
  denoise: exact(predicts),
});

describe('20,000 draws from a mixture of three normal laws', () => {
  const trueShares = [below(-0.2), below(1.15) - below(-0.2), 1 - below(1.15)];

  it.each<[Solver, number]>([
    ['dpm-solver++2m', 25],
    ['ancestral', 200],
  ])('%s in %d steps: distance below 0.012, shares of the modes within 1 %', async (solver, steps) => {
    const values = await sampleSignals(plan(solver, steps));
    expect(distanceToMixture(values)).toBeLessThan(0.012);
    for (const [at, share] of sharesBetween(values).entries())
      expect(Math.abs(share - trueShares[at]!)).toBeLessThan(0.01);
  });

  it('ddim in 25 steps is farther away', async () => {
    const distance = distanceToMixture(await sampleSignals(plan('ddim', 25)));
    expect(distance).toBeGreaterThan(0.012);
    expect(distance).toBeLessThan(0.04);
  });

  it.each(predictionKinds)('makes the same signals whatever the network predicts: %s', async (kind) => {
    const few = { ...plan('dpm-solver++2m', 25, kind), records: [0, 1] };
    const [made, reference] = [
      await sampleSignals(few),
      await sampleSignals({ ...plan('dpm-solver++2m'), records: [0, 1] }),
    ];
    const errors = made.map((value, at) => Math.abs(value - reference[at]!));
    expect(Math.max(...errors)).toBeLessThan(1e-3);
  });
});

describe('sampleSignals', () => {
  it.each<Solver>(['dpm-solver++2m', 'ancestral'])(
    'makes a record that does not depend on its batch: %s',
    async (solver) => {
      const together = await sampleSignals({ ...plan(solver, 10), recordLength: 7 });
      const alone = await sampleSignals({ ...plan(solver, 10), recordLength: 7, records: [13] });
      expect(alone).toEqual(together.slice(13 * 7, 14 * 7));
      const other = await sampleSignals({ ...plan(solver, 10), recordLength: 7, records: [13], seed: 8 });
      expect(other).not.toEqual(alone);
    },
  );

  it('does not ask without a label for weight 1, and makes the same bits as without guidance', async () => {
    const unconditional = vi.fn(exact('v'));
    const small = { ...plan('dpm-solver++2m'), recordLength: 5 };
    const guided = await sampleSignals({ ...small, guidance: { weight: 1, unconditional } });
    expect(guided).toEqual(await sampleSignals(small));
    expect(unconditional).not.toHaveBeenCalled();
  });

  it('moves away from the answer without a label for other weights', async () => {
    const steps = solverSteps(schedule, { steps: 5 });
    // The clean signal is 1 with the label and 0.5 without it: weight 3 gives 0.5 + 3 * 0.5.
    const constant = (clean: number) => async (sample: Float32Array) => sample.map(() => clean);
    const made = await sampleSignals({
      ...{ steps, predicts: 'x0', seed: 1, records: [0], recordLength: 4 },
      denoise: constant(1),
      guidance: { weight: 3, unconditional: constant(0.5) },
    });
    expect([...made]).toEqual([2, 2, 2, 2]);
    await expect(
      sampleSignals({ ...plan('ddim', 5), guidance: { weight: -1, unconditional: constant(0) } }),
    ).rejects.toThrow(/^the weight of guidance must be a number from 0 to 100, got -1$/);
  });

  it('limits the denoised signal to 10', async () => {
    const made = await sampleSignals({
      ...plan('ddim', 5, 'x0'),
      denoise: async (sample) => sample.map(() => 50),
    });
    expect(new Set(made)).toEqual(new Set([10]));
  });

  it('noises the signals to refine to the first level, with the moments of the forward process', async () => {
    const refine = Float32Array.from({ length: 20_000 }, () => 3);
    const steps = solverSteps(schedule, { fromLevel: 80, steps: 10 });
    let first: Float32Array | undefined;
    await sampleSignals({
      ...plan('dpm-solver++2m'),
      ...{ steps, refine },
      denoise: (sample, level) => {
        first ??= sample.slice();
        return exact('v')(sample, level);
      },
    });
    const { signalScale, noiseScale } = noiseScalesAt(schedule, 80);
    const mean = first!.reduce((sum, value) => sum + value, 0) / first!.length;
    const variance = first!.reduce((sum, value) => sum + (value - mean) ** 2, 0) / first!.length;
    expect(Math.abs(mean - 3 * signalScale)).toBeLessThan(0.02);
    expect(Math.abs(variance / noiseScale ** 2 - 1)).toBeLessThan(0.03);
  });

  it('keeps the law of signals that it refines, if they already have that law', async () => {
    const random = randomStream(3, 'test');
    const refine = Float32Array.from({ length: 20_000 }, () => {
      const share = random.uniform();
      const { mean, sd } = mixture[share < 0.5 ? 0 : share < 0.8 ? 1 : 2]!;
      return mean + sd * random.normal();
    });
    const steps = solverSteps(schedule, { fromLevel: 100, steps: 15 });
    const made = await sampleSignals({ ...plan('dpm-solver++2m'), steps, refine });
    expect(distanceToMixture(made)).toBeLessThan(0.015);
  });

  it('refuses signals to refine of a wrong length', async () => {
    await expect(sampleSignals({ ...plan('ddim', 5), refine: new Float32Array(7) })).rejects.toThrow(
      /^the signals to refine have 7 samples; expected 20000, which is 1000 for each of 20 records$/,
    );
  });

  it('refuses an answer of a wrong length or that is not finite', async () => {
    await expect(
      sampleSignals({ ...plan('ddim', 5), denoise: async () => new Float32Array(3) }),
    ).rejects.toMatchObject({
      code: 'ERR_MODEL',
      message: expect.stringMatching(/answered 3 values for 20000 samples/),
    });
    const broken = async (sample: Float32Array) => sample.map((_, at) => (at === 2500 ? Number.NaN : 0));
    await expect(sampleSignals({ ...plan('ddim', 5), denoise: broken })).rejects.toMatchObject({
      code: 'ERR_MODEL',
      message: expect.stringMatching(/answered NaN for record 2 at noise level 200; expected finite/),
    });
  });
});
