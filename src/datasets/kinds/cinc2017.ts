// Reads the single-lead recordings of the PhysioNet/CinC Challenge 2017 as labelled windows: 9-61 s at 300 Hz, cut into
// windows from the start. The label holds for the whole recording. N gives the class normal, A gives af; O (other
// rhythm) and ~ (too noisy) are labels without a class. The data set does not publish who was recorded, so each
// recording counts as one patient, and one person may be on both sides of a split. Some recordings are inverted,
// because the recorded person swapped the electrodes; they are read unchanged. The labels were revised several times.
// They come from the newest table in the folder (REFERENCE-v3.csv, otherwise -v2, ..., otherwise REFERENCE.csv), and a
// note states how many labels another table has different. The 300 recordings of validation/ are also in training/.
// Source: Clifford et al., Computing in Cardiology 44, 2017.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { plural } from '../../base/text.js';
import { findTwice, plainName, readRows, rowName } from '../../codecs/csv.js';
import { inputPath, unreadable } from '../../codecs/input.js';
import type { TextRow } from '../../codecs/table-text.js';
import type { EcgClass } from '../../signal/classes.js';
import { flawedEntry, type ListedKind, type RecordEntry } from '../kind.js';
import { labelColumn, recordColumn } from '../label-table.js';
import { readMillivolts } from '../wfdb-record.js';
import { tileRecord } from '../windows.js';

/** The tables of labels, the newest first. */
const tables = [
  ...[3, 2, 1, 0].map((version) => `REFERENCE-v${version}.csv`),
  'REFERENCE.csv',
  'REFERENCE-original.csv',
];
const labelClasses: Readonly<Record<string, readonly EcgClass[] | undefined>> = {
  N: ['normal'],
  A: ['af'],
  O: [],
  '~': [],
};

/** The kind `cinc2017`: the training or the validation set of the challenge. */
export const cinc2017: ListedKind = {
  kind: 'cinc2017',
  about:
    'CinC Challenge 2017, 9-61 s at 300 Hz, one lead (each recording counts as a patient; some are inverted)',
  tables,
  version: 2,
  // CPSC 2018 also has a REFERENCE.csv, but the names of its records have one digit less.
  recognizes: (names) =>
    tables.some((table) => names.has(table)) &&
    [...names].some((name) => /^A\d\d(\d{3}\.(hea|mat))?$/.test(name)),
  async list(folder, _, notes) {
    const names = new Set(
      await readdir(folder).catch((cause) => {
        throw unreadable(folder, 'the folder', cause);
      }),
    );
    const [table = 'REFERENCE.csv', ...older] = tables.filter((name) => names.has(name));
    const rows = await readLabels(join(folder, table));
    for (const other of older)
      notes.push(...differences(table, rows, other, await readLabels(join(folder, other))));
    const headers = [...names].filter((name) => name.endsWith('.hea')).length;
    if (headers === 0 && [...names].some((name) => /^A\d{5}\.mat$/.test(name))) {
      notes.push(
        'the folder has .mat files but no headers (.hea), which state the rate and the gain; download them too',
      );
    }
    return entriesOf(join(folder, table), rows, names);
  },
  async read(folder, entry, options) {
    const path = await inputPath(folder, entry.files[0]!, 'the header');
    const record = await readMillivolts(path, { prefer: ['ECG'], orFirst: true }, options);
    return typeof record === 'string' ? record : tileRecord(record, entry, options);
  },
};

/** A row of a table of labels. */
interface LabelledRow extends TextRow {
  readonly fields: { readonly recordName: string; readonly label: string };
}

/**
 * Reads a table of labels. The published tables have no head line, but copies of them do.
 *
 * @throws PqrstError ERR_CSV: when it has no rows.
 */
async function readLabels(path: string): Promise<LabelledRow[]> {
  const given = await readRows(path);
  const rows = given.rows.map((row) => ({ ...row, cells: row.cells.map((cell) => cell.trim()) }));
  const isHeadOf = ({ name, synonyms = [] }: typeof recordColumn) => {
    const known = new Set([name, ...synonyms].map(plainName));
    return rows[0]?.cells.findIndex((cell) => known.has(plainName(cell))) ?? -1;
  };
  const [recordAt, labelAt] = [isHeadOf(recordColumn), isHeadOf(labelColumn)];
  const hasHead = recordAt >= 0 || labelAt >= 0;
  const body = rows
    .slice(hasHead ? 1 : 0)
    .filter(({ cells, flaw }) => flaw !== undefined || cells.join('') !== '');
  if (body.length === 0) throw new PqrstError('ERR_CSV', `table ${path} holds no rows such as A00001,N`);
  return body.map((row) => ({
    ...row,
    fields: {
      recordName: (row.cells[Math.max(recordAt, 0)] ?? '').replace(/\.(?:hea|mat)$/, ''),
      label: row.cells[labelAt >= 0 ? labelAt : 1] ?? '',
    },
  }));
}

/** Returns a note about the labels of an older table that differ. */
function differences(
  table: string,
  rows: readonly LabelledRow[],
  other: string,
  older: readonly LabelledRow[],
): string[] {
  const labels = new Map(older.map(({ fields }) => [fields.recordName, fields.label]));
  const changed = rows.filter(
    ({ fields }) => (labels.get(fields.recordName) ?? fields.label) !== fields.label,
  );
  const [first] = changed;
  if (first === undefined) return [];
  const { recordName, label } = first.fields;
  return [
    `the labels come from ${table}; ${other} has another label for ${plural(changed.length, 'record')}, such as ` +
      `${recordName} (${labels.get(recordName)}, now ${label})`,
  ];
}

/**
 * Returns the entries of the table. `names` are the names in the folder: PhysioNet stores A00001 in A00/, but the
 * archive of the challenge has no such folders.
 */
function entriesOf(path: string, rows: readonly LabelledRow[], names: ReadonlySet<string>): RecordEntry[] {
  const twice = findTwice(rows, 'the record', ({ fields, flaw }) =>
    flaw === undefined ? fields.recordName : undefined,
  );
  return rows.map((row) => {
    const { recordName, label } = row.fields;
    const classes = labelClasses[label];
    const problem = row.flaw ?? twice.get(row);
    if (problem !== undefined) return flawedEntry(rowName(path, row), problem);
    if (!/^[-\w]+$/.test(recordName) || classes === undefined) {
      const found = row.cells.join(',').slice(0, 80);
      const flaw = `"${found}" must be a record and its label N, A, O or ~, such as A00001,N`;
      return flawedEntry(rowName(path, row), flaw);
    }
    const part = recordName.slice(0, 3);
    const file = !names.has(`${recordName}.hea`) && names.has(part) ? `${part}/${recordName}` : recordName;
    return {
      recordName,
      patientId: recordName,
      classes,
      labels: [label],
      files: [`${file}.hea`, `${file}.mat`],
    };
  });
}
