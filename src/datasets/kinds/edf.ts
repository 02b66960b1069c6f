// Reads a folder of EDF, EDF+ and BDF files as labelled windows. The labels are those of a table `labels.csv`, as in
// `folder:`. A record without a label in the table has the rhythms and beats of its EDF+ annotations (`(AFIB`, `V`), if it
// has any: its windows are inside one rhythm. Without a table all files of the folder are its records. The default lead
// is II, otherwise MLII, otherwise the first that the file names as an ECG.

import { readdir } from 'node:fs/promises';
import { join, posix, sep } from 'node:path';
import { exists } from '../../base/files.js';
import { type EdfAnnotation, readEdfAnnotations, readEdfLeads } from '../../codecs/edf/read.js';
import { isRhythm, wfdbAnnotations } from '../../codecs/edf/wfdb-texts.js';
import { inputPath, unreadable } from '../../codecs/input.js';
import { chooseLeads } from '../../signal/leads.js';
import type { WindowOptions } from '../../signal/window.js';
import type { LeadSignals, ListedKind, RecordEntry, Stretch } from '../kind.js';
import { listOwnTable, ownTable } from '../own-table.js';
import { beatsOf, rhythmSegments, stretchesOf } from '../rhythm-windows.js';
import { tileRecord } from '../windows.js';

const endings = ['.edf', '.bdf', '.EDF', '.BDF'];
const isEdf = (name: string) => endings.some((ending) => name.endsWith(ending));

/** The kind `edf`. Without a patient column each record counts as one patient. */
export const edf: ListedKind = {
  kind: 'edf',
  about:
    'EDF, EDF+ and BDF files, labels from labels.csv as in folder:, else rhythms such as (AFIB of the annotations: lead II, else MLII, else the first ECG',
  ownLabels: true,
  tables: [ownTable],
  endings,
  version: 2,
  recognizes: (names) => [...names].some(isEdf) && ![...names].some((name) => name.endsWith('.hea')),
  async list(folder, options, notes) {
    if (await exists(join(folder, ownTable))) {
      const find = async (recordName: string) => ({ recordName, files: [await fileOf(folder, recordName)] });
      return listOwnTable(folder, find, options, notes);
    }
    const names = await readdir(folder, { recursive: true }).catch((cause) => {
      throw unreadable(folder, 'the folder', cause);
    });
    const files = names.filter(isEdf).map((name) => name.split(sep).join(posix.sep));
    const withoutEnding = (file: string) => file.slice(0, -posix.extname(file).length);
    const counts = new Map<string, number>();
    for (const name of files.map(withoutEnding)) counts.set(name, (counts.get(name) ?? 0) + 1);
    return files.sort().map((file): RecordEntry => {
      const name = counts.get(withoutEnding(file)) === 1 ? withoutEnding(file) : file;
      return { recordName: name, patientId: name, classes: [], labels: [], files: [file] };
    });
  },
  async read(folder, entry, options) {
    const path = await inputPath(folder, entry.files[0]!, 'the EDF file');
    const found = await readEdfLeads(
      path,
      (names, areNamed) => chooseLeads(names, { prefer: ['II', 'MLII'], orFirst: areNamed }, options.leads),
      options,
    );
    if (typeof found === 'string') return found;
    const { fsHz, leads, signalsMv, recordingLeads } = found;
    const record: LeadSignals = { fsHz, leads, signals: signalsMv, unit: 'mV', recordingLeads };
    if (entry.labels.length > 0) return tileRecord(record, entry, options);
    const annotations = await readEdfAnnotations(path, options);
    if (!annotations.some(({ text }) => isRhythm(text))) return tileRecord(record, entry, options);
    const stretches = rhythmWindows(annotations, signalsMv[0]!.length, fsHz, options);
    if (stretches.length === 0) return `no stretch of ${options.seconds} s inside one rhythm`;
    return { ...record, stretches };
  },
};

/** Returns the windows inside each rhythm. A rhythm ends where the next one starts, or after its stated duration. */
function rhythmWindows(
  annotations: readonly EdfAnnotation[],
  lengthSamples: number,
  fsHz: number,
  options: WindowOptions,
): Stretch[] {
  const marks = wfdbAnnotations(annotations, fsHz);
  const rhythms = annotations.filter(({ text }) => isRhythm(text));
  const segments = rhythmSegments(marks, lengthSamples).map((segment, n) => {
    const { onsetS, durationS = Number.POSITIVE_INFINITY } = rhythms[n]!;
    return { ...segment, endSample: Math.min(segment.endSample, Math.round((onsetS + durationS) * fsHz)) };
  });
  return stretchesOf(segments, beatsOf(marks), fsHz, options);
}

/** Returns the file of a record: the name itself, or with the first ending for which there is a file. */
async function fileOf(folder: string, recordName: string): Promise<string> {
  if (isEdf(recordName)) return recordName;
  for (const ending of endings) {
    const file = `${recordName}${ending}`;
    if (await exists(await inputPath(folder, file, 'the EDF file'))) return file;
  }
  return `${recordName}${endings[0]}`;
}
