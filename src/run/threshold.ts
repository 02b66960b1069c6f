// Chooses the decision threshold of a run on its validation records, and says so where this is not possible. The records
// are those that decided when to stop: the weights were not computed from them, but they were chosen by them.

import { z } from 'zod';
import type { BatchSource } from '../batches/batches.js';
import { chooseThreshold } from '../score/threshold.js';
import { type Predictor, predictBatches } from './predict.js';
import type { Setting } from './settings.js';

/** The schema of a threshold in metrics.json. */
export const thresholdSchema = z.object({
  value: z.number(),
  f1: z.number().nullable(),
  on: z.enum(['real', 'synthetic']),
  windows: z.int(),
  positives: z.int(),
  reason: z.string(),
});

/** The decision threshold that the validation records of a run give, for a task of two labels. */
export interface ValidationThreshold {
  /** A window with at least this probability is predicted positive; 0.5 if the records give no threshold. */
  readonly value: number;
  /** F1 of the validation records at the threshold; null if they give no threshold. */
  readonly f1: number | null;
  /** Whether the validation records are real or synthetic. In the setting syn they are synthetic. */
  readonly on: 'real' | 'synthetic';
  /** Number of validation windows. */
  readonly windows: number;
  /** Number of positive validation windows. */
  readonly positives: number;
  /** Why the records give no threshold; empty if they give one. */
  readonly reason: string;
}

/** The choice does not depend on where a record comes from. */
const unnamed = { recordName: '', patientId: '', startS: 0 };

/**
 * Chooses the threshold with the highest F1 of the validation records (`chooseThreshold` has the rule for equals).
 *
 * @param predict - Returns one logit and one probability per record.
 * @param on - What the validation records are.
 * @throws `signal.reason`: when the signal is aborted.
 */
export async function validationThreshold(
  predict: Predictor,
  validation: BatchSource,
  on: ValidationThreshold['on'],
  signal?: AbortSignal,
): Promise<ValidationThreshold> {
  const rows = await predictBatches(predict, validation, () => unnamed, signal ? { signal } : {});
  const scored = rows.map(({ label, probabilities }) => ({
    positive: label === 1,
    probability: probabilities[1]!,
  }));
  const windows = scored.length;
  const positives = scored.filter(({ positive }) => positive).length;
  const counts = { on, windows, positives };
  const chosen = chooseThreshold(scored);
  if (chosen !== undefined) return { value: chosen.threshold, f1: chosen.f1, ...counts, reason: '' };
  const reason =
    windows === 0
      ? 'there are no validation records'
      : `all validation records (${windows}) are ${positives === 0 ? 'negative' : 'positive'}`;
  return { value: 0.5, f1: null, ...counts, reason };
}

/** Returns what the validation records of a run are: those of the setting syn are synthetic. */
export function validationKind({ setting }: { readonly setting: Setting }): ValidationThreshold['on'] {
  return setting === 'syn' ? 'synthetic' : 'real';
}
