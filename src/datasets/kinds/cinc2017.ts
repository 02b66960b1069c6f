// Reads the single-lead recordings of the PhysioNet/CinC Challenge 2017 as labelled windows: 9-61 s at 300 Hz, cut into
// windows from the start. The label holds for the whole recording. N gives the class normal, A gives af; O (other
// rhythm) and ~ (too noisy) are labels without a class. The data set does not publish who was recorded, so each
// recording counts as one patient, and one person may be on both sides of a split. Some recordings are inverted,
// because the recorded person swapped the electrodes; they are read unchanged. The labels come from REFERENCE.csv in
// the folder. To use the corrected labels of release 3, give their file this name. The 300 recordings of validation/
// are also in training/.
// Source: Clifford et al., Computing in Cardiology 44, 2017.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { inputPath, readInput, unreadable } from '../../codecs/input.js';
import type { EcgClass } from '../../signal/classes.js';
import type { ListedKind, RecordEntry } from '../kind.js';
import { readMillivolts } from '../wfdb-record.js';
import { tileRecord } from '../windows.js';

const table = 'REFERENCE.csv';
const maxTableBytes = 2 ** 24;
const labelClasses: Readonly<Record<string, readonly EcgClass[]>> = {
  N: ['normal'],
  A: ['af'],
  O: [],
  '~': [],
};

/** The kind `cinc2017`: the training or the validation set of the challenge. */
export const cinc2017: ListedKind = {
  kind: 'cinc2017',
  about:
    'CinC Challenge 2017, 9-61 s at 300 Hz, one lead (each recording counts as a patient; some are inverted)',
  tables: [table],
  version: 2,
  // CPSC 2018 also has a REFERENCE.csv, but the names of its records have one digit less.
  recognizes: (names) => names.has(table) && [...names].some((name) => /^A\d\d(\d{3}\.hea)?$/.test(name)),
  async list(folder) {
    const path = join(folder, table);
    const bytes = await readInput(path, 'the table', maxTableBytes, (size) => {
      return new PqrstError(
        'ERR_CSV',
        `table ${path} holds ${size} bytes; at most ${maxTableBytes} are read`,
      );
    });
    const names = await readdir(folder).catch((cause) => {
      throw unreadable(folder, 'the folder', cause);
    });
    const lines = bytes
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .split(/\r?\n/);
    return entriesOf(path, lines, new Set(names));
  },
  async read(folder, entry, options) {
    const path = await inputPath(folder, entry.files[0]!, 'the header');
    const record = await readMillivolts(path, { prefer: ['ECG'], orFirst: true }, options);
    return typeof record === 'string' ? record : tileRecord(record, entry, options);
  },
};

/**
 * Returns the entries of the table. `names` are the names in the folder: PhysioNet stores A00001 in A00/, but the
 * archive of the challenge has no such folders.
 */
function entriesOf(path: string, lines: readonly string[], names: ReadonlySet<string>): RecordEntry[] {
  const entries = new Map<string, RecordEntry>();
  for (const [at, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const fail = (problem: string) => new PqrstError('ERR_CSV', `table ${path}, line ${at + 1}: ${problem}`);
    const [, recordName, label] = /^\s*([-\w]+)\s*,\s*([NAO~])\s*$/.exec(line) ?? [];
    if (recordName === undefined || label === undefined) {
      throw fail(`"${line.slice(0, 80)}" must be a record and its label N, A, O or ~, such as A00001,N`);
    }
    if (entries.has(recordName)) throw fail(`${recordName} appears twice; keep one of the lines`);
    const part = recordName.slice(0, 3);
    const file = !names.has(`${recordName}.hea`) && names.has(part) ? `${part}/${recordName}` : recordName;
    entries.set(recordName, {
      recordName,
      patientId: recordName,
      classes: labelClasses[label]!,
      labels: [label],
      files: [`${file}.hea`, `${file}.mat`],
    });
  }
  if (entries.size === 0) throw new PqrstError('ERR_CSV', `table ${path} holds no rows such as A00001,N`);
  return [...entries.values()];
}
