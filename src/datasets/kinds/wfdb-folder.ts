// Reads any folder of WFDB records with a table `labels.csv` (record,label and optionally patient) as labelled windows:
// the user's own records, or those of `pqrst synth --format wfdb`. A label is any word; several are separated by `;`.
// The names of shipped classes are also classes, and so are their codes (AFIB). Labels hold for the whole recording,
// which is cut into windows from its start. The default lead is II, otherwise MLII, otherwise the first.

import { posix } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { inputPath } from '../../codecs/input.js';
import { readHeader } from '../../codecs/wfdb/read.js';
import type { ListedKind } from '../kind.js';
import { listOwnTable, ownTable } from '../own-table.js';
import { readMillivolts } from '../wfdb-record.js';
import { tileRecord } from '../windows.js';

/** The kind `folder`. Without a patient column each record counts as one patient. */
export const wfdbFolder: ListedKind = {
  kind: 'folder',
  about:
    'WFDB records with labels.csv (record,label[,patient]; labels separated by ;): lead II, else MLII, else the first lead',
  tables: [ownTable],
  version: 2,
  recognizes: (names) => names.has(ownTable),
  list: (folder, { signal }) => listOwnTable(folder, (recordName) => filesOf(folder, recordName), signal),
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
    const { signals } = await readHeader(await inputPath(folder, header, 'the header'));
    return [header, ...new Set(signals.map(({ fileName }) => posix.join(posix.dirname(header), fileName)))];
  } catch (error) {
    if (error instanceof PqrstError && error.code !== 'ERR_PATH_OUTSIDE') return [header];
    throw error;
  }
}
