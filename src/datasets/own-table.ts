// Lists the records of a user's table `labels.csv` (record,label and optionally patient), for the kinds of data sets
// that have one row per file. Several labels are separated by `;`. Without a patient column each record counts as one
// patient.

import { join, posix } from 'node:path';
import { type CsvRow, readCsv, refuseTwice, rowError } from '../codecs/csv.js';
import type { RecordEntry } from './kind.js';
import { classesOfWords, splitLabels } from './own-labels.js';
import { mapSideBySide } from './side-by-side.js';

/** The name of the table. */
export const ownTable = 'labels.csv';

/**
 * Reads the table of a folder.
 *
 * @param filesOf - returns the files of a record, relative to the folder.
 * @throws PqrstError ERR_NOT_FOUND, ERR_CSV: when the table cannot be read, or names a record twice or not at all. The
 *   errors of `filesOf` are thrown too.
 */
export async function listOwnTable(
  folder: string,
  filesOf: (recordName: string) => Promise<readonly string[]>,
  signal: AbortSignal | undefined,
): Promise<RecordEntry[]> {
  const path = join(folder, ownTable);
  const entryOf = async (row: CsvRow): Promise<RecordEntry> => {
    const { record: recordName = '', label = '', patient = '' } = row.fields;
    if (recordName === '') throw rowError(path, row, 'record is empty; it must name a record');
    const labels = splitLabels(label);
    return {
      recordName,
      patientId: patient === '' ? recordName : patient,
      classes: classesOfWords(labels),
      labels,
      files: await filesOf(recordName),
    };
  };
  const rows = await readCsv(path, ['record', 'label']);
  const entries = await mapSideBySide(rows, entryOf, signal);
  refuseTwice(path, rows, 'record', ({ fields }) => posix.normalize(fields.record!));
  return entries;
}
