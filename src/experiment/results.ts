// What an experiment leaves behind as data: a row a run and test set, and every prediction. Nothing is computed here.

import type { Setting } from '../run/settings.js';

/** The test windows of the experiment's own data; other names are outside data sets. */
export const heldBack = 'held-back';

/** The runs 2-6 of one cell share all but `pair`. */
export interface CellKey {
  readonly task: string;
  readonly arch: string;
  readonly setting: Setting;
  /** Positives that training was cut to; null: all there are. Syn sees no real record: always null. */
  readonly positives: number | null;
}

/** One trained model on one test set: a row of results.parquet. NaN where a number is undefined. */
export interface ResultRow extends CellKey {
  readonly pair: number;
  /** `held-back`, or the outside data set as it was given. */
  readonly test: string;
  readonly seed: number;
  /** Of the training side: real windows, or synthetic records in setting syn (no patients then). */
  readonly trainWindows: number;
  readonly trainPositives: number;
  readonly trainPatients: number;
  readonly trainPositivePatients: number;
  readonly valWindows: number;
  readonly valPositives: number;
  readonly testWindows: number;
  readonly testPositives: number;
  readonly testPatients: number;
  readonly testPositivePatients: number;
  /** At 0.5; over several classes the plain mean of one against the rest, the class of highest probability claimed. */
  readonly f1: number;
  /** Average precision; over several classes the plain mean. */
  readonly auprc: number;
  readonly auroc: number;
  readonly learningRate: number;
  readonly shiftRate: number;
  readonly maskRate: number;
  /** JSON. */
  readonly archOptions: string;
  readonly bestEpoch: number;
  readonly epochs: number;
  readonly steps: number;
  readonly version: string;
}

/** Whether `row` is of the cell `key`, on its test set. */
export function isOfCell(row: CellKey & { test: string }, key: CellKey & { test: string }): boolean {
  return (['task', 'arch', 'setting', 'positives', 'test'] as const).every((name) => row[name] === key[name]);
}
