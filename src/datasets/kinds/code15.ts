// Reads CODE-15% as labelled windows: 345,779 exams of 233,770 patients, 12 leads at 400 Hz, in HDF5 files. The folder
// has exams.csv and the unpacked exams_part0.hdf5 ... exams_part17.hdf5, or some of them. Exams of files that are not in
// the folder are not listed. h5wasm reads HDF5: `npm install h5wasm`.
// - The table has six labels (1dAVb, RBBB, LBBB, SB, ST, AF) and normal_ecg, the statement of the device. Several labels
//   can apply, and each is followed by its SNOMED CT code. An exam is of the class normal if normal_ecg holds and none of
//   the six does. RBBB and LBBB do not say whether the block is complete; they give the classes of complete block.
// - A tracing [4096, 12] is an exam of 7 or 10 s with zeros before and after it. The zeros are removed. Therefore an exam
//   of 7 s gives no window of 10 s.
// - The release does not state the unit, so it is arbitrary. (The model of its authors takes multiples of 1e-4 V.)
// Source: Ribeiro et al., CODE-15%, Zenodo, doi 10.5281/zenodo.4916206, 2021.

import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { type CsvRow, findTwice, rowName, wholeNumberOf } from '../../codecs/csv.js';
import { csvColumns } from '../../codecs/csv-columns.js';
import { withHdf5 } from '../../codecs/hdf5.js';
import { inputPath, unreadable } from '../../codecs/input.js';
import { classesOfCodes } from '../../signal/class-table.js';
import { chooseLeads, twelveLeads } from '../../signal/leads.js';
import { flawedEntry, type ListedKind, type RecordEntry } from '../kind.js';
import { tileRecord } from '../windows.js';

const table = 'exams.csv';
const partName = /^exams_part\d+\.(?:hdf5|h5)$/;
const fsHz = 400;
/** Bounds on what a file may make the reader hold in memory; a published part has 20,001 exams of 4096 samples. */
const maxExams = 2 ** 20;
const maxSamples = 2 ** 16;
/** The columns of the labels, and the SNOMED CT codes that they mean. */
const labelCodes: Readonly<Record<string, string>> = {
  '1dAVb': '270492004',
  RBBB: '59118001',
  LBBB: '164909002',
  SB: '426177001',
  ST: '427084000',
  AF: '164889003',
};
const labelColumns = Object.keys(labelCodes);
const isTrue = /^(?:true|1(?:\.0)?)$/i;
const isFalse = /^(?:false|0(?:\.0)?)$/i;
const normalColumn = 'normal_ecg';
const partColumn = 'trace_file';
/** All published parts: the cache must notice one that is added to the folder. */
const publishedParts = Array.from({ length: 18 }, (_, at) => `exams_part${at}.hdf5`);

/** One HDF5 file of the folder. */
interface Part {
  readonly file: string;
  /** The row of each exam. */
  readonly rows: ReadonlyMap<string, number>;
  /** The reason why the file cannot be read. */
  readonly problem?: string;
}

interface ExamEntry extends RecordEntry {
  readonly part: Part;
}

/** The kind `code15`. Its default lead is II. */
export const code15: ListedKind<ExamEntry> = {
  kind: 'code15',
  about: 'CODE-15% (HDF5 by h5wasm): lead II, 400 Hz; labels 1dAVb, RBBB, LBBB, SB, ST, AF and normal_ecg',
  tables: [table],
  version: 1,
  knowsPatients: true,
  recognizes: (names) => names.has(table) && [...names].some((name) => partName.test(name)),
  async list(folder, { signal }) {
    const path = join(folder, table);
    const parts = await partsOf(folder);
    const files = [...new Set([...publishedParts, ...parts.map(({ file }) => file)])];
    const wanted = {
      required: ['exam_id', 'patient_id', ...labelColumns],
      also: (name: string) => name === normalColumn || name === partColumn,
    };
    const listed: [CsvRow, ExamEntry | string][] = [];
    for await (const row of csvColumns(path, wanted, signal)) {
      const entry = row.flaw ?? entryOf(row, parts, files);
      if (entry !== undefined) listed.push([row, entry]);
    }
    const rows = listed.filter(([, entry]) => typeof entry !== 'string').map(([row]) => row);
    const twice = findTwice(rows, 'exam_id', ({ fields }) => fields.exam_id);
    return listed.map(([row, entry]) => {
      const flaw = typeof entry === 'string' ? entry : twice.get(row);
      return flaw === undefined ? (entry as ExamEntry) : flawedEntry(rowName(path, row), flaw);
    });
  },
  async read(folder, { recordName, part, ...entry }, options) {
    if (part.problem !== undefined) return part.problem;
    const places = chooseLeads(twelveLeads, { prefer: ['II'] }, options.leads);
    if (typeof places === 'string') return places;
    const row = part.rows.get(recordName);
    if (row === undefined) return `${part.file}, which ${table} names for it, does not contain it`;
    const tracing = await readTracing(await inputPath(folder, part.file, 'the HDF5 file'), row);
    if (typeof tracing === 'string') return tracing;
    const leads = places.map((place) => twelveLeads[place]!);
    const signals = places.map((place) => tracing[place]!);
    return tileRecord(
      { fsHz, leads, recordingLeads: twelveLeads, signals, unit: 'arbitrary' },
      entry,
      options,
    );
  },
};

/** Opens each HDF5 file of the folder and reads its numbers of exams. */
async function partsOf(folder: string): Promise<Part[]> {
  const names = await readdir(folder).catch((cause) => {
    throw unreadable(folder, 'the folder', cause);
  });
  const files = names.filter((name) => partName.test(name)).sort();
  if (files.length === 0) {
    throw new PqrstError(
      'ERR_NOT_FOUND',
      `the folder ${folder} contains no exams_part0.hdf5 or other part; unpack the parts of CODE-15% there`,
    );
  }
  const parts: Part[] = [];
  for (const file of files) parts.push(await partOf(await inputPath(folder, file, 'the HDF5 file'), file));
  return parts;
}

async function partOf(path: string, file: string): Promise<Part> {
  try {
    const ids = await withHdf5(resolve(path), (array) => {
      const { shape } = array('tracings');
      const exams = array('exam_id');
      const [count = 0, samples = 0, leads] = shape;
      const isTooLarge = count > maxExams || samples > maxSamples;
      if (shape.length !== 3 || isTooLarge || leads !== twelveLeads.length || exams.shape[0] !== count) {
        throw new PqrstError(
          'ERR_HDF5',
          `${path} holds tracings of the shape (${shape.join(', ')}) and exam_id of (${exams.shape.join(', ')}); ` +
            `expected (exams, samples, 12) and (exams), with up to ${maxExams} exams of up to ${maxSamples} samples`,
        );
      }
      return exams.rows(0, count);
    });
    const rows = new Map<string, number>();
    for (let row = ids.length - 1; row >= 0; row--) rows.set(String(ids[row]), row);
    return { file, rows };
  } catch (error) {
    if (!(error instanceof PqrstError) || error.code !== 'ERR_HDF5') throw error;
    return { file, rows: new Map(), problem: error.message };
  }
}

/**
 * Returns the exam of a row, undefined if its HDF5 file is not in the folder, or the reason why the row cannot be used.
 */
function entryOf(
  row: CsvRow,
  parts: readonly Part[],
  files: readonly string[],
): ExamEntry | string | undefined {
  const { exam_id = '', patient_id = '', [normalColumn]: normal = '', [partColumn]: file = '' } = row.fields;
  const [number, patient] = [exam_id, patient_id].map(wholeNumberOf);
  if (number === undefined) return `exam_id "${exam_id}" must be a whole number`;
  const exam = String(number);
  const part = parts.find((one) => (file === '' ? one.rows.has(exam) : one.file === file));
  if (part === undefined) return undefined;
  if (patient === undefined) return `patient_id "${patient_id}" must be a whole number`;
  for (const column of [...labelColumns, ...(normal === '' ? [] : [normalColumn])]) {
    const text = row.fields[column]!;
    if (!isTrue.test(text) && !isFalse.test(text)) {
      return `${column} "${text}" must be True or False, or 1 or 0`;
    }
  }
  const labels = labelColumns.filter((column) => isTrue.test(row.fields[column]!));
  const isNormal = isTrue.test(normal);
  const codes = labels.map((label) => labelCodes[label]!);
  return {
    recordName: exam,
    patientId: String(patient),
    classes: isNormal && labels.length === 0 ? ['normal'] : classesOfCodes(codes, 'snomed'),
    labels: [...labels, ...(isNormal ? [normalColumn] : []), ...codes],
    files,
    part,
  };
}

/** Returns the twelve leads of a row without the zeros before and after the exam, or the reason why it has no sample. */
async function readTracing(path: string, row: number): Promise<Float32Array[] | string> {
  const values = await withHdf5(resolve(path), (array) => array('tracings').rows(row, 1));
  const count = twelveLeads.length;
  const isZero = (sample: number) => {
    for (let lead = 0; lead < count; lead++) if (Number(values[sample * count + lead]) !== 0) return false;
    return true;
  };
  let first = 0;
  let end = values.length / count;
  while (first < end && isZero(first)) first++;
  while (end > first && isZero(end - 1)) end--;
  if (first === end) return 'all its samples are zero';
  return twelveLeads.map((_, lead) =>
    Float32Array.from({ length: end - first }, (__, n) => Number(values[(first + n) * count + lead])),
  );
}
