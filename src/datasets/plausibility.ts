// Finds recordings whose samples can be decoded but are implausible as an ECG, and data sets whose windows come from
// different leads. Opens no file.

import { canonicalLead } from '../signal/leads.js';
import type { LeadSignals } from './kind.js';

/** An ECG stays below this amplitude, in mV; even pacing spikes rarely reach it. */
const mostMv = 20;
/** A lead that is constant for this time at its start or end is probably padded, in s. */
const leastPaddingS = 1;

/** The facts about the leads that were read from one recording. */
export interface LeadFacts {
  readonly recordName: string;
  readonly leads: readonly string[];
  /** The largest amplitude in mV; 0 if the unit is another one. */
  readonly peakMv: number;
  /** The longest time in s for which a lead is constant at its start or end; 0 if it is constant from start to end. */
  readonly paddedS: number;
}

/** Returns the facts about the leads that were read from a recording. */
export function leadFacts(recordName: string, { fsHz, leads, signals, unit }: LeadSignals): LeadFacts {
  const peakMv = unit === 'mV' ? Math.max(0, ...signals.map(peakOf)) : 0;
  const paddedS = Math.max(0, ...signals.map(paddedSamples)) / fsHz;
  return { recordName, leads, peakMv, paddedS };
}

function peakOf(signal: Float32Array): number {
  let peak = 0;
  for (let n = 0; n < signal.length; n++) {
    const size = Math.abs(signal[n]!);
    if (size > peak && size < Number.POSITIVE_INFINITY) peak = size;
  }
  return peak;
}

/** Returns the number of equal samples at the start or at the end, whichever is larger; 0 if all samples are equal. */
function paddedSamples(signal: Float32Array): number {
  const { length } = signal;
  let [start, end] = [1, 1];
  while (start < length && signal[start] === signal[0]) start++;
  if (start >= length) return 0;
  while (signal[length - 1 - end] === signal[length - 1]) end++;
  return Math.max(start, end);
}

/** Returns sentences about what is implausible in a data set. */
export function plausibilityNotes(facts: readonly LeadFacts[]): string[] {
  const loud = facts.filter(({ peakMv }) => peakMv > mostMv);
  const padded = facts.filter(({ paddedS }) => paddedS >= leastPaddingS);
  const notes = leadNotes(facts);
  if (loud.length > 0) {
    const most = loud.reduce((one, other) => (other.peakMv > one.peakMv ? other : one));
    notes.push(
      `${records(loud.length)} above ${mostMv} mV (${most.recordName}: ${Number(most.peakMv.toPrecision(4))} mV), where an ` +
        'ECG has a few mV; the unit, the gain or the baseline is probably wrong',
    );
  }
  if (padded.length > 0) {
    const most = padded.reduce((one, other) => (other.paddedS > one.paddedS ? other : one));
    notes.push(
      `${records(padded.length)} constant for ${leastPaddingS} s or more at the start or end (${most.recordName}: ` +
        `${Number(most.paddedS.toFixed(1))} s), probably padding; a window that is constant is skipped, one that is ` +
        'partly constant is used',
    );
  }
  return notes;
}

/** Returns a note if the windows come from different leads. MLII counts as II. */
function leadNotes(facts: readonly LeadFacts[]): string[] {
  const byLeads = new Map<string, string[]>();
  for (const { leads, recordName } of facts) {
    const key = leads.map(canonicalLead).join(' ');
    const names = byLeads.get(key);
    if (names === undefined) byLeads.set(key, [recordName]);
    else names.push(recordName);
  }
  if (byLeads.size < 2) return [];
  const shown = [...byLeads]
    .sort((a, b) => b[1].length - a[1].length)
    .slice(0, 5)
    .map(([leads, names]) => `${leads} (${names.length}, such as ${names[0]})`);
  const more = byLeads.size > shown.length ? ` and ${byLeads.size - shown.length} more` : '';
  return [`the records are read in different leads: ${shown.join(', ')}${more}`];
}

function records(count: number): string {
  return count === 1 ? '1 record is' : `${count} records are`;
}
