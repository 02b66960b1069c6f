// Reads any folder of WFDB records with a table `labels.csv` as labelled windows: the user's own records, or those of
// `pqrst synth --format wfdb`. `label-table.ts` knows the forms of the table. A label is any word. The names of shipped
// classes are also classes, and so are their codes (AFIB). Labels hold for the whole recording, which is cut into
// windows from its start. The default lead is II, otherwise MLII, otherwise the only lead. No other lead replaces lead
// II in a record of several leads.

import { join, posix } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { findTwice, rowName } from '../../codecs/csv.js';
import { inputPath } from '../../codecs/input.js';
import { readHeader } from '../../codecs/wfdb/read.js';
import { flawedEntry, type ListedKind, type RecordEntry } from '../kind.js';
import { type LabelRow, patientColumn, patientIdOf, readLabelTable, recordColumn } from '../label-table.js';
import { classesOfWords } from '../own-labels.js';
import { mapSideBySide } from '../side-by-side.js';
import { readMillivolts } from '../wfdb-record.js';
import { tileRecord } from '../windows.js';

const table = 'labels.csv';

/** The kind `folder`. Without a patient column each record counts as one patient. */
export const wfdbFolder: ListedKind = {
  kind: 'folder',
  about:
    'WFDB records with labels.csv (record,label[,patient][,fold]; labels separated by ;): lead II, else MLII, else the only lead',
  tables: [table],
  version: 3,
  recognizes: (names) => names.has(table),
  async list(folder, { signal }, notes) {
    const path = join(folder, table);
    const given = await readLabelTable(path, [recordColumn, patientColumn]);
    notes.push(...given.notes);
    const isBlank = ({ flaw, fields }: LabelRow) =>
      flaw === undefined && Object.values(fields).every((cell) => cell === '');
    const rows = given.rows.filter((row) => !isBlank(row));
    const found = await mapSideBySide(rows, (row) => entryOf(folder, row), signal);
    const listed = rows.map(({ line, fields }, at) => ({ line, fields, entry: found[at]! }));
    const twice = findTwice(listed, 'the record', ({ entry }) =>
      typeof entry === 'string' ? undefined : posix.normalize(entry.recordName),
    );
    return listed.map((row) => {
      const flaw = typeof row.entry === 'string' ? row.entry : twice.get(row);
      return flaw === undefined ? (row.entry as RecordEntry) : flawedEntry(rowName(path, row), flaw);
    });
  },
  async read(folder, entry, options) {
    const header = await inputPath(folder, entry.files[0]!, 'the header');
    const record = await readMillivolts(header, { prefer: ['II', 'MLII'], orOnly: true }, options);
    return typeof record === 'string' ? record : tileRecord(record, entry, options);
  },
};

/** Returns the entry of a row, or the reason why the row cannot be used. */
async function entryOf(folder: string, row: LabelRow): Promise<RecordEntry | string> {
  if (row.flaw !== undefined) return row.flaw;
  const { record: cell = '', patient = '' } = row.fields;
  if (cell === '') return 'the record is empty; it must name a WFDB record';
  try {
    const { recordName, files } = await findRecord(folder, cell.replaceAll('\\', '/'));
    return {
      recordName,
      patientId: patient === '' ? recordName : patientIdOf(patient),
      classes: classesOfWords(row.labels),
      labels: row.labels,
      ...(row.fold !== undefined && { fold: row.fold }),
      files,
    };
  } catch (error) {
    if (error instanceof PqrstError && error.code === 'ERR_PATH_OUTSIDE') return error.message;
    throw error;
  }
}

/**
 * Returns the record that a cell names, also with the suffix of one of its files (`r1.dat`) or as a float (`100.0`), and
 * the header and the files that it names. If the header cannot be read, returns it alone: `read` reports why.
 */
async function findRecord(folder: string, cell: string): Promise<Pick<RecordEntry, 'recordName' | 'files'>> {
  const names = [cell, cell.replace(/\.(?:hea|dat|mat)$/i, ''), cell.replace(/^(\d+)\.0+$/, '$1')];
  for (const recordName of new Set(names)) {
    const header = `${recordName}.hea`;
    try {
      const { signals } = await readHeader(await inputPath(folder, header, 'the header'));
      const within = signals.map(({ fileName }) => posix.join(posix.dirname(header), fileName));
      const files = within.filter((name) => !name.startsWith('..'));
      return { recordName, files: [header, ...new Set(files)] };
    } catch (error) {
      if (!(error instanceof PqrstError) || error.code === 'ERR_PATH_OUTSIDE') throw error;
      if (error.code !== 'ERR_NOT_FOUND') return { recordName, files: [header] };
    }
  }
  const recordName = names[1]!;
  return { recordName, files: [`${recordName}.hea`] };
}
