// The labels of a training: every label that is learnt needs records.

import { PqrstError } from '../base/errors.js';
import type { BatchSource } from '../batches/batches.js';

/**
 * Returns the number of training records of each of `labels` labels.
 *
 * @throws PqrstError ERR_DATA_EMPTY: when the training source lacks a label.
 */
export function recordsPerLabel({ count, labelCounts }: BatchSource, labels: number): number[] {
  const counts = Array.from({ length: labels }, (_, label) => labelCounts[label] ?? 0);
  if (!counts.includes(0)) return counts;
  throw new PqrstError(
    'ERR_DATA_EMPTY',
    `the ${count} training records hold none of label ${counts.indexOf(0)}; give some of each label`,
  );
}
