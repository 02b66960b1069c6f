// Reads the MIT-BIH Arrhythmia Database as labelled windows of lead MLII. A window is completely inside one rhythm, and
// its classes follow from the rhythm and from every beat in it (`rhythm-windows.ts`). Records whose leads have no name
// but ECG (ECG, ECG1), as in the other databases of this layout, give their first lead; `rhythm.ts` reads those
// databases with their own rules.
// Source: Moody & Mark, IEEE Eng Med Biol 20(3), 2001; the directory of the database (records 201 and 202 are of one
// person).

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unreadable } from '../../codecs/input.js';
import { readAnnotations } from '../../codecs/wfdb/read.js';
import type { ListedKind } from '../kind.js';
import { beatsOf, rhythmSegments, stretchesOf } from '../rhythm-windows.js';
import { readMillivolts } from '../wfdb-record.js';

/** The leads of databases that do not name them. */
const unnamed = { prefer: ['ECG1', 'ECG'] };
const samePatient: Readonly<Record<string, string>> = { '202': '201' };

/** Returns whether a folder contains records of this database. LTAFDB also has records 100 and 200, and two digits. */
export function isMitdb(names: ReadonlySet<string>): boolean {
  return (
    (names.has('100.atr') || names.has('200.atr')) && ![...names].some((name) => /^\d\d\.atr$/.test(name))
  );
}

/** The kind `mitdb`. A patient has the name of the patient's first record. */
export const mitdb: ListedKind = {
  kind: 'mitdb',
  about:
    'MIT-BIH Arrhythmia 1.0.0: windows of lead MLII inside one rhythm; labels: its rhythm, such as (AFIB, and its beats',
  tables: [],
  version: 3,
  knowsPatients: true,
  recognizes: isMitdb,
  async list(folder) {
    const files = await readdir(folder).catch((cause) => {
      throw unreadable(folder, 'the folder', cause);
    });
    const names = files.filter((file) => file.endsWith('.hea')).map((file) => file.slice(0, -4));
    return names.sort().map((recordName) => ({
      recordName,
      patientId: samePatient[recordName] ?? recordName,
      classes: [],
      labels: [],
      files: ['hea', 'dat', 'atr'].map((extension) => `${recordName}.${extension}`),
    }));
  },
  async read(folder, { recordName }, options) {
    const path = join(folder, recordName);
    const mlii = await readMillivolts(path, { prefer: ['MLII'] }, options);
    const record = typeof mlii === 'string' ? await readMillivolts(path, unnamed, options) : mlii;
    // The reason names MLII, the lead of this database.
    if (typeof record === 'string') return typeof mlii === 'string' ? mlii : record;
    const annotations = await readAnnotations(path, 'atr', record.fsHz);
    const segments = rhythmSegments(annotations, record.signals[0]!.length);
    const stretches = stretchesOf(segments, beatsOf(annotations), record.fsHz, options);
    if (stretches.length === 0) return `no stretch of ${options.seconds} s inside one rhythm`;
    return { ...record, stretches };
  },
};
