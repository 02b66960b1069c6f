// The shared parts of all charts: echarts without a browser, colours, axes, and the conversion of an echarts option to
// an SVG that has the same bytes each time. Lengths are in CSS pixels. The charts themselves are in other files.

import { createHash } from 'node:crypto';
import { CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, TitleComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { printable } from '../base/text.js';
import { escapeXml } from './paper.js';

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

/**
 * Colours that colour-blind readers can distinguish too (Okabe and Ito). An embedded chart uses the page's CSS variables
 * --series-0 to --series-4 instead.
 */
export const seriesColours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00'] as const;
/**
 * Placeholder colour of text and axes. An embedded chart replaces the placeholders by the page's CSS variables, so that it fits light and dark
 * pages.
 */
export const inkStandIn = '#3d3b3a';
/** Placeholder colour of grid lines; see `inkStandIn`. */
export const lineStandIn = '#d9d4d2';

/** Size of a chart in CSS pixels, and where it is shown. */
export interface ChartSize {
  readonly width?: number;
  readonly height?: number;
  /** True inside an HTML report: the chart has no background and uses the page's --ink and --line colours. */
  readonly embedded?: boolean;
}

/** Returns the colour of series `at`; the colours repeat after the last one. */
export function colourOf(at: number): string {
  return seriesColours[at % seriesColours.length]!;
}

/** Returns the options that all charts share: the title, the margins and the font. */
export function frame(title: string): EChartsCoreOption {
  return {
    animation: false,
    title: { text: title, left: 8, top: 6, textStyle: { color: inkStandIn, fontSize: 15, fontWeight: 600 } },
    grid: { left: 56, right: 24, top: 72, bottom: 44 },
    textStyle: { fontFamily: 'system-ui, sans-serif' },
  };
}

/** Returns the options of a legend with these names. */
export function legendOf(names: readonly string[]) {
  return {
    data: [...names],
    top: 34,
    left: 4,
    itemWidth: 26,
    textStyle: { color: inkStandIn, fontSize: 12 },
  };
}

/** Returns the options of an axis with this name. */
export function axis(name: string) {
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

/** The part that the charts use of the object that echarts passes to `renderItem` of a custom series. */
export interface DrawApi {
  value(dimension: number): number;
  coord(point: [number, number]): [number, number];
  visual(key: 'color'): string;
}

/** Returns the chart as SVG. A screen reader reads `label`. */
export function render(option: EChartsCoreOption, label: string, size: ChartSize): string {
  const { width = 640, height = 340 } = size;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(size.embedded ? option : { ...option, backgroundColor: '#ffffff' });
    const svg = settle(printable(chart.renderToSVGString())).replace(
      /^<svg ([^>]*)>/,
      `<svg role="img" aria-label="${escapeXml(label)}" $1><title>${escapeXml(label)}</title>`,
    );
    if (!size.embedded) return svg;
    const inked = svg
      .replaceAll(inkStandIn, 'var(--ink)')
      .replaceAll(lineStandIn, 'var(--line)')
      .replace(`width="${width}" height="${height}"`, `width="100%" style="--width:${width}px"`);
    return seriesColours.reduce(
      (drawn, colour, at) => drawn.replaceAll(colour, `var(--series-${at})`),
      inked,
    );
  } finally {
    chart.dispose();
  }
}

/**
 * Makes the bytes of an SVG depend on the chart alone. Removes attributes that only a script would read, rounds
 * coordinates to a tenth of a pixel (except in arcs, because symbols are unit circles), and names clip paths by a hash of
 * the drawing.
 */
function settle(svg: string): string {
  const still = svg
    .replace(/ class="zr[^"]*"/g, '')
    .replace(/<style.*?<\/style>/gs, '')
    .replace(/ (?:ecmeta_\w+|pointer-events)="[^"]*"/g, '')
    .replace(/ d="[^"A]*"/g, (path) =>
      path.replace(/-?\d+\.\d{2,}/g, (number) => String(Math.round(Number(number) * 10) / 10)),
    );
  const plain = still.replace(/zr\d+-/g, '');
  const name = createHash('sha256').update(plain).digest('hex').slice(0, 8);
  return still.replace(/zr\d+-/g, `chart-${name}-`);
}
