// Converts SVG to PNG with resvg. The drawings of this package contain no text elements (see strokes.ts), so no fonts are
// loaded.

import { Resvg, type ResvgRenderOptions, renderAsync } from '@resvg/resvg-js';

/**
 * Converts an SVG document, such as the result of `ecgPaper`, to a PNG image.
 *
 * @param svg - SVG text whose width is given in millimetres. Text elements are not drawn.
 * @param dotsPerMm - Resolution in pixels per millimetre; default 8, about 200 dpi.
 * @returns The bytes of the PNG file, with a white background.
 * @example
 * ```js
 * import { writeFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { ecgPaper, svgToPng } from 'pqrst/report';
 * const signal = Float32Array.from({ length: 1000 }, (_, n) => Math.sin(n / 20));
 * const svg = ecgPaper({ title: 'Sine', lead: 'II', fsHz: 250, unit: 'mV', signal });
 * await writeFile(join(tmpdir(), 'sine.png'), svgToPng(svg));
 * ```
 */
export function svgToPng(svg: string, dotsPerMm = 8): Uint8Array {
  return new Resvg(svg, optionsOf(svg, dotsPerMm)).render().asPng();
}

/** Returns the bytes of `svgToPng`. The picture is drawn in another thread, so that a signal can interrupt its caller. */
export async function svgToPngInThread(svg: string, dotsPerMm = 8): Promise<Uint8Array> {
  return (await renderAsync(svg, optionsOf(svg, dotsPerMm))).asPng();
}

function optionsOf(svg: string, dotsPerMm: number): ResvgRenderOptions {
  const widthMm = Number(/<svg[^>]* width="([\d.]+)mm"/.exec(svg)?.[1]);
  return {
    fitTo: { mode: 'width', value: Math.round(widthMm * dotsPerMm) },
    font: { loadSystemFonts: false },
    background: '#ffffff',
  };
}
