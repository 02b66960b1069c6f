// Two settings with five models each, and what they say of the same made-up patients: what statistics are tried on.

import { randomStream } from '#lib/base/random.js';
import type { RunPredictions } from '#lib/score/predictions.js';

export interface World {
  readonly patients: number;
  readonly positives: number;
  /** SD, in logits, of what a patient is to both settings, to one of them, a model's luck, and what only they share. */
  readonly patient: number;
  readonly taste: number;
  readonly luck: number;
  readonly rest: number;
  /** By how much b is better than a. */
  readonly better: number;
}

/** Predictions of two settings with five models each, judged on the same windows, three of each patient. */
export function simulate(seed: number, world: Partial<World>): RunPredictions[][] {
  const { patients, positives, patient, taste, luck, rest, better } = {
    ...{ patients: 40, positives: 12, patient: 1, taste: 0, luck: 0, rest: 0.7, better: 0 },
    ...world,
  };
  const draw = randomStream(seed, 'world');
  const normals = (sd: number) => Array.from({ length: patients }, () => sd * draw.normal());
  const common = normals(patient);
  return [0, better].map((skill) => {
    const tastes = normals(taste);
    return Array.from({ length: 5 }, (_, run) => {
      const fortune = luck * draw.normal();
      const windows = normals(rest).flatMap((own, at) =>
        [0, 1, 2].map((window) => {
          const side = at < positives ? 1 : -1;
          const logit =
            side * (1.5 + skill + fortune) + common[at]! + tastes[at]! + own + 0.5 * draw.normal();
          const probability = 1 / (1 + Math.exp(-logit));
          const label = at < positives ? 1 : 0;
          const probabilities = [1 - probability, probability];
          return { recordName: `r${at}`, patientId: `p${at}`, startS: 10 * window, label, probabilities };
        }),
      );
      return { pair: run + 2, windows };
    });
  });
}
