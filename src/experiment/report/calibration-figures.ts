// Reliability diagrams of the runs of one architecture in one task of two labels: the share of positives over the mean
// probability, in bins of equally many windows. A figure keeps bins only, so that the predictions can be released.

import { figure, type Markup } from '../../report/html.js';
import { type ChartLine, lineChart } from '../../report/line-chart.js';
import type { BaseSetting } from '../../run/settings.js';
import { type Calibration, calibrationOf } from '../../score/calibration.js';
import type { RunPredictions } from '../../score/predictions.js';
import { meanOf } from '../../score/ranked-runs.js';
import { settingColours } from './cell-figures.js';
import { fixed, rangeText, settingTitles } from './wording.js';

/** The calibration of a cell: of each run, and of the predictions of all runs together. */
export interface CellCalibration {
  readonly setting: BaseSetting;
  readonly runs: readonly Calibration[];
  readonly together: Calibration;
}

/** Returns the calibration of a cell; undefined if none of its runs has predictions. */
export function cellCalibration(
  setting: BaseSetting,
  predictions: readonly RunPredictions[],
): CellCalibration | undefined {
  const runs = predictions.flatMap(({ windows }) => {
    const scored = windows.map(({ label, probabilities }) => {
      return { positive: label === 1, probability: probabilities[1]! };
    });
    return scored.length === 0 ? [] : [scored];
  });
  if (runs.length === 0) return undefined;
  return { setting, runs: runs.map(calibrationOf), together: calibrationOf(runs.flat()) };
}

/** Draws the reliability diagram: runs as thin lines, all runs together as a strong one with its bins as dots. */
export function reliabilityFigure(arch: string, cells: readonly CellCalibration[]): Markup {
  const diagonal: ChartLine = {
    name: 'perfect',
    colour: 0,
    weight: 'reference',
    points: [
      [0, 0],
      [1, 1],
    ],
  };
  const lines = cells.flatMap(({ setting, runs, together }): ChartLine[] => {
    const line = (weight: ChartLine['weight'], { bins }: Calibration): ChartLine => ({
      name: settingTitles[setting],
      colour: settingColours[setting],
      weight,
      dashed: setting === 'syn',
      dots: weight === 'strong',
      points: bins.map(({ meanProbability, positiveShare }) => [meanProbability, positiveShare]),
    });
    return [line('strong', together), ...runs.map((run) => line('thin', run))];
  });
  const whole = { min: 0, max: 1 };
  const names = cells.map(({ setting }) => settingTitles[setting]).join(', ');
  const svg = lineChart(
    `${arch}: reliability`,
    `Share of positives over mean probability of ${arch} for ${names}, all runs together and each run; ` +
      cells.map(describeBins).join('; '),
    { name: 'mean probability', ...whole },
    { name: 'share of positives', ...whole },
    [diagonal, ...lines],
    { embedded: true },
  );
  return figure({ svg, caption: cells.map(captionOf).join(' ') }, 'chart');
}

/** Returns the bins in words, for screen readers. */
function describeBins({ setting, together: { bins } }: CellCalibration): string {
  const points = bins.map(
    ({ windows, meanProbability, positiveShare }) =>
      `${fixed(meanProbability)} ${fixed(positiveShare)} of ${windows}`,
  );
  return `${settingTitles[setting]} ${points.join(', ')}`;
}

function captionOf({ setting, runs }: CellCalibration): string {
  const mean = (name: 'brier' | 'ece') => fixed(meanOf(runs.map((run) => run[name])), 3);
  const sizes = runs.flatMap(({ bins }) => bins.map(({ windows }) => windows));
  return `${settingTitles[setting]}: Brier ${mean('brier')}, ECE ${mean('ece')}, n per bin ${rangeText(sizes)}.`;
}
