// Reads Chapman-Shaoxing as published on figshare as labelled windows: 10,646 recordings of one patient each, 10 s of 12
// leads at 500 Hz. The folder has Diagnostics.csv (Diagnostics.xlsx, exported as CSV) and the unpacked folder ECGData or
// ECGDataDenoised (or the CSV files themselves), with one CSV file per recording in uV: 5000 lines of 12 numbers, with or
// without a header.
// - The labels are the abbreviations of the rhythm and of the findings (column Beat) as written, and the SNOMED CT codes
//   of those that state a class. In this table AF means atrial flutter; fibrillation is AFIB. ST is sinus tachycardia. Sinus
//   rhythm (SR) gives the class normal only if there is no finding.
// - ECGDataDenoised is filtered by its authors. If both folders exist, ECGData is read.
// - The recordings are also in `cinc2021:DIR` (chapman_shaoxing) and in ecg-arrhythmia, under other names.
// Source: Zheng et al., Scientific Data 7:48, 2020; doi 10.6084/m9.figshare.c.4560497.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { fileLimits } from '../../base/open-file.js';
import { type CsvRow, findTwice, readTable, rowName } from '../../codecs/csv.js';
import { inputPath, readInput, unreadable } from '../../codecs/input.js';
import { classesOfCodes } from '../../signal/class-table.js';
import { chooseLeads, spellLead, twelveLeads } from '../../signal/leads.js';
import { flawedEntry, type ListedKind, type RecordEntry } from '../kind.js';
import { tileRecord } from '../windows.js';

const table = 'Diagnostics.csv';
const spreadsheet = 'Diagnostics.xlsx';
const folders = ['ECGData', 'ECGDataDenoised'];
const fsHz = 500;
const uvPerMv = 1000;
const noFinding = /^(?:none)?$/i;

/**
 * The SNOMED CT codes of the abbreviations in the table that state a class or leave it open, as ecg-arrhythmia, the later
 * release of the same authors, assigns them. STE is "ST extension" there and STTU "ST tilt up", which is ST elevation.
 */
const codeOf = new Map(
  Array.from(
    `
      SR 426783006 SB 426177001 ST 427084000 SA 427393009 SI 427393009 AFIB 164889003 AF 164890007 SVT 426761007
      AT 713422000 AVNRT 251166008 AVRT 233897008 1AVB 270492004 2AVB 195042002 2AVB1 54016002 2AVB2 426183003
      3AVB 27885002 AVB 233917008 ABI 251173003 APB 284470004 VPB 17338001 VB 11157007 VET 251180001 VFW 13640000
      LBBB 164909002 RBBB 59118001 LVH 164873001 LVHV 55827005 LVQRSAL 251146004 PRIE 164947007 QTIE 111975006
      STDD 429622005 STE 164930006 STTU 164931005 TWC 164934002 TWO 59931005 VPE 195060002 WPW 74390002
    `.matchAll(/(\w+) (\d{5,})/g),
    ([, abbreviation, code]) => [abbreviation!, code!],
  ),
);

/** The kind `chapman`. Its default lead is II. */
export const chapman: ListedKind = {
  kind: 'chapman',
  about:
    'Chapman-Shaoxing of figshare (Diagnostics.csv, ECGData/): lead II, 10 s at 500 Hz; rhythm (AF is flutter) and findings',
  tables: [table],
  version: 1,
  knowsPatients: true,
  recognizes: (names) => names.has(table) || names.has(spreadsheet),
  async list(folder, _, notes) {
    const names = new Set(
      await readdir(folder).catch((cause) => {
        throw unreadable(folder, 'the folder', cause);
      }),
    );
    const path = join(folder, table);
    if (!names.has(table)) {
      throw new PqrstError(
        'ERR_NOT_FOUND',
        `the folder ${folder} contains no ${table}; open ${spreadsheet} in a spreadsheet program and save it as CSV ` +
          'under this name',
      );
    }
    const columns = ['FileName', 'Rhythm', 'Beat'].map((name) => ({ name }));
    const { rows, notes: ofTable } = await readTable(path, columns);
    notes.push(...ofTable);
    const twice = findTwice(rows, 'FileName', ({ fields }) => fields.FileName || undefined);
    const found = folders.find((name) => names.has(name));
    const within = found === undefined ? '' : `${found}/`;
    return rows.map((row) => {
      const entry = row.flaw ?? twice.get(row) ?? entryOf(row, within);
      return typeof entry === 'string' ? flawedEntry(rowName(path, row), entry) : entry;
    });
  },
  async read(folder, entry, options) {
    const path = await inputPath(folder, entry.files[0]!, 'the recording');
    const bytes = await readInput(path, 'the recording', fileLimits.csvRecording, (size) =>
      tooLarge(path, size),
    );
    const table = signalsOf(bytes.toString('latin1'));
    if (typeof table === 'string') return `${path} ${table}`;
    const places = chooseLeads(table.leads, { prefer: ['II'] }, options.leads);
    if (typeof places === 'string') return places;
    const leads = places.map((place) => table.leads[place]!);
    const signals = places.map((place) => table.signals[place]!);
    return tileRecord({ fsHz, leads, recordingLeads: table.leads, signals, unit: 'mV' }, entry, options);
  },
};

/** Returns the entry of a row, or the reason why the row cannot be used. */
function entryOf(row: CsvRow, within: string): RecordEntry | string {
  const { FileName: file = '', Rhythm: rhythm = '', Beat: beat = '' } = row.fields;
  if (file === '') return 'FileName is empty; it must name a recording';
  if (rhythm === '') return 'Rhythm is empty; it must be an abbreviation such as SR';
  const findings = beat.split(/[\s,;]+/).filter((word) => !noFinding.test(word));
  const words = [...new Set([rhythm, ...findings])];
  const codes = words.flatMap((word) => codeOf.get(word) ?? []);
  const classes = classesOfCodes(codes, 'snomed').filter((name) => name !== 'normal');
  return {
    recordName: file,
    patientId: file,
    classes: words.join() === 'SR' ? ['normal'] : classes,
    labels: [...new Set([...words, ...codes])],
    files: [`${within}${file}.csv`],
  };
}

function tooLarge(path: string, size: number): PqrstError {
  return new PqrstError(
    'ERR_RANGE',
    `${path} holds ${size} bytes, but a recording is text of at most ${fileLimits.csvRecording}; fetch it again`,
  );
}

interface SignalTable {
  readonly leads: readonly string[];
  /** In mV; NaN where a cell is empty. */
  readonly signals: readonly Float32Array[];
}

/** Returns the leads of a CSV file in uV, or the reason why it is not one. */
function signalsOf(text: string): SignalTable | string {
  const lines = text
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '');
  const cellsOf = (line = '') => line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
  const first = cellsOf(lines[0]);
  const hasHeader = first.some((cell) => twelveLeads.includes(spellLead(cell)));
  const leads = hasHeader ? first.map(spellLead) : twelveLeads;
  if (lines.length === 0) return 'is empty';
  if (first.length !== twelveLeads.length) {
    return `has ${first.length} columns in its first line; expected the 12 leads`;
  }
  const rows = hasHeader ? lines.slice(1) : lines;
  const signals = leads.map(() => new Float32Array(rows.length));
  for (const [n, line] of rows.entries()) {
    const cells = cellsOf(line);
    const at = n + (hasHeader ? 2 : 1);
    if (cells.length !== leads.length) {
      return `holds ${cells.length} numbers in line ${at}; expected 12; it may be cut short`;
    }
    for (const [lead, cell] of cells.entries()) {
      if (cell !== '' && !isNumber(cell))
        return `holds "${cell.slice(0, 20)}" in line ${at}; expected a number`;
      signals[lead]![n] = cell === '' ? Number.NaN : Number(cell) / uvPerMv;
    }
  }
  return { leads, signals };
}

/** Returns whether a cell is a number, or NaN as pandas writes it. */
function isNumber(cell: string): boolean {
  return /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i.test(cell) || /^nan$/i.test(cell);
}
