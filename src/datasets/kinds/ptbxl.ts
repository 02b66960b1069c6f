// Reads PTB-XL as labelled windows: one per recording, from its start. A window has each class whose SCP code the
// recording has; the code of second-degree AV block gives both of its types. The likelihood of the code does not
// matter, because rhythm codes have the likelihood 0.0.
// Source: Wagner et al., Scientific Data 7:154, 2020; `ptbxl_database.csv` of release 1.0.3.

import { join, posix } from 'node:path';
import { type CsvRow, readCsv, refuseTwice, rowError } from '../../codecs/csv.js';
import { inputPath } from '../../codecs/input.js';
import { classesOfCodes } from '../../signal/class-table.js';
import type { ListedKind, RecordEntry } from '../kind.js';
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
  async list(folder, { fsHz }) {
    const path = join(folder, table);
    const fileColumn = fsHz > 100 ? 'filename_hr' : 'filename_lr';
    const rows = await readCsv(path, ['ecg_id', 'patient_id', 'scp_codes', 'strat_fold', fileColumn]);
    const entries = rows.map((row) => parseRow(path, row, fileColumn));
    refuseTwice(path, rows, fileColumn, ({ fields }) => posix.normalize(fields[fileColumn]!));
    return entries;
  },
  async read(folder, entry, options) {
    const header = await inputPath(folder, entry.files[0]!, 'the header');
    const record = await readMillivolts(header, { prefer: ['II'] }, options);
    if (typeof record === 'string') return record;
    const cut = tileRecord(record, entry, options);
    return typeof cut === 'string' ? cut : { ...cut, stretches: cut.stretches.slice(0, 1) };
  },
};

function parseRow(path: string, row: CsvRow, fileColumn: string): RecordEntry {
  const { patient_id = '', scp_codes = '', strat_fold = '', [fileColumn]: file = '' } = row.fields;
  const fail = (problem: string) => rowError(path, row, problem);
  const patient = /^(\d+)(?:\.0)?$/.exec(patient_id)?.[1];
  if (patient === undefined) throw fail(`patient_id "${patient_id}" must be a whole number`);
  if (!/^(?:[1-9]|10)$/.test(strat_fold)) throw fail(`strat_fold "${strat_fold}" must be from 1 to 10`);
  if (file === '') throw fail(`${fileColumn} is empty; it must name a record`);
  const codes = parseScpCodes(scp_codes, fail);
  return {
    recordName: file.split('/').at(-1)!,
    patientId: patient,
    classes: classesOfCodes(codes.keys(), 'scp'),
    labels: [...codes.keys()],
    fold: Number(strat_fold),
    files: [`${file}.hea`, `${file}.dat`],
  };
}

const entry = /^\s*'([^'\\]+)'\s*:\s*(\d+(?:\.\d*)?)\s*$/;

/** Parses the text of a Python dict, `{'NORM': 100.0, 'SR': 0.0}`, into a map from code to likelihood in percent. */
export function parseScpCodes(text: string, fail: (problem: string) => Error): Map<string, number> {
  const body = /^\{(.*)\}$/s.exec(text.trim())?.[1];
  const entries = body === undefined ? [''] : body.trim() === '' ? [] : body.split(',');
  return new Map(
    entries.map((part) => {
      const [, code, likelihood] = entry.exec(part) ?? [];
      if (code === undefined || Number(likelihood) > 100) {
        throw fail(
          `scp_codes "${text.slice(0, 80)}" must look like {'NORM': 100.0, 'SR': 0.0}, with percentages up to 100`,
        );
      }
      return [code, Number(likelihood)];
    }),
  );
}
