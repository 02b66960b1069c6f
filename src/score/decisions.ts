// Compares the rules by which a probability becomes a predicted label, for a task of two labels: from 0.5, from the
// threshold that was chosen on validation records, and from 0.5 after the probability was corrected for the prior.

import { type Estimate, type MetricsOptions, measure, type Scored } from './metrics.js';

/** A rule that turns the probability of a model into a predicted label, and its F1. */
export interface Decision {
  /**
   * `half`: positive from 0.5. `validation`: positive from the threshold with the highest F1 of the validation records.
   * `prior`: positive if the probability, corrected for the prior, is at least 0.5.
   */
  readonly rule: 'half' | 'validation' | 'prior';
  /** A window with at least this probability is predicted positive. The probability is not corrected for the prior. */
  readonly threshold: number;
  /** F1 with a 95 % interval over patients. */
  readonly f1: Estimate;
}

/**
 * Returns the F1 of each rule.
 *
 * @param thresholds - The threshold of each rule; a rule without a threshold is left out.
 * @throws PqrstError The errors of `measure`.
 */
export function compareDecisions(
  windows: readonly Scored[],
  thresholds: { readonly [Rule in Decision['rule']]?: number | undefined },
  options: Omit<MetricsOptions, 'threshold'> = {},
): Decision[] {
  return (['half', 'validation', 'prior'] as const).flatMap((rule) => {
    const threshold = thresholds[rule];
    if (threshold === undefined) return [];
    return [{ rule, threshold, f1: measure(windows, { ...options, threshold }).f1 }];
  });
}
