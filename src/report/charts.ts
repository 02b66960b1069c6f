// Draws learning curves and score comparisons as SVG, with echarts and without a browser. The caller supplies the
// numbers; only axes are computed here.

import {
  axis,
  type ChartSize,
  colourOf,
  type DrawApi,
  frame,
  inkStandIn,
  legendOf,
  render,
} from './canvas.js';

export type { ChartSize };

/** One line of a learning curve chart. */
export interface Curve {
  readonly name: string;
  /** [x, y] pairs in order of x. */
  readonly points: readonly (readonly [number, number])[];
  /** Draws a dashed line, for example for the validation loss beside the training loss. */
  readonly dashed?: boolean;
  /** Curves of the same group have the same colour. By default each curve has a different colour. */
  readonly group?: number;
}

/** Draws the loss over epochs. `best` marks the epoch whose weights were kept with a vertical line. */
export function learningCurveChart(
  title: string,
  curves: readonly Curve[],
  options: ChartSize & { readonly xName?: string; readonly yName?: string; readonly best?: number } = {},
): string {
  const option = {
    ...frame(title),
    legend: legendOf(curves.map((curve) => curve.name)),
    xAxis: {
      ...axis(options.xName ?? 'epoch'),
      type: 'value',
      min: 'dataMin',
      max: 'dataMax',
      minInterval: 1,
      splitLine: { show: false },
    },
    yAxis: { ...axis(options.yName ?? 'loss'), type: 'value', min: 0 },
    series: curves.map((curve, at) => ({
      type: 'line',
      name: curve.name,
      data: curve.points,
      showSymbol: curve.points.length <= 12,
      symbolSize: 5,
      color: colourOf(curve.group ?? at),
      lineStyle: { width: 2, type: curve.dashed ? [5, 4] : 'solid' },
      ...(at === 0 && options.best !== undefined ? { markLine: bestLine(options.best) } : {}),
    })),
  };
  const label = `${title}: ${curves.map((curve) => curve.name).join(', ')} over ${options.xName ?? 'epoch'}`;
  return render(option, label, options);
}

/** A score in [0, 1] with its confidence interval. */
export interface ScoreBar {
  readonly group: string;
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Draws scores in [0, 1] with their intervals: one dot with a whisker for each name in each group. */
export function scoreChart(title: string, bars: readonly ScoreBar[], options: ChartSize = {}): string {
  const groups = [...new Set(bars.map((bar) => bar.group))];
  const names = [...new Set(bars.map((bar) => bar.name))];
  const xOf = (bar: ScoreBar) =>
    groups.indexOf(bar.group) + ((names.indexOf(bar.name) + 1) / (names.length + 1) - 0.5) * 0.95;
  const option = {
    ...frame(title),
    legend: legendOf(names),
    xAxis: {
      ...axis(''),
      type: 'value',
      min: -0.5,
      max: groups.length - 0.5,
      interval: 0.5,
      splitLine: { show: false },
      axisTick: { show: false },
      axisLine: { onZero: false, lineStyle: { color: inkStandIn } },
      axisLabel: { color: inkStandIn, fontSize: 13, formatter: (x: number) => groups[x] ?? '' },
    },
    yAxis: { ...axis(''), type: 'value', min: 0, max: 1, axisLine: { show: false, onZero: false } },
    series: names.flatMap((name, at) => {
      const color = colourOf(at);
      const own = bars.filter((bar) => bar.name === name);
      return [
        {
          type: 'custom',
          name,
          color,
          data: own.map((bar) => [xOf(bar), bar.low, bar.high]),
          renderItem: whisker,
          silent: true,
        },
        {
          type: 'scatter',
          name,
          color,
          symbolSize: 11,
          itemStyle: { opacity: 1 },
          data: own.map((bar) => [xOf(bar), bar.value]),
          label: {
            show: true,
            position: 'right',
            color: inkStandIn,
            fontSize: 11,
            formatter: (point: { value: number[] }) => point.value[1]!.toFixed(2),
          },
        },
      ];
    }),
  };
  return render(option, `${title}: ${names.join(', ')} by ${groups.join(', ')}`, options);
}

function whisker(_: unknown, api: DrawApi) {
  const [x, low] = api.coord([api.value(0), api.value(1)]);
  const [, high] = api.coord([api.value(0), api.value(2)]);
  const style = { stroke: api.visual('color'), lineWidth: 2, fill: 'none' };
  const bar = (x1: number, y1: number, x2: number, y2: number) => ({
    type: 'line',
    shape: { x1, y1, x2, y2 },
    style,
  });
  return {
    type: 'group',
    children: [bar(x, low, x, high), bar(x - 5, low, x + 5, low), bar(x - 5, high, x + 5, high)],
  };
}

function bestLine(x: number) {
  return {
    symbol: 'none',
    silent: true,
    lineStyle: { color: inkStandIn, type: 'dotted', width: 1.5 },
    label: { formatter: 'kept', color: inkStandIn, fontSize: 11, position: 'insideEndTop' },
    data: [{ xAxis: x }],
  };
}
