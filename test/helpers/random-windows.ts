// Makes labelled windows with random probabilities, for tests of scores.

import { randomStream } from '#lib/base/random.js';
import type { Scored } from '#lib/score/metrics.js';

/** Returns windows whose probabilities are too high or too low by `bias` logits, with `steps` different ones if given. */
export function randomWindows(seed: number, count: number, bias: number, steps?: number): Scored[] {
  const stream = randomStream(seed, 'calibration');
  return Array.from({ length: count }, () => {
    const logit = 2 * stream.normal();
    const positive = stream.uniform() < 1 / (1 + Math.exp(-logit));
    const exact = 1 / (1 + Math.exp(-logit - bias));
    const probability = steps === undefined ? exact : Math.round(exact * steps) / steps;
    return { patientId: 'p', positive, probability };
  });
}
