// Prepares ECG strips of the classes for figures. The demo, the gallery and the report of an experiment show synthetic and
// recorded strips side by side, so both are drawn in the same way. Signals in mV are not rescaled.

import { classInfo } from '../signal/class-table.js';
import type { Excerpt } from '../signal/excerpt.js';
import { canonicalLead, splitLeads } from '../signal/leads.js';
import { samplesOf } from '../signal/samples.js';
import { standardize } from '../signal/standardize.js';
import { restLabel } from '../signal/tasks.js';
import { describeWindow, displayNames, type EcgWindow } from '../signal/window.js';
import { ecgPaper, type PaperStrip } from './ecg-paper.js';
import { marksFromAnnotations } from './marks.js';
import { twelveLeadPage } from './twelve-lead-page.js';

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

/** A drawing of a window, and a note on what it shows of the window and how; the note may be empty. */
export interface WindowDrawing {
  readonly svg: string;
  readonly note: string;
}

/**
 * Draws a window on ECG paper: its lead II, or its first lead if it has no lead II. Amplitudes that are not mV are drawn in
 * SD.
 *
 * @returns The drawing, and a note on its lead, scale and length.
 */
export function drawWindow(window: EcgWindow, fsHz: number): WindowDrawing {
  const { leads, startS } = window;
  const shown = Math.max(0, leads.map(canonicalLead).indexOf('II'));
  const { unit, signals } = scaled(window, [shown]);
  const lead = leads[shown]!;
  const excerpt = { title: titleOf(window), lead, fsHz, signalMv: signals[0]!, annotations: [], startS };
  const wholeS = signals[0]!.length / fsHz;
  const notes = [
    ...(leads.length > 1 ? [` Lead ${lead} of ${leads.length}.`] : []),
    ...scaleNote(unit),
    ...(wholeS > mostS ? [` The first ${mostS} s of ${Number(wholeS.toFixed(1))} s.`] : []),
  ];
  return { svg: drawExcerpt(excerpt, unit), note: notes.join('') };
}

/** Draws a window of the twelve standard leads as a page. Amplitudes that are not mV are drawn in SD of each lead. */
export function drawWindowPage(window: EcgWindow, fsHz: number): WindowDrawing {
  const { leads, startS } = window;
  const drawn = scaled(
    window,
    leads.map((_, at) => at),
  );
  const svg = twelveLeadPage({ title: titleOf(window), fsHz, leads, startS, ...drawn });
  return { svg, note: scaleNote(drawn.unit).join('') };
}

/** Returns some leads of a window in mV, or z-scored if they are not mV. */
function scaled(
  window: EcgWindow,
  places: readonly number[],
): { readonly unit: 'mV' | 'zscore'; readonly signals: readonly Float32Array[] } {
  const all = splitLeads(window.signal, window.leads.length);
  const own = places.map((place) => all[place]!);
  if (window.unit === 'mV') return { unit: 'mV', signals: own };
  const signals = own.map((signal) => {
    const out = new Float32Array(signal.length);
    standardize(signal, out, describeWindow(window));
    return out;
  });
  return { unit: 'zscore', signals };
}

function titleOf(window: EcgWindow): string {
  return `Record ${displayNames(window).recordName}`;
}

function scaleNote(unit: 'mV' | 'zscore'): string[] {
  return unit === 'mV' ? [] : [' Drawn 5 mm/SD: its amplitudes are not millivolts.'];
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
