// `pqrst data`: reports what a data set contains, which records can be read and which tasks it supports.

import { onOneLine, plural } from '../base/text.js';
import type { DatasetSurvey } from '../datasets/survey.js';
import type { LabelShare, Share } from '../datasets/survey-counts.js';
import { someUnreadable, strictOption } from './skipped.js';
import type { Register, Result, Task } from './task.js';
import { type WindowFlags, windowOptions } from './window-options.js';

const shownLabels = 20;
const shownRecords = 10;

interface Options extends WindowFlags {
  strict?: boolean;
}

export const registerData: Register = (program, run) => {
  const windows = windowOptions();
  program
    .command('data')
    .summary('report the records, patients and labels of a data set, and its unreadable records')
    .description(
      'Reads every record of a data set as a training would, and reports records, patients, labels, rates, leads, ' +
        'lengths and folds, the unreadable records with the reasons, what is implausible, and the tasks that the data ' +
        'set supports. The exit code is 3 if a row, path or record cannot be read, and 1 if none can or with --strict.',
    )
    .argument(
      '<data>',
      'KIND:DIR, or a folder whose kind is recognized by its files; several separated by commas',
    )
    .addOption(windows.fs)
    .addOption(windows.seconds)
    .addOption(windows.leads)
    .addOption(windows.filter)
    .addOption(windows.map)
    .addOption(strictOption())
    .option('--json', 'print the result as JSON, with all labels and all unreadable records')
    .addHelpText(
      'after',
      `
Kinds: ptb-xl, mitdb, rhythm (AFDB, LTAFDB, NSRDB, SVDB, INCART, Icentia11k), ludb, cinc2017, cinc2021, cpsc2018,
chapman, code15, mimic, npy, edf, folder, corpus. pqrst fetch downloads those that PhysioNet serves openly.

Examples:
  $ pqrst data mitdb
  $ pqrst data rhythm:afdb --seconds 30
  $ pqrst data ptb-xl:data/ptb-xl --fs 100
  $ pqrst data mitdb:mitdb,cinc2017:cinc2017/training --json`,
    )
    .action((data: string, options: Options) =>
      run<Options>((given, task) => surveyAll(data, given, task))(options),
    );
};

async function surveyAll(
  data: string,
  { fs, seconds, leads, filter, map, strict = false }: Options,
  task: Task,
): Promise<Result> {
  const { findDatasets } = await import('../datasets/recognize.js');
  const { surveyDataset } = await import('../datasets/survey.js');
  const sets: (DatasetSurvey & { alsoLike: readonly string[] })[] = [];
  for (const { source, alsoLike } of await findDatasets(data)) {
    const progress = task.startProgress(`read ${source} (records)`);
    const survey = await surveyDataset(source, {
      ...(fs !== undefined && { fsHz: fs }),
      ...(seconds !== undefined && { seconds }),
      ...(leads !== undefined && { leads }),
      ...(filter !== undefined && { filter }),
      ...(map && { labelMap: map }),
      signal: task.signal,
      onProgress: (done, total) => progress.update(done, total),
    }).finally(() => progress.stop());
    sets.push({ ...survey, alsoLike });
  }
  return { json: { sets }, text: sets.map(textOf).join('\n\n'), exitCode: exitCodeOf(sets, strict) };
}

/** Returns 3 if some records cannot be read. Returns 1 if no record can be read, without any record, and with --strict. */
function exitCodeOf(sets: readonly DatasetSurvey[], strict: boolean): 0 | 1 | 3 {
  if (sets.some(({ records }) => records === 0)) return 1;
  const bad = sets.filter(({ unreadable }) => unreadable.length > 0);
  if (bad.length === 0) return 0;
  return strict || bad.some(({ unreadable, records }) => unreadable.length === records) ? 1 : someUnreadable;
}

function textOf(survey: DatasetSurvey & { alsoLike: readonly string[] }): string {
  const { source, about, records, patients, windows, seconds, filter } = survey;
  const { unreadable, leftOut, recordNotes, folds, hints } = survey;
  const filtered = filter === undefined ? '' : `, filtered to ${filter} Hz`;
  const facts: [string, string][] = [
    ['records', `${records} of ${plural(patients, 'patient')}, ${unreadable.length} unreadable`],
    ['unit', unitText(survey)],
    ['windows', `${windows} of ${seconds} s at ${survey.fsHz} Hz${filtered}`],
    ['rates', survey.rates.map((rate) => `${rate.fsHz} Hz (${rate.records})`).join(', ')],
    ['leads', survey.leads.map((one) => `${one.leads.join(' ')} (${one.records})`).join('; ')],
    ['leads read', survey.leadsRead.map((one) => `${one.leads.join(' ')} (${one.records})`).join(', ')],
    ['lengths', lengthsText(survey)],
    ['folds', folds.map((one) => `${one.fold} (${one.records})`).join(', ')],
  ];
  const notes = [
    ...survey.alsoLike.map(
      (kind) =>
        `its file names also fit the kind ${kind}; to read it as that kind, write ${kind}:${survey.folder}`,
    ),
    ...survey.notes,
    ...hints,
  ];
  return [
    ...[source, about, ''],
    ...facts.filter(([, value]) => value !== '').map(([name, value]) => `${name.padEnd(11)}${value}`),
    ...shareTable('class', survey.classes, survey.classes.length),
    ...shareTable('label', survey.labels, shownLabels),
    ...readingLines(survey),
    ...taskTable(survey),
    ...list(
      'cannot be read',
      unreadable.map(({ recordName, reason }) => `${recordName}: ${reason}`),
    ),
    ...list(
      'missing or incomplete windows',
      leftOut.map(({ recordName, reason }) => `${recordName}: ${reason}`),
    ),
    ...list(
      'read, with notes',
      recordNotes.map(({ recordName, note }) => `${recordName}: ${note}`),
    ),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `note: ${note}`)]),
  ]
    .map(onOneLine) // A text of another author stays on its line.
    .join('\n');
}

function lengthsText({ lengthS }: DatasetSurvey): string {
  if (lengthS === null) return '';
  const { least, median, most } = lengthS;
  const show = (value: number) => String(Number(value.toFixed(1)));
  return least === most ? `${show(least)} s` : `${show(least)} to ${show(most)} s, median ${show(median)} s`;
}

function shareTable(head: string, shares: readonly LabelShare[], most: number): string[] {
  if (shares.length === 0) return [];
  const shown = shares.slice(0, most);
  const rows = [
    [head, 'records', 'patients', 'windows'],
    ...shown.map((one) => [one.label, ...numbers(one)]),
  ];
  const more = shares.length - shown.length;
  return ['', ...aligned(rows), ...(more > 0 ? [`and ${more} more (--json lists all)`] : [])];
}

function taskTable({ tasks }: DatasetSurvey): string[] {
  const some = tasks.filter(({ positives }) => positives.windows > 0);
  if (some.length === 0) return [];
  const rows = some.map(({ task, positives, negatives, byPatients }) => [
    ...[task, ...numbers(positives), ...numbers(negatives)],
    byPatients ? 'can be split by patients' : 'too few patients for a split by patients (each side needs 3)',
  ]);
  return [
    '',
    ...aligned([
      ['task', 'positive records', 'patients', 'windows', 'negative records', 'patients', 'windows', ''],
      ...rows,
    ]),
  ];
}

/** Returns one line per label that is read as a class: `label SR: read as normal; override with --map SR=CLASS`. */
function readingLines({ readings = [] }: DatasetSurvey): string[] {
  if (readings.length === 0) return [];
  const lines = readings.map(({ label, classes, isMapped, records, applied }) => {
    if (classes.length === 0) return `label ${label}: kept as it is, as --map says`;
    const some =
      applied === records
        ? ''
        : ` in ${applied} of ${plural(records, 'record')}: the others have other labels too`;
    const word = /[\s'"$*?;&|<>()]/.test(label) ? `"${label}=CLASS"` : `${label}=CLASS`;
    const how = isMapped ? ', as --map says' : `; override with --map ${word}`;
    return `label ${label}: read as ${classes.join(' and ')}${some}${how}`;
  });
  return ['', ...lines, '(--map LABEL=LABEL keeps a label as it is, without a class)'];
}

/** Returns the units of the samples, the number of records if they differ, and whether a unit is assumed. */
function unitText({ units }: DatasetSurvey): string {
  return units
    .map(({ unit, isAssumed, records }) => {
      const name = { mV: 'mV', sd: 'standard deviations', arbitrary: 'arbitrary, unknown scale' }[unit];
      const count = units.length > 1 ? ` (${records})` : '';
      return `${name}${isAssumed ? ', assumed: no file states the unit or the gain' : ''}${count}`;
    })
    .join('; ');
}

const numbers = ({ records, patients, windows }: Share) => [records, patients, windows].map(String);

/** Aligns the first column and texts to the left, and numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        if (column === 0) return cell.padEnd(widths[0]!);
        return column === row.length - 1 && row.length > 4 ? cell : cell.padStart(widths[column]!);
      })
      .join('  ')
      .trimEnd(),
  );
}

function list(head: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length - shownRecords;
  return [
    ...['', `${head}:`, ...lines.slice(0, shownRecords).map((line) => `  ${line}`)],
    ...(more > 0 ? [`  and ${more} more (--json lists all)`] : []),
  ];
}
