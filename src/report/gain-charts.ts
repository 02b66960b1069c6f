// Charts of the gain from synthetic pre-training: over the number of positive windows, with a band (figure 5 of Nonaka
// and Seita 2026), and for each architecture, with intervals. The caller computes the numbers.

import {
  axis,
  type ChartSize,
  colourOf,
  type DrawApi,
  frame,
  inkStandIn,
  lineStandIn,
  render,
} from './canvas.js';

/** The gain at one number of positive windows. */
export interface GainStep {
  /** Number of positive windows in training; null means all. */
  readonly positives: number | null;
  /** Mean gain in percent and its interval; NaN where unknown. */
  readonly percent: number;
  readonly low: number;
  readonly high: number;
  /** The gain in percent of each architecture. */
  readonly single: readonly number[];
}

/**
 * Draws the gain in percent over the number of positives, from few to all, equally spaced. The band is the confidence
 * interval, each dot one architecture.
 */
export function gainChart(title: string, steps: readonly GainStep[], size: ChartSize = {}): string {
  const words = steps.map(({ positives }) => (positives === null ? 'all' : String(positives)));
  const known = steps.map((step, at) => ({ ...step, at })).filter(({ percent }) => Number.isFinite(percent));
  const banded = known.filter(({ low, high }) => Number.isFinite(low) && Number.isFinite(high));
  const gains = known.flatMap(({ percent, single }) => [percent, ...single.filter(Number.isFinite)]);
  const most = 4 * Math.max(10, ...gains.map(Math.abs));
  const option = {
    ...frame(title),
    grid: { left: 64, right: 24, top: 44, bottom: 48 },
    xAxis: {
      ...axis('positives in training'),
      type: 'category',
      data: words,
      axisLabel: { color: inkStandIn, fontSize: 11, ...(words.length <= 12 && { interval: 0 }) },
      boundaryGap: true,
      axisLine: { onZero: false, lineStyle: { color: inkStandIn } },
    },
    yAxis: {
      ...axis('gain, %'),
      type: 'value',
      nameGap: 44,
      scale: false,
      axisLabel: {
        color: inkStandIn,
        fontSize: 11,
        formatter: (value: number) => String(value).replace('-', '−'),
      },
    },
    series: [
      {
        type: 'custom',
        color: colourOf(2),
        data: [[0, 0, 0]],
        encode: { y: [1, 2] },
        renderItem: (_: unknown, api: DrawApi) => band(api, banded),
        clip: true,
        silent: true,
      },
      // Invisible points that extend the axis to the band. A very wide band is cut, so that the gains stay readable.
      {
        type: 'scatter',
        data: banded.flatMap(({ at, low, high }) => [low, high].map((end) => [at, clamp(end, most)])),
        symbolSize: 0,
      },
      {
        type: 'scatter',
        color: inkStandIn,
        symbolSize: 5,
        itemStyle: { opacity: 0.45 },
        data: steps.flatMap(({ single }, at) =>
          single.filter(Number.isFinite).map((percent) => [at, percent]),
        ),
      },
      {
        type: 'line',
        color: colourOf(2),
        lineStyle: { width: 2.4 },
        symbol: 'circle',
        symbolSize: 8,
        data: known.map(({ at, percent }) => [at, percent]),
        markLine: zeroLine({ yAxis: 0 }),
      },
    ],
  };
  const described = known.map(
    ({ at, percent, low, high }) =>
      `${words[at]} positives ${percent.toFixed(1)} %${within(low, high, (value) => value.toFixed(1))}`,
  );
  return render(option, `${title}: ${described.join('; ')}`, { width: 420, height: 300, ...size });
}

/** Draws the band and a whisker at each point. A band with a single point consists of the whisker only. */
function band(api: DrawApi, steps: readonly { at: number; low: number; high: number }[]) {
  const at = (x: number, y: number) => api.coord([x, y]);
  const style = { stroke: api.visual('color'), lineWidth: 1.5 };
  const outline = [
    ...steps.map(({ at: x, high }) => at(x, high)),
    ...steps.toReversed().map(({ at: x, low }) => at(x, low)),
  ];
  const whiskers = steps.map(({ at: x, low, high }) => {
    const [x1, y1] = at(x, low);
    const [, y2] = at(x, high);
    return { type: 'line', shape: { x1, y1, x2: x1, y2 }, style };
  });
  const area = { type: 'polygon', shape: { points: outline }, style: { fill: style.stroke, opacity: 0.18 } };
  return { type: 'group', children: steps.length > 1 ? [area, ...whiskers] : whiskers };
}

/** The difference between two scores of one architecture, with its confidence interval. */
export interface Difference {
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** True if the difference is significant after correction for multiple tests. */
  readonly sure: boolean;
}

/** Draws one row per name: the difference as a dot (filled if significant), its interval, and a line at zero. */
export function differenceChart(
  title: string,
  xName: string,
  rows: readonly Difference[],
  size: ChartSize = {},
): string {
  const known = rows.map((row, at) => ({ ...row, at })).filter(({ value }) => Number.isFinite(value));
  // Two scores differ by at most 1. An interval over few runs may be wider; it is cut there.
  const reach = Math.max(
    0.02,
    ...known.flatMap(({ value, low, high }) => [value, low, high].filter(Number.isFinite).map(Math.abs)),
  );
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5].find((one) => reach / one <= 3) ?? 0.5;
  const end = Math.min(1, Math.ceil(reach / step) * step);
  const color = colourOf(2);
  const option = {
    ...frame(title),
    grid: { left: 112, right: 20, top: 42, bottom: 48 },
    xAxis: {
      ...axis(xName),
      type: 'value',
      min: -end,
      max: end,
      interval: step,
      axisLabel: {
        color: inkStandIn,
        fontSize: 11,
        formatter: (value: number) => signed(value),
      },
    },
    yAxis: {
      ...axis(''),
      type: 'category',
      data: rows.map(({ name }) => name),
      inverse: true,
      axisTick: { show: false },
      axisLine: { show: false },
      axisLabel: { color: inkStandIn, fontSize: 12, interval: 0 },
    },
    series: [
      {
        type: 'custom',
        color,
        data: known
          .filter(({ low, high }) => Number.isFinite(low) && Number.isFinite(high))
          .map(({ at, low, high }) => [low, high, at]),
        encode: { x: [0, 1], y: 2 },
        renderItem: interval,
        clip: true,
        silent: true,
      },
      {
        type: 'scatter',
        color,
        symbolSize: 11,
        data: known.map(({ at, value, sure }) => ({
          value: [value, at],
          itemStyle: { color: sure ? color : lineStandIn, borderColor: color, borderWidth: 2, opacity: 1 },
        })),
        markLine: zeroLine({ xAxis: 0 }),
      },
    ],
  };
  const described = known.map(
    ({ name, value, low, high }) => `${name} ${signed(value)}${within(low, high, signed)}`,
  );
  const height = 92 + 24 * rows.length;
  return render(option, `${title}: ${described.join('; ')}`, { width: 420, height, ...size });
}

function interval(_: unknown, api: DrawApi) {
  const [x1, y] = api.coord([api.value(0), api.value(2)]);
  const [x2] = api.coord([api.value(1), api.value(2)]);
  const style = { stroke: api.visual('color'), lineWidth: 2 };
  const line = (a: number, b: number, c: number, d: number) => ({
    type: 'line',
    shape: { x1: a, y1: b, x2: c, y2: d },
    style,
  });
  return {
    type: 'group',
    children: [line(x1, y, x2, y), line(x1, y - 4, x1, y + 4), line(x2, y - 4, x2, y + 4)],
  };
}

function zeroLine(at: { readonly xAxis: 0 } | { readonly yAxis: 0 }) {
  return {
    symbol: 'none',
    silent: true,
    label: { show: false },
    lineStyle: { color: inkStandIn, type: 'dashed', width: 1.2 },
    data: [at],
  };
}

function clamp(value: number, most: number): number {
  return Math.min(most, Math.max(-most, value));
}

function within(low: number, high: number, shown: (value: number) => string): string {
  return Number.isFinite(low + high) ? ` (${shown(low)} to ${shown(high)})` : '';
}

function signed(value: number): string {
  const digits = Math.abs(value).toFixed(2);
  return Number(digits) === 0 ? '0' : `${value < 0 ? '−' : '+'}${digits}`;
}
