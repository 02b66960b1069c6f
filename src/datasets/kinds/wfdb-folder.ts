// Reads any folder of WFDB records with a table `labels.csv` as labelled windows: the user's own records, or those of
// `pqrst synth --format wfdb`. `label-table.ts` knows the forms of the table. A label is any word; `own-labels.ts`
// reads it as a class. Labels hold for the whole recording, which is cut into
// windows from its start. The default lead is II, otherwise MLII, otherwise the only lead. No other lead replaces lead
// II in a record of several leads.

import { posix } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { inputPath } from '../../codecs/input.js';
import { recordFiles } from '../../codecs/wfdb/segments.js';
import type { ListedKind, RecordEntry } from '../kind.js';
import { listOwnTable, ownTable } from '../own-table.js';
import { readMillivolts } from '../wfdb-record.js';
import { tileRecord } from '../windows.js';

/** The kind `folder`. Without a patient column each record counts as one patient. */
export const wfdbFolder: ListedKind = {
  kind: 'folder',
  about:
    'WFDB records with labels.csv (record,label[,patient][,fold]; labels separated by ;): lead II, else MLII, else the only lead',
  ownLabels: true,
  // The table names records at any depth.
  ownsSubfolders: true,
  tables: [ownTable],
  version: 4,
  // A folder of arrays (npy:) has the same table.
  recognizes: (names) => names.has(ownTable) && !names.has('signals.npy'),
  list: (folder, options, notes) => listOwnTable(folder, (cell) => findRecord(folder, cell), options, notes),
  async read(folder, entry, options) {
    const header = await inputPath(folder, entry.files[0]!, 'the header');
    const record = await readMillivolts(header, { prefer: ['II', 'MLII'], orOnly: true }, options);
    return typeof record === 'string' ? record : tileRecord(record, entry, options);
  },
};

/**
 * Returns the record that a cell names, also with the suffix of one of its files (`r1.dat`) or as a float (`100.0`), and
 * the header and the files that it names. If the header cannot be read, returns it alone: `read` reports why.
 */
async function findRecord(folder: string, cell: string): Promise<Pick<RecordEntry, 'recordName' | 'files'>> {
  const names = [cell, cell.replace(/\.(?:hea|dat|mat)$/i, ''), cell.replace(/^(\d+)\.0+$/, '$1')];
  for (const recordName of new Set(names)) {
    const header = `${recordName}.hea`;
    try {
      const names = await recordFiles(await inputPath(folder, header, 'the header'));
      const within = names.map((name) => posix.join(posix.dirname(header), name));
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
