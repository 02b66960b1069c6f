// Reads a user's table of labels: finds its columns under their usual names, and the labels of each row, in a column of
// labels or in one column of 0 and 1 per label.

import { basename } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { plural } from '../base/text.js';
import {
  type Column,
  type CsvRow,
  type CsvTable,
  plainName,
  readTable,
  wholeNumberOf,
} from '../codecs/csv.js';
import { labelSeparator, parseLiteral, splitLabels } from './own-labels.js';

/** The column that names the record of a row. */
export const recordColumn: Column = {
  name: 'record',
  synonyms: [
    ...['record_name', 'recording', 'record_id', 'recording_id', 'filename', 'file_name', 'file', 'path'],
    ...[
      'file_path',
      'waveform_path',
      'filename_hr',
      'filename_lr',
      'ecg_id',
      'ecg',
      'ecg_name',
      'name',
      'study_id',
      'exam_id',
      'id',
    ],
  ],
};

/** The column that names the patient of a row. */
export const patientColumn: Column = {
  name: 'patient',
  synonyms: [
    ...['patient_id', 'subject', 'subject_id', 'patient_no', 'patient_nr', 'patient_number', 'patient_name'],
    ...['patient_code', 'subject_no', 'subject_number', 'subject_name', 'person', 'person_id', 'participant'],
    ...['participant_id', 'individual', 'individual_id', 'pat_id', 'pid', 'subj_id', 'mrn'],
  ],
  isOptional: true,
};

/** The column of the cross-validation fold of a row. */
export const foldColumn: Column = {
  name: 'fold',
  synonyms: ['strat_fold', 'cv_fold', 'kfold', 'fold_id'],
  isOptional: true,
};

/** The column with the labels of a row. */
export const labelColumn: Column = {
  name: 'label',
  synonyms: [
    ...['labels', 'diagnosis', 'diagnoses', 'dx', 'class', 'classes', 'class_name', 'scp_codes', 'rhythm'],
    ...['rhythms', 'target', 'category', 'annotation', 'finding', 'findings', 'statement', 'statements'],
  ],
  isOptional: true,
};

/** Columns of 0 and 1 that describe the person or the file, and are not labels. */
const notLabels: ReadonlySet<string> = new Set(
  ['sex', 'gender', 'male', 'female', 'is_male', 'is_female', 'age', 'index', 'unnamed_0', 'smoker'].map(
    plainName,
  ),
);
/** The values of a cell in a column of 0 and 1, and whether they state the label. */
const bits: ReadonlyMap<string, boolean> = new Map([
  ...['1', '1.0', 'true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['0', '0.0', 'false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);

/** Cells by which programs mark a missing value. */
const missing: ReadonlySet<string> = new Set(['nan', 'NaN', '<NA>', '#N/A', 'NULL', 'null']);

/** A row of a table of labels. */
export interface LabelRow extends CsvRow {
  readonly labels: readonly string[];
  /** 1-10; absent if the table has no usable folds. */
  readonly fold?: number;
}

/** A table of labels. */
export interface LabelTable {
  readonly rows: readonly LabelRow[];
  /** True if a column or several columns of 0 and 1 state the labels. */
  readonly hasLabels: boolean;
  /** Sentences about the table for its user. */
  readonly notes: readonly string[];
}

/**
 * Reads the table of labels `path` with the columns `columns` besides the labels.
 *
 * @param needsLabels - false if another file may have the labels. A table without a column of labels is then accepted,
 *   and its columns of 0 and 1 are not labels.
 * @throws PqrstError ERR_NOT_FOUND: when the file cannot be read.
 * @throws PqrstError ERR_CSV: when it is not a table, or lacks a column that is needed.
 */
export async function readLabelTable(
  path: string,
  columns: readonly Column[],
  needsLabels = true,
): Promise<LabelTable> {
  const table = withoutMissing(await readTable(path, [...columns, labelColumn, foldColumn]));
  const name = basename(path);
  const bitColumns = table.heads.has('label') || !needsLabels ? [] : bitColumnsOf(table);
  const hasLabels = table.heads.has('label') || bitColumns.length > 0;
  if (needsLabels && !hasLabels) {
    const found = table.head.map((head) => `"${head}"`).join(', ');
    throw new PqrstError(
      'ERR_CSV',
      `table ${path} must have rows and a column "label" (or labels, diagnosis, class, scp_codes), or one column of 0 ` +
        `and 1 per label; found the columns ${found}; the first line must name the columns`,
    );
  }
  const folds = foldsOf(table);
  const unused = table.others.filter((head) => !bitColumns.includes(head));
  const rows = table.rows.map((row, at): LabelRow => {
    const fold = typeof folds === 'string' ? undefined : folds[at];
    const labels =
      bitColumns.length > 0
        ? bitColumns.filter((head) => bits.get(row.fields[head] ?? '') === true)
        : splitLabels(row.fields.label ?? '');
    return { ...row, labels, ...(fold !== undefined && { fold }) };
  });
  return {
    rows,
    hasLabels,
    notes: [
      ...table.notes,
      ...(bitColumns.length > 0
        ? [
            `${name} has no column of labels; its columns of 0 and 1 are read as labels: ${listed(bitColumns)}`,
          ]
        : []),
      ...(unused.length > 0 ? [`${name} has columns that are not used: ${listed(unused)}`] : []),
      ...(typeof folds === 'string' ? [`the folds of ${name} are not used: ${folds}`] : []),
      ...commaNotes(name, table.rows),
    ],
  };
}

/** Returns the table with empty cells in place of the marks of missing values, except in the column of records. */
function withoutMissing(table: CsvTable): CsvTable {
  const rows = table.rows.map((row) => ({
    ...row,
    fields: Object.fromEntries(
      Object.entries(row.fields).map(([name, cell]) => [
        name,
        name !== 'record' && missing.has(cell) ? '' : cell,
      ]),
    ),
  }));
  return { ...table, rows };
}

/** Returns the heads of the columns that contain only 0 and 1. */
function bitColumnsOf({ rows, others }: CsvTable): string[] {
  const whole = rows.filter(({ flaw }) => flaw === undefined);
  return others.filter((head) => {
    const cells = whole.map(({ fields }) => fields[head]!).filter((cell) => cell !== '');
    const isRepeated = others.filter((one) => one === head).length > 1;
    return (
      cells.length > 0 &&
      !isRepeated &&
      !notLabels.has(plainName(head)) &&
      cells.every((cell) => bits.has(cell))
    );
  });
}

/** Returns the fold of each row; or the reason why the column is not one of folds. */
function foldsOf({ rows, heads }: CsvTable): readonly (number | undefined)[] | string {
  const head = heads.get('fold');
  if (head === undefined) return [];
  const folds: (number | undefined)[] = [];
  for (const { line, fields } of rows) {
    const cell = fields.fold ?? '';
    const fold = cell === '' ? undefined : wholeNumberOf(cell);
    if (cell !== '' && !(fold !== undefined && fold >= 1 && fold <= 10)) {
      return `line ${line} has "${cell}" in the column "${head}", expected a whole number from 1 to 10`;
    }
    folds.push(fold);
  }
  return folds;
}

/** Returns a note if cells were split at commas, because a comma can also be a part of a label. */
function commaNotes(name: string, rows: readonly CsvRow[]): string[] {
  const cells = rows
    .map(({ fields }) => fields.label ?? '')
    .filter((cell) => parseLiteral(cell) === undefined && labelSeparator(cell) === ',' && cell.includes(','));
  const [first] = cells;
  if (first === undefined) return [];
  return [
    `commas in the labels of ${name} separate labels (${plural(cells.length, 'cell')}): "${first.slice(0, 60)}" gives ` +
      `${listed(splitLabels(first))}; use ; between labels that contain commas`,
  ];
}

function listed(words: readonly string[]): string {
  const shown = words.slice(0, 12).join(', ');
  return words.length > 12 ? `${shown} and ${words.length - 12} more` : shown;
}

/**
 * Returns the patient that a cell names. Two forms of one name are one patient: `7` and `7.0`, and letters with accents
 * that are composed in two ways.
 */
export function patientIdOf(cell: string): string {
  return cell.normalize('NFC').replace(/^(\d+)\.0+$/, '$1');
}
