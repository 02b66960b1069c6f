// Reads the training set of CPSC 2018 as published as labelled windows: 6,877 recordings of 6-60 s (one of 144 s), 12
// leads at 500 Hz, in MATLAB files with a struct ECG, whose field data [12, samples] is in mV. The folder has REFERENCE.csv
// and A0001.mat ..., or the folders TrainingSet1 ... TrainingSet3 with the recordings.
// - REFERENCE.csv has up to three labels per recording, 1 to 9: Normal, AF, I-AVB, LBBB, RBBB, PAC, PVC, STD, STE. The
//   labels of the windows are these names and the SNOMED CT codes of `cinc2021:DIR` for them. A label holds for the whole
//   recording.
// - The data set does not publish who was recorded, so each recording counts as one patient. The same recordings are in
//   `cinc2021:DIR` (cpsc_2018).
// Source: Liu et al., Journal of Medical Imaging and Health Informatics 8, 2018.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { fileLimits } from '../../base/open-file.js';
import { type CsvRow, findTwice, readTable, rowName, wholeNumberOf } from '../../codecs/csv.js';
import { inputPath, readInput, unreadable } from '../../codecs/input.js';
import { numberReader, readMat } from '../../codecs/mat.js';
import { classesOfCodes } from '../../signal/class-table.js';
import { chooseLeads, twelveLeads } from '../../signal/leads.js';
import { flawedEntry, type ListedKind, type RecordEntry } from '../kind.js';
import { tileRecord } from '../windows.js';

const table = 'REFERENCE.csv';
const fsHz = 500;
const signalField = 'ECG.data';
const labelColumns = ['First_label', 'Second_label', 'Third_label'];
/** The names of the labels 1 to 9, and their SNOMED CT codes in the challenges of 2020 and 2021. */
const labels: readonly (readonly [name: string, code: string])[] = [
  ['Normal', '426783006'],
  ['AF', '164889003'],
  ['I-AVB', '270492004'],
  ['LBBB', '164909002'],
  ['RBBB', '59118001'],
  ['PAC', '284470004'],
  ['PVC', '164884008'],
  ['STD', '429622005'],
  ['STE', '164931005'],
];

/** The kind `cpsc2018`. Its default lead is II. */
export const cpsc2018: ListedKind = {
  kind: 'cpsc2018',
  about:
    'CPSC 2018 as published (REFERENCE.csv, A0001.mat): lead II, 500 Hz (each recording counts as a patient)',
  tables: [table],
  version: 1,
  // CinC 2017 also has a REFERENCE.csv, but its recordings have one digit more; `cinc2021` has headers.
  recognizes: (names) =>
    names.has(table) &&
    !names.has('A0001.hea') &&
    [...names].some((name) => /^A\d{4}\.mat$|^TrainingSet\d$/i.test(name)),
  async list(folder, _, notes) {
    const path = join(folder, table);
    const columns = ['Recording', ...labelColumns].map((name) => ({ name }));
    const { rows, notes: ofTable } = await readTable(path, columns);
    notes.push(...ofTable);
    const twice = findTwice(rows, 'Recording', ({ fields }) => fields.Recording || undefined);
    const places = await placesOf(folder);
    return rows.map((row) => {
      const entry = row.flaw ?? twice.get(row) ?? entryOf(row, places);
      return typeof entry === 'string' ? flawedEntry(rowName(path, row), entry) : entry;
    });
  },
  async read(folder, entry, options) {
    const path = await inputPath(folder, entry.files[0]!, 'the recording');
    const bytes = await readInput(path, 'the recording', fileLimits.matRecording, (size) => {
      return new PqrstError(
        'ERR_RANGE',
        `${path} holds ${size} bytes; at most ${fileLimits.matRecording} are read`,
      );
    });
    const { fields, matrices, others } = readMat(bytes, path, fileLimits.matRecording);
    const found = fields.find(({ name }) => name === signalField);
    if (found === undefined || found.rows !== twelveLeads.length) {
      const contents = [...fields, ...matrices].map(
        ({ name, rows, columns }) => `${name} [${rows}, ${columns}]`,
      );
      const held = [...contents, ...others].join(', ') || 'nothing';
      return `${path} holds ${held}; expected ${signalField} [12, samples]`;
    }
    const places = chooseLeads(twelveLeads, { prefer: ['II'] }, options.leads);
    if (typeof places === 'string') return places;
    const valueAt = numberReader(found);
    const signals = places.map((place) =>
      Float32Array.from({ length: found.columns }, (_, n) => valueAt(n * found.rows + place)),
    );
    const leads = places.map((place) => twelveLeads[place]!);
    return tileRecord({ fsHz, leads, recordingLeads: twelveLeads, signals, unit: 'mV' }, entry, options);
  },
};

/** Returns the path of each recording of the training folders; a recording beside the table has no entry. */
async function placesOf(folder: string): Promise<Map<string, string>> {
  const namesIn = (path: string) =>
    readdir(path).catch((cause) => {
      throw unreadable(path, 'the folder', cause);
    });
  const places = new Map<string, string>();
  const within = (await namesIn(folder)).filter((name) => /^TrainingSet\d$/i.test(name)).sort();
  for (const name of within) {
    const path = await inputPath(folder, name, 'the folder');
    for (const file of await namesIn(path)) {
      if (file.endsWith('.mat')) places.set(file.slice(0, -'.mat'.length), `${name}/${file}`);
    }
  }
  return places;
}

/** Returns the entry of a row, or the reason why the row cannot be used. */
function entryOf(row: CsvRow, places: ReadonlyMap<string, string>): RecordEntry | string {
  const { Recording: name = '' } = row.fields;
  if (!/^[-\w]+$/.test(name)) return `Recording "${name}" must be a name such as A0001`;
  const cells = labelColumns.filter((column) => !/^(?:nan)?$/i.test(row.fields[column]!));
  if (cells.length === 0) return 'First_label is empty; it must be from 1 to 9';
  const stated: (typeof labels)[number][] = [];
  for (const column of cells) {
    const text = row.fields[column]!;
    const label = labels[(wholeNumberOf(text) ?? 0) - 1];
    if (label === undefined) return `${column} "${text}" must be from 1 to 9, or empty`;
    stated.push(label);
  }
  const words = [...new Set(stated.map(([word]) => word))];
  const codes = [...new Set(stated.map(([, code]) => code))];
  const classes = classesOfCodes(codes, 'snomed').filter((one) => one !== 'normal');
  return {
    recordName: name,
    patientId: name,
    classes: words.join() === 'Normal' ? ['normal'] : classes,
    labels: [...words, ...codes],
    files: [places.get(name) ?? `${name}.mat`],
  };
}
