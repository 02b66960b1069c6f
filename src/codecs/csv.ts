// Reads tables with a head line, whatever program wrote them (`table-text.ts` knows the dialects), and finds their
// columns by name. Also writes CSV text with quotes where they are needed, and with text that no spreadsheet runs.

import { basename } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { fileLimits } from '../base/open-file.js';
import { plural } from '../base/text.js';
import { readInput } from './input.js';
import { decodeText, parseRows, type TextRow, type TextTable } from './table-text.js';

const shownHeads = 20;
const separatorNames: Readonly<Record<string, string>> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'vertical bars',
};

/** Files that people rename to .csv, by their first bytes. */
const fileKinds = [
  { start: [0x50, 0x4b, 0x03, 0x04], what: 'a ZIP archive, such as an Excel workbook (.xlsx)' },
  { start: [0xd0, 0xcf, 0x11, 0xe0], what: 'an Excel workbook (.xls)' },
  { start: [0x1f, 0x8b], what: 'compressed with gzip' },
  { start: [0x50, 0x41, 0x52, 0x31], what: 'a Parquet file' },
];

/** One row of a table. */
export interface CsvRow {
  /** Line number in the file, starting at 1. */
  readonly line: number;
  /** The cells by the name of their column. */
  readonly fields: Readonly<Record<string, string>>;
  /** The reason why the row cannot be used; its fields are then empty. */
  readonly flaw?: string;
}

/** A column that a reader knows. */
export interface Column {
  /** The name under which the cells are returned. */
  readonly name: string;
  /** Other names of the column, the preferred one first. Upper and lower case, spaces, `_` and `-` do not matter. */
  readonly synonyms?: readonly string[];
  /** True if a table without this column can be read. */
  readonly isOptional?: true;
}

/** A table. */
export interface CsvTable {
  readonly rows: readonly CsvRow[];
  /** The heads of all columns, in the order of the table. */
  readonly head: readonly string[];
  /** The columns that were found: the name of the column, and its head as the table writes it. */
  readonly heads: ReadonlyMap<string, string>;
  /** Heads of the columns that the reader does not know. Their cells have these names. */
  readonly others: readonly string[];
  /** Sentences about the table for its user. */
  readonly notes: readonly string[];
}

/**
 * Reads the rows of the table `path` and requires the columns `columns`. Columns keep the names that the table gives
 * them, except that the case of the names in `columns` does not matter.
 *
 * @throws PqrstError ERR_NOT_FOUND: when the file cannot be read.
 * @throws PqrstError ERR_CSV: when the file is malformed, has no rows or lacks one of `columns`.
 */
export async function readCsv(path: string, columns: readonly string[]): Promise<CsvRow[]> {
  const { rows } = await readTable(
    path,
    columns.map((name) => ({ name })),
  );
  const bad = rows.find(({ flaw }) => flaw !== undefined);
  if (bad !== undefined) throw rowError(path, bad, `${bad.flaw}; correct that line`);
  return [...rows];
}

/**
 * Reads the table `path`. A row that does not fit the head is returned with its flaw.
 *
 * @throws PqrstError ERR_NOT_FOUND: when the file cannot be read.
 * @throws PqrstError ERR_CSV: when the file is not a table, has no rows, lacks a column or has one twice.
 */
export async function readTable(path: string, columns: readonly Column[]): Promise<CsvTable> {
  const { rows, separator, notes } = await readRows(path);
  const [head, ...body] = rows.map((row) => ({ ...row, cells: row.cells.map((cell) => cell.trim()) }));
  if (head === undefined)
    throw new PqrstError('ERR_CSV', `table ${path} is empty; write one line per record`);
  if (head.flaw !== undefined) throw rowError(path, { line: head.line }, `${head.flaw}; correct that line`);
  const { names, heads, others, ambiguous } = matchColumns(path, head.cells, columns, separator);
  if (body.length === 0) {
    throw new PqrstError('ERR_CSV', `table ${path} has a head line but no rows; write one line per record`);
  }
  const toRow = ({ line, cells, flaw }: TextRow): CsvRow => {
    const extra = cells.slice(names.length).filter((cell) => cell !== '').length;
    const count = extra > 0 ? cells.length : Math.min(cells.length, names.length);
    const problem =
      flaw ??
      (count === names.length
        ? undefined
        : `it has ${plural(count, 'cell')} where the head has ${names.length}; quote a cell that contains the separator`);
    if (problem !== undefined) return { line, fields: {}, flaw: problem };
    return { line, fields: Object.fromEntries(names.map((name, at) => [name, cells[at]!])) };
  };
  return { rows: body.map(toRow), head: head.cells, heads, others, notes: [...notes, ...ambiguous] };
}

/**
 * Reads the rows of the table `path` without looking for a head.
 *
 * @throws PqrstError ERR_NOT_FOUND: when the file cannot be read.
 * @throws PqrstError ERR_CSV: when the file is too large or not a table.
 */
export async function readRows(path: string): Promise<TextTable & { readonly notes: readonly string[] }> {
  const { text, notes } = await readText(path);
  return { ...parseRows(text), notes };
}

/**
 * Reads the text of the table `path`, with a note if it is not Unicode.
 *
 * @throws PqrstError ERR_NOT_FOUND: when the file cannot be read.
 * @throws PqrstError ERR_CSV: when the file is too large or not text.
 */
export async function readText(path: string): Promise<{ text: string; notes: readonly string[] }> {
  const bytes = await readInput(path, 'the table', fileLimits.table, (size) => {
    return new PqrstError(
      'ERR_CSV',
      `table ${path} holds ${size} bytes; at most ${fileLimits.table} are read, so divide it`,
    );
  });
  const decoded = decodeText(bytes);
  if (decoded === undefined) {
    const what = fileKinds.find(({ start }) => start.every((byte, at) => bytes[at] === byte))?.what;
    const problem = `${what === undefined ? 'contains bytes that are not text' : `is ${what}`}; save it as CSV (UTF-8)`;
    throw new PqrstError('ERR_CSV', `table ${path} ${problem}`);
  }
  const { text, encoding } = decoded;
  const notes =
    encoding === 'Windows-1252'
      ? [`${basename(path)} is not UTF-8; it was read as Windows-1252 (Latin-1)`]
      : [];
  return { text, notes };
}

interface Matched {
  /** The name of each column, in the order of the table. */
  readonly names: readonly string[];
  readonly heads: ReadonlyMap<string, string>;
  readonly others: readonly string[];
  readonly ambiguous: readonly string[];
}

function matchColumns(
  path: string,
  head: readonly string[],
  columns: readonly Column[],
  separator: string,
): Matched {
  const plain = head.map(plainName);
  const names: string[] = [...head];
  const heads = new Map<string, string>();
  const ambiguous: string[] = [];
  const used = new Set<number>();
  for (const { name, synonyms = [], isOptional } of columns) {
    const places = [name, ...synonyms].flatMap((known) => {
      const wanted = plainName(known);
      return plain.flatMap((one, at) => (one === wanted && !used.has(at) ? [at] : []));
    });
    const [place, next] = [...new Set(places)];
    if (place === undefined) {
      if (isOptional) continue;
      throw missingColumn(path, head, { name, synonyms }, separator);
    }
    if (next !== undefined && plain[place] === plain[next]) {
      throw new PqrstError('ERR_CSV', `table ${path} has two columns "${head[next]}"; keep one of them`);
    }
    if (next !== undefined) {
      ambiguous.push(
        `${basename(path)} has the columns "${head[place]}" and "${head[next]}", which can both be the ${name}; ` +
          `"${head[place]}" is used`,
      );
    }
    names[place] = name;
    heads.set(name, head[place]!);
    used.add(place);
  }
  const others = head.filter((one, at) => one !== '' && !used.has(at));
  return { names, heads, others, ambiguous };
}

function missingColumn(path: string, head: readonly string[], column: Column, separator: string): PqrstError {
  const { name, synonyms = [] } = column;
  const orAs = synonyms.length > 0 ? ` (or ${synonyms.slice(0, 4).join(', ')})` : '';
  const shown = head.slice(0, shownHeads).map((one) => `"${one}"`);
  const more = head.length > shownHeads ? `, and ${head.length - shownHeads} more` : '';
  const by =
    head.length > 1
      ? `, separated by ${separatorNames[separator] ?? `"${separator}"`}`
      : '; columns must be separated by commas, semicolons or tabs';
  return new PqrstError(
    'ERR_CSV',
    `table ${path} must have rows and a column "${name}"${orAs}; found ${head.length === 1 ? 'one column' : 'the columns'} ${shown.join(', ')}${more}${by}; ` +
      'the first line must name the columns',
  );
}

/** Returns the form in which names of columns are compared: letters and digits in lower case. */
export function plainName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** Returns a whole number that a cell states, also as a float (`3.0` or `3,0`); undefined for any other text. */
export function wholeNumberOf(cell: string): number | undefined {
  const digits = /^\+?(\d{1,15})(?:[.,]0*)?$/.exec(cell.trim())?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Returns the name of a row that cannot be used, for lists of skipped records: `labels.csv line 3`. */
export function rowName(path: string, { line }: Pick<CsvRow, 'line'>): string {
  return `${basename(path)} line ${line}`;
}

/** Returns an ERR_CSV error about one row. */
export function rowError(path: string, row: Pick<CsvRow, 'line'>, problem: string): PqrstError {
  return new PqrstError('ERR_CSV', `table ${path}, line ${row.line}: ${problem}`);
}

/**
 * Finds the rows that describe one thing twice, because a recording that is listed twice could count as two patients.
 * If both rows say the same, the first one can be used. Otherwise it is unknown which one is right.
 *
 * @param keyOf - returns the key of a row; undefined if the row has no key.
 * @param what - names the key in the reasons.
 * @returns the reason for each row that must not be used.
 */
export function findTwice<Row extends { readonly line: number; readonly fields: object }>(
  rows: readonly Row[],
  what: string,
  keyOf: (row: Row) => string | undefined,
): ReadonlyMap<Row, string> {
  const byKey = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    if (key === undefined) continue;
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [row]);
    else same.push(row);
  }
  const flawed = new Map<Row, string>();
  for (const [key, [first, ...others]] of byKey) {
    const contents = (row: Row) => JSON.stringify(row.fields);
    const differ = others.some((row) => contents(row) !== contents(first!));
    const lines = [first!, ...others].map(({ line }) => line).join(', ');
    for (const row of others) flawed.set(row, `${what} ${key} is already on line ${first!.line}`);
    if (!differ) continue;
    const reason = `${what} ${key} is on the lines ${lines} with different cells; give it one line`;
    for (const row of [first!, ...others]) flawed.set(row, reason);
  }
  return flawed;
}

/**
 * Text that a spreadsheet runs as a formula. Apostrophes before it are counted too, so that the one that is written can be
 * recognized.
 */
const formula = /^'*[=+\-@\t\r]/;
/** With PQRST_RAW_CSV=1, text is written and read as it is. */
const isRaw = () => process.env.PQRST_RAW_CSV === '1';

/**
 * Returns rows as CSV text, each with a line feed at its end. A field with a comma, a quote, a line break or a
 * space at its start or end is quoted. Text that begins with = + - @, a tab or a carriage return gets an apostrophe before
 * it, so that no spreadsheet runs it as a formula; numbers stay as they are. `cellText` removes the apostrophe.
 *
 * @example
 * csvText([['record', 'label', 'mv'], ['=1+1', 'a,b', -1.5]]); // "record,label,mv\n'=1+1,"a,b",-1.5\n"
 */
export function csvText(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(csvField).join(',')}\n`).join('');
}

/** Returns the text of a cell that `csvText` wrote. */
export function cellText(cell: string): string {
  return !isRaw() && cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell;
}

/** Returns text for a cell that no spreadsheet runs as a formula (`csvText`). */
export function neutralText(text: string): string {
  return formula.test(text) && !isRaw() ? `'${text}` : text;
}

function csvField(value: string | number): string {
  const text = typeof value === 'string' ? neutralText(value) : String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
