// Prepares ECG strips of the classes for figures. The demo, the gallery and the report of an experiment show synthetic and
// recorded strips side by side, so both are drawn in the same way. Signals in mV are not rescaled.

import { classInfo } from '../signal/class-table.js';
import type { Excerpt } from '../signal/excerpt.js';
import { canonicalLead } from '../signal/leads.js';
import { samplesOf } from '../signal/samples.js';
import { standardize } from '../signal/standardize.js';
import { restLabel } from '../signal/tasks.js';
import { describeWindow, displayNames, type EcgWindow } from '../signal/window.js';
import { ecgPaper, type PaperStrip } from './ecg-paper.js';
import { marksFromAnnotations } from './marks.js';

const rowS = 5;
/** The largest drawn length of a window, in seconds. */
const mostS = 10;

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

/**
 * Draws a window on ECG paper: its lead II, or its first lead if it has no lead II. Amplitudes that are not mV are drawn in
 * SD.
 *
 * @returns The drawing, and a note on its lead, scale and length.
 */
export function drawWindow(window: EcgWindow, fsHz: number): { readonly svg: string; readonly note: string } {
  const { unit, leads, startS } = window;
  const shown = Math.max(0, leads.map(canonicalLead).indexOf('II'));
  const length = window.signal.length / leads.length;
  const signal = window.signal.subarray(shown * length, (shown + 1) * length);
  const isMv = unit === 'mV';
  const drawn = isMv ? signal : new Float32Array(length);
  if (!isMv) standardize(signal, drawn, describeWindow(window));
  const title = `Record ${displayNames(window).recordName}`;
  const excerpt = { title, lead: leads[shown]!, fsHz, signalMv: drawn, annotations: [], startS };
  const wholeS = length / fsHz;
  const notes = [
    ...(leads.length > 1 ? [` Lead ${leads[shown]} of ${leads.length}.`] : []),
    ...(isMv ? [] : [' Drawn 5 mm/SD: its amplitudes are not millivolts.']),
    ...(wholeS > mostS ? [` The first ${mostS} s of ${Number(wholeS.toFixed(1))} s.`] : []),
  ];
  return { svg: drawExcerpt(excerpt, isMv ? 'mV' : 'zscore'), note: notes.join('') };
}

/** Draws up to ten seconds of an excerpt in rows of five seconds. */
export function drawExcerpt(excerpt: Excerpt, unit: PaperStrip['unit'] = 'mV'): string {
  const wholeS = Math.min(mostS, excerpt.signalMv.length / excerpt.fsHz);
  return ecgPaper({ ...stripOf(excerpt, wholeS), rowS, unit });
}

/** Returns a time as `12.3 s`. */
export function secondsText(startS: number): string {
  return `${Math.round(startS * 10) / 10} s`;
}
