// SVG to PNG by resvg. The pictures of this package hold no text elements (see strokes.ts), so no font is looked up.

import { Resvg } from '@resvg/resvg-js';

/** A PNG of `svg` at `dotsPerMm` (default 8, about 200 dpi); the SVG's width must be given in mm. */
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
