// Lists the records of a user's table `labels.csv`, for the kinds of data sets that have one row per file.
// `label-table.ts` knows the forms of the table. Without a patient column each record counts as one patient.

import { join, posix } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { findTwice, rowName } from '../codecs/csv.js';
import type { LabelMap } from '../signal/synonyms.js';
import type { WindowOptions } from '../signal/window.js';
import { flawedEntry, type RecordEntry } from './kind.js';
import { type LabelRow, patientColumn, patientIdOf, readLabelTable, recordColumn } from './label-table.js';
import { classesOfWords } from './own-labels.js';
import { mapSideBySide } from './side-by-side.js';

/** The name of the table. */
export const ownTable = 'labels.csv';

/**
 * Finds the record that a cell of the table names: its name and its files, relative to the folder. A record that is
 * missing has the files that it should have.
 */
export type FindRecord = (cell: string) => Promise<Pick<RecordEntry, 'recordName' | 'files'>>;

/**
 * Lists the rows of the table of a folder. A row that cannot be used becomes an entry with its flaw, also if `find` rejects
 * with ERR_PATH_OUTSIDE.
 *
 * @param options - `labelMap` changes how labels are read as classes.
 * @param notes - receives sentences about the table for its user.
 * @throws PqrstError ERR_NOT_FOUND, ERR_CSV: when the table cannot be read. Other errors of `find` are thrown too.
 */
export async function listOwnTable(
  folder: string,
  find: FindRecord,
  { signal, labelMap }: WindowOptions,
  notes: string[],
): Promise<RecordEntry[]> {
  const path = join(folder, ownTable);
  const given = await readLabelTable(path, [recordColumn, patientColumn]);
  notes.push(...given.notes);
  const isBlank = ({ flaw, fields }: LabelRow) =>
    flaw === undefined && Object.values(fields).every((cell) => cell === '');
  const rows = given.rows.filter((row) => !isBlank(row));
  const found = await mapSideBySide(rows, (row) => entryOf(row, find, labelMap), signal);
  const listed = rows.map(({ line, fields }, at) => ({ line, fields, entry: found[at]! }));
  const twice = findTwice(listed, 'the record', ({ entry }) =>
    typeof entry === 'string' ? undefined : posix.normalize(entry.recordName),
  );
  return listed.map((row) => {
    const entry = twice.get(row) ?? row.entry;
    return typeof entry === 'string' ? flawedEntry(rowName(path, row), entry) : entry;
  });
}

/** Returns the entry of a row, or the reason why the row cannot be used. */
async function entryOf(
  row: LabelRow,
  find: FindRecord,
  labelMap: LabelMap | undefined,
): Promise<RecordEntry | string> {
  if (row.flaw !== undefined) return row.flaw;
  const { record: cell = '', patient = '' } = row.fields;
  if (cell === '') return 'the record is empty; it must name a record';
  try {
    const { recordName, files } = await find(cell.replaceAll('\\', '/'));
    return {
      recordName,
      patientId: patient === '' ? recordName : patientIdOf(patient),
      classes: classesOfWords(row.labels, labelMap),
      labels: row.labels,
      ...(row.fold !== undefined && { fold: row.fold }),
      files,
    };
  } catch (error) {
    if (error instanceof PqrstError && error.code === 'ERR_PATH_OUTSIDE') return error.message;
    throw error;
  }
}
