// Learning curves and score comparisons as SVG, drawn by echarts without a browser. Numbers come in, pictures go out;
// nothing is computed here but axes.

import { createHash } from 'node:crypto';
import { CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, TitleComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([
  LineChart,
  ScatterChart,
  CustomChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  SVGRenderer,
]);

// Colours that stand out for colour-blind eyes too (Okabe and Ito), and two stand-ins replaced in a report by its own
// ink, so that one drawing serves light and dark.
const series = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00'];
const inkStandIn = '#3d3b3a';
const lineStandIn = '#d9d4d2';

export interface ChartSize {
  readonly width?: number;
  readonly height?: number;
  /** True inside an HTML report: no background, ink from the page's --ink and --line. */
  readonly embedded?: boolean;
}

export interface Curve {
  readonly name: string;
  /** [x, y] pairs in order of x. */
  readonly points: readonly (readonly [number, number])[];
  /** Dashed, e.g. the validation beside its training loss. */
  readonly dashed?: boolean;
  /** Curves of one group share a colour; default: each its own. */
  readonly group?: number;
}

/** Loss over epochs; `best` draws a vertical line where the kept weights come from. */
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
      color: series[(curve.group ?? at) % series.length],
      lineStyle: { width: 2, type: curve.dashed ? [5, 4] : 'solid' },
      ...(at === 0 && options.best !== undefined ? { markLine: bestLine(options.best) } : {}),
    })),
  };
  return render(option, options);
}

export interface ScoreBar {
  readonly group: string;
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Scores in [0, 1] with their intervals: a dot and a whisker for each name in each group. */
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
      const color = series[at % series.length];
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
  return render(option, options);
}

interface WhiskerApi {
  value(dimension: number): number;
  coord(point: [number, number]): [number, number];
  visual(key: 'color'): string;
}

function whisker(_: unknown, api: WhiskerApi) {
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

function frame(title: string): EChartsCoreOption {
  return {
    animation: false,
    title: { text: title, left: 8, top: 6, textStyle: { color: inkStandIn, fontSize: 15, fontWeight: 600 } },
    grid: { left: 56, right: 24, top: 72, bottom: 44 },
    textStyle: { fontFamily: 'system-ui, sans-serif' },
  };
}

function legendOf(names: readonly string[]) {
  return {
    data: [...names],
    top: 34,
    left: 4,
    itemWidth: 26,
    textStyle: { color: inkStandIn, fontSize: 12 },
  };
}

function axis(name: string) {
  return {
    name,
    nameLocation: 'middle',
    nameGap: 28,
    nameTextStyle: { color: inkStandIn, fontSize: 12 },
    axisLine: { lineStyle: { color: inkStandIn } },
    axisLabel: { color: inkStandIn, fontSize: 11 },
    splitLine: { lineStyle: { color: lineStandIn } },
  };
}

function render(option: EChartsCoreOption, size: ChartSize): string {
  const { width = 640, height = 340 } = size;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(size.embedded ? option : { ...option, backgroundColor: '#ffffff' });
    const svg = settle(chart.renderToSVGString());
    if (!size.embedded) return svg;
    return svg
      .replaceAll(inkStandIn, 'var(--ink)')
      .replaceAll(lineStandIn, 'var(--line)')
      .replace(`width="${width}" height="${height}"`, 'width="100%"');
  } finally {
    chart.dispose();
  }
}

/** Drops the hover styles, and names clip paths by the drawing's content: the same chart is the same bytes. */
function settle(svg: string): string {
  const still = svg.replace(/ class="zr[^"]*"/g, '').replace(/<style.*?<\/style>/gs, '');
  const plain = still.replace(/zr\d+-/g, '');
  const name = createHash('sha256').update(plain).digest('hex').slice(0, 8);
  return still.replace(/zr\d+-/g, `chart-${name}-`);
}
