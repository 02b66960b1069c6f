// Reads any folder of WFDB records with a table `labels.csv` (record,label and optionally patient) as labelled windows:
// the user's own records, or those of `pqrst synth --format wfdb`. A label is any word; several are separated by `;`.
// The names of shipped classes are also classes, and so are their codes (AFIB). Labels hold for the whole recording,
// which is cut into windows from its start. The default lead is II, otherwise MLII, otherwise the first.

import { join, posix } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { type CsvRow, readCsv, refuseTwice, rowError } from '../../codecs/csv.js';
import { inputPath } from '../../codecs/input.js';
import { recordFiles } from '../../codecs/wfdb/segments.js';
import type { ListedKind } from '../kind.js';
import { classesOfWords, splitLabels } from '../own-labels.js';
import { mapSideBySide } from '../side-by-side.js';
import { readMillivolts } from '../wfdb-record.js';
import { tileRecord } from '../windows.js';

const table = 'labels.csv';

/** The kind `folder`. Without a patient column each record counts as one patient. */
export const wfdbFolder: ListedKind = {
  kind: 'folder',
  about:
    'WFDB records with labels.csv (record,label[,patient]; labels separated by ;): lead II, else MLII, else the first lead',
  tables: [table],
  version: 3,
  recognizes: (names) => names.has(table),
  async list(folder, { signal }) {
    const path = join(folder, table);
    const entryOf = async (row: CsvRow) => {
      const { record: recordName = '', label = '', patient = '' } = row.fields;
      if (recordName === '') throw rowError(path, row, 'record is empty; it must name a WFDB record');
      const labels = splitLabels(label);
      return {
        recordName,
        patientId: patient === '' ? recordName : patient,
        classes: classesOfWords(labels),
        labels,
        files: await filesOf(folder, recordName),
      };
    };
    const rows = await readCsv(path, ['record', 'label']);
    const entries = await mapSideBySide(rows, entryOf, signal);
    refuseTwice(path, rows, 'record', ({ fields }) => posix.normalize(fields.record!));
    return entries;
  },
  async read(folder, entry, options) {
    const header = await inputPath(folder, entry.files[0]!, 'the header');
    const record = await readMillivolts(header, { prefer: ['II', 'MLII'], orFirst: true }, options);
    return typeof record === 'string' ? record : tileRecord(record, entry, options);
  },
};

/**
 * Returns the header and the files that it names. If the header cannot be read, returns it alone: `read` reports why.
 */
async function filesOf(folder: string, recordName: string): Promise<string[]> {
  const header = `${recordName}.hea`;
  try {
    const names = await recordFiles(await inputPath(folder, header, 'the header'));
    return [header, ...names.map((name) => posix.join(posix.dirname(header), name))];
  } catch (error) {
    if (error instanceof PqrstError && error.code !== 'ERR_PATH_OUTSIDE') return [header];
    throw error;
  }
}
