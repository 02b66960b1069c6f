// Converts annotations between EDF+ and WFDB. EDF+ has texts only: a rhythm change is its WFDB text (`(AFIB`), a beat is
// its WFDB code (`V`), and every other text is a note.

import type { Annotation } from '../../signal/window.js';
import { beatSymbols } from '../wfdb/annotations.js';
import type { EdfAnnotation } from './read.js';

/** Returns whether a text is a rhythm as WFDB writes it: `(`, then capital letters and digits. */
export function isRhythm(text: string): boolean {
  return /^\([A-Z0-9]+$/.test(text);
}

/**
 * Returns EDF+ annotations as WFDB annotations, in order of time: `+` with the text of a rhythm, the codes of beats, and
 * `"` with the text of a note. A rhythm that starts before the first sample starts with it; an earlier beat or note is
 * omitted.
 *
 * @param fsHz - rate of the samples that the result counts.
 */
export function wfdbAnnotations(annotations: readonly EdfAnnotation[], fsHz: number): Annotation[] {
  const found = annotations.map(({ onsetS, text }): Annotation => {
    // Adding 0 turns the -0 of a time just before the first sample into 0.
    const sample = Math.round(onsetS * fsHz) + 0;
    const plain = { subtype: 0, channel: 0, number: 0 };
    if (beatSymbols.has(text)) return { ...plain, sample, symbol: text, aux: '' };
    if (isRhythm(text)) return { ...plain, sample: Math.max(0, sample), symbol: '+', aux: text };
    return { ...plain, sample, symbol: '"', aux: text };
  });
  return found.filter(({ sample }) => sample >= 0).sort((a, b) => a.sample - b.sample);
}
