// Reads CSV tables with a header line (with csv-parse; errors name the line), and writes CSV text with quotes where
// they are needed.

import { parse } from 'csv-parse/sync';
import { PqrstError } from '../base/errors.js';
import { readInput } from './input.js';

const maxBytes = 2 ** 29;
const lineEnds = ['\r\n', '\n', '\r'];

/** One row of a table. */
export interface CsvRow {
  /** Line number in the file, starting at 1. */
  readonly line: number;
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * Reads the rows of the CSV file `path`.
 *
 * @throws PqrstError ERR_NOT_FOUND: when the file cannot be read.
 * @throws PqrstError ERR_CSV: when the file is malformed, has no rows or lacks one of `columns`.
 */
export async function readCsv(path: string, columns: readonly string[]): Promise<CsvRow[]> {
  const bytes = await readInput(path, 'the table', maxBytes, (size) => {
    return new PqrstError(
      'ERR_CSV',
      `table ${path} holds ${size} bytes; at most ${maxBytes} are read, so divide it`,
    );
  });
  let rows: { record: Record<string, string>; info: { lines: number } }[];
  let header: string[] = [];
  // A file may mix line endings. If csv-parse chose one from the first line, it would not recognise the others.
  const options = { bom: true, info: true, skip_empty_lines: true, trim: true, record_delimiter: lineEnds };
  try {
    rows = parse(bytes, { ...options, columns: (names: string[]) => (header = names) });
  } catch (cause) {
    const problem = `table ${path} is not well-formed CSV: ${(cause as Error).message}`;
    throw new PqrstError('ERR_CSV', `${problem}; correct that line`, { cause });
  }
  const twice = header.find((column, at) => column !== '' && header.indexOf(column) < at);
  if (twice !== undefined) {
    throw new PqrstError('ERR_CSV', `table ${path} has two columns "${twice}"; keep one of them`);
  }
  const missing = columns.find((column) => !header.includes(column));
  if (missing !== undefined || rows.length === 0) {
    const found = rows.length === 0 ? 'it holds no rows' : `found ${header.join(', ')}`;
    throw new PqrstError(
      'ERR_CSV',
      `table ${path} must have rows and a column "${missing ?? columns[0]}"; ${found}`,
    );
  }
  return rows.map(({ record, info }) => ({ line: info.lines, fields: record }));
}

/** Returns an ERR_CSV error about one row. */
export function rowError(path: string, row: CsvRow, problem: string): PqrstError {
  return new PqrstError('ERR_CSV', `table ${path}, line ${row.line}: ${problem}`);
}

/**
 * Checks that no two rows have the same key, because a recording that is listed twice could count as two patients.
 * `what` names the key in the message.
 *
 * @throws PqrstError ERR_CSV: when two rows have the same key.
 */
export function refuseTwice(
  path: string,
  rows: readonly CsvRow[],
  what: string,
  keyOf: (row: CsvRow) => string,
): void {
  const seen = new Set<string>();
  for (const row of rows) {
    const key = keyOf(row);
    if (seen.has(key)) throw rowError(path, row, `${what} ${key} appears twice; keep one of the lines`);
    seen.add(key);
  }
}

/**
 * Returns rows as CSV text, each with a line feed at its end. A field with a comma, a quote or a line break is quoted.
 *
 * @example
 * csvText([['record', 'label'], ['100', 'a,b']]); // 'record,label\n100,"a,b"\n'
 */
export function csvText(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(csvField).join(',')}\n`).join('');
}

function csvField(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
