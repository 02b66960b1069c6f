// How the networks of generators see labels: as a row with one 1, and some records of a training without their label, so that
// a network also learns without one. K labels.

import { PqrstError } from '../base/errors.js';
import type { BatchSource } from '../batches/batches.js';

/**
 * Returns labels as rows [B, K + 1] with one 1 each.
 *
 * @param shown - The label of each record, from 0; K is the null label.
 */
export function labelRows(shown: ArrayLike<number>, labels: number): Float32Array {
  const rows = new Float32Array(shown.length * (labels + 1));
  for (let row = 0; row < shown.length; row++) rows[row * (labels + 1) + shown[row]!] = 1;
  return rows;
}

/**
 * Checks the share of records whose label is hidden.
 *
 * @param usual - The value that the message advises.
 * @throws PqrstError ERR_RANGE: when it is not from 0 to below 1.
 */
export function expectDropout(labelDropout: number, usual: number): void {
  if (labelDropout >= 0 && labelDropout < 1) return;
  throw new PqrstError(
    'ERR_RANGE',
    `labelDropout must be from 0 to below 1, got ${labelDropout}; take ${usual}`,
  );
}

/**
 * Checks that a source has no more labels than a plan.
 *
 * @throws PqrstError ERR_OPTION: when it has more.
 */
export function expectPlannedLabels(labels: number, { labelCounts }: BatchSource): void {
  const shown = labelCounts.findLastIndex((count) => count > 0) + 1;
  if (shown <= labels) return;
  throw new PqrstError(
    'ERR_OPTION',
    `the records have ${shown} labels, but the plan has ${labels}; plan one label per label of the records`,
  );
}
