// Charts of the runs of one architecture in one task: ROC and precision-recall curves, learning curves, confusion. They
// receive the predictions of one cell at a time and keep only curves and counts.

import { figure, type Markup } from '../../report/html.js';
import { type ChartLine, lineChart } from '../../report/line-chart.js';
import { escapeXml } from '../../report/paper.js';
import type { BaseSetting } from '../../run/settings.js';
import type { RunPredictions } from '../../score/predictions.js';
import {
  addConfusion,
  type Confusion,
  confusionOf,
  meanOf,
  type RankCurves,
  rankCurves,
  recallGrid,
  rocGrid,
} from '../../score/rank-curves.js';
import type { CurvePoint } from '../../train/checkpoint.js';
import { fixed, labelWord, settingTitles } from './wording.js';

/** The largest number of points of a line. Of a run with more validations, evenly spaced ones are drawn. */
const mostPoints = 100;
/** The largest error of a simplified curve, whose values are from 0 to 1. It is less than one pixel. */
const tolerance = 0.003;

/** The curves and counts of a cell. The report keeps them and releases the predictions. */
export interface CellRanking {
  readonly setting: BaseSetting;
  readonly runs: readonly RankCurves[];
  readonly confusion: Confusion;
  /** Share of positive windows; with more than two classes, the mean share of a class. */
  readonly share: number;
}

/** Returns the curves and counts of a cell; undefined if none of its runs has predictions. */
export function rankingOf(
  setting: BaseSetting,
  predictions: readonly RunPredictions[],
  labels: number,
): CellRanking | undefined {
  const runs = predictions.filter(({ windows }) => windows.length > 0);
  if (runs.length === 0) return undefined;
  const counts = runs.map(({ windows }) => confusionOf(windows, labels));
  const confusion = counts.reduce(addConfusion);
  const all = confusion.flat().reduce((sum, count) => sum + count, 0);
  const positives = confusion[1]!.reduce((sum, count) => sum + count, 0);
  return {
    setting,
    runs: runs.map(({ windows }) => rankCurves(windows, labels)),
    confusion,
    share: labels === 2 ? positives / all : 1 / labels,
  };
}

/** The colour of each setting in charts. */
export const settingColours: Readonly<Record<BaseSetting, number>> = { real: 0, syn: 1, 'syn-real': 2 };

/** Draws ROC and precision-recall curves: runs as thin lines, their mean as a strong one. */
export function rankFigures(arch: string, cells: readonly CellRanking[]): Markup[] {
  const lines = (grid: readonly number[], curve: (run: RankCurves) => Float64Array): ChartLine[] =>
    cells.flatMap(({ setting, runs }) => {
      const line = (weight: ChartLine['weight'], values: Float64Array): ChartLine => ({
        name: settingTitles[setting],
        colour: settingColours[setting],
        weight,
        dashed: setting === 'syn',
        points: corners(grid, values),
      });
      return [line('strong', meanOf(runs.map(curve))), ...runs.map((run) => line('thin', curve(run)))];
    });
  const chance = (from: number, to: number): ChartLine => ({
    name: 'chance',
    colour: 0,
    weight: 'reference',
    points: [
      [0, from],
      [1, to],
    ],
  });
  const share = cells[0]?.share ?? Number.NaN;
  const whole = { min: 0, max: 1 };
  const names = cells.map(({ setting }) => settingTitles[setting]).join(', ');
  const roc = lineChart(
    `${arch}: ROC`,
    `ROC curves of ${arch} for ${names}: mean over runs and each run`,
    { name: 'false-positive rate', ...whole },
    { name: 'true-positive rate', ...whole },
    [chance(0, 1), ...lines(rocGrid, (run) => run.roc)],
    { embedded: true },
  );
  const pr = lineChart(
    `${arch}: precision and recall`,
    `Precision over recall of ${arch} for ${names}: mean over runs and each run`,
    { name: 'recall', ...whole },
    { name: 'precision', ...whole },
    [chance(share, share), ...lines(recallGrid, (run) => run.precision)],
    { embedded: true },
  );
  return [roc, pr].map((svg) => figure({ svg, caption: '' }, 'chart'));
}

function corners(grid: readonly number[], values: Float64Array): Point[] {
  const points = grid.map((x, at): Point => [x, values[at]!]);
  return simplify(points.filter(([, y]) => Number.isFinite(y)));
}

type Point = [number, number];

/** Returns the points that a line needs to stay within `tolerance` of all of them (Ramer 1972, by vertical distance). */
function simplify(points: Point[]): Point[] {
  if (points.length < 3) return points;
  const [[x0, y0], [x1, y1]] = [points[0]!, points.at(-1)!];
  let [worst, at] = [0, 0];
  for (const [k, [x, y]] of points.entries()) {
    const distance = Math.abs(y - y0 - ((y1 - y0) * (x - x0)) / (x1 - x0));
    if (distance > worst) [worst, at] = [distance, k];
  }
  if (worst <= tolerance) return [points[0]!, points.at(-1)!];
  return [...simplify(points.slice(0, at + 1)), ...simplify(points.slice(at)).slice(1)];
}

/** Draws the training and validation loss of each run of a cell; returns undefined if no run has a curve. */
export function learningFigure(
  arch: string,
  setting: BaseSetting,
  runs: readonly { readonly pair: number; readonly curve: readonly CurvePoint[] }[],
): Markup | undefined {
  const drawn = runs.filter(({ curve }) => curve.length > 0);
  if (drawn.length === 0) return undefined;
  const lines = drawn.flatMap(({ curve }) => {
    // The file of a run can also hold its pre-training; the last phase is that of the cell.
    const phase = curve.at(-1)!.phase;
    const own = thin(curve.filter((point) => point.phase === phase));
    const line = (name: string, colour: number, value: (point: CurvePoint) => number | null): ChartLine => ({
      name,
      colour,
      weight: 'thin',
      dashed: colour > 0,
      points: own.flatMap((point): [number, number][] => {
        const loss = value(point);
        return loss === null || !Number.isFinite(loss) ? [] : [[point.epoch, loss]];
      }),
    });
    return [line('training', 0, (point) => point.trainLoss), line('validation', 1, (point) => point.valLoss)];
  });
  const title = `${arch}: ${settingTitles[setting]}`;
  const label = `Training and validation loss over epochs, ${title}, ${drawn.length} runs`;
  const svg = lineChart(title, label, { name: 'epoch' }, { name: 'loss', min: 0 }, lines, { embedded: true });
  return figure({ svg, caption: '' }, 'chart');
}

function thin<T>(points: readonly T[]): T[] {
  const step = Math.max(1, (points.length - 1) / (mostPoints - 1));
  const kept = Math.min(points.length, mostPoints);
  return Array.from({ length: kept }, (_, at) => points[Math.round(at * step)]!);
}

/** Returns a table of reference labels and predicted labels: counts over all runs, shaded by their share of the row. */
export function confusionTable(arch: string, cell: CellRanking, labels: readonly string[]): Markup {
  const title = `${arch}, ${settingTitles[cell.setting]}`;
  const head = labels.map((label) => `<th scope="col">called ${escapeXml(labelWord(label))}</th>`).join('');
  const rows = cell.confusion.map((counts, label) => {
    const sum = counts.reduce((total, count) => total + count, 0);
    const cells = counts.map((count) => {
      const share = sum === 0 ? Number.NaN : count / sum;
      const depth = Number.isFinite(share) ? Math.round(share * 40) : 0;
      return `<td style="--depth:${depth}%">${count}<br><small>${fixed(100 * share, 0)} %</small></td>`;
    });
    return `<tr><th scope="row">${escapeXml(labelWord(labels[label]!))}</th>${cells.join('')}</tr>`;
  });
  return (
    `<div class="scroll matrix"><table><caption><span>${escapeXml(title)}</span></caption><thead><tr><th scope="col">labelled</th>${head}</tr></thead>` +
    `<tbody>${rows.join('')}</tbody></table></div>`
  );
}
