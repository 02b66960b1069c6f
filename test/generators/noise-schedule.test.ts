import { describe, expect, it } from 'vitest';
import {
  lambdaAt,
  levelAt,
  type NoiseScheduleOptions,
  noiseScalesAt,
  noiseSchedule,
  requireNoiseAtEnd,
} from '#lib/generators/noise-schedule.js';

const betasOf = ({ alphaBar }: { alphaBar: Float64Array }) =>
  Array.from(alphaBar.subarray(1), (value, at) => 1 - value / alphaBar[at]!);
const linear = { name: 'linear', steps: 1000, firstBeta: 1e-4, lastBeta: 0.02 } as const;
const every: NoiseScheduleOptions[] = [
  {},
  { name: 'cosine', steps: 10 },
  { name: 'cosine', steps: 1000 },
  linear,
  { name: 'diffwave' },
  { name: 'diffwave-vocoder' },
];

describe('noiseSchedule', () => {
  it.each(every)('starts clean, falls strictly and keeps beta from 0 to 0.999: %j', (options) => {
    const schedule = noiseSchedule(options);
    expect(schedule.alphaBar).toHaveLength(schedule.steps + 1);
    expect(schedule.alphaBar[0]).toBe(1);
    for (const beta of betasOf(schedule)) {
      expect(beta).toBeGreaterThan(0);
      expect(beta).toBeLessThanOrEqual(0.999);
    }
    expect(noiseSchedule(JSON.parse(JSON.stringify(schedule.options)))).toEqual(schedule);
  });

  it('takes the cosine with 200 levels unless another is named', () => {
    const { options, alphaBar, remainingSignal, note } = noiseSchedule();
    expect(options).toEqual({ name: 'cosine', steps: 200 });
    // cos^2 of (t / T + 0.008) / 1.008 quarter turns, relative to t = 0 (Nichol and Dhariwal 2021).
    const half =
      Math.cos((0.508 / 1.008) * (Math.PI / 2)) ** 2 / Math.cos((0.008 / 1.008) * (Math.PI / 2)) ** 2;
    expect(Math.abs(alphaBar[100]! - half)).toBeLessThan(1e-4);
    expect(remainingSignal).toBeCloseTo(0.01, 6);
    expect(note).toBeUndefined();
  });

  it('has the betas of the published linear schedules, and a note about their fault', () => {
    const wave = noiseSchedule({ name: 'diffwave' });
    expect([wave.steps, betasOf(wave)[0], betasOf(wave)[199]]).toEqual([
      200,
      expect.closeTo(1e-4, 12),
      expect.closeTo(0.02, 12),
    ]);
    expect(wave.remainingSignal).toBeCloseTo(0.36, 2);
    expect(wave.note).toMatch(/schedule diffwave does not end in noise: 36\.4 % of/);
    const vocoder = noiseSchedule({ name: 'diffwave-vocoder' });
    expect([vocoder.steps, betasOf(vocoder)[49]]).toEqual([50, expect.closeTo(0.05, 12)]);
    expect(vocoder.remainingSignal).toBeCloseTo(0.53, 2);
    expect(vocoder.note).toMatch(/52\.9 %/);
  });

  it.each<[unknown, RegExp]>([
    [{ name: 'sine' }, /^name must be one of cosine, linear, .*got "sine"/],
    [{ steps: 9 }, /^steps must be a whole number from 10 to 10000, got 9/],
    [{ stepz: 9 }, /^noiseSchedule has no option "stepz"; did you mean "steps"/],
    [{ name: 'cosine', lastBeta: 0.1 }, /^lastBeta is not an option of the schedule cosine/],
    [{ name: 'diffwave', steps: 100 }, /^steps is not an option of the schedule diffwave, which has fixed/],
    [{ name: 'linear', steps: 100 }, /^the schedule linear needs firstBeta, lastBeta/],
    [{ ...linear, lastBeta: 1 }, /^lastBeta must be a number above 0 and below 1, got 1/],
    [{ ...linear, lastBeta: Number.NaN }, /^lastBeta must be a number above 0 and below 1, got NaN/],
    [{ ...linear, firstBeta: 0.03 }, /^lastBeta must be at least firstBeta, got 0.02 after 0.03/],
  ])('refuses %j', (options, message) => {
    const text = message.source.replace('^noiseSchedule', '^').replace('^', '^noiseSchedule:? ?');
    expect(() => noiseSchedule(options as NoiseScheduleOptions)).toThrow(new RegExp(text));
  });
});

describe('requireNoiseAtEnd', () => {
  it('accepts schedules that end in noise, and published ones by their name', () => {
    for (const options of every) expect(() => requireNoiseAtEnd(noiseSchedule(options))).not.toThrow();
  });

  it('refuses the numbers of a schedule that does not end in noise', () => {
    const schedule = noiseSchedule({ ...linear, steps: 200 });
    expect(() => requireNoiseAtEnd(schedule)).toThrow(
      expect.objectContaining({
        code: 'ERR_RANGE',
        message: expect.stringMatching(
          /leaves 36\.4 % .*at most 10\.0 %.*choose cosine, more steps or a larger/,
        ),
      }),
    );
  });
});

describe('levels', () => {
  const schedule = noiseSchedule();

  it.each([0, 1, 17, 17.25, 199.5, 200])('scales of level %d have power 1', (level) => {
    const { signalScale, noiseScale } = noiseScalesAt(schedule, level);
    expect(signalScale ** 2 + noiseScale ** 2).toBeCloseTo(1, 14);
  });

  it('interpolates between whole levels, and finds the level of a lambda', () => {
    const [below, between, above] = [17, 17.5, 18].map((level) => noiseScalesAt(schedule, level).noiseScale);
    expect(between).toBeGreaterThan(below!);
    expect(between).toBeLessThan(above!);
    for (const level of [1, 1.5, 60, 133.3, 199.9, 200]) {
      expect(levelAt(schedule, lambdaAt(schedule, level))).toBeCloseTo(level, 10);
      const { signalScale, noiseScale } = noiseScalesAt(schedule, level);
      expect(lambdaAt(schedule, level)).toBeCloseTo(Math.log(signalScale / noiseScale), 9);
    }
    expect([levelAt(schedule, 99), levelAt(schedule, -99)]).toEqual([1, 200]);
  });

  it.each([-1, 0.5, 200.5, 201, Number.NaN])('refuses level %d', (level) => {
    expect(() => noiseScalesAt(schedule, level)).toThrow(/has the levels from 1 to 200, got/);
  });
});
