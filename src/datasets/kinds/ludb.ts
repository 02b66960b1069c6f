// Reads the Lobachevsky University Database (LUDB) as labelled windows: one 10-s recording per patient. Every statement
// of its table is a label, as written. A window has each class that a statement says, whatever else the recording shows
// (of the published recordings with atrial fibrillation, three are paced and three contain ventricular beats). STEMI
// gives the class ste, and second-degree AV block without a type both types. The class normal is strict: the rhythm is
// "Sinus rhythm" alone, the axis does not deviate, and there is no statement on conduction, extrasystoles, hypertrophy,
// pacing, ischemia, repolarization or other states. Few recordings meet this; the task `Atrial fibrillation:Sinus
// rhythm` has more. No recording states pre-excitation. The amplitudes are scaled, so their unit is arbitrary. The wave
// marks (.i ... .v6) are not read.
// Source: Kalyakulina et al., IEEE Access 8, 2020; release 1.0.1.

import { join } from 'node:path';
import { type CsvRow, findTwice, readTable, rowName, wholeNumberOf } from '../../codecs/csv.js';
import { inputPath } from '../../codecs/input.js';
import { spellLead } from '../../signal/leads.js';
import { flawedEntry, type ListedKind, type RecordEntry } from '../kind.js';
import { readMillivolts } from '../wfdb-record.js';
import { tileRecord } from '../windows.js';

const table = 'ludb.csv';
const rhythms = 'Rhythms';
const axis = 'Electric axis of the heart';
const findings = [
  'Conduction abnormalities',
  'Extrasystolies',
  'Hypertrophies',
  'Cardiac pacing',
  'Ischemia',
  'Non-specific repolarization abnormalities',
  'Other states',
];
const statementClass: readonly (readonly [RegExp, string])[] = [
  [/^atrial fibrillation/i, 'af'],
  [/^atrial flutter/i, 'aflt'],
  [/^ventricular extrasystole/i, 'pvc'],
  [/^sinus bradycardia/i, 'sbrad'],
  [/^sinus tachycardia/i, 'stach'],
  [/^(sinus arrhythmia|irregular sinus rhythm)/i, 'sarrh'],
  [/^atrial extrasystole/i, 'pac'],
  [/^i degree av.block/i, 'avb1'],
  [/^ii degree av.block/i, 'avb2m1'],
  [/^ii degree av.block/i, 'avb2m2'],
  [/^iii degree av.block/i, 'avb3'],
  [/^ventricular extrasystole.*bigemini/i, 'bigeminy'],
  [/^ventricular extrasystole.*trigemini/i, 'trigeminy'],
  [/^complete left bundle branch block/i, 'clbbb'],
  [/^complete right bundle branch block/i, 'crbbb'],
  [/^incomplete right bundle branch block/i, 'irbbb'],
  [/^left anterior hemiblock/i, 'lafb'],
  [/pacing$|^pacemaker presence/i, 'paced'],
  [/^left ventricular hypertrophy/i, 'lvh'],
  [/^stemi/i, 'ste'],
];

/** The kind `ludb`. Its default lead is II. */
export const ludb: ListedKind = {
  kind: 'ludb',
  about:
    'LUDB 1.0.1, 200 patients, 10 s at 500 Hz: lead II (its amplitudes are scaled, so their unit is unknown)',
  tables: [table],
  version: 3,
  knowsPatients: true,
  recognizes: (names) => names.has(table),
  async list(folder, _, notes) {
    const path = join(folder, table);
    const columns = ['ID', rhythms, axis, ...findings].map((name) => ({ name }));
    const { rows, notes: ofTable } = await readTable(path, columns);
    notes.push(...ofTable);
    const twice = findTwice(rows, 'ID', ({ fields }) => fields.ID);
    return rows.map((row) => {
      const entry = row.flaw ?? twice.get(row) ?? entryOf(row);
      return typeof entry === 'string' ? flawedEntry(rowName(path, row), entry) : entry;
    });
  },
  async read(folder, entry, options) {
    const path = await inputPath(folder, entry.files[0]!, 'the header');
    const record = await readMillivolts(path, { prefer: ['II'] }, options);
    if (typeof record === 'string') return record;
    // The headers state mV and name the leads in lower case.
    const leads = record.leads.map(spellLead);
    return tileRecord({ ...record, leads, unit: 'arbitrary' }, entry, options);
  },
};

/** Returns the entry of a row, or the reason why the row cannot be used. */
function entryOf(row: CsvRow): RecordEntry | string {
  const number = wholeNumberOf(row.fields.ID ?? '');
  if (number === undefined) return `ID "${row.fields.ID}" must be a whole number`;
  const id = String(number);
  const [ofRhythm, ofAxis, others] = [[rhythms], [axis], findings].map((columns) =>
    columns.flatMap((column) => statementsOf(row.fields[column])),
  ) as [string[], string[], string[]];
  const labels = [...new Set([...ofRhythm, ...ofAxis, ...others])];
  const isNormal =
    ofRhythm.join() === 'Sinus rhythm' &&
    others.length === 0 &&
    !ofAxis.some((statement) => /deviation/i.test(statement));
  const classes = statementClass
    .filter(([pattern]) => labels.some((label) => pattern.test(label)))
    .map(([, name]) => name);
  return {
    recordName: id,
    patientId: id,
    classes: isNormal ? ['normal'] : classes,
    labels,
    files: [`data/${id}.hea`, `data/${id}.dat`],
  };
}

/** Returns the statements of a cell, which has one per line. Some cells end with a line break. */
function statementsOf(cell = ''): string[] {
  return cell
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
