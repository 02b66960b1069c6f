// Prepares ECG strips of the classes for figures. The demo and the report of an experiment show synthetic and recorded
// strips side by side, so both are drawn in the same way. Signals are in mV and are not rescaled.

import { classInfo } from '../signal/class-table.js';
import type { Excerpt } from '../signal/excerpt.js';
import { samplesOf } from '../signal/samples.js';
import { restLabel } from '../signal/tasks.js';
import type { PaperStrip } from './ecg-paper.js';
import { marksFromAnnotations } from './marks.js';

/** Returns the title of a shipped class, the title of all other records, or a data set's own label unchanged. */
export function labelTitle(label: string): string {
  return label === restLabel ? 'All other records' : (classInfo(label)?.title ?? label);
}

/** Cuts a strip of `seconds` from the excerpt: centred on its first ventricular beat, or from the start without one. */
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
