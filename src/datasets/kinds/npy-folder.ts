// Reads recordings of the user from a NumPy array with a table as labelled windows. The default lead is II, otherwise
// MLII, otherwise the first. Recordings that are padded to one length are not supported: a window of padding is flat
// and is skipped. The folder contains:
// - `signals.npy` [records, samples] or [records, leads, samples]: float32, float16 or float64 in `unit`, where NaN
//   marks a missing sample; or int16 in uV. Each row is read by itself, so the array may be larger than memory.
// - `labels.csv`: label and optionally row, patient, fold, fs_hz. A line describes the row of the array that `row`
//   names (from 0). Without `row`, line k describes row k, and each row needs a line. A label is any word; several are
//   separated by `;`. The names and codes of shipped classes are also classes (`own-labels.ts`). Labels hold for the
//   whole row, which is cut into windows from its start.
// - `meta.json`, optional: {"fsHz": 500, "leads": ["I", "II"], "unit": "mV"}, each field optional. The default unit is
//   mV. The rate of a row is its fs_hz, otherwise fsHz.

import { join } from 'node:path';
import { z } from 'zod';
import { PqrstError } from '../../base/errors.js';
import { isAbsent } from '../../base/files.js';
import { halfToFloat } from '../../base/half.js';
import { rowError } from '../../codecs/csv.js';
import { readInput } from '../../codecs/input.js';
import { type NpyArray, readNpyRows, readNpyShape } from '../../codecs/npy/read.js';
import type { NpyType } from '../../codecs/npy/types.js';
import { chooseLeads } from '../../signal/leads.js';
import type { SignalUnit } from '../../signal/window.js';
import type { ListedKind, RecordEntry } from '../kind.js';
import { type LabelRow, patientColumn, patientIdOf, readLabelTable } from '../label-table.js';
import { classesOfWords } from '../own-labels.js';
import { tileRecord } from '../windows.js';

const signals = 'signals.npy';
const table = 'labels.csv';
const metaFile = 'meta.json';
const maxMetaBytes = 2 ** 20;
const leadRule = { prefer: ['II', 'MLII'], orFirst: true };
/** The values of `unit`: the unit of the windows, and the number of units of the array that make one of them. */
const units = {
  mV: { unit: 'mV', perUnit: 1 },
  uV: { unit: 'mV', perUnit: 1e3 },
  V: { unit: 'mV', perUnit: 1e-3 },
  sd: { unit: 'sd', perUnit: 1 },
  arbitrary: { unit: 'arbitrary', perUnit: 1 },
} as const satisfies Record<string, { unit: SignalUnit; perUnit: number }>;
const sampleTypes: ReadonlySet<NpyType> = new Set<NpyType>(['float32', 'float16', 'float64', 'int16']);

const metaSchema = z.looseObject({
  fsHz: z.number('a number above 0').positive('a number above 0').optional(),
  leads: z.array(z.string('names').min(1, 'names'), 'a list of names').min(1, 'a list of names').optional(),
  unit: z.enum(Object.keys(units) as (keyof typeof units)[], 'mV, uV, V, sd or arbitrary').optional(),
});

/** The properties that all rows of the array share. */
interface Layout {
  readonly rows: number;
  readonly fsHz: number | undefined;
  /** Names of all leads of a row, in their order in the array. */
  readonly leads: readonly string[];
  /** Unit of the windows. */
  readonly unit: SignalUnit;
  /** The number of units of the array that make one `unit`. */
  readonly perUnit: number;
}

interface NpyEntry extends RecordEntry {
  readonly row: number;
  readonly fsHz: number;
  readonly layout: Layout;
}

/** The kind `npy`. Without a patient column each row counts as one patient. */
export const npyFolder: ListedKind<NpyEntry> = {
  kind: 'npy',
  about:
    'signals.npy [records, (leads,) samples] with labels.csv (label[,row,patient,fold,fs_hz]) and meta.json',
  tables: [table],
  version: 2,
  recognizes: (names) => names.has(signals) && names.has(table),
  async list(folder, _, notes) {
    const path = join(folder, table);
    const optional = ['row', 'fs_hz'].map((name) => ({ name, isOptional: true as const }));
    const { rows, notes: ofTable } = await readLabelTable(path, [...optional, patientColumn]);
    notes.push(...ofTable);
    const bad = rows.find(({ flaw }) => flaw !== undefined);
    // A lost row would shift the labels of all rows below it.
    if (bad !== undefined) throw rowError(path, bad, `${bad.flaw}; correct that line`);
    const layout = await layoutOf(folder);
    const seen = new Set<number>();
    const entries = rows.map((row, at) => entryOf(path, row, at, layout, seen));
    // The parser ignores empty lines, so a line that is left empty would shift the labels of all rows below it.
    if (rows.some(({ fields }) => !fields.row) && rows.length !== layout.rows) {
      throw new PqrstError(
        'ERR_CSV',
        `table ${path} has ${rows.length} lines for the ${layout.rows} rows of ${signals}; give each row a line ` +
          '("" if it has no label), or name the rows in a column "row"',
      );
    }
    return entries;
  },
  async read(folder, entry, options) {
    const { layout, row, fsHz } = entry;
    const places = chooseLeads(layout.leads, leadRule, options.leads);
    if (typeof places === 'string') return places;
    const array = await readNpyRows(join(folder, signals), row, 1);
    const record = {
      fsHz,
      leads: places.map((place) => layout.leads[place]!),
      recordingLeads: layout.leads,
      signals: places.map((place) => leadOf(array, place, layout)),
      unit: layout.unit,
    };
    return tileRecord(record, entry, options);
  },
};

function entryOf(path: string, row: LabelRow, at: number, layout: Layout, seen: Set<number>): NpyEntry {
  const { row: rowText = '', patient = '', fs_hz = '' } = row.fields;
  const { labels, fold } = row;
  const place = rowText === '' ? at : /^\d+$/.test(rowText) ? Number(rowText) : Number.NaN;
  if (!(place < layout.rows)) {
    const given = rowText === '' ? `${at} (the line's place)` : `"${rowText}"`;
    throw rowError(path, row, `row ${given} must be a whole number from 0 to ${layout.rows - 1}`);
  }
  if (seen.has(place)) throw rowError(path, row, `row ${place} appears twice; keep one of the lines`);
  seen.add(place);
  const fsHz = fs_hz === '' ? layout.fsHz : Number(fs_hz);
  if (fsHz === undefined)
    throw rowError(path, row, `fs_hz is empty and ${metaFile} has no "fsHz"; give one of the two`);
  if (!(fsHz > 0 && fsHz < Number.POSITIVE_INFINITY))
    throw rowError(path, row, `fs_hz "${fs_hz}" must be a number above 0`);
  const recordName = `row${place}`;
  return {
    recordName,
    patientId: patient === '' ? recordName : patientIdOf(patient),
    classes: classesOfWords(labels),
    labels,
    ...(fold !== undefined && { fold }),
    files: [signals, metaFile],
    row: place,
    fsHz,
    layout,
  };
}

async function layoutOf(folder: string): Promise<Layout> {
  const path = join(folder, signals);
  const { type, shape } = await readNpyShape(path);
  const fail = (problem: string) => new PqrstError('ERR_NPY', `${path} ${problem}`);
  const [rows = 0, second = 0, third] = shape;
  if ((shape.length !== 2 && shape.length !== 3) || rows === 0 || !sampleTypes.has(type)) {
    throw fail(
      `holds ${type} of shape (${shape}); expected float32, float16, float64 or int16 of ` +
        '(records, samples) or (records, leads, samples)',
    );
  }
  const { fsHz, leads, unit } = await readMeta(join(folder, metaFile));
  const count = third === undefined ? 1 : second;
  if (leads !== undefined && leads.length !== count) {
    throw fail(
      `has the shape (${shape}), so ${count} leads, but ${metaFile} names ${leads.length}: ${leads.join(', ')}; correct one of the two`,
    );
  }
  if (leads === undefined && third !== undefined && third < second) {
    throw fail(
      `has the shape (${shape}), which means more leads than samples; save it as (records, leads, samples)`,
    );
  }
  if (type === 'int16' && unit !== undefined && unit !== 'uV') {
    throw fail(
      `holds int16, which is read as uV, but ${metaFile} states ${unit}; save whole microvolts or floats`,
    );
  }
  const unnamed = count === 1 ? ['ECG'] : Array.from({ length: count }, (_, at) => `signal ${at}`);
  return { rows, fsHz, leads: leads ?? unnamed, ...units[unit ?? (type === 'int16' ? 'uV' : 'mV')] };
}

async function readMeta(path: string): Promise<z.output<typeof metaSchema>> {
  const fail = (problem: string) => new PqrstError('ERR_NPY', `${path} ${problem}`);
  let text: string;
  try {
    const bytes = await readInput(path, metaFile, maxMetaBytes, (size) =>
      fail(`holds ${size} bytes; at most ${maxMetaBytes} are read`),
    );
    text = bytes.toString('utf8');
  } catch (error) {
    // The file is optional, but if it exists it must be readable.
    if (isAbsent((error as Error).cause)) return {};
    throw error;
  }
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (cause) {
    throw fail(
      `is not JSON (${(cause as Error).message}); write {"fsHz": 500, "leads": ["II"], "unit": "mV"}`,
    );
  }
  const { data, error } = metaSchema.safeParse(given);
  if (data !== undefined) return data;
  const { path: place, message } = error.issues[0]!;
  throw fail(place.length === 0 ? 'must hold an object' : `must have as "${place.join('.')}" ${message}`);
}

/** Returns lead `place` of a row [1, samples] or [1, leads, samples], in the unit of the windows. */
function leadOf({ type, shape, data }: NpyArray, place: number, { perUnit }: Layout): Float32Array {
  const length = shape.at(-1)!;
  const values = data.subarray(place * length, (place + 1) * length);
  const floats = type === 'float16' ? halfToFloat(values as Uint16Array) : Float32Array.from(values);
  return perUnit === 1 ? floats : floats.map((value) => value / perUnit);
}
