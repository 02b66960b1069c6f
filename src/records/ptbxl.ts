// PTB-XL as labelled windows of lead II: one a recording, from its start. A class is given where its SCP code is
// present, whatever its likelihood: rhythm codes stand with likelihood 0.0.
// Source: Wagner et al., Scientific Data 7:154, 2020; `ptbxl_database.csv` of release 1.0.3.

import { join } from 'node:path';
import type { EcgClass } from '../classes.js';
import { type CsvRow, readCsv, rowError } from './csv.js';
import { inputPath } from './input.js';
import type { EcgWindow, SkippedRecord, WindowOptions, WindowSet } from './record.js';
import { readRecord } from './wfdb/read.js';
import { cutWindows, loadEach, notEmpty, windowLength } from './windows.js';

const lead = 'II';
const codeClass: readonly (readonly [string, EcgClass])[] = [
  ['NORM', 'normal'],
  ['AFIB', 'af'],
  ['AFLT', 'aflt'],
  ['PVC', 'pvc'],
  ['WPW', 'wpw'],
];

interface PtbxlRow {
  readonly file: string;
  readonly patientId: string;
  readonly fold: number;
  readonly classes: readonly EcgClass[];
}

/** The windows of the database in `folder`: from `records500` for rates above 100 Hz, else from `records100`. */
export async function loadPtbxl(folder: string, options: WindowOptions): Promise<WindowSet> {
  const lengthSamples = windowLength(options);
  const path = join(folder, 'ptbxl_database.csv');
  const fileColumn = options.fsHz > 100 ? 'filename_hr' : 'filename_lr';
  const table = await readCsv(path, ['ecg_id', 'patient_id', 'scp_codes', 'strat_fold', fileColumn]);
  const rows = table.map((row) => parseRow(path, row, fileColumn));
  const loaded = await loadEach(
    rows,
    options,
    ({ file }) => recordNameOf(file),
    (row, skipped) => loadRow(folder, row, options, skipped),
  );
  return notEmpty({ source: `ptb-xl:${folder}`, fsHz: options.fsHz, lengthSamples, lead, ...loaded });
}

async function loadRow(
  folder: string,
  { file, patientId, fold, classes }: PtbxlRow,
  options: WindowOptions,
  skipped: SkippedRecord[],
): Promise<EcgWindow[]> {
  const recordName = recordNameOf(file);
  const record = await readRecord(await inputPath(folder, `${file}.hea`, 'the header'), options);
  const index = record.leads.indexOf(lead);
  if (index < 0) {
    skipped.push({ recordName, reason: `no lead ${lead}; it has ${record.leads.join(', ')}` });
    return [];
  }
  const seconds = record.signalsMv[index]!.length / record.fsHz;
  if (seconds < options.seconds) {
    skipped.push({ recordName, reason: `too short: ${seconds} s, a window takes ${options.seconds} s` });
    return [];
  }
  const stretches = [{ startSample: 0, classes }];
  return cutWindows({ record, lead: index, recordName, patientId, fold }, stretches, options, skipped);
}

function parseRow(path: string, row: CsvRow, fileColumn: string): PtbxlRow {
  const { patient_id = '', scp_codes = '', strat_fold = '', [fileColumn]: file = '' } = row.fields;
  const fail = (problem: string) => rowError(path, row, problem);
  const patient = /^(\d+)(?:\.0)?$/.exec(patient_id)?.[1];
  if (patient === undefined) throw fail(`patient_id "${patient_id}" must be a whole number`);
  if (!/^(?:[1-9]|10)$/.test(strat_fold)) throw fail(`strat_fold "${strat_fold}" must be from 1 to 10`);
  if (file === '') throw fail(`${fileColumn} is empty; it must name a record`);
  const codes = parseScpCodes(scp_codes, fail);
  const classes = codeClass.filter(([code]) => codes.has(code)).map(([, name]) => name);
  return { file, patientId: patient, fold: Number(strat_fold), classes };
}

const entry = /^\s*'([^'\\]+)'\s*:\s*(\d+(?:\.\d*)?)\s*$/;

/** The text of a Python dict, `{'NORM': 100.0, 'SR': 0.0}`, as a map from code to likelihood in percent. */
export function parseScpCodes(text: string, fail: (problem: string) => Error): Map<string, number> {
  const body = /^\{(.*)\}$/s.exec(text.trim())?.[1];
  const entries = body === undefined ? [''] : body.trim() === '' ? [] : body.split(',');
  return new Map(
    entries.map((part) => {
      const [, code, likelihood] = entry.exec(part) ?? [];
      if (code === undefined || Number(likelihood) > 100) {
        throw fail(
          `scp_codes "${text.slice(0, 80)}" must look like {'NORM': 100.0, 'SR': 0.0}, percents up to 100`,
        );
      }
      return [code, Number(likelihood)];
    }),
  );
}

function recordNameOf(file: string): string {
  return file.split('/').at(-1)!;
}
