// What a reader of an experiment's numbers must be warned of, a sentence for each task, test set and kind of trouble.
// Judges nothing that the summary has not computed.

import { type PairedGain, smallestP } from '../../score/statistics.js';
import { type CellKey, isOfCell, type ResultRow } from '../results.js';
import type { CellSummary, PairedComparison, SummaryOptions } from '../summary.js';
import { few, level, settingTitles, sourceTitle, taskTitle, testTitle } from './wording.js';

export function warningsOf(
  rows: readonly ResultRow[],
  cells: readonly CellSummary[],
  comparisons: readonly PairedComparison[],
  { split, runs, resamples, recordingsAsPatients = [] }: SummaryOptions,
): string[] {
  const tasks = [...new Set(cells.map(({ task }) => task))];
  const tests = [...new Set(cells.map(({ test }) => test))];
  return [
    ...(split === 'random' ? [mixedPatients] : []),
    ...(recordingsAsPatients.length > 0 ? [unnamedPatients(recordingsAsPatients)] : []),
    ...tasks.flatMap((task) => {
      const own = cells.filter((cell) => cell.task === task);
      const title = taskTitle(task);
      return [
        ...thinTraining(title, own),
        ...missingRuns(title, rows, own, runs),
        ...tests.flatMap((test) => {
          const tested = own.filter((cell) => cell.test === test);
          const compared = comparisons.filter((one) => one.task === task && one.test === test);
          const where = `${title}, ${testTitle(test, tests)}`;
          return [
            ...thinTest(where, tested),
            ...withoutGain(where, compared),
            ...withoutP(where, compared),
            ...blunt(where, compared, resamples),
          ];
        }),
      ];
    }),
  ];
}

const mixedPatients =
  'The split "random" puts windows of one patient on both sides, as the paper does: scores on the held-back test are ' +
  'too high for new patients. Use the split "patients" to judge.';

function unnamedPatients(sources: readonly string[]): string {
  const names = sources.map((one) => sourceTitle(one, sources)).join(', ');
  return (
    `In ${names} each recording counts as a patient. Where one patient gave several, intervals and p-values are too ` +
    'narrow, and a split by patients may have put that patient on two sides.'
  );
}

function thinTraining(task: string, cells: readonly CellSummary[]): string[] {
  const thin = cells.filter(
    (cell) => cell.setting !== 'syn' && (cell.trainPositives < few || cell.trainPositivePatients <= 1),
  );
  const counts = thin
    .sort((a, b) => b.trainPositives - a.trainPositives)
    .map(
      (cell) =>
        `${count(cell.trainPositives, 'positive')} of ${count(cell.trainPositivePatients, 'patient')}` +
        (cell.positives === null ? '' : ` where cut to ${cell.positives}`),
    );
  return thin.length === 0
    ? []
    : [
        `${task}: training has few positives or one patient (${unique(counts)}); read its scores as examples.`,
      ];
}

function thinTest(where: string, cells: readonly CellSummary[]): string[] {
  const thin = cells.filter((cell) => cell.testPositives < few || cell.testPositivePatients <= 1);
  const counts = thin.map(
    (cell) => `${count(cell.testPositives, 'positive')} of ${count(cell.testPositivePatients, 'patient')}`,
  );
  return thin.length === 0
    ? []
    : [
        `${where}: the test has few positives or one patient (${unique(counts)}); its scores move with single records.`,
      ];
}

function missingRuns(
  task: string,
  rows: readonly ResultRow[],
  cells: readonly CellSummary[],
  planned = 0,
): string[] {
  // A run is judged on the held-back test first; outside tests have the same runs.
  const test = cells[0]?.test;
  const short = cells.flatMap((cell) => {
    const done = cell.f1.runs.length;
    const asked = Math.max(planned, rows.filter((row) => isOfCell(row, cell)).length);
    return cell.test === test && done < asked ? [`${cellName(cell)} ${done} of ${asked}`] : [];
  });
  return short.length === 0 ? [] : [`${task}: not all runs ended with a model (${unique(short)}).`];
}

function withoutGain(where: string, comparisons: readonly PairedComparison[]): string[] {
  const undefinedOnes = comparisons.filter(({ f1 }) => Number.isNaN(f1.percent));
  return undefinedOnes.length === 0
    ? []
    : [
        `${where}: no gain in percent where Real has an F1 of 0 or none (${unique(undefinedOnes.map(cellName))}).`,
      ];
}

function withoutP(where: string, comparisons: readonly PairedComparison[]): string[] {
  const reasons = comparisons.flatMap(({ f1, auprc }) => [f1.reason, auprc.reason]);
  return [...new Set(reasons)]
    .filter((reason) => reason !== '')
    .flatMap((reason) =>
      byScore(comparisons, (one) => one.reason === reason, cellName).map(
        ({ scores, names }) => `${where}: no p of ${scores}, ${reason} (${names}).`,
      ),
    );
}

/** Tests whose p cannot come below the level, however large the gain. */
function blunt(where: string, comparisons: readonly PairedComparison[], resamples?: number): string[] {
  return byScore(
    comparisons,
    ({ reason, discordantPatients }) => reason === '' && smallestP(discordantPatients, resamples) > level,
    (one, { discordantPatients }) => `${cellName(one)} ${count(discordantPatients, 'patient')}`,
  ).map(
    ({ scores, names }) =>
      `${where}: so few patients are answered differently that no p of ${scores} can fall below ${level} (${names}).`,
  );
}

/** The comparisons that `troubles` holds of, for each score; said once where both scores have the same. */
function byScore(
  comparisons: readonly PairedComparison[],
  troubles: (one: PairedGain) => boolean,
  nameOf: (comparison: PairedComparison, one: PairedGain) => string,
): { scores: string; names: string }[] {
  const namesOf = (score: 'f1' | 'auprc') =>
    unique(comparisons.filter((one) => troubles(one[score])).map((one) => nameOf(one, one[score])));
  const [f1, auprc] = [namesOf('f1'), namesOf('auprc')];
  const told =
    f1 === auprc
      ? [{ scores: 'F1 and AUPRC', names: f1 }]
      : [
          { scores: 'F1', names: f1 },
          { scores: 'AUPRC', names: auprc },
        ];
  return told.filter(({ names }) => names !== '');
}

function cellName({
  arch,
  setting,
  positives,
}: Omit<CellKey, 'task' | 'setting'> & Partial<CellKey>): string {
  const cut = positives === null ? '' : ` cut to ${positives}`;
  return `${arch}${setting === undefined ? '' : ` ${settingTitles[setting]}`}${cut}`;
}

function count(value: number, unit: string): string {
  return `${value} ${unit}${value === 1 ? '' : 's'}`;
}

/** The first few of what is told, each once. */
function unique(texts: readonly string[]): string {
  const all = [...new Set(texts)];
  return all.length > 6 ? `${all.slice(0, 5).join('; ')}; ${all.length - 5} more` : all.join('; ');
}
