// Draws twelve leads on one page, as a clinic prints them: three rows of four columns of 2.5 s each, one after another
// in time, and below them ten seconds of lead II. Beats, waves and rhythms are marked beside the rhythm strip only.

import { PqrstError } from '../base/errors.js';
import { canonicalLead, twelveLeads } from '../signal/leads.js';
import { samplesOf } from '../signal/samples.js';
import {
  beatLane,
  calibration,
  clippedNote,
  describe,
  extent,
  footnote,
  grid,
  header,
  heading,
  ink,
  margin,
  markedExtent,
  median,
  mmPerS,
  mmPerUnit,
  mostMm,
  openSvg,
  type PaperUnit,
  pulseRoom,
  soft,
  stroke,
  text,
  timeAxis,
  timeLane,
  waveLane,
} from './paper.js';
import { markLayer, type PaperMarks } from './paper-marks.js';
import { strokeText } from './strokes.js';
import { tracePath } from './trace.js';

/** A record of twelve leads, as `twelveLeadPage` draws it. */
export interface TwelveLeadRecord {
  /** Text above the page, for example the name of the record. It is cut if it is too long for the page. */
  readonly title: string;
  /** Sampling rate in Hz. */
  readonly fsHz: number;
  /** Unit of the samples: `mV`, or standard deviations of a z-scored signal: `sd` as in `EcgWindow`, or `zscore`. */
  readonly unit: PaperUnit;
  /** Names of the leads, in any order. The twelve standard leads must be among them; others are not drawn. */
  readonly leads: readonly string[];
  /** One array per lead, of which the first ten seconds are drawn. A trace has a gap where a sample is missing (NaN). */
  readonly signals: readonly Float32Array[];
  /** Time that the axis shows at the first sample, in seconds; default 0. */
  readonly startS?: number;
  /** Beats, waves and rhythms to mark beside the rhythm strip; by default there are no marks. */
  readonly marks?: PaperMarks;
}

const rows = [
  ['I', 'aVR', 'V1', 'V4'],
  ['II', 'aVL', 'V2', 'V5'],
  ['III', 'aVF', 'V3', 'V6'],
] as const;
const rhythmLead = 'II';
const columnS = 2.5;
const pageS = 10;
/** Height of the lane with the names of the leads, and of their capitals, in mm. */
const nameLane = 5;
const nameMm = 2.4;
/** Height of a sentence below the page, in mm. */
const noteMm = 2;

/**
 * Draws a page of twelve leads at true size and returns a complete SVG document: I aVR V1 V4, II aVL V2 V5 and
 * III aVF V3 V6, 2.5 s each, and ten seconds of lead II.
 *
 * @param record - The signals in mV or z-scored, their sampling rate in Hz, and optional marks.
 * @returns SVG text with width and height in millimetres. It contains no text elements, so it needs no font.
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { svgToPng, twelveLeadPage } from 'pqrst/report';
 * import { Synthesizer } from 'pqrst/synth';
 *
 * const synth = new Synthesizer({ preset: 'physiological', fsHz: 500, seconds: 10, seed: 1, leads: '12' });
 * const { signals, leads, lengthSamples } = await synth.batch({ classes: ['normal'], count: 1 });
 * const svg = twelveLeadPage({
 *   title: 'Sinus rhythm',
 *   fsHz: 500,
 *   unit: 'mV',
 *   leads,
 *   signals: leads.map((_, at) => signals.subarray(at * lengthSamples, (at + 1) * lengthSamples)),
 * });
 * await writeFile('page.png', svgToPng(svg));
 * ```
 * @throws PqrstError ERR_OPTION: when one of the twelve standard leads is missing.
 * @throws PqrstError ERR_SIGNAL: when a lead has fewer than two samples or no finite sample.
 */
export function twelveLeadPage(record: TwelveLeadRecord): string {
  const { fsHz, unit, marks, startS = 0 } = record;
  const gain = mmPerUnit[unit];
  const signals = signalsByLead(record);
  const bands = rows.map((names) => {
    const columns = names.map((lead, at) => columnOf(record, lead, signals.get(lead)!, at));
    return { columns, ...spaceOf(columns, gain) };
  });
  const strip = columnOf(record, rhythmLead, signals.get(rhythmLead)!, 0, pageS);
  const space = markedExtent(spaceOf([strip], gain));
  const rowsMm = bands.reduce((sum, { above, below }) => sum + nameLane + above + below, 0);
  const stripMm = beatLane + space.above + space.below + waveLane + timeLane;
  const gridMm = pulseRoom + pageS * mmPerS;
  const width = gridMm + 2 * margin;
  const words = { ...record, lead: 'I to V6' };
  const clipped = clippedNote([...bands.flatMap(({ columns }) => columns), strip], unit);
  const end = header + rowsMm + stripMm;

  const parts = [
    ...openSvg(width, end + margin + (clipped === undefined ? 0 : noteMm), describe(words, strip.endS)),
    grid(margin, header, gridMm, rowsMm + stripMm),
    heading({ ...words, waves: marks?.waves }, width),
  ];
  let top = header;
  for (const { columns, above, below } of bands) {
    const zeroMm = top + nameLane + above;
    parts.push(calibration(unit, zeroMm, gain));
    for (const column of columns) {
      const x = xOf(column.startS);
      if (column.startS > 0) parts.push(stroke(`M${text(x)} ${zeroMm - 4}v8`, soft, 0.2));
      parts.push(
        stroke(strokeText(column.lead, x + 1.2, top + 4.2, nameMm), ink, 0.36),
        traceOf(column, fsHz, zeroMm, gain, [top + nameLane, zeroMm + below]),
      );
    }
    top += nameLane + above + below;
  }
  const zeroMm = top + beatLane + space.above;
  const bottom = zeroMm + space.below;
  parts.push(
    stroke(strokeText(rhythmLead, margin + 1.5, top + 4.2, nameMm), ink, 0.36),
    timeAxis(0, strip.endS, startS, xOf, bottom + waveLane),
    markLayer(marks, 0, strip.endS, xOf, top, bottom),
    calibration(unit, zeroMm, gain),
    traceOf(strip, fsHz, zeroMm, gain, [top + beatLane, Math.min(bottom, zeroMm + mostMm)]),
    ...(clipped === undefined ? [] : [footnote(clipped, end, width)]),
    '</svg>',
  );
  return parts.join('\n');
}

/** Returns the sentence below a page on which a trace leaves its row; undefined if each one fits. */
export function clippedOnPage(record: TwelveLeadRecord): string | undefined {
  const signals = signalsByLead(record);
  const traces = [
    ...rows.flatMap((names) => names.map((lead, at) => columnOf(record, lead, signals.get(lead)!, at))),
    columnOf(record, rhythmLead, signals.get(rhythmLead)!, 0, pageS),
  ];
  return clippedNote(traces, record.unit);
}

/** A stretch of one lead. */
interface Column {
  readonly lead: string;
  readonly startS: number;
  readonly endS: number;
  /** The samples from `startS` to `endS`. */
  readonly signal: Float32Array;
  /** The value that is drawn at the middle of the row; NaN if the stretch has no finite sample. */
  readonly level: number;
}

const xOf = (timeS: number) => margin + pulseRoom + timeS * mmPerS;

/** Returns the twelve standard leads by their usual names. */
function signalsByLead({ title, leads, signals }: TwelveLeadRecord): Map<string, Float32Array> {
  const found = new Map(leads.map((name, at) => [canonicalLead(name), signals[at]!]));
  const missing = twelveLeads.filter((lead) => found.get(lead) === undefined);
  if (missing.length === 0) return found;
  throw new PqrstError(
    'ERR_OPTION',
    `${title} lacks ${missing.join(', ')}; it has ${leads.join(', ')}. A page needs the twelve standard leads; draw a ` +
      'single lead instead',
  );
}

/** Returns column `at` of a lead, or with `seconds` its first seconds. */
function columnOf(
  { title, fsHz }: TwelveLeadRecord,
  lead: string,
  whole: Float32Array,
  at: number,
  seconds = columnS,
): Column {
  if (whole.length < 2 || Number.isNaN(median(whole))) {
    throw new PqrstError(
      'ERR_SIGNAL',
      `lead ${lead} of ${title} has too few finite samples to draw (${whole.length} samples in total); at least two are needed`,
    );
  }
  const first = samplesOf(at * columnS, fsHz);
  // The last sample is the first one of the next column, so that the traces meet.
  const signal = whole.subarray(first, first + samplesOf(seconds, fsHz) + 1);
  const startS = at * columnS;
  return {
    lead,
    startS,
    endS: Math.min(startS + seconds, whole.length / fsHz),
    signal,
    level: median(signal),
  };
}

/** Returns the space that a row of stretches takes above and below their levels, in mm: at least 10 each. */
function spaceOf(columns: readonly Column[], gain: number): { above: number; below: number } {
  const extents = columns.map(({ signal, level }) => extent(signal, level, gain));
  return {
    above: Math.max(10, ...extents.map(({ above }) => above)),
    below: Math.max(10, ...extents.map(({ below }) => below)),
  };
}

/** Draws a stretch with its level at `zeroMm`, between two heights that it does not leave. */
function traceOf(
  { startS, endS, signal, level }: Column,
  fsHz: number,
  zeroMm: number,
  gain: number,
  [top, bottom]: readonly [number, number],
): string {
  const yOf = (value: number) => Math.min(bottom, Math.max(top, zeroMm - (value - level) * gain));
  return tracePath(signal, fsHz, 0, endS - startS, (timeS) => xOf(startS + timeS), yOf);
}
