// Draws one lead on ECG paper at true size: 25 mm/s and 10 mm/mV. One user unit of the SVG is one millimetre.
// The signal is drawn in rows of ten seconds. Beats and waves are marked above and below the trace, never over it.
// More than 300 lines: the layout of the page is one set of constants that all parts share.
// A z-scored signal is drawn at 5 mm/SD, and the drawing states that. Twelve-lead pages are not supported.

import { PqrstError } from '../base/errors.js';
import type { Unit } from '../signal/defaults.js';
import { samplesOf } from '../signal/samples.js';
import { strokeText, strokeTextWidth } from './strokes.js';

/** The waves that can be marked. */
export type WaveKind = 'P' | 'QRS' | 'T';

/** A wave; times in seconds from the first sample, NaN if the onset or offset is unknown. */
export interface PaperWave {
  /** The P wave, the QRS complex or the T wave. */
  readonly kind: WaveKind;
  /** Time at which the wave starts, in s from the first sample; NaN if it is unknown. */
  readonly onsetS: number;
  /** Time of the peak of the wave, in s from the first sample. */
  readonly peakS: number;
  /** Time at which the wave ends, in s from the first sample; NaN if it is unknown. */
  readonly offsetS: number;
}

/** Marks beside the trace; times in seconds from the first sample. */
export interface PaperMarks {
  /** Beats; `type` is the WFDB beat code, such as N or V. */
  readonly beats: readonly { readonly timeS: number; readonly type: string }[];
  /** Waves to mark below the trace. */
  readonly waves: readonly PaperWave[];
  /** Rhythms; each one lasts until the next one starts. */
  readonly rhythms: readonly { readonly startS: number; readonly label: string }[];
}

/** A signal and its description, as `ecgPaper` draws it. */
export interface PaperStrip {
  /** Text above the trace, for example the name of the record. It is cut if it is too long for the page. */
  readonly title: string;
  /** Name of the lead, for example II. */
  readonly lead: string;
  /** Sampling rate in Hz. */
  readonly fsHz: number;
  /** Unit of the samples: `mV`, or standard deviations of a z-scored signal: `sd` as in `EcgWindow`, or `zscore`. */
  readonly unit: Unit | 'sd';
  /** Samples in the given unit. The trace has a gap where a sample is missing (NaN). */
  readonly signal: Float32Array;
  /** Time that the axis shows at the first sample, in seconds; default 0. */
  readonly startS?: number;
  /** Beats, waves and rhythms to mark beside the trace; by default there are no marks. */
  readonly marks?: PaperMarks;
  /** Seconds per row; default 10. Five seconds at true size fit a column of a printed page. */
  readonly rowS?: number;
}

/** Paper speed: millimetres per second. */
export const mmPerS = 25;
const mmPerUnit = { mV: 10, zscore: 5, sd: 5 } as const;

// Lengths in millimetres. Every height is a multiple of 5, so that each row starts at a thick grid line.
const margin = 5;
const header = 10;
const pulseRoom = 10;
const beatLane = 5;
const waveLane = 5;
const timeLane = 5;
const tallest = 60;

const ink = '#1c1b1a';
const soft = '#6d6462';
const waveColour: Record<WaveKind, string> = { P: '#2f6db5', QRS: '#8a4b08', T: '#2d8a57' };
const ectopic = '#c0182b';
/** WFDB codes of ventricular beats, which are written in red. */
const ventricular = new Set(['V', 'E', 'F', 'r', '!']);

/**
 * Draws one lead on ECG paper at true size and returns a complete SVG document.
 *
 * @param strip - The signal in mV or z-scored, its sampling rate in Hz, and optional marks.
 * @returns SVG text with width and height in millimetres. It contains no text elements, so it needs no font.
 * @example
 * ```js
 * import { writeFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { ecgPaper } from 'pqrst/report';
 * import { Synthesizer } from 'pqrst/synth';
 * const synthesizer = new Synthesizer({ preset: 'clinical', fsHz: 500, seconds: 10, seed: 1, unit: 'mV' });
 * const { signals } = await synthesizer.batch({ classes: ['af'], count: 1 });
 * const svg = ecgPaper({ title: 'Atrial fibrillation', lead: 'II', fsHz: 500, unit: 'mV', signal: signals });
 * await writeFile(join(tmpdir(), 'af.svg'), svg);
 * ```
 * @example
 * ```ts
 * // A WFDB record with its annotations: beats, and rhythm changes (+).
 * import { readAnnotations, readRecord, writeRecord } from 'pqrst/records';
 * import { ecgPaper } from 'pqrst/report';
 * import { Synthesizer, toWfdbAnnotations } from 'pqrst/synth';
 *
 * const synth = new Synthesizer({ preset: 'paper', fsHz: 250, seconds: 10, seed: 1, unit: 'mV' });
 * const batch = await synth.batch({ classes: ['pvc'], count: 1, annotations: true });
 * const record = { name: 'r1', fsHz: 250, leads: ['II'], signalsMv: [batch.signals] };
 * await writeRecord('.', record, { annotations: toWfdbAnnotations(batch.annotations.record(0), 250) });
 *
 * const { fsHz, leads, signalsMv } = await readRecord('r1');
 * const [lead = 'II'] = leads;
 * const [signal = new Float32Array()] = signalsMv;
 * const found = await readAnnotations('r1', 'atr');
 * const beats = found
 *   .filter(({ symbol }) => /^[NLRVAFE]$/.test(symbol))
 *   .map(({ sample, symbol }) => ({ timeS: sample / fsHz, type: symbol }));
 * const rhythms = found
 *   .filter(({ symbol }) => symbol === '+')
 *   .map(({ sample, aux }) => ({ startS: sample / fsHz, label: aux.slice(1) })); // (AFIB -> AFIB
 * const marks = { beats, rhythms, waves: [] };
 * console.log(ecgPaper({ title: 'r1', lead, fsHz, unit: 'mV', signal, marks }).length);
 * ```
 * @throws PqrstError ERR_SIGNAL: when the signal has fewer than two samples or no finite sample.
 */
export function ecgPaper(strip: PaperStrip): string {
  const { signal, fsHz, rowS = 10 } = strip;
  const level = median(signal);
  if (signal.length < 2 || Number.isNaN(level)) {
    throw new PqrstError(
      'ERR_SIGNAL',
      `${strip.title} has too few finite samples to draw (${signal.length} samples in total); at least two are needed`,
    );
  }
  const seconds = signal.length / fsHz;
  const rows = Math.ceil(seconds / rowS - 1e-9);
  const gain = mmPerUnit[strip.unit];
  const { above, below } = extent(signal, level, gain);
  const rowMm = beatLane + above + below + waveLane + timeLane;
  const left = margin + pulseRoom;
  const gridMm = pulseRoom + Math.ceil((Math.min(seconds, rowS) * mmPerS) / 5) * 5;
  const width = gridMm + 2 * margin;
  const height = header + rows * rowMm + margin;

  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}mm" height="${height}mm" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(describe(strip))}">`,
    `<title>${escapeXml(describe(strip))}</title>`,
    `<rect width="${width}" height="${height}" fill="#fffdfb"/>`,
    grid(margin, header, gridMm, rows * rowMm),
    heading(strip, width),
  ];
  for (let row = 0; row < rows; row++) {
    const from = row * rowS;
    const to = Math.min(seconds, from + rowS);
    const top = header + row * rowMm;
    const zeroMm = top + beatLane + above;
    const bottom = zeroMm + below;
    const xOf = (timeS: number) => left + (timeS - from) * mmPerS;
    const yOf = (value: number) =>
      Math.min(bottom, Math.max(top + beatLane, zeroMm - (value - level) * gain));
    parts.push(
      timeAxis(from, to, strip.startS ?? 0, xOf, bottom + waveLane),
      markLayer(strip.marks, from, to, xOf, top, bottom),
      calibration(strip.unit, zeroMm, gain),
      `<path class="trace" d="${trace(signal, fsHz, from, to, xOf, yOf)}" fill="none" stroke="${ink}" stroke-width=".3" stroke-linejoin="round" stroke-linecap="round"/>`,
    );
  }
  parts.push('</svg>');
  return parts.join('\n');
}

function describe(strip: PaperStrip): string {
  const seconds = strip.signal.length / strip.fsHz;
  return `${strip.title}, lead ${strip.lead}, ${text(seconds)} s at ${text(strip.fsHz)} Hz, ${scaleText(strip.unit)}`;
}

function scaleText(unit: PaperStrip['unit']): string {
  return unit === 'mV' ? '25 mm/s  10 mm/mV' : '25 mm/s  5 mm/SD (z-scored)';
}

function heading(strip: PaperStrip, width: number): string {
  const right = `${text(strip.fsHz)} Hz   ${scaleText(strip.unit)}`;
  const rightMm = strokeTextWidth(right, 2);
  const parts: string[] = [];
  let pen = width - margin - rightMm - 6;
  const kinds = (['T', 'QRS', 'P'] as const).filter((k) => strip.marks?.waves.some((w) => w.kind === k));
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

/** Shortens `words` to a width of `roomMm`; three dots show that something was cut. */
function shorten(words: string, roomMm: number, capMm: number): string {
  let shown = words;
  while (shown.length > 4 && strokeTextWidth(shown, capMm) > roomMm) shown = `${shown.slice(0, -4)}...`;
  return shown;
}

function grid(x: number, y: number, width: number, height: number): string {
  const lines = (step: number, skip: number) => {
    let path = '';
    for (let at = 0; at <= width; at += step)
      if (skip === 0 || at % skip) path += `M${x + at} ${y}v${height}`;
    for (let at = 0; at <= height; at += step)
      if (skip === 0 || at % skip) path += `M${x} ${y + at}h${width}`;
    return path;
  };
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="#fff6f4"/>`,
    `<path d="${lines(1, 5)}" stroke="#f7d3ce" stroke-width=".1" fill="none"/>`,
    `<path d="${lines(5, 0)}" stroke="#eda59d" stroke-width=".16" stroke-linecap="square" fill="none"/>`,
  ].join('\n');
}

function timeAxis(from: number, to: number, startS: number, xOf: (s: number) => number, y: number): string {
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
function calibration(unit: PaperStrip['unit'], zeroMm: number, gain: number): string {
  const pulse = `M${margin + 1} ${zeroMm}h1.5v${-gain}h5v${gain}h1.5`;
  const label = strokeText(unit === 'mV' ? '1 mV' : '1 SD', margin + 5, zeroMm + 3, 1.5, 'middle');
  return `<path class="calibration" d="${pulse}" fill="none" stroke="${ink}" stroke-width=".3"/>\n${stroke(label, soft, 0.18)}`;
}

function markLayer(
  marks: PaperMarks | undefined,
  from: number,
  to: number,
  xOf: (s: number) => number,
  top: number,
  bottom: number,
): string {
  if (marks === undefined) return '';
  const parts: string[] = [];
  const inside = (s: number) => s >= from && s < to;
  for (const wave of marks.waves) {
    const onset = Number.isNaN(wave.onsetS) ? wave.peakS : wave.onsetS;
    const offset = Number.isNaN(wave.offsetS) ? wave.peakS : wave.offsetS;
    if (!(offset > from && onset < to)) continue;
    const x = xOf(Math.max(onset, from));
    const width = Math.max(0.4, xOf(Math.min(offset, to)) - x);
    const colour = waveColour[wave.kind];
    parts.push(
      `<rect class="wave ${wave.kind}" x="${text(x)}" y="${text(bottom + 1.7)}" width="${text(width)}" height="1.7" rx=".3" fill="${colour}" fill-opacity=".82"/>`,
    );
    if (inside(wave.peakS))
      parts.push(stroke(`M${text(xOf(wave.peakS))} ${text(bottom + 1.7)}v-1.2`, colour, 0.3));
  }
  let plain = '';
  let odd = '';
  for (const beat of marks.beats) {
    if (!inside(beat.timeS)) continue;
    const letter = strokeText(beat.type, xOf(beat.timeS), top + 4.1, 1.9, 'middle');
    if (ventricular.has(beat.type)) odd += letter;
    else plain += letter;
  }
  parts.push(stroke(plain, soft, 0.22), stroke(odd, ectopic, 0.42));
  const shown = [...marks.rhythms]
    .filter((rhythm, at) => rhythm.startS < to && (marks.rhythms[at + 1]?.startS ?? Infinity) > from)
    .map((rhythm) => ({ ...rhythm, x: xOf(Math.max(from, rhythm.startS)) }));
  for (const [at, rhythm] of shown.entries()) {
    const room = (shown[at + 1]?.x ?? xOf(to)) - rhythm.x - 2;
    const words = strokeText(shorten(rhythm.label, room, 2), rhythm.x + 1.2, bottom - 1.4, 2);
    const edge = `M${text(rhythm.x)} ${text(bottom - 4.4)}v3.6`;
    parts.push(stroke(edge, '#5b3a8c', 0.25), stroke(words, '#5b3a8c', 0.27));
  }
  return parts.join('\n');
}

/**
 * Draws the trace between two times. If more than two samples fall into an eighth of a millimetre, draws only the
 * lowest and the highest of them, so that peaks keep their height and the file stays small.
 */
function trace(
  signal: Float32Array,
  fsHz: number,
  fromS: number,
  toS: number,
  xOf: (s: number) => number,
  yOf: (value: number) => number,
): string {
  const first = samplesOf(fromS, fsHz);
  const last = Math.min(signal.length - 1, samplesOf(toS, fsHz));
  const perBin = Math.max(1, Math.floor(fsHz / mmPerS / 8));
  let path = '';
  let pen = 'M';
  const point = (at: number) => {
    path += `${pen}${text(xOf(at / fsHz))} ${text(yOf(signal[at]!))}`;
    pen = 'L';
  };
  for (let start = first; start <= last; start += perBin) {
    const end = Math.min(last + 1, start + perBin);
    let low = -1;
    let high = -1;
    for (let at = start; at < end; at++) {
      const value = signal[at]!;
      if (Number.isNaN(value)) continue;
      if (low < 0 || value < signal[low]!) low = at;
      if (high < 0 || value > signal[high]!) high = at;
    }
    if (low < 0) pen = 'M';
    else if (low === high) point(low);
    else for (const at of low < high ? [low, high] : [high, low]) point(at);
  }
  return path;
}

/** Returns the space above and below the level in mm, in steps of 5: at least 15, and limited by `tallest`. */
function extent(signal: Float32Array, level: number, gain: number): { above: number; below: number } {
  let high = 0;
  let low = 0;
  for (const value of signal) {
    if (value - level > high) high = value - level;
    if (value - level < low) low = value - level;
  }
  const steps = (mm: number) => Math.min(tallest, Math.ceil((mm + 1) / 5) * 5);
  return { above: Math.max(15, steps(high * gain)), below: Math.max(15, steps(-low * gain) + 5) };
}

function median(signal: Float32Array): number {
  const finite = signal.filter((value) => Number.isFinite(value)).sort();
  return finite.length === 0 ? Number.NaN : finite[finite.length >> 1]!;
}

function stroke(path: string, colour: string, widthMm: number): string {
  if (path === '') return '';
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${widthMm}" stroke-linecap="round" stroke-linejoin="round"/>`;
}

function text(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Escapes text for use in XML or HTML. */
export function escapeXml(words: string): string {
  return words.replace(
    /[&<>"]/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]!,
  );
}
