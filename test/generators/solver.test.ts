// The solvers without a network and without draws. A Gaussian process has an exact denoiser per frequency, and every
// solver is linear in it, so the power that it makes at a frequency follows from a recursion.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readRecord } from '#lib/codecs/wfdb/read.js';
import { type NoiseScheduleOptions, noiseScalesAt, noiseSchedule } from '#lib/generators/noise-schedule.js';
import { ddimStep, type Solver, type SolverStep, solverSteps } from '#lib/generators/solver.js';
import { complexOf, transformOf } from '#lib/measures/fourier.js';
import { dataFolder, titleWithData } from '../helpers/data.js';

const fsHz = 100;
const samples = 1000;
const bandsHz = [
  [0, 0.5],
  [0.5, 2],
  [2, 8],
  [8, 20],
  [20, 51],
  [0, 51],
] as const;

/** The power that the steps make at a frequency where the data have `power`; white noise has power 1. */
function powerMade(steps: readonly SolverStep[], power: number): number {
  // Variance of the sample, its covariance with the denoised signal of the step before, and the variance of that one.
  let [sample, both, previous] = [1, 0, 0];
  for (const { signalScale, noiseScale, ofSample, ofDenoised, ofPrevious, ofNoise } of steps) {
    const gain = (signalScale * power) / (signalScale ** 2 * power + noiseScale ** 2);
    const factor = ofSample + ofDenoised * gain;
    const next =
      factor ** 2 * sample + 2 * factor * ofPrevious * both + ofPrevious ** 2 * previous + ofNoise ** 2;
    [sample, both, previous] = [next, gain * (factor * sample + ofPrevious * both), gain ** 2 * sample];
  }
  return sample;
}

/** The ratio of made and true power in each band. `spectrum` has the power at each multiple of 0.1 Hz. */
function bandRatios(spectrum: Float64Array, steps: readonly SolverStep[]): number[] {
  const made = spectrum.map((power) => powerMade(steps, power));
  return bandsHz.map(([fromHz, toHz]) => {
    const inBand = Array.from(spectrum.keys()).filter((at) => {
      const hz = (at * fsHz) / samples;
      return at > 0 && hz >= fromHz && hz < toHz;
    });
    const total = (powers: Float64Array) => inBand.reduce((sum, at) => sum + powers[at]!, 0);
    return total(made) / total(spectrum);
  });
}

function ratiosOf(
  spectrum: Float64Array,
  options: NoiseScheduleOptions,
  solver: Solver,
  steps?: number,
): number[] {
  return bandRatios(
    spectrum,
    solverSteps(noiseSchedule(options), { solver, ...(steps !== undefined && { steps }) }),
  );
}

/** The spectrum from 0.1 to 50 Hz of a signal with variance 1, in proportion to `shape`. */
function normalized(shape: (at: number) => number): Float64Array {
  const powers = Float64Array.from({ length: samples / 2 + 1 }, (_, at) => (at === 0 ? 0 : shape(at)));
  const total = powers.reduce((sum, power, at) => sum + (at === samples / 2 ? power : 2 * power), 0);
  return powers.map((power) => (power * samples) / total);
}

/** The mean spectrum of the z-scored leads II of all records of 100 Hz. */
async function leadSpectrum(folder: string): Promise<Float64Array> {
  const { forward } = transformOf(samples);
  const sum = new Float64Array(samples / 2 + 1);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.hea'),
  );
  for (const name of names) {
    const { leads, signalsMv } = await readRecord(join(folder, name));
    const signal = signalsMv[leads.indexOf('II')]!;
    const mean = signal.reduce((total, value) => total + value, 0) / samples;
    const centred = Float64Array.from(signal, (value) => value - mean);
    const variance = centred.reduce((total, value) => total + value ** 2, 0) / samples;
    const spectrum = forward(complexOf(centred));
    for (let at = 0; at < sum.length; at++) {
      sum[at] = sum[at]! + (spectrum[2 * at]! ** 2 + spectrum[2 * at + 1]! ** 2) / (samples * variance);
    }
  }
  return normalized((at) => sum[at]!);
}

// Like an ECG: most power below 1 Hz, little above 20 Hz.
const pink = normalized((at) => 1 / (1 + at / 3) / (1 + (at / 100) ** 4));

describe('solvers on a Gaussian process', () => {
  it('2M in 25 steps makes the power of every band within 3 %', () => {
    for (const ratio of ratiosOf(pink, {}, 'dpm-solver++2m')) expect(Math.abs(ratio - 1)).toBeLessThan(0.03);
  });

  it('the published linear schedule loses more than half of the slow power, with every level', () => {
    for (const name of ['diffwave', 'diffwave-vocoder'] as const) {
      expect(ratiosOf(pink, { name }, 'ancestral')[0]).toBeLessThan(0.5);
      expect(ratiosOf(pink, { name }, 'ddim')[0]).toBeLessThan(0.5);
    }
  });

  it('DDIM in 25 steps loses power in every band, and 2M errs less with more steps', () => {
    for (const ratio of ratiosOf(pink, {}, 'ddim', 25)) expect(ratio).toBeLessThan(0.95);
    const worst = [10, 25, 50].map((steps) =>
      Math.max(...ratiosOf(pink, {}, 'dpm-solver++2m', steps).map((ratio) => Math.abs(ratio - 1))),
    );
    expect(worst[0]).toBeGreaterThan(worst[1]!);
    expect(worst[1]).toBeGreaterThan(worst[2]!);
  });
});

const folder = dataFolder('ptb-xl');

describe.skipIf(folder === undefined)(titleWithData('solvers on the spectrum of lead II', 'ptb-xl'), () => {
  let spectrum: Float64Array;
  beforeAll(async () => {
    spectrum = await leadSpectrum(join(folder!, 'records100'));
  });

  // An independent program computed these ratios: below 0.5, 0.5-2, 2-8, 8-20 and above 20 Hz, and all.
  it.each<[NoiseScheduleOptions, Solver, number | undefined, number[]]>([
    [{ name: 'diffwave' }, 'ancestral', undefined, [0.42, 0.85, 0.92, 0.97, 0.97, 0.86]],
    [{ name: 'diffwave' }, 'ddim', undefined, [0.27, 0.69, 0.79, 0.95, 1.08, 0.77]],
    [{ name: 'diffwave-vocoder' }, 'ancestral', undefined, [0.23, 0.67, 0.77, 0.91, 0.93, 0.74]],
    [{}, 'ancestral', undefined, [0.97, 0.98, 0.98, 0.98, 0.96, 0.98]],
    [{}, 'ddim', 25, [0.78, 0.88, 0.89, 0.9, 0.88, 0.88]],
    [{}, 'ddim', 50, [0.89, 0.94, 0.95, 0.95, 0.94, 0.94]],
    [{}, 'dpm-solver++2m', 10, [0.94, 1.04, 1.05, 1.08, 1.15, 1.05]],
    [{}, 'dpm-solver++2m', undefined, [0.98, 1.0, 1.01, 1.01, 1.02, 1.0]],
  ])('%j %s %s', (options, solver, steps, expected) => {
    for (const [at, ratio] of ratiosOf(spectrum, options, solver, steps).entries()) {
      expect(Math.abs(ratio - expected[at]!)).toBeLessThan(0.0065);
    }
  });
});

describe('solverSteps', () => {
  const schedule = noiseSchedule();

  it.each<[Solver, number]>([
    ['dpm-solver++2m', 25],
    ['ddim', 200],
    ['ancestral', 200],
  ])('%s makes %d steps by default, from the last level to level 1', (solver, count) => {
    const steps = solverSteps(schedule, { solver });
    expect(steps).toHaveLength(count);
    expect(steps[0]!.level).toBe(200);
    expect(steps.at(-1)).toMatchObject({ level: 1, ofSample: 0, ofDenoised: 1, ofPrevious: 0, ofNoise: 0 });
    expect(steps[0]!.ofPrevious).toBe(0);
    for (const [at, { level }] of steps.slice(1).entries()) expect(level).toBeLessThan(steps[at]!.level);
  });

  it('ends at the same place as the forward process if the denoised signal is exact', () => {
    // With D = x0 in every step, a deterministic step keeps the noise of the sample.
    for (const solver of ['dpm-solver++2m', 'ddim'] as const) {
      const steps = solverSteps(schedule, { solver, steps: 20 });
      for (const [at, step] of steps.slice(0, -1).entries()) {
        const next = steps[at + 1]!;
        expect(step.ofSample * step.noiseScale).toBeCloseTo(next.noiseScale, 12);
        const clean = step.ofSample * step.signalScale + step.ofDenoised + step.ofPrevious;
        expect(clean).toBeCloseTo(next.signalScale, 12);
      }
    }
  });

  it('an ancestral step keeps the mean and the variance of the forward process if the denoised signal is exact', () => {
    const steps = solverSteps(schedule, { solver: 'ancestral' });
    for (const [at, step] of steps.slice(0, -1).entries()) {
      const next = steps[at + 1]!;
      expect(step.ofSample * step.signalScale + step.ofDenoised).toBeCloseTo(next.signalScale, 12);
      expect((step.ofSample * step.noiseScale) ** 2 + step.ofNoise ** 2).toBeCloseTo(
        next.noiseScale ** 2,
        12,
      );
    }
  });

  it('a DDIM step has an inverse', () => {
    const [from, to] = [150, 40].map((level) => noiseScalesAt(schedule, level));
    const there = ddimStep(from!, to!);
    const back = ddimStep(to!, from!);
    const [sample, denoised] = [0.8, -2.3];
    const moved = there.ofSample * sample + there.ofDenoised * denoised;
    expect(back.ofSample * moved + back.ofDenoised * denoised).toBeCloseTo(sample, 10);
  });

  it('starts at a lower level to refine', () => {
    const steps = solverSteps(schedule, { fromLevel: 60, steps: 8 });
    expect([steps.length, steps[0]!.level, steps[7]!.level]).toEqual([8, 60, 1]);
    expect(solverSteps(schedule, { fromLevel: 60, solver: 'ddim' })).toHaveLength(60);
    expect(solverSteps(schedule, { fromLevel: 12 })).toHaveLength(12);
  });

  it.each([
    [
      { steps: 1 },
      /^sampling with the solver dpm-solver\+\+2m takes a whole number of steps from 2 to 200.*got 1$/,
    ],
    [{ steps: 201 }, /got 201$/],
    [{ steps: 2.5 }, /got 2.5$/],
    [{ fromLevel: 201 }, /^sampling starts at a whole noise level from 2 to 200.*got 201$/],
    [{ fromLevel: 40, steps: 41, solver: 'ddim' as const }, /steps from 2 to 40.*got 41$/],
    [{ solver: 'dimm' as Solver }, /^there is no solver "dimm"; did you mean "ddim"/],
  ])('refuses %j', (options, message) => {
    expect(() => solverSteps(schedule, options)).toThrow(message);
  });
});
