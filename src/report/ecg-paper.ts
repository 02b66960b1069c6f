// Draws one lead on ECG paper at true size: 25 mm/s and 10 mm/mV. One user unit of the SVG is one millimetre.
// The signal is drawn in rows of ten seconds. Beats and waves are marked above and below the trace, never over it.
// `twelve-lead-page.ts` draws twelve leads.

import { PqrstError } from '../base/errors.js';
import {
  beatLane,
  calibration,
  describe,
  extent,
  footnote,
  grid,
  header,
  heading,
  margin,
  markedExtent,
  median,
  mmPerS,
  mmPerUnit,
  openSvg,
  type PaperUnit,
  pulseRoom,
  timeAxis,
  timeLane,
  waveLane,
} from './paper.js';
import { markLayer, type PaperMarks } from './paper-marks.js';
import { tracePath } from './trace.js';

/** Height of the sentence below the drawing, in mm. */
const noteMm = 2;

/** A signal and its description, as `ecgPaper` draws it. */
export interface PaperStrip {
  /** Text above the trace, for example the name of the record. It is cut if it is too long for the page. */
  readonly title: string;
  /** Name of the lead, for example II. */
  readonly lead: string;
  /** Sampling rate in Hz. */
  readonly fsHz: number;
  /** Unit of the samples: `mV`, or standard deviations of a z-scored signal: `sd` as in `EcgWindow`, or `zscore`. */
  readonly unit: PaperUnit;
  /** Samples in the given unit. The trace has a gap where a sample is missing (NaN). */
  readonly signal: Float32Array;
  /** Time that the axis shows at the first sample, in seconds; default 0. */
  readonly startS?: number;
  /** Beats, waves and rhythms to mark beside the trace; by default there are no marks. */
  readonly marks?: PaperMarks;
  /** A sentence below the drawing, for example about the origin of the record; by default there is no sentence. */
  readonly note?: string | undefined;
  /** Seconds per row; default 10. Five seconds at true size fit a column of a printed page. */
  readonly rowS?: number;
}

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
  const { signal, fsHz, note, rowS = 10 } = strip;
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
  const { above, below } = markedExtent(extent(signal, level, gain));
  const rowMm = beatLane + above + below + waveLane + timeLane;
  const left = margin + pulseRoom;
  const gridMm = pulseRoom + Math.ceil((Math.min(seconds, rowS) * mmPerS) / 5) * 5;
  const width = gridMm + 2 * margin;
  const end = header + rows * rowMm;
  const height = end + margin + (note === undefined ? 0 : noteMm);

  const parts = [
    ...openSvg(width, height, describe(strip, seconds)),
    grid(margin, header, gridMm, rows * rowMm),
    heading({ ...strip, waves: strip.marks?.waves }, width),
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
      tracePath(signal, fsHz, from, to, xOf, yOf),
    );
  }
  if (note !== undefined) parts.push(footnote(note, end, width));
  parts.push('</svg>');
  return parts.join('\n');
}
