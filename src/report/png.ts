// SVG to PNG by resvg. The pictures of this package hold no text elements (see strokes.ts), so no font is looked up.

import { Resvg } from '@resvg/resvg-js';

/**
 * Renders an SVG whose width is given in mm as a PNG.
 *
 * @param svg - the SVG, such as the result of `ecgPaper`
 * @param dotsPerMm - resolution; the default of 8 is about 200 dpi
 * @returns the bytes of the PNG file
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { ecgPaper, svgToPng } from 'pqrst/report';
 *
 * const signal = Float32Array.from({ length: 2500 }, (_, n) => Math.sin(n / 30));
 * const svg = ecgPaper({ title: 'Sine', lead: 'II', fsHz: 250, unit: 'mV', signal });
 * await writeFile('sine.png', svgToPng(svg));
 * ```
 */
export function svgToPng(svg: string, dotsPerMm = 8): Uint8Array {
  const widthMm = Number(/<svg[^>]* width="([\d.]+)mm"/.exec(svg)?.[1]);
  const widthPx = Math.round(widthMm * dotsPerMm);
  return new Resvg(svg, {
    fitTo: { mode: 'width', value: widthPx },
    font: { loadSystemFonts: false },
    background: '#ffffff',
  })
    .render()
    .asPng();
}
