// Reads some columns of a large CSV table, row by row, so that a table of a gigabyte takes little memory (with csv-parse;
// errors name the line).

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type CsvError, parse } from 'csv-parse';
import { PqrstError } from '../base/errors.js';
import type { CsvRow } from './csv.js';
import { unreadable } from './input.js';

const lineEnds = ['\r\n', '\n', '\r'];

/** The columns to read. */
export interface WantedColumns {
  /** Columns that the table must have. */
  readonly required: readonly string[];
  /** Returns whether another column is read too. */
  readonly also?: (name: string) => boolean;
}

/**
 * Yields the rows of the CSV file `path` with the wanted columns. Rejects with `signal.reason` after an abort.
 *
 * @throws PqrstError ERR_NOT_FOUND: when the file cannot be read.
 * @throws PqrstError ERR_CSV: when the file is malformed, has no rows or lacks a required column.
 */
export async function* csvColumns(
  path: string,
  { required, also = () => false }: WantedColumns,
  signal?: AbortSignal,
): AsyncGenerator<CsvRow, void, undefined> {
  const fail = (problem: string, cause?: unknown) =>
    new PqrstError('ERR_CSV', `table ${path} ${problem}`, { cause });
  const found = await stat(path).catch((cause) => {
    throw unreadable(path, 'the table', cause);
  });
  if (!found.isFile()) {
    throw new PqrstError(
      'ERR_NOT_FOUND',
      `could not read the table ${path}: it is a folder or a device; name a file`,
    );
  }
  const places: [name: string, place: number][] = [];
  const takeHeader = (names: readonly string[]): void => {
    const missing = required.find((column) => !names.includes(column));
    if (missing !== undefined) throw fail(`must have a column "${missing}"; found ${names.join(', ')}`);
    for (const [place, name] of names.entries()) {
      if (!required.includes(name) && !also(name)) continue;
      if (names.indexOf(name) < place) throw fail(`has two columns "${name}"; keep one of them`);
      places.push([name, place]);
    }
  };
  const file = createReadStream(path);
  const parser = parse({
    ...{ bom: true, info: true, skip_empty_lines: true, trim: true, record_delimiter: lineEnds },
  });
  file.on('error', (cause) => parser.destroy(cause));
  file.pipe(parser);
  let rows = 0;
  try {
    let isHeader = true;
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      signal?.throwIfAborted();
      if (isHeader) {
        takeHeader(record);
        isHeader = false;
        continue;
      }
      rows++;
      yield { line: info.lines, fields: Object.fromEntries(places.map(([name, at]) => [name, record[at]!])) };
    }
  } catch (cause) {
    if ((cause as CsvError).code?.startsWith('CSV_')) {
      throw fail(`is not well-formed CSV: ${(cause as Error).message}; correct that line`, cause);
    }
    throw (cause as NodeJS.ErrnoException).errno === undefined ? cause : unreadable(path, 'the table', cause);
  } finally {
    parser.destroy();
    file.destroy();
  }
  if (rows === 0) throw fail(`must have rows and a column "${required[0]}"; it holds no rows`);
}
