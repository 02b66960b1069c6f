// The single-lead recordings of the PhysioNet/CinC Challenge 2017 as labelled windows: 9-61 s at 300 Hz, tiled from the
// start; the label holds for the whole recording. N is normal, A af; O (other rhythm) and ~ (too noisy) are labels only.
// Who was recorded is not published, so each recording counts as a patient: one person may stand on both sides of a
// split. Some recordings are upside down (electrodes swapped by the user); they are passed on as they are. Labels are
// those of REFERENCE.csv in the folder; the corrected ones of release 3 are read where they stand under that name. The
// 300 recordings of validation/ are a part of training/.
// Source: Clifford et al., Computing in Cardiology 44, 2017.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { inputPath, readInput, unreadable } from '../../codecs/input.js';
import { readLead } from '../../codecs/wfdb/read.js';
import type { EcgClass } from '../../signal/classes.js';
import type { DatasetReader, RecordEntry } from '../kind.js';
import { tileRecord } from '../windows.js';

const table = 'REFERENCE.csv';
const maxTableBytes = 2 ** 24;
const labelClasses: Readonly<Record<string, readonly EcgClass[]>> = {
  N: ['normal'],
  A: ['af'],
  O: [],
  '~': [],
};

export const cinc2017: DatasetReader = {
  kind: 'cinc2017',
  about:
    'CinC Challenge 2017, 9-61 s at 300 Hz, one lead (each recording counts as a patient; some are inverted)',
  tables: [table],
  version: 1,
  // CPSC 2018 has a REFERENCE.csv too; its names have a digit less.
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
    const record = await readLead(path, { prefer: ['ECG'], orFirst: true }, options);
    return typeof record === 'string' ? record : tileRecord(record, entry, options);
  },
};

/** `names` are those in the folder: PhysioNet lays A00001 under A00/, the challenge's own archive has no such folders. */
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
