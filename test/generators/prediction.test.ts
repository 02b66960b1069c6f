import { describe, expect, it } from 'vitest';
import { noiseScalesAt, noiseSchedule } from '#lib/generators/noise-schedule.js';
import {
  conversionScales,
  type PredictionKind,
  predictionKinds,
  targetScales,
} from '#lib/generators/prediction.js';

const schedule = noiseSchedule();
const pairs = predictionKinds.flatMap((from) => predictionKinds.map((to) => [from, to] as const));

describe('conversionScales', () => {
  it.each(pairs)('gives back the known quantity: %s, %s', (from, to) => {
    const [clean, noise] = [1.7, -0.6];
    for (const level of [1, 50, 100.5, 200]) {
      const scales = noiseScalesAt(schedule, level);
      const value = (kind: PredictionKind) => {
        const { ofClean, ofNoise } = targetScales(kind, scales);
        return ofClean * clean + ofNoise * noise;
      };
      const sample = scales.signalScale * clean + scales.noiseScale * noise;
      const there = conversionScales(from, to, scales);
      const converted = there.ofSample * sample + there.ofOther * value(from);
      expect(converted).toBeCloseTo(value(to), 9);
      const back = conversionScales(to, from, scales);
      expect(back.ofSample * sample + back.ofOther * converted).toBeCloseTo(value(from), 9);
    }
  });

  it('computes the clean signal from v as signalScale * x - noiseScale * v', () => {
    const scales = noiseScalesAt(schedule, 80);
    const { ofSample, ofOther } = conversionScales('v', 'x0', scales);
    expect(ofSample).toBeCloseTo(scales.signalScale, 12);
    expect(ofOther).toBeCloseTo(-scales.noiseScale, 12);
  });
});

// Clean signal and noise are independent with variance 1. The best estimate of the clean signal is signalScale * x. Every
// quantity is a sum of both, so the mean square of an error is the sum of the squares of its two factors.
describe('the least possible loss on white data', () => {
  it.each([
    ['v', () => 1],
    ['epsilon', (alphaBar: number) => alphaBar],
    ['x0', (alphaBar: number) => 1 - alphaBar],
  ] as const)('%s', (kind, expected) => {
    for (const level of [1, 20, 100, 180, 200]) {
      const scales = noiseScalesAt(schedule, level);
      const { ofSample, ofOther } = conversionScales('x0', kind, scales);
      const ofX = ofSample + ofOther * scales.signalScale;
      const { ofClean, ofNoise } = targetScales(kind, scales);
      const loss = (ofX * scales.signalScale - ofClean) ** 2 + (ofX * scales.noiseScale - ofNoise) ** 2;
      expect(loss).toBeCloseTo(expected(schedule.alphaBar[level]!), 10);
    }
  });
});
