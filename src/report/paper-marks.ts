// Draws the marks beside a trace: the letters of beats above it, bars of waves and the rhythms below it.

import { shorten, soft, stroke, text, type WaveKind, waveColour } from './paper.js';
import { strokeText } from './strokes.js';

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

const ectopic = '#c0182b';
/** WFDB codes of ventricular beats, which are written in red. */
const ventricular = new Set(['V', 'E', 'F', 'r', '!']);

/** Draws the marks between two times of a row, whose traces end at `bottom`. */
export function markLayer(
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
  for (const kind of ['P', 'QRS', 'T'] as const) {
    const shown = marks.waves.filter((wave) => wave.kind === kind);
    parts.push(...waveBars(shown, from, to, xOf, bottom));
    const peaks = shown
      .filter(({ peakS }) => inside(peakS))
      .map(({ peakS }) => `M${text(xOf(peakS))} ${text(bottom + 1.7)}v-1.2`);
    parts.push(stroke(peaks.join(''), waveColour[kind], 0.3));
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

/** Draws the bars of waves of one kind from onset to offset. */
function waveBars(
  waves: readonly PaperWave[],
  from: number,
  to: number,
  xOf: (s: number) => number,
  bottom: number,
): string[] {
  const bars = waves.flatMap(({ kind, onsetS, peakS, offsetS }) => {
    const onset = Number.isNaN(onsetS) ? peakS : onsetS;
    const offset = Number.isNaN(offsetS) ? peakS : offsetS;
    if (!(offset > from && onset < to)) return [];
    const x = xOf(Math.max(onset, from));
    const width = Math.max(0.4, xOf(Math.min(offset, to)) - x);
    return [
      `<rect class="wave ${kind}" x="${text(x)}" y="${text(bottom + 1.7)}" width="${text(width)}" height="1.7" rx=".3"/>`,
    ];
  });
  if (bars.length === 0) return [];
  return [`<g fill="${waveColour[waves[0]!.kind]}" fill-opacity=".82">${bars.join('')}</g>`];
}
