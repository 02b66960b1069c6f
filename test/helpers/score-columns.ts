// Makes columns of predictions, for tests of scores.

import { randomStream } from '#lib/base/random.js';
import { ColumnsBuilder, type ScoreColumns } from '#lib/score/columns.js';

/** Returns patients with `each` windows; the windows of a patient are alike. */
export function made(
  seed: number,
  patients: number,
  { each = 1, share = 0.3, levels = 0 } = {},
): ScoreColumns {
  const stream = randomStream(seed, 'large-sample');
  const builder = new ColumnsBuilder(patients * each, 1);
  for (let patient = 0; patient < patients; patient++) {
    const label = stream.uniform() < share ? 1 : 0;
    const own = stream.normal();
    for (let window = 0; window < each; window++) {
      const logit = 1.2 * (label - 0.5) + (each > 1 ? own : 0) + stream.normal();
      const probability = 1 / (1 + Math.exp(-logit));
      builder.add(label, patient, [levels > 0 ? Math.round(probability * levels) / levels : probability]);
    }
  }
  return builder.columns();
}
