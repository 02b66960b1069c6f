// The file results.parquet. Its rows are in the order of the configuration. Equal rows give equal bytes.

import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { packageVersion } from '../base/version.js';
import { type ParquetType, type ResultRow, resultColumns } from './results.js';

/** Returns the bytes of the file. Undefined scores and "all positives" are stored as null. */
export function resultsParquet(rows: readonly ResultRow[]): Uint8Array {
  const columns = Object.entries(resultColumns) as [keyof ResultRow, { parquet: ParquetType }][];
  const columnData = columns.map(([name, { parquet: type }]): ColumnSource => {
    const data = rows.map((row) => {
      const value = row[name];
      if (value === null || Number.isNaN(value)) return null;
      return type === 'INT64' ? BigInt(value) : value;
    });
    return { name, data, type, nullable: true };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData, createdBy: `pqrst ${packageVersion()}` }));
}
