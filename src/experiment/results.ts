// The rows of results.parquet, one per run and test set. One table defines the name, the check and the Parquet type of
// each column.

import { z } from 'zod';
import { settings, usesSynthetic } from '../run/settings.js';
import { simulator } from './source-names.js';

/** The type of a column in the Parquet file. */
export type ParquetType = 'STRING' | 'INT32' | 'INT64' | 'DOUBLE';

const column = <S extends z.ZodType>(zod: S, parquet: ParquetType) => ({ zod, parquet });
const text = column(z.string(), 'STRING');
const count = column(z.number(), 'INT32');
const number = column(z.number(), 'DOUBLE');
/** Values that only some settings have. A row that does not state them has null. */
const optionalText = column(z.string().nullable().default(null), 'STRING');
const optionalNumber = column(z.number().nullable().default(null), 'DOUBLE');
/** A score. NaN means undefined; the files store it as null. */
const score = column(
  z
    .number()
    .nullable()
    .transform((value) => value ?? Number.NaN),
  'DOUBLE',
);
/** A score that only tasks of two labels have. It is undefined in a row that does not state it. */
const binaryScore = column(
  z
    .number()
    .nullable()
    .default(null)
    .transform((value) => value ?? Number.NaN),
  'DOUBLE',
);

/** The columns of results.parquet, in their order. */
export const resultColumns = {
  task: text,
  arch: text,
  setting: column(z.enum(settings), 'STRING'),
  /** The number of positives to which training was limited; null: all. Null in the setting syn, which has no real ones. */
  positives: column(z.number().nullable(), 'INT32'),
  /** What made the synthetic records: `simulator`, `generator:DIR`, `refined:DIR` or `both:DIR`; null in settings without any. */
  source: optionalText,
  /** SHA-256 of the generator of the source. */
  generator: optionalText,
  /** The number of added records as a multiple of the real ones; null without added records. */
  ratio: optionalNumber,
  /** The percentage of the real training windows to which training was limited; null: all. */
  share: optionalNumber,
  /** The number of the division into training and validation sides. Only this differs between the runs of a cell. */
  pair: count,
  /** `held-back`, or the outside set as the configuration names it. */
  test: text,
  /** The seed of the experiment. */
  seed: column(z.number(), 'INT64'),
  /**
   * Number of real windows of the training side, without added ones; in the setting syn, of synthetic records, which have no
   * patients.
   */
  trainWindows: count,
  trainPositives: count,
  trainPatients: count,
  trainPositivePatients: count,
  valWindows: count,
  valPositives: count,
  testWindows: count,
  testPositives: count,
  testPatients: count,
  testPositivePatients: count,
  /** F1 at threshold 0.5. For several classes: the mean over the classes; the most probable class is the answer. */
  f1: score,
  /** Average precision. For several classes: the mean over the classes, as for AUROC. */
  auprc: score,
  auroc: score,
  /** The threshold with the highest F1 of the validation records; null if they gave none. */
  valThreshold: binaryScore,
  f1AtValThreshold: binaryScore,
  /** The share of positives among the test windows, estimated from the probabilities. */
  prior: binaryScore,
  /** F1 at 0.5 after the correction of the probabilities for `prior`. */
  f1AtPrior: binaryScore,
  /** Brier score and expected calibration error of the probabilities, not corrected for the prior. */
  brier: binaryScore,
  ece: binaryScore,
  learningRate: number,
  shiftRate: number,
  maskRate: number,
  /** The hyper-parameters of the architecture, as JSON. */
  archOptions: text,
  /** The epoch of the best weights. It is 0 if the training diverged, and so are `epochs` and `steps`. */
  bestEpoch: count,
  epochs: count,
  steps: count,
  /** The version of pqrst that finished the run. */
  version: text,
};

/**
 * One row of results.parquet: the result of one run on one test set. NaN marks an undefined number.
 *
 * - `task`: the task, as `parseLabelTask` reads it.
 * - `arch`: name of the architecture, a key of `architectures`.
 * - `setting`: the records that trained: real, syn, syn-real, real+syn or real+real.
 * - `positives`: number of positives to which training was limited; null: all, and always in the setting syn.
 * - `source`: what made the synthetic records, `simulator`, `generator:DIR`, `refined:DIR` or `both:DIR`; null without synthetic records.
 * - `generator`: SHA-256 of the generator of the source; null without one.
 * - `ratio`: number of records that real+syn or real+real added, as a multiple of the real ones; null in other settings.
 * - `share`: percentage of the real training windows to which training was limited; null: all.
 * - `pair`: number of the division into training and validation sides, from 2.
 * - `test`: test set, `held-back` or an outside set as the configuration names it.
 * - `seed`: seed of the experiment.
 * - `trainWindows`, `trainPositives`: numbers of all and of positive training windows without added ones; in the setting
 * syn, of synthetic records.
 * - `trainPatients`, `trainPositivePatients`: numbers of all training patients and of those with a positive window; 0 in
 * the setting syn.
 * - `valWindows`, `valPositives`: numbers of all and of positive validation windows.
 * - `testWindows`, `testPositives`: numbers of all and of positive test windows.
 * - `testPatients`, `testPositivePatients`: numbers of all test patients and of those with a positive window.
 * - `f1`: F1 at threshold 0.5, 0-1; for several classes the mean over them, where the most probable class is predicted.
 * - `auprc`, `auroc`: average precision and area under the ROC curve, 0-1; for several classes the mean over them.
 * - `valThreshold`, `f1AtValThreshold`: the threshold with the highest F1 of the validation records, and the F1 of the test
 * at it; NaN for several classes, and if the records gave no threshold. In the setting syn these records are synthetic.
 * - `prior`, `f1AtPrior`: share of positives among the test windows, estimated from the probabilities without labels
 * (`estimatePrior`), and the F1 after the correction for it (`correctPrior`); NaN for several classes.
 * - `brier`, `ece`: Brier score and expected calibration error, 0-1; NaN for several classes.
 * - `learningRate`: learning rate of the training; in the setting syn-real, of the second phase.
 * - `shiftRate`, `maskRate`: longest shift and longest zeroed part of a training window, as shares of its length, 0-1.
 * - `archOptions`: hyper-parameters of the architecture, as JSON.
 * - `bestEpoch`: number of finished epochs at the best validation; 0 if the training diverged.
 * - `epochs`, `steps`: numbers of finished epochs and optimiser steps; 0 if the training diverged.
 * - `version`: version of pqrst that finished the run.
 */
export type ResultRow = {
  readonly [Name in keyof typeof resultColumns]: z.output<(typeof resultColumns)[Name]['zod']>;
};

/** Checks a row that is stored as JSON. In a row that states no source, the simulator made the synthetic records. */
export const resultRowSchema = z
  .object(
    Object.fromEntries(Object.entries(resultColumns).map(([name, { zod }]) => [name, zod])) as {
      [Name in keyof typeof resultColumns]: (typeof resultColumns)[Name]['zod'];
    },
  )
  .transform((row) => ({
    ...row,
    source: row.source ?? (usesSynthetic(row.setting) ? simulator : null),
  }));

const keyNames = ['task', 'arch', 'setting', 'positives', 'source', 'ratio', 'share'] as const;

/** Identifies a cell of the experiment: runs that differ only in `pair`. */
export type CellKey = Pick<ResultRow, (typeof keyNames)[number]>;

/** Returns the part of a row that identifies its cell. */
export function cellKeyOf(row: CellKey): CellKey {
  const { task, arch, setting, positives, source, ratio, share } = row;
  return { task, arch, setting, positives, source, ratio, share };
}

/** Returns whether a row belongs to the cell and the test set of `key`. */
export function isOfCell(row: CellKey & { test: string }, key: CellKey & { test: string }): boolean {
  return [...keyNames, 'test' as const].every((name) => row[name] === key[name]);
}

/** Returns whether the training of a run diverged. Such a run has no model, no scores and no predictions. */
export function isDiverged({ epochs }: Pick<ResultRow, 'epochs'>): boolean {
  return epochs === 0;
}
