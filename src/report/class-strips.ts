// Strips of the classes for figures, synthetic or recorded, drawn alike: the demo and the report of an experiment put
// them side by side. Signals in mV; nothing is scaled to look alike.

import { type EcgClass, ecgClasses } from '../signal/classes.js';
import type { Excerpt } from '../signal/excerpt.js';
import { samplesOf } from '../signal/samples.js';
import type { PaperStrip } from './ecg-paper.js';
import { marksFromAnnotations } from './marks.js';

export const classTitles: Readonly<Record<EcgClass, string>> = {
  normal: 'Normal sinus rhythm',
  af: 'Atrial fibrillation (AF)',
  aflt: 'Atrial flutter (AFLT)',
  pvc: 'Premature ventricular contraction (PVC)',
  wpw: 'Wolff-Parkinson-White (WPW)',
};

/** One of our classes by its title; a data set's own label as it is. */
export function labelTitle(label: string): string {
  const known = ecgClasses.find((name) => name === label);
  return known === undefined ? label : classTitles[known];
}

/** `seconds` of the excerpt: its first ones, or those around its first ventricular beat. */
export function stripOf(excerpt: Excerpt, seconds: number): PaperStrip & { readonly startS: number } {
  const { title, lead, fsHz, signalMv, annotations, startS } = excerpt;
  const ectopic = annotations.find(({ symbol, sample }) => symbol === 'V' && sample >= 0);
  const wanted = ectopic === undefined ? 0 : Math.floor(ectopic.sample / fsHz - seconds / 2);
  const from = Math.max(0, Math.min(wanted, signalMv.length / fsHz - seconds));
  const first = samplesOf(from, fsHz);
  return {
    title,
    lead,
    fsHz,
    unit: 'mV',
    signal: signalMv.subarray(first, first + samplesOf(seconds, fsHz)),
    startS: startS + from,
    marks: marksFromAnnotations(annotations, fsHz, from, seconds),
  };
}
