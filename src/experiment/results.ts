// The rows of results.parquet: one per run and test set. One table states the name, the check and the Parquet type of
// each column.

import { z } from 'zod';
import { settings } from '../run/config.js';

export type ParquetType = 'STRING' | 'INT32' | 'INT64' | 'DOUBLE';

const column = <S extends z.ZodType>(zod: S, parquet: ParquetType) => ({ zod, parquet });
const text = column(z.string(), 'STRING');
const count = column(z.number(), 'INT32');
const number = column(z.number(), 'DOUBLE');
/** NaN where it is undefined; null in the files. */
const score = column(
  z
    .number()
    .nullable()
    .transform((value) => value ?? Number.NaN),
  'DOUBLE',
);

/** The columns of results.parquet, in their order. */
export const resultColumns = {
  task: text,
  arch: text,
  setting: column(z.enum(settings), 'STRING'),
  /** The number of positives that training was cut down to; null: all. Null in setting syn, which sees no real record. */
  positives: column(z.number().nullable(), 'INT32'),
  /** Number of the train/val split; the runs of one cell share all other values of their key. */
  pair: count,
  /** `held-back`, or the outside data set as it was given. */
  test: text,
  /** Of the experiment. */
  seed: column(z.number(), 'INT64'),
  /** Training side: real windows, or synthetic records in setting syn (then without patients). */
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
  /** At threshold 0.5. Over several classes: the plain mean of each class against the rest, by the likeliest class. */
  f1: score,
  /** Average precision; over several classes the plain mean. */
  auprc: score,
  auroc: score,
  learningRate: number,
  shiftRate: number,
  maskRate: number,
  /** JSON. */
  archOptions: text,
  /** 0 where the training diverged, as are `epochs` and `steps`. */
  bestEpoch: count,
  epochs: count,
  steps: count,
  version: text,
};

type Columns = typeof resultColumns;

/** One trained model on one test set: a row of results.parquet. */
export type ResultRow = { readonly [Name in keyof Columns]: z.output<Columns[Name]['zod']> };

/** Checks a row that was stored as JSON. */
export const resultRowSchema = z.object(
  Object.fromEntries(Object.entries(resultColumns).map(([name, { zod }]) => [name, zod])) as {
    [Name in keyof Columns]: Columns[Name]['zod'];
  },
);

/** One cell of the experiment: runs that differ in `pair` alone. */
export type CellKey = Pick<ResultRow, 'task' | 'arch' | 'setting' | 'positives'>;

/** Returns whether `row` belongs to the cell `key` and its test set. */
export function isOfCell(row: CellKey & { test: string }, key: CellKey & { test: string }): boolean {
  return (['task', 'arch', 'setting', 'positives', 'test'] as const).every((name) => row[name] === key[name]);
}

/** Returns whether the run's training diverged. Such a run has no model, no scores and no predictions. */
export function isDiverged({ epochs }: Pick<ResultRow, 'epochs'>): boolean {
  return epochs === 0;
}
