// Reads MIMIC-IV-ECG 1.0 as labelled windows: 800,035 recordings of 161,352 patients, 10 s of 12 leads at 500 Hz. The
// folder has record_list.csv, machine_measurements.csv and the folder files, or a part of it. Recordings of patients whose
// folder is missing are not listed.
// - The labels are the lines of the report (report_0 ... report_17) as written: "Sinus rhythm", "Atrial fibrillation". The
//   device wrote them, and no one reviewed them, so they give no class; tasks name the lines. Many lines are qualified
//   ("Probable left ventricular hypertrophy"), and some end with a full stop in one recording and without it in another.
// - The patient is subject_id. A patient has up to hundreds of recordings.
// Source: Gow et al., MIMIC-IV-ECG 1.0, PhysioNet, doi 10.13026/4nqg-sb35, 2023.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { isAbsent } from '../../base/files.js';
import { type CsvRow, findTwice, rowName, wholeNumberOf } from '../../codecs/csv.js';
import { csvColumns } from '../../codecs/csv-columns.js';
import { inputPath, unreadable } from '../../codecs/input.js';
import { flawedEntry, type ListedKind, type RecordEntry } from '../kind.js';
import { readMillivolts } from '../wfdb-record.js';
import { tileRecord } from '../windows.js';

const recordTable = 'record_list.csv';
const reportTable = 'machine_measurements.csv';
/** files/p1000/p10000032/s40689238/40689238 */
const recordPath = /^(files\/p\d+)\/(p\d+)\/[^/]+\/[^/]+$/;

/** The kind `mimic`. Its default lead is II. */
export const mimic: ListedKind = {
  kind: 'mimic',
  about:
    'MIMIC-IV-ECG 1.0: lead II, 10 s at 500 Hz; labels: the lines of the report of the device, as written',
  tables: [recordTable, reportTable],
  version: 1,
  knowsPatients: true,
  recognizes: (names) => names.has(recordTable),
  async list(folder, { signal }) {
    const path = join(folder, recordTable);
    const present = new PatientFolders(folder);
    const listed: [CsvRow, RecordEntry | string][] = [];
    for await (const row of csvColumns(path, { required: ['subject_id', 'study_id', 'path'] }, signal)) {
      const entry = row.flaw ?? entryOf(row);
      const [, group, patient] = recordPath.exec(row.fields.path ?? '') ?? [];
      if (group !== undefined && patient !== undefined && !(await present.has(group, patient))) continue;
      listed.push([row, entry]);
    }
    const rows = listed.filter(([, entry]) => typeof entry !== 'string').map(([row]) => row);
    const twice = findTwice(rows, 'study_id', ({ fields }) => fields.study_id);
    const studies = new Set(rows.map(({ fields }) => fields.study_id!));
    const labels = await reportsOf(join(folder, reportTable), studies, signal);
    return listed.map(([row, entry]) => {
      const flaw = typeof entry === 'string' ? entry : twice.get(row);
      if (flaw !== undefined) return flawedEntry(rowName(path, row), flaw);
      const found = entry as RecordEntry;
      return { ...found, labels: labels.get(found.recordName) ?? [] };
    });
  },
  async read(folder, entry, options) {
    const header = entry.files.find((file) => file.endsWith('.hea'))!;
    const record = await readMillivolts(
      await inputPath(folder, header, 'the header'),
      { prefer: ['II'] },
      options,
    );
    return typeof record === 'string' ? record : tileRecord(record, entry, options);
  },
};

/** Returns the entry of a row, or the reason why the row cannot be used. */
function entryOf(row: CsvRow): RecordEntry | string {
  const { subject_id = '', study_id = '', path: file = '' } = row.fields;
  for (const [column, text] of [
    ['subject_id', subject_id],
    ['study_id', study_id],
  ] as const) {
    if (wholeNumberOf(text) === undefined) return `${column} "${text}" must be a whole number`;
  }
  if (file === '') return 'path is empty; it must name a record';
  const [, group] = recordPath.exec(file) ?? [];
  return {
    recordName: study_id,
    patientId: subject_id,
    classes: [],
    labels: [],
    // The folders are listed too, because their time of change tells the cache that patients were added.
    files: [...(group === undefined ? [] : ['files', group]), `${file}.hea`, `${file}.dat`],
  };
}

/** Knows which patients have a folder; reads each folder of patients once. */
class PatientFolders {
  readonly #folder: string;
  readonly #patients = new Map<string, ReadonlySet<string>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async has(group: string, patient: string): Promise<boolean> {
    const known = this.#patients.get(group) ?? new Set(await this.#read(group));
    this.#patients.set(group, known);
    return known.has(patient);
  }

  async #read(group: string): Promise<string[]> {
    try {
      return await readdir(await inputPath(this.#folder, group, 'the folder'));
    } catch (error) {
      if (isAbsent(error)) return [];
      if (error instanceof PqrstError) throw error;
      throw unreadable(join(this.#folder, group), 'the folder', error);
    }
  }
}

/** Returns the lines of the report of each listed recording. */
async function reportsOf(
  path: string,
  studies: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<Map<string, string[]>> {
  const reports = new Map<string, string[]>();
  // Many recordings have the same lines. Each line is kept once.
  const known = new Map<string, string>();
  const wanted = { required: ['study_id', 'report_0'], also: (name: string) => /^report_\d+$/.test(name) };
  for await (const { fields } of csvColumns(path, wanted, signal)) {
    const { study_id = '', ...lines } = fields;
    if (!studies.has(study_id)) continue;
    const texts = Object.values(lines).filter((line) => line !== '');
    for (const text of texts) if (!known.has(text)) known.set(text, text);
    reports.set(study_id, [...new Set(texts.map((text) => known.get(text)!))]);
  }
  return reports;
}
