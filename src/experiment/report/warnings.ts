// Warnings for the reader of an experiment: one sentence per task, test set and kind of problem. Uses only numbers that
// the summary has computed.

import { type PairedGain, smallestP } from '../../score/statistics.js';
import { type CellKey, isOfCell, type ResultRow } from '../results.js';
import { simulator } from '../source-names.js';
import type { CellSummary, PairedComparison, SummaryOptions } from '../summary.js';
import {
  few,
  level,
  settingTitle,
  settingTitles,
  sourcesOf,
  sourceTitle,
  taskTitle,
  testTitle,
} from './wording.js';

/** Returns the warnings of an experiment, one sentence each. */
export function warningsOf(
  allRows: readonly ResultRow[],
  allCells: readonly CellSummary[],
  allComparisons: readonly PairedComparison[],
  { split, runs, resamples, recordingsAsPatients = [], unsearched = [] }: SummaryOptions,
): string[] {
  // A report states no paths of the machine.
  const sources = sourcesOf(allCells);
  const short = <T extends Pick<CellKey, 'source'>>(items: readonly T[]): T[] =>
    items.map((one) => ({ ...one, source: one.source && sourceTitle(one.source, sources) }));
  const [rows, cells, comparisons] = [short(allRows), short(allCells), short(allComparisons)];
  const tasks = [...new Set(cells.map(({ task }) => task))];
  const tests = [...new Set(cells.map(({ test }) => test))];
  return [
    ...(split === 'random' ? [mixedPatients] : []),
    ...(recordingsAsPatients.length > 0 ? [unnamedPatients(recordingsAsPatients)] : []),
    ...(unsearched.length > 0 ? [withoutSearch(unsearched)] : []),
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

function withoutSearch(cells: readonly string[]): string {
  return (
    `The time limit ended the search before its first validation for ${cells.join('; ')}. Their runs use the default ` +
    'hyper-parameters. A longer time limit in another folder searches them.'
  );
}

const mixedPatients =
  'The split "random" puts windows of one patient on both sides, as in the paper. The scores on the held-back test are ' +
  'therefore too high for new patients. Use the split "patients" to estimate the performance on new patients.';

function unnamedPatients(sources: readonly string[]): string {
  const names = sources.map((one) => sourceTitle(one, sources)).join(', ');
  return (
    `In ${names} each recording counts as one patient. If a patient has several recordings, intervals are too narrow, ` +
    'p-values are too small, and a split by patients may have put that patient on both sides.'
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
        (cell.positives === null ? '' : ` limited to ${cell.positives}`) +
        (cell.share === null ? '' : ` in a share of ${cell.share} %`),
    );
  return thin.length === 0
    ? []
    : [
        `${task}: training has few positives, or positives of one patient (${unique(counts)}); its scores are only examples.`,
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
        `${where}: the test has few positives, or positives of one patient (${unique(counts)}); single records change its scores.`,
      ];
}

function missingRuns(
  task: string,
  rows: readonly ResultRow[],
  cells: readonly CellSummary[],
  planned = 0,
): string[] {
  // Outside tests have the same runs as the held-back test, which is scored first.
  const test = cells[0]?.test;
  const short = cells.flatMap((cell) => {
    const done = cell.f1.runs.length;
    const expected = Math.max(planned, rows.filter((row) => isOfCell(row, cell)).length);
    return cell.test === test && done < expected ? [`${cellName(cell)} ${done} of ${expected}`] : [];
  });
  return short.length === 0 ? [] : [`${task}: some runs ended without a model (${unique(short)}).`];
}

function withoutGain(where: string, comparisons: readonly PairedComparison[]): string[] {
  const undefinedOnes = comparisons.filter(({ f1 }) => Number.isNaN(f1.percent));
  return undefinedOnes.length === 0
    ? []
    : [
        `${where}: the gain in percent is undefined because the F1 of Real is 0 or undefined (${unique(undefinedOnes.map(comparisonName))}).`,
      ];
}

function withoutP(where: string, comparisons: readonly PairedComparison[]): string[] {
  const reasons = comparisons.flatMap(({ f1, auprc }) => [f1.reason, auprc.reason]);
  return [...new Set(reasons)]
    .filter((reason) => reason !== '')
    .flatMap((reason) =>
      byScore(comparisons, (one) => one.reason === reason, comparisonName).map(
        ({ scores, names }) => `${where}: no p-value for ${scores}, ${reason} (${names}).`,
      ),
    );
}

/** Returns a warning about comparisons whose p cannot fall below the level of significance, however large the gain is. */
function blunt(where: string, comparisons: readonly PairedComparison[], resamples?: number): string[] {
  return byScore(
    comparisons,
    ({ reason, discordantPatients }) => reason === '' && smallestP(discordantPatients, resamples) > level,
    (one, { discordantPatients }) => `${comparisonName(one)} ${count(discordantPatients, 'patient')}`,
  ).map(
    ({ scores, names }) =>
      `${where}: too few patients have different predictions for the p-value of ${scores} to fall below ${level} (${names}).`,
  );
}

/** Returns the comparisons that `troubles` selects, for each score; one entry if both scores have the same comparisons. */
function byScore(
  comparisons: readonly PairedComparison[],
  troubles: (one: PairedGain) => boolean,
  nameOf: (comparison: PairedComparison, one: PairedGain) => string,
): { scores: string; names: string }[] {
  const namesOf = (score: 'f1' | 'auprc') =>
    unique(comparisons.filter((one) => troubles(one[score])).map((one) => nameOf(one, one[score])));
  const [f1, auprc] = [namesOf('f1'), namesOf('auprc')];
  const named =
    f1 === auprc
      ? [{ scores: 'F1 and AUPRC', names: f1 }]
      : [
          { scores: 'F1', names: f1 },
          { scores: 'AUPRC', names: auprc },
        ];
  return named.filter(({ names }) => names !== '');
}

/** Returns the name of a cell of a task: `resnet18 Syn→Real limited to 5 positives`. */
function cellName({ arch, positives, share, ...key }: Omit<CellKey, 'task'>): string {
  const cut = positives === null ? '' : ` limited to ${positives} positives`;
  const part = share === null ? '' : ` with ${share} %`;
  return `${arch} ${settingTitle(key)}${cut}${part}`;
}

/** Returns the name of a comparison of a task. One of Syn→Real of the simulator is named by its architecture. */
function comparisonName(compared: Omit<CellKey, 'task'>): string {
  const { setting, source } = compared;
  const isPlain = setting === 'syn-real' && source === simulator;
  const name = cellName(compared);
  return isPlain ? name.replace(` ${settingTitles[setting]}`, '') : name;
}

function count(value: number, unit: string): string {
  return `${value} ${unit}${value === 1 ? '' : 's'}`;
}

/** Joins the first few distinct texts, and the number of the others. */
function unique(texts: readonly string[]): string {
  const all = [...new Set(texts)];
  return all.length > 6 ? `${all.slice(0, 5).join('; ')}; ${all.length - 5} more` : all.join('; ');
}
