// Draws many lines in one small chart: a thin line per run, a strong line for the mean of each setting, and a dotted
// reference line. Used for ROC, precision-recall, reliability and learning curves. The caller computes the numbers.

import { axis, type ChartSize, colourOf, frame, inkStandIn, legendOf, render } from './canvas.js';

/** One line of a chart. */
export interface ChartLine {
  /** Name in the legend. Lines of the same name share one entry. Reference lines do not appear in the legend. */
  readonly name: string;
  /** Index of the colour in `seriesColours`. */
  readonly colour: number;
  /** [x, y] pairs in order of x. */
  readonly points: readonly (readonly [number, number])[];
  readonly weight: 'thin' | 'strong' | 'reference';
  readonly dashed?: boolean;
  /** Draws a dot at each point. */
  readonly dots?: boolean;
}

/** An axis; without `min` or `max` it follows the data. */
export interface LineAxis {
  readonly name: string;
  readonly min?: number;
  readonly max?: number;
  /** A logarithmic axis, for values above 0. */
  readonly isLog?: boolean;
}

const weights = {
  thin: { width: 1, opacity: 0.45, z: 2 },
  strong: { width: 2.4, opacity: 1, z: 3 },
  reference: { width: 1.2, opacity: 0.8, z: 1 },
} as const;

/** Returns the chart as SVG. A screen reader reads `label`. */
export function lineChart(
  title: string,
  label: string,
  x: LineAxis,
  y: LineAxis,
  lines: readonly ChartLine[],
  size: ChartSize = {},
): string {
  const { width = 330, height = 290 } = size;
  const names = [...new Set(lines.filter(({ weight }) => weight !== 'reference').map(({ name }) => name))];
  const range = ({ min, max, isLog = false }: LineAxis) => ({
    type: isLog ? 'log' : 'value',
    min: min ?? 'dataMin',
    ...(max !== undefined && { max, ...(!isLog && { interval: (max - (min ?? 0)) / 5 }) }),
  });
  const option = {
    ...frame(title),
    grid: { left: 54, right: 16, top: 60 + 22 * (legendRows(names, width) - 1), bottom: 42 },
    legend: { ...legendOf(names), top: 30, itemGap: 10, itemWidth: 20, itemStyle: { opacity: 0 } },
    xAxis: { ...axis(x.name), ...range(x), splitLine: { show: false } },
    yAxis: { ...axis(y.name), ...range(y), nameGap: 36 },
    series: lines.map(({ name, colour, points, weight, dashed, dots = false }) => {
      const { z, ...style } = weights[weight];
      const color = weight === 'reference' ? inkStandIn : colourOf(colour);
      const type = weight === 'reference' ? 'dotted' : dashed ? [5, 3] : 'solid';
      return {
        type: 'line',
        name,
        color,
        data: points,
        // A line with a single point would be invisible, so the point is drawn as a symbol.
        showSymbol: dots || points.length === 1,
        symbol: dots ? 'circle' : 'emptyCircle',
        symbolSize: dots ? 6 : 4,
        silent: true,
        z,
        lineStyle: { ...style, type, color },
      };
    }),
  };
  return render(option, label, { ...size, width, height });
}

/** Returns about how many rows the legend takes: an entry has a line of 20 pixels, gaps of 15, and letters of 7. */
function legendRows(names: readonly string[], width: number): number {
  let [rows, used] = [1, 0];
  for (const { length } of names) {
    const own = 35 + 7 * length;
    if (used > 0 && used + own > width - 16) [rows, used] = [rows + 1, 0];
    used += own;
  }
  return rows;
}
