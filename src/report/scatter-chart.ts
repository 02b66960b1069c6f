// Draws the points of several sets in one small chart without scales, such as a map of records.

import { axis, type ChartSize, colourOf, frame, legendOf, render } from './canvas.js';

/** The points of one set. */
export interface PointSet {
  /** Name in the legend. */
  readonly name: string;
  /** Index of the colour in `seriesColours`. */
  readonly colour: number;
  /** [x, y] pairs. */
  readonly points: readonly (readonly [number, number])[];
}

/** Returns the chart as SVG. A screen reader reads `label`. */
export function scatterChart(
  title: string,
  label: string,
  sets: readonly PointSet[],
  size: ChartSize = {},
): string {
  const bare = {
    ...axis(''),
    type: 'value',
    scale: true,
    axisLabel: { show: false },
    splitLine: { show: false },
  };
  const option = {
    ...frame(title),
    grid: { left: 16, right: 16, top: 64, bottom: 20 },
    legend: legendOf(sets.map(({ name }) => name)),
    xAxis: bare,
    yAxis: bare,
    series: sets.map(({ name, colour, points }) => ({
      type: 'scatter',
      name,
      color: colourOf(colour),
      symbolSize: 5,
      itemStyle: { opacity: 0.6 },
      silent: true,
      data: points,
    })),
  };
  return render(option, label, { width: 640, height: 420, ...size });
}
