// Reads some columns of a large table, one row at a time. Only the text of the table is in memory, and not the cells of
// columns that no one wants: a table of 800,000 rows and 33 columns would need gigabytes.

import { PqrstError } from '../base/errors.js';
import { type CsvRow, plainName, readText } from './csv.js';
import { openRows } from './table-text.js';

/** The columns to read. */
export interface WantedColumns {
  /** Columns that the table must have. Upper and lower case, spaces, `_` and `-` do not matter. */
  readonly required: readonly string[];
  /** Returns whether another column is read too. */
  readonly also?: (name: string) => boolean;
}

const shownHeads = 20;

/**
 * Yields the rows of the table `path` with the wanted columns. A row that does not fit the head has a flaw. Rejects with
 * `signal.reason` after an abort.
 *
 * @throws PqrstError ERR_NOT_FOUND: when the file cannot be read.
 * @throws PqrstError ERR_CSV: when the file is not a table, has no rows or lacks a required column.
 */
export async function* csvColumns(
  path: string,
  wanted: WantedColumns,
  signal?: AbortSignal,
): AsyncGenerator<CsvRow, void, undefined> {
  const { text } = await readText(path);
  let columns: readonly (readonly [name: string, place: number])[] | undefined;
  let count = 0;
  let rows = 0;
  for (const { line, cells, flaw } of openRows(text).rows) {
    signal?.throwIfAborted();
    if (columns === undefined) {
      columns = placesOf(path, cells, wanted);
      count = cells.length;
      continue;
    }
    rows++;
    if (flaw !== undefined) yield { line, fields: {}, flaw };
    else if (cells.length !== count) {
      const problem = `it has ${cells.length} cells where the head has ${count}; quote a cell that contains the separator`;
      yield { line, fields: {}, flaw: problem };
    } else yield { line, fields: Object.fromEntries(columns.map(([name, place]) => [name, cells[place]!])) };
  }
  if (rows > 0) return;
  throw new PqrstError('ERR_CSV', `table ${path} has no rows below a head line; write one line per record`);
}

function placesOf(path: string, head: readonly string[], { required, also = () => false }: WantedColumns) {
  const fail = (problem: string) => new PqrstError('ERR_CSV', `table ${path} ${problem}`);
  const plain = head.map(plainName);
  const found = required.map((name) => {
    const place = plain.indexOf(plainName(name));
    if (place >= 0) return [name, place] as const;
    const shown = head.slice(0, shownHeads).join(', ');
    throw fail(`must have a column "${name}"; found ${shown}; the first line must name the columns`);
  });
  const others = head.flatMap((name, place) =>
    also(name) && !required.includes(name) ? [[name, place] as const] : [],
  );
  const columns = [...found, ...others];
  const twice = columns.find(([name]) => plain.filter((one) => one === plainName(name)).length > 1);
  if (twice !== undefined) throw fail(`has two columns "${twice[0]}"; keep one of them`);
  return columns;
}
