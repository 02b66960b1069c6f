// results.parquet: a row a run and test set, in the order of the configuration. Equal results are equal bytes.

import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { packageVersion } from '../base/version.js';
import type { ResultRow } from './results.js';

type ColumnType = 'STRING' | 'INT32' | 'INT64' | 'DOUBLE';

const columns: readonly (readonly [keyof ResultRow, ColumnType])[] = [
  ['task', 'STRING'],
  ['arch', 'STRING'],
  ['setting', 'STRING'],
  ['positives', 'INT32'],
  ['pair', 'INT32'],
  ['test', 'STRING'],
  ['seed', 'INT64'],
  ['trainWindows', 'INT32'],
  ['trainPositives', 'INT32'],
  ['trainPatients', 'INT32'],
  ['trainPositivePatients', 'INT32'],
  ['valWindows', 'INT32'],
  ['valPositives', 'INT32'],
  ['testWindows', 'INT32'],
  ['testPositives', 'INT32'],
  ['testPatients', 'INT32'],
  ['testPositivePatients', 'INT32'],
  ['f1', 'DOUBLE'],
  ['auprc', 'DOUBLE'],
  ['auroc', 'DOUBLE'],
  ['learningRate', 'DOUBLE'],
  ['shiftRate', 'DOUBLE'],
  ['maskRate', 'DOUBLE'],
  ['archOptions', 'STRING'],
  ['bestEpoch', 'INT32'],
  ['epochs', 'INT32'],
  ['steps', 'INT32'],
  ['version', 'STRING'],
];

/** The bytes of the file; an undefined score and `all positives` are null. */
export function resultsParquet(rows: readonly ResultRow[]): Uint8Array {
  const columnData = columns.map(([name, type]): ColumnSource => {
    const data = rows.map((row) => {
      const value = row[name];
      if (value === null || Number.isNaN(value)) return null;
      return type === 'INT64' ? BigInt(value) : value;
    });
    return { name, data, type, nullable: true };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData, createdBy: `pqrst ${packageVersion()}` }));
}
