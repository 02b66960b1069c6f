// Places windows in a recording by its annotations, for the kinds of data sets in the layout of the MIT-BIH databases. A
// window is completely inside one rhythm: each rhythm segment is cut into consecutive windows from its start. The
// classes follow from the rhythm and from every beat in the window: `(AFIB` with a V beat is af and pvc, `(N` with R
// beats is crbbb. `(N` with only N beats is normal. `(BII` states no type, so it gives both types of second-degree AV
// block. Windows with other rhythms and beats have no class. Opens no file.

import { beatSymbols } from '../codecs/wfdb/annotations.js';
import { classesOfCodes } from '../signal/class-table.js';
import type { Annotation, WindowOptions } from '../signal/window.js';
import type { Stretch } from './kind.js';
import { tile } from './windows.js';

/** A part of a recording with one rhythm; times in samples. */
export interface RhythmSegment {
  readonly startSample: number;
  readonly endSample: number;
  /** The text of the rhythm, such as `(AFIB`; undefined if the data set does not state it. */
  readonly rhythm: string | undefined;
}

/**
 * Returns the rhythm segments that the annotations state, in order. A rhythm ends where the next one starts, at a change
 * `)` or without a text (Icentia11k), and at the end of the recording. Other texts of a change, such as `MISSB` in
 * LTAFDB, end no rhythm.
 */
export function rhythmSegments(annotations: readonly Annotation[], lengthSamples: number): RhythmSegment[] {
  const changes = annotations.filter(
    ({ symbol, aux }) => symbol === '+' && (aux.startsWith('(') || aux === ')' || aux === ''),
  );
  return changes
    .map(({ sample, aux }, at) => {
      const endSample = Math.min(changes[at + 1]?.sample ?? lengthSamples, lengthSamples);
      return { startSample: sample, endSample, rhythm: aux };
    })
    .filter(({ rhythm }) => rhythm.startsWith('('));
}

/** Returns the annotations that mark beats. */
export function beatsOf(annotations: readonly Annotation[]): Annotation[] {
  return annotations.filter(({ symbol }) => beatSymbols.has(symbol));
}

/**
 * Returns the windows inside each segment with their classes, rhythm and beats; times in samples at `fsHz`.
 *
 * @param beats - in the order of time.
 * @param areTyped - false if every beat is N because a detector, which knows no types, has found them. Then N beats do
 *   not make a window normal.
 */
export function stretchesOf(
  segments: readonly RhythmSegment[],
  beats: readonly Annotation[],
  fsHz: number,
  options: WindowOptions,
  areTyped = true,
): Stretch[] {
  const windowSamples = options.seconds * fsHz;
  let beat = 0;
  return segments.flatMap(({ startSample: first, endSample, rhythm }) =>
    tile(first, endSample, fsHz, options).map((startSample) => {
      while (beat < beats.length && beats[beat]!.sample < startSample) beat++;
      const symbols = new Set<string>();
      for (let at = beat; at < beats.length && beats[at]!.sample < startSample + windowSamples; at++) {
        symbols.add(beats[at]!.symbol);
      }
      return {
        startSample,
        classes: classesOf(rhythm, symbols, areTyped),
        labels: [...(rhythm === undefined ? [] : [rhythm]), ...[...symbols].sort()],
      };
    }),
  );
}

function classesOf(rhythm: string | undefined, beats: ReadonlySet<string>, areTyped: boolean): string[] {
  if (areTyped && rhythm === '(N' && beats.size === 1 && beats.has('N')) return ['normal'];
  return classesOfCodes([...(rhythm === undefined ? [] : [rhythm]), ...beats], 'wfdb');
}
