// What a diffusion network predicts of a noised signal x = a * clean + s * noise: v = a * noise - s * clean (Salimans and
// Ho 2022), the noise (epsilon), or the clean signal (x0). Each follows from each other, given x and the scales a and s.

import type { NoiseScales } from './noise-schedule.js';

/** The quantities that a network can predict. */
export const predictionKinds = ['v', 'epsilon', 'x0'] as const;
/** What a network predicts: `v`, `epsilon` (the noise) or `x0` (the clean signal). */
export type PredictionKind = (typeof predictionKinds)[number];

/** The target of a training: `ofClean` * clean signal + `ofNoise` * noise. */
export interface TargetScales {
  readonly ofClean: number;
  readonly ofNoise: number;
}

/** A quantity computed from a noised signal and another quantity: `ofSample` * x + `ofOther` * other. */
export interface ConversionScales {
  readonly ofSample: number;
  readonly ofOther: number;
}

/** Returns how the target of a training follows from clean signal and noise. */
export function targetScales(kind: PredictionKind, { signalScale, noiseScale }: NoiseScales): TargetScales {
  if (kind === 'v') return { ofClean: -noiseScale, ofNoise: signalScale };
  return kind === 'epsilon' ? { ofClean: 0, ofNoise: 1 } : { ofClean: 1, ofNoise: 0 };
}

/**
 * Returns how one quantity follows from the noised signal and another quantity.
 *
 * @param from - The known quantity, for example the prediction of a network.
 * @param to - The wanted quantity.
 * @param scales - The scales of the level; both are above 0.
 */
export function conversionScales(
  from: PredictionKind,
  to: PredictionKind,
  scales: NoiseScales,
): ConversionScales {
  if (from === to) return { ofSample: 0, ofOther: 1 };
  // Clean signal and noise as sums of x and the known quantity, by the inverse of the matrix whose rows are x and it.
  const { signalScale, noiseScale } = scales;
  const known = targetScales(from, scales);
  const wanted = targetScales(to, scales);
  const determinant = signalScale * known.ofNoise - noiseScale * known.ofClean;
  return {
    ofSample: (wanted.ofClean * known.ofNoise - wanted.ofNoise * known.ofClean) / determinant,
    ofOther: (wanted.ofNoise * signalScale - wanted.ofClean * noiseScale) / determinant,
  };
}
