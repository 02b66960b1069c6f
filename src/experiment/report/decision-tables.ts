// Tables of F1 by the rule of the decision (0.5, the threshold of the validation records, 0.5 after the correction for the
// share of positives), with the calibration of the probabilities. For tasks of two labels.

import { type CellSummary, type ExperimentSummary, groupBy, type RunScore } from '../summary.js';
import type { SummaryTable } from './tables.js';
import { fixed, settingTitles, taskTitle, withSd } from './wording.js';

/** Returns one table per task and test set; none for tasks of several classes. */
export function decisionTables(
  { cells }: ExperimentSummary,
  titleOf: (test: string) => string,
): SummaryTable[] {
  const judged = cells.filter(({ decisions }) => Number.isFinite(decisions.f1AtPrior.mean));
  return groupBy(judged, ({ task, test }) => [task, test]).map((own) => ({
    title: `F1 by decision rule, and calibration, of ${taskTitle(own[0]!.task)}, ${titleOf(own[0]!.test)}`,
    head: [
      'Architecture',
      'Setting',
      'Positives',
      'F1 at 0.5 (SD)',
      'F1 at val. threshold (SD)',
      'F1 after prior (SD)',
      'Val. threshold',
      'Prior, estimated',
      'Prior, true',
      'Brier (SD)',
      'ECE (SD)',
    ],
    rows: own.map(rowOf),
    best: own.map(bestRule),
  }));
}

function rowOf({
  arch,
  setting,
  positives,
  f1,
  decisions,
  testPositives,
  testWindows,
}: CellSummary): string[] {
  return [
    arch,
    settingTitles[setting],
    positives === null ? 'all' : String(positives),
    ...[f1, decisions.f1AtValThreshold, decisions.f1AtPrior].map(({ mean, sd }) => withSd(mean, sd)),
    rangeOf(decisions.valThreshold),
    rangeOf(decisions.prior),
    fixed(testPositives / testWindows, 3),
    ...[decisions.brier, decisions.ece].map(({ mean, sd }) => withSd(mean, sd)),
  ];
}

/** Returns `0.31–0.52`, or one number if all runs agree in three digits. */
function rangeOf({ runs }: RunScore): string {
  const shown = [Math.min(...runs), Math.max(...runs)].map((value) => fixed(value, 3));
  return [...new Set(shown)].join('–');
}

/** Returns the columns of the highest printed F1; an empty list if all three rules agree. */
function bestRule({ f1, decisions }: CellSummary): number[] {
  const means = [f1, decisions.f1AtValThreshold, decisions.f1AtPrior].map(({ mean }) => fixed(mean, 3));
  const most = fixed(Math.max(...means.map(Number).filter(Number.isFinite)), 3);
  return new Set(means).size === 1 ? [] : means.flatMap((text, at) => (text === most ? [at + 3] : []));
}
