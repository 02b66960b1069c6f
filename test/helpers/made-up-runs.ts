// Makes the predictions of two settings, with five models each, for the same made-up patients. Tests of the statistics
// use them.

import { randomStream } from '#lib/base/random.js';
import type { RunPredictions } from '#lib/score/predictions.js';

/** The parts from which a logit is made. All SDs and differences are in logits. */
export interface World {
  readonly patients: number;
  /** How many of the patients are positive. */
  readonly positives: number;
  /** SD of the part of a patient that both settings share. */
  readonly patient: number;
  /** SD of the part of a patient that all models of one setting share. */
  readonly taste: number;
  /** SD of the part of a model that all patients share. */
  readonly luck: number;
  /** SD of the part of one patient in one model. */
  readonly rest: number;
  /** By how much the second setting is better than the first. */
  readonly better: number;
}

/** Returns the runs of two settings, five each. All have the same windows, three per patient. */
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
