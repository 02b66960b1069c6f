// Reads a table of samples: one column per lead, and perhaps a column of times or sample numbers.

import { badRequest } from '../errors.js';

/** The columns of a table. */
export interface CsvSignals {
  /** Heads of the columns; undefined if the table names none. */
  readonly names: readonly string[] | undefined;
  /** The rate that the times state, in Hz. */
  readonly fsHz: number | undefined;
  /** The unit that a second head line states. */
  readonly unit: 'mV' | 'uV' | 'V' | undefined;
  readonly signals: readonly Float32Array[];
}

const separators = [',', ';', '\t'] as const;
const mostColumns = 66;
const timeHead = /^(?:elapsed[ _]?)?(?:time|t|seconds?|secs?|ms|milliseconds?)\b/i;
const indexHead = /^(?:sample|samples|index|n|#|no|number)?$/i;

/**
 * Reads the table.
 *
 * @throws ServiceError ERR_REQUEST: when it is not a table of numbers.
 */
export function readCsvSignals(bytes: Uint8Array): CsvSignals {
  const text = new TextDecoder('utf-8').decode(bytes);
  if (text.includes('\0')) throw badRequest('the file is not WFDB (zip), EDF, npy, JSON or CSV');
  const lines = linesOf(text);
  const first = lines.next().value;
  if (first === undefined) throw badRequest('the table is empty; write one line per sample');
  const separator = separators.find((one) => first.text.includes(one)) ?? /\s+/;
  const cellsOf = (line: string) =>
    line.split(separator).map((cell) => cell.trim().replace(/^(["'])(.*)\1$/, '$2'));
  const head = cellsOf(first.text);
  if (head.length > mostColumns)
    throw badRequest(`the table has ${head.length} columns; at most ${mostColumns} are read`);
  const isHead = head.some((cell) => cell !== '' && Number.isNaN(numberOf(cell)) && !isMissing(cell));
  const columns: number[][] = head.map(() => []);
  let unit: CsvSignals['unit'];
  const add = ({ text: line, number }: Line) => {
    const cells = cellsOf(line);
    if (cells.length !== head.length) {
      throw badRequest(
        `line ${number} of the table has ${cells.length} cells; the first line has ${head.length}`,
      );
    }
    const isUnits = isHead && columns[0]!.length === 0 && unit === undefined;
    const found = isUnits ? cells.map(unitOf).find((one) => one !== undefined) : undefined;
    if (found !== undefined) {
      unit = found;
      return;
    }
    for (const [at, cell] of cells.entries()) {
      const value = isMissing(cell) ? Number.NaN : numberOf(cell);
      if (Number.isNaN(value) && !isMissing(cell)) {
        throw badRequest(`line ${number} of the table holds "${cell.slice(0, 20)}"; expected numbers`);
      }
      columns[at]!.push(value);
    }
  };
  if (!isHead) add(first);
  for (const line of lines) add(line);
  return describe(isHead ? head : undefined, columns, unit);
}

function describe(
  head: readonly string[] | undefined,
  columns: readonly number[][],
  unit: CsvSignals['unit'],
): CsvSignals {
  if (columns[0]!.length < 2)
    throw badRequest('the table has fewer than 2 samples; write one line per sample');
  const timeAt = head?.findIndex((name) => timeHead.test(name)) ?? -1;
  const kept = columns.flatMap((_, at) => (at === timeAt || isIndex(head?.[at], columns[at]!) ? [] : [at]));
  if (kept.length === 0) throw badRequest('the table has no column of samples');
  return {
    names: head && kept.map((at) => head[at]!),
    fsHz: timeAt < 0 ? undefined : rateOf(head![timeAt]!, columns[timeAt]!),
    unit,
    signals: kept.map((at) => Float32Array.from(columns[at]!)),
  };
}

/** Returns whether a named column counts the samples. */
function isIndex(name: string | undefined, values: readonly number[]): boolean {
  return name !== undefined && indexHead.test(name) && values.every((value, at) => value - values[0]! === at);
}

function rateOf(head: string, times: readonly number[]): number {
  const perS = /\bms\b|milli/i.test(head) ? 1000 : 1;
  const span = (times.at(-1)! - times[0]!) / perS;
  const fsHz = (times.length - 1) / span;
  if (!(fsHz > 0 && Number.isFinite(fsHz))) {
    throw badRequest(`the times of the column "${head.slice(0, 20)}" do not rise; give the rate with fsHz`);
  }
  // Times are rounded: a rate within a thousandth of a whole one is meant to be it.
  const whole = Math.round(fsHz);
  return Math.abs(fsHz - whole) < 1e-3 * whole ? whole : fsHz;
}

interface Line {
  readonly text: string;
  readonly number: number;
}

function* linesOf(text: string): Generator<Line, undefined, undefined> {
  let number = 0;
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < text.length) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? text.length : end).trimEnd();
    at = end < 0 ? text.length : end + 1;
    number++;
    if (line.trim() !== '' && !line.startsWith('#')) yield { text: line, number };
  }
}

const isMissing = (cell: string) => cell === '' || /^(?:nan|null|na|-)$/i.test(cell);

/** Returns a number, or seconds of a time such as 0:01.250; NaN for other words. */
function numberOf(cell: string): number {
  const time = /^(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(cell);
  if (time !== null) return Number(time[1] ?? 0) * 3600 + Number(time[2]) * 60 + Number(time[3]);
  return cell === '' ? Number.NaN : Number(cell);
}

function unitOf(cell: string): 'mV' | 'uV' | 'V' | undefined {
  const plain = cell
    .replace(/[()[\]]/g, '')
    .replace(/[µμ]/, 'u')
    .toLowerCase();
  return { mv: 'mV', uv: 'uV', v: 'V' }[plain] as 'mV' | 'uV' | 'V' | undefined;
}
