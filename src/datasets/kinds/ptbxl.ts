// Reads PTB-XL as labelled windows: one per recording, from its start. A window has each class whose SCP code the
// recording has; the code of second-degree AV block gives both of its types. The likelihood of the code does not
// matter, because rhythm codes have the likelihood 0.0. A row of the table without a patient, a fold or readable codes
// is skipped.
// Source: Wagner et al., Scientific Data 7:154, 2020; `ptbxl_database.csv` of release 1.0.3.

import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { isAbsent } from '../../base/files.js';
import { type CsvRow, findTwice, readTable, rowName, wholeNumberOf } from '../../codecs/csv.js';
import { inputPath } from '../../codecs/input.js';
import { classesOfCodes } from '../../signal/class-table.js';
import { flawedEntry, type ListedKind, type RecordEntry } from '../kind.js';
import { foldColumn, patientColumn } from '../label-table.js';
import { parseLiteral } from '../own-labels.js';
import { readMillivolts } from '../wfdb-record.js';
import { tileRecord } from '../windows.js';

const table = 'ptbxl_database.csv';

/** The kind `ptb-xl`. It reads `records500` for rates above 100 Hz, otherwise `records100`. */
export const ptbxl: ListedKind = {
  kind: 'ptb-xl',
  about: 'PTB-XL 1.0.3: the first window of lead II of each recording, its SCP codes and strat_fold',
  tables: [table],
  version: 3,
  knowsPatients: true,
  recognizes: (names) => names.has(table),
  async list(folder, { fsHz }, notes) {
    const path = join(folder, table);
    const [fileColumn, otherColumn] =
      fsHz > 100 ? (['filename_hr', 'filename_lr'] as const) : (['filename_lr', 'filename_hr'] as const);
    const { rows, notes: ofTable } = await readTable(path, [
      { name: 'patient_id', synonyms: [patientColumn.name, ...patientColumn.synonyms!] },
      { name: 'scp_codes' },
      { name: 'strat_fold', synonyms: [foldColumn.name, ...foldColumn.synonyms!] },
      { name: fileColumn },
      { name: otherColumn, isOptional: true },
    ]);
    notes.push(...ofTable, ...(await missingFolderNotes(folder, rows, fileColumn, otherColumn)));
    const whole = rows.filter(({ flaw }) => flaw === undefined);
    const twice = findTwice(whole, fileColumn, ({ fields }) => posix.normalize(fields[fileColumn]!));
    return rows.map((row) => {
      const entry = row.flaw ?? twice.get(row) ?? parseRow(row, fileColumn);
      return typeof entry === 'string' ? flawedEntry(rowName(path, row), entry) : entry;
    });
  },
  async read(folder, entry, options) {
    const header = await inputPath(folder, entry.files[0]!, 'the header');
    const record = await readMillivolts(header, { prefer: ['II'] }, options);
    if (typeof record === 'string') return record;
    const cut = tileRecord(record, entry, options);
    return typeof cut === 'string' ? cut : { ...cut, stretches: cut.stretches.slice(0, 1) };
  },
};

/** Returns the entry of a row, or the reason why the row cannot be used. */
function parseRow(row: CsvRow, fileColumn: string): RecordEntry | string {
  const { patient_id = '', scp_codes = '', strat_fold = '', [fileColumn]: file = '' } = row.fields;
  const [patient, fold] = [patient_id, strat_fold].map(wholeNumberOf);
  if (patient === undefined) return `patient_id "${patient_id}" must be a whole number`;
  if (fold === undefined || fold < 1 || fold > 10) return `strat_fold "${strat_fold}" must be from 1 to 10`;
  if (file === '') return `${fileColumn} is empty; it must name a record`;
  const codes = parseScpCodes(scp_codes);
  if (typeof codes === 'string') return codes;
  return {
    recordName: file.split('/').at(-1)!,
    patientId: String(patient),
    classes: classesOfCodes(codes.keys(), 'scp'),
    labels: [...codes.keys()],
    fold,
    files: [`${file}.hea`, `${file}.dat`],
  };
}

/**
 * Parses the text of a dict in the notation of Python or JSON, `{'NORM': 100.0, 'SR': 0.0}`, into a map from code to
 * likelihood in percent. Returns the reason if the text is not one.
 */
export function parseScpCodes(text: string): Map<string, number> | string {
  const items = text.trim().startsWith('{') ? parseLiteral(text) : undefined;
  const codes = items?.map(({ word, value }) => [word.trim(), Number(value || Number.NaN)] as const);
  if (codes?.every(([code, likelihood]) => code !== '' && likelihood >= 0 && likelihood <= 100)) {
    return new Map(codes);
  }
  return `scp_codes "${text.slice(0, 80)}" must look like {'NORM': 100.0, 'SR': 0.0}, with percentages up to 100`;
}

/** Returns a note if the folder with the signals of the requested rate is missing. */
async function missingFolderNotes(
  folder: string,
  rows: readonly CsvRow[],
  fileColumn: string,
  otherColumn: string,
): Promise<string[]> {
  const partOf = (column: string) =>
    rows.map(({ fields }) => /^(\w+)\//.exec(fields[column] ?? '')?.[1]).find((part) => part !== undefined);
  const isMissing = async (part: string | undefined) =>
    part !== undefined && (await stat(join(folder, part)).then(() => false, isAbsent));
  const [wanted, other] = [partOf(fileColumn), partOf(otherColumn)];
  if (!(await isMissing(wanted))) return [];
  const isOther = other !== undefined && other !== wanted && !(await isMissing(other));
  const rates = fileColumn === 'filename_hr' ? 'up to 100 Hz' : 'above 100 Hz';
  return [
    `the folder ${wanted} with the signals of the requested rate is missing` +
      (isOther ? `; download it, or request a rate ${rates}, for which ${other} is read` : '; download it'),
  ];
}
