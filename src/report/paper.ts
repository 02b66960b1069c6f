// The parts of which drawings on ECG paper consist, at true size: 25 mm/s and 10 mm/mV. One user unit of the SVG is one
// millimetre. A z-scored signal is drawn at 5 mm/SD, and the drawing states that.

import { printable } from '../base/text.js';
import type { Unit } from '../signal/defaults.js';
import { strokeText, strokeTextWidth } from './strokes.js';

/** The waves that can be marked. */
export type WaveKind = 'P' | 'QRS' | 'T';

/** Unit of the samples: `mV`, or standard deviations of a z-scored signal. */
export type PaperUnit = Unit | 'sd';

/** Paper speed: millimetres per second. */
export const mmPerS = 25;
export const mmPerUnit = { mV: 10, zscore: 5, sd: 5 } as const;

// Lengths in millimetres. Every height is a multiple of 5, so that each row starts at a thick grid line.
export const margin = 5;
export const header = 10;
export const pulseRoom = 10;
export const beatLane = 5;
export const waveLane = 5;
export const timeLane = 5;

export const ink = '#1c1b1a';
export const soft = '#6d6462';
export const waveColour: Record<WaveKind, string> = { P: '#2f6db5', QRS: '#8a4b08', T: '#2d8a57' };

/** Opens a drawing of this size in mm. A screen reader reads `label`. */
export function openSvg(width: number, height: number, label: string): string[] {
  const words = escapeXml(label);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}mm" height="${height}mm" viewBox="0 0 ${width} ${height}" role="img" aria-label="${words}">`,
    `<title>${words}</title>`,
    `<rect width="${width}" height="${height}" fill="#fffdfb"/>`,
  ];
}

/** The texts above a drawing. */
export interface Heading {
  readonly title: string;
  /** Name of the lead or leads. */
  readonly lead: string;
  readonly fsHz: number;
  readonly unit: PaperUnit;
  /** The marked waves, whose colours are explained. */
  readonly waves?: readonly { readonly kind: WaveKind }[] | undefined;
}

/** Describes a drawing in words. */
export function describe({ title, lead, fsHz, unit }: Heading, seconds: number): string {
  return `${title}, lead ${lead}, ${text(seconds)} s at ${text(fsHz)} Hz, ${scaleText(unit)}`;
}

function scaleText(unit: PaperUnit): string {
  return unit === 'mV' ? '25 mm/s  10 mm/mV' : '25 mm/s  5 mm/SD (z-scored)';
}

/** Draws the title, the scale and the colours of the marked waves. */
export function heading(strip: Heading, width: number): string {
  const right = `${text(strip.fsHz)} Hz   ${scaleText(strip.unit)}`;
  const rightMm = strokeTextWidth(right, 2);
  const parts: string[] = [];
  let pen = width - margin - rightMm - 6;
  const kinds = (['T', 'QRS', 'P'] as const).filter((k) => strip.waves?.some((w) => w.kind === k));
  for (const kind of kinds) {
    pen -= strokeTextWidth(kind, 2);
    parts.push(stroke(strokeText(kind, pen, 6.6, 2), waveColour[kind], 0.28));
    pen -= 3.4;
    parts.push(
      `<rect x="${text(pen)}" y="4.9" width="2.4" height="1.5" rx=".4" fill="${waveColour[kind]}"/>`,
    );
    pen -= 3;
  }
  const room = pen - margin - 4;
  const name = shorten(`${strip.title}   ${strip.lead}`, room, 2.8);
  return [
    stroke(strokeText(name, margin, 6.9, 2.8), ink, 0.42),
    stroke(strokeText(right, width - margin, 6.6, 2, 'end'), soft, 0.24),
    ...parts,
  ].join('\n');
}

/** Draws a sentence below a drawing, whose grid ends at `y`. */
export function footnote(words: string, y: number, width: number): string {
  return stroke(strokeText(shorten(words, width - 2 * margin, 2), margin, y + 4, 2), soft, 0.24);
}

/** Shortens `words` to a width of `roomMm`; three dots show that something was cut. */
export function shorten(words: string, roomMm: number, capMm: number): string {
  let shown = words;
  while (shown.length > 4 && strokeTextWidth(shown, capMm) > roomMm) shown = `${shown.slice(0, -4)}...`;
  return shown;
}

/**
 * Draws the grid: thin lines every millimetre, thick ones every five. All lines of one direction are the dashes of one
 * line that is as wide as the grid is high, so that a grid takes few bytes.
 */
export function grid(x: number, y: number, width: number, height: number): string {
  const lines = (step: number, thickness: number, colour: string) =>
    [
      { path: `M${x - thickness / 2} ${y + height / 2}h${width + thickness}`, across: height },
      { path: `M${x + width / 2} ${y - thickness / 2}v${height + thickness}`, across: width },
    ].map(
      ({ path, across }) =>
        `<path class="grid" d="${path}" stroke="${colour}" stroke-width="${across}" stroke-dasharray="${thickness} ${step - thickness}" fill="none"/>`,
    );
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="#fff6f4"/>`,
    ...lines(1, 0.1, '#f7d3ce'),
    ...lines(5, 0.16, '#eda59d'),
  ].join('\n');
}

/** Draws the ticks and labels of full seconds. */
export function timeAxis(
  from: number,
  to: number,
  startS: number,
  xOf: (s: number) => number,
  y: number,
): string {
  let ticks = '';
  let labels = '';
  const first = Math.ceil(startS + from - 1e-9);
  for (let second = first; second <= startS + to + 1e-9; second++) {
    const x = xOf(second - startS);
    ticks += `M${text(x)} ${y}v1.4`;
    labels += strokeText(second === first ? `${second} s` : String(second), x, y + 4, 1.7, 'middle');
  }
  return `${stroke(ticks, soft, 0.2)}\n${stroke(labels, soft, 0.2)}`;
}

/** Draws the calibration pulse before the trace: one unit (1 mV or 1 SD) high and 5 mm wide. */
export function calibration(unit: PaperUnit, zeroMm: number, gain: number): string {
  const pulse = `M${margin + 1} ${zeroMm}h1.5v${-gain}h5v${gain}h1.5`;
  const label = strokeText(unit === 'mV' ? '1 mV' : '1 SD', margin + 5, zeroMm + 3, 1.5, 'middle');
  return `<path class="calibration" d="${pulse}" fill="none" stroke="${ink}" stroke-width=".3"/>\n${stroke(label, soft, 0.18)}`;
}

/** Returns the space that a signal takes above and below the level, in steps of 5 mm up to 60 mm. */
export function extent(signal: Float32Array, level: number, gain: number): { above: number; below: number } {
  let high = 0;
  let low = 0;
  for (const value of signal) {
    if (value - level > high) high = value - level;
    if (value - level < low) low = value - level;
  }
  const steps = (mm: number) => Math.min(60, Math.ceil((mm + 1) / 5) * 5);
  return { above: steps(high * gain), below: steps(-low * gain) };
}

/** Returns the space of a row with marks: at least 15 mm each, and room below for the label of the rhythm. */
export function markedExtent({ above, below }: { readonly above: number; readonly below: number }): {
  above: number;
  below: number;
} {
  return { above: Math.max(15, above), below: Math.max(15, below + 5) };
}

/** Returns the median of the finite samples; NaN if there is no such sample. */
export function median(signal: Float32Array): number {
  const finite = signal.filter((value) => Number.isFinite(value)).sort();
  return finite.length === 0 ? Number.NaN : finite[finite.length >> 1]!;
}

/** Draws a path as a line. */
export function stroke(path: string, colour: string, widthMm: number): string {
  if (path === '') return '';
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${widthMm}" stroke-linecap="round" stroke-linejoin="round"/>`;
}

/** Returns a length in mm, rounded to a hundredth. */
export function text(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Escapes text for use in XML or HTML, with its control characters (`printable`). */
export function escapeXml(words: string): string {
  return printable(words).replace(
    /[&<>"]/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]!,
  );
}
