// Reads recordings of the user from a NumPy array with a table as labelled windows. The default lead is II, otherwise
// MLII, otherwise the first. Recordings that are padded to one length are not supported: a window of padding is flat
// and is skipped. The folder contains:
// - `signals.npy` [records, samples] or [records, leads, samples]: floats in `unit`, where NaN marks a missing sample;
//   int16 in uV; or other integers in a stated `unit`. Each row is read by itself, so the array may be larger than
//   memory; only an array in Fortran order is read as a whole. [records, samples, leads] is read too if the shape or
//   the names of the leads leave no doubt.
// - `labels.csv`: label and optionally row, patient, fold, fs_hz. A line describes the row of the array that `row`
//   names (from 0). Without `row`, line k describes row k, and each row needs a line. A label is any word; several are
//   separated by `;`. The names and codes of shipped classes are also classes (`own-labels.ts`). Labels hold for the
//   whole row, which is cut into windows from its start.
// - `labels.npy`, if `labels.csv` is absent or has no labels (`npy-labels.ts`).
// - `meta.json`, optional: {"fsHz": 500, "leads": ["I", "II"], "unit": "mV", "classes": ["AFIB"]}, each field optional.
//   The default unit is mV. The rate of a row is its fs_hz, otherwise fsHz.

import { join } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { exists } from '../../base/files.js';
import { findTwice, rowError, rowName, wholeNumberOf } from '../../codecs/csv.js';
import { chooseLeads } from '../../signal/leads.js';
import type { LabelMap } from '../../signal/synonyms.js';
import { type FlawedEntry, flawedEntry, type ListedKind, type RecordEntry } from '../kind.js';
import {
  type LabelRow,
  type LabelTable,
  patientColumn,
  patientIdOf,
  readLabelTable,
} from '../label-table.js';
import { classesOfWords } from '../own-labels.js';
import { tileRecord } from '../windows.js';
import { labelsFile, readLabelArray } from './npy-labels.js';
import { type NpyLayout, npyLayout, signalsFile } from './npy-layout.js';
import { metaFile, readNpyMeta } from './npy-meta.js';

const table = 'labels.csv';
/** A file that only a shard of a corpus has. A shard has a labels.npy too, but no names of its labels. */
const shardFile = 'beat_offsets.npy';
const leadRule = { prefer: ['II', 'MLII'], orFirst: true };

interface NpyEntry extends RecordEntry {
  readonly row: number;
  readonly fsHz: number;
  readonly layout: NpyLayout;
}

/** The kind `npy`. Without a patient column each row counts as one patient. */
export const npyFolder: ListedKind<NpyEntry> = {
  kind: 'npy',
  about:
    'signals.npy [records, (leads,) samples] with labels.csv (label[,row,patient,fold,fs_hz]) or labels.npy, and meta.json',
  ownLabels: true,
  tables: [table, labelsFile],
  version: 4,
  recognizes: (names) =>
    names.has(signalsFile) && (names.has(table) || (names.has(labelsFile) && !names.has(shardFile))),
  async list(folder, { leads, labelMap }, notes) {
    const lines = await readLines(folder, notes);
    const meta = await readNpyMeta(join(folder, metaFile), notes);
    const layout = await npyLayout(folder, meta, notes);
    if (leads === undefined) notes.push(...leadNotes(layout));
    const labels = lines?.hasLabels ? undefined : await readLabelArray(folder, layout.rows, meta);
    const rows =
      lines === undefined ? allRows(layout.rows) : placedRows(join(folder, table), lines.rows, layout.rows);
    if (meta.fsHz === undefined && !rows.some(({ row }) => row.fields.fs_hz)) {
      throw new PqrstError(
        'ERR_NPY',
        `${join(folder, metaFile)} does not state the sampling rate, and ${table} has no fs_hz; write {"fsHz": 500} ` +
          'with the rate of the samples in Hz',
      );
    }
    return rows.map((row) => entryOf(row, labels, layout, { fsHz: meta.fsHz, labelMap }));
  },
  async read(_, { layout, row, fsHz, classes, labels }, options) {
    const places = chooseLeads(layout.leads, leadRule, options.leads);
    if (typeof places === 'string') return places;
    const record = {
      fsHz,
      leads: places.map((place) => layout.leads[place]!),
      recordingLeads: layout.leads,
      signals: await layout.readLeads(row, places),
      unit: layout.unit,
      ...(layout.isUnitAssumed && { isUnitAssumed: true as const }),
    };
    return tileRecord(record, { classes, labels }, options);
  },
};

/** Reads the table of labels; undefined if the folder has none, but has the array of labels. */
async function readLines(folder: string, notes: string[]): Promise<LabelTable | undefined> {
  const path = join(folder, table);
  const hasArray = await exists(join(folder, labelsFile));
  if (hasArray && !(await exists(path))) return undefined;
  const optional = ['row', 'fs_hz'].map((name) => ({ name, isOptional: true as const }));
  const lines = await readLabelTable(path, [...optional, patientColumn], !hasArray);
  notes.push(...lines.notes);
  if (hasArray && lines.hasLabels) notes.push(`${labelsFile} is not read, because ${table} has labels`);
  return lines;
}

/** A line of the table, and the row of the array that it describes; or the reason why it cannot be used. */
interface PlacedRow {
  /** Name for messages about the line. */
  readonly name: string;
  readonly row: Pick<LabelRow, 'fields' | 'labels' | 'fold'>;
  readonly place: number;
  readonly flaw?: string;
}

/** Returns one row per row of the array, without a table. */
function allRows(rows: number): PlacedRow[] {
  const row = { fields: {}, labels: [] };
  return Array.from({ length: rows }, (_, place) => ({ name: `row${place}`, row, place }));
}

/**
 * Finds the rows of the array that the lines of the table describe.
 *
 * @throws PqrstError ERR_CSV: when lines describe rows by their place, and a line is missing or broken. The labels of all
 *   lines below it would then belong to other rows.
 */
function placedRows(path: string, lines: readonly LabelRow[], rows: number): PlacedRow[] {
  const bad = lines.find(({ flaw }) => flaw !== undefined);
  if (lines.some(({ flaw, fields }) => flaw === undefined && !fields.row)) {
    if (bad !== undefined) throw rowError(path, bad, `${bad.flaw}; correct that line`);
    if (lines.length !== rows) {
      throw new PqrstError(
        'ERR_CSV',
        `table ${path} has ${lines.length} lines for the ${rows} rows of ${signalsFile}; give each row a line ` +
          '("" if it has no label), or name the rows in a column "row"',
      );
    }
  }
  const places = new Map(
    lines.map((line, at) => [line, line.fields.row ? wholeNumberOf(line.fields.row) : at]),
  );
  const placeOf = (line: LabelRow) => (line.flaw === undefined ? places.get(line)?.toString() : undefined);
  const twice = findTwice(lines, 'row', placeOf);
  return lines.map((row) => {
    const place = places.get(row) ?? Number.NaN;
    const outside = `row "${row.fields.row}" must be a whole number from 0 to ${rows - 1}`;
    const flaw = row.flaw ?? (place < rows ? twice.get(row) : outside);
    return { name: rowName(path, row), row, place, ...(flaw !== undefined && { flaw }) };
  });
}

function entryOf(
  { name, row, place, flaw }: PlacedRow,
  labelsOfRows: readonly (readonly string[])[] | undefined,
  layout: NpyLayout,
  {
    fsHz: commonFsHz,
    labelMap,
  }: { readonly fsHz: number | undefined; readonly labelMap: LabelMap | undefined },
): NpyEntry | FlawedEntry {
  const { patient = '', fs_hz = '' } = row.fields;
  const fsHz = fs_hz === '' ? commonFsHz : Number(fs_hz);
  if (flaw !== undefined) return flawedEntry(name, flaw);
  if (fsHz === undefined) return flawedEntry(name, `fs_hz is empty and ${metaFile} has no "fsHz"`);
  if (!(fsHz > 0 && fsHz < Number.POSITIVE_INFINITY)) {
    return flawedEntry(name, `fs_hz "${fs_hz}" must be a number above 0`);
  }
  const labels = labelsOfRows?.[place] ?? row.labels;
  const recordName = `row${place}`;
  return {
    recordName,
    patientId: patient === '' ? recordName : patientIdOf(patient),
    classes: classesOfWords(labels, labelMap),
    labels,
    ...(row.fold !== undefined && { fold: row.fold }),
    files: [signalsFile, metaFile],
    row: place,
    fsHz,
    layout,
  };
}

/** Returns a note if the leads have no names: the first one is then read, whatever it is. */
function leadNotes({ leads, isNamed }: NpyLayout): string[] {
  if (isNamed || leads.length === 1) return [];
  return [
    `the ${leads.length} leads have no names, so the first one is read, which may not be lead II; name them in their ` +
      `order in ${metaFile}: "leads": ["I", "II", ...]`,
  ];
}
