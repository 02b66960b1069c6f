// Finds recordings whose samples can be decoded but are implausible as an ECG, and data sets whose windows come from
// different leads. Opens no file.

import { plural } from '../base/text.js';
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
  /** The lead that was read in place of lead II; absent if none was. */
  readonly inPlaceOfII?: string;
}

/**
 * Returns the facts about the leads that were read from a recording.
 *
 * @param requested - the leads that the user requested; undefined if the kind of the data set chose the lead.
 */
export function leadFacts(
  recordName: string,
  { fsHz, leads, signals, unit, recordingLeads = leads }: LeadSignals,
  requested?: readonly string[],
): LeadFacts {
  const peakMv = unit === 'mV' ? Math.max(0, ...signals.map(peakOf)) : 0;
  const paddedS = Math.max(0, ...signals.map(paddedSamples)) / fsHz;
  const isChosen = requested === undefined && leads.length === 1 && recordingLeads.length > 1;
  const isOther = isChosen && canonicalLead(leads[0]!) !== 'II';
  return { recordName, leads, peakMv, paddedS, ...(isOther && { inPlaceOfII: leads[0]! }) };
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

/** Returns whether a recording is remarkable: `Plausibility` counts it beside the leads. */
export function isRemarkable({ peakMv, paddedS, inPlaceOfII }: LeadFacts): boolean {
  return peakMv > mostMv || paddedS >= leastPaddingS || inPlaceOfII !== undefined;
}

/**
 * Returns whether a lead of L samples with this mean and SD may be remarkable; a lead for which it returns false is not.
 * No sample is farther from the mean than SD * sqrt(L).
 */
export function mayBeRemarkable(
  signal: Float32Array,
  { mean, sd }: { readonly mean: number; readonly sd: number },
  fsHz: number,
  isInMv: boolean,
): boolean {
  const { length } = signal;
  if (isInMv && Math.abs(mean) + sd * Math.sqrt(length) > mostMv) return true;
  const reach = Math.ceil(leastPaddingS * fsHz) - 1;
  return signal[0] === signal[reach] || signal[length - 1] === signal[length - 1 - reach];
}

/** Returns sentences about what is implausible in a data set. */
export function plausibilityNotes(facts: readonly LeadFacts[]): string[] {
  const found = new Plausibility();
  for (const one of facts) found.add(one);
  return found.notes();
}

/** Collects what is implausible in the recordings of a data set. */
export class Plausibility {
  readonly #byLeads = new Map<string, { records: number; readonly first: string }>();
  readonly #others: { records: number; first?: LeadFacts } = { records: 0 };
  readonly #loud: { records: number; most?: LeadFacts } = { records: 0 };
  readonly #padded: { records: number; most?: LeadFacts } = { records: 0 };

  /** Adds a recording. */
  add(facts: LeadFacts): void {
    const key = facts.leads.map(canonicalLead).join(' ');
    const known = this.#byLeads.get(key) ?? { records: 0, first: facts.recordName };
    known.records++;
    this.#byLeads.set(key, known);
    if (facts.inPlaceOfII !== undefined) {
      this.#others.records++;
      this.#others.first ??= facts;
    }
    if (facts.peakMv > mostMv) {
      this.#loud.records++;
      if (this.#loud.most === undefined || facts.peakMv > this.#loud.most.peakMv) this.#loud.most = facts;
    }
    if (facts.paddedS >= leastPaddingS) {
      this.#padded.records++;
      if (this.#padded.most === undefined || facts.paddedS > this.#padded.most.paddedS) {
        this.#padded.most = facts;
      }
    }
  }

  /** Returns a sentence for each finding. */
  notes(): string[] {
    const notes = this.#leadNotes();
    const { first } = this.#others;
    if (first !== undefined) {
      notes.push(
        `${plural(this.#others.records, 'record')} without lead II: another lead is read instead, such as ${first.inPlaceOfII} of ${first.recordName}`,
      );
    }
    const [loud, padded] = [this.#loud.most, this.#padded.most];
    if (loud !== undefined) {
      notes.push(
        `${records(this.#loud.records)} above ${mostMv} mV (${loud.recordName}: ${Number(loud.peakMv.toPrecision(4))} mV), where an ` +
          'ECG has a few mV; the unit, the gain or the baseline is probably wrong',
      );
    }
    if (padded !== undefined) {
      notes.push(
        `${records(this.#padded.records)} constant for ${leastPaddingS} s or more at the start or end (${padded.recordName}: ` +
          `${Number(padded.paddedS.toFixed(1))} s), probably padding; a window that is constant is skipped, one that is ` +
          'partly constant is used',
      );
    }
    return notes;
  }

  /** Returns a note if the windows come from different leads. MLII counts as II. */
  #leadNotes(): string[] {
    if (this.#byLeads.size < 2) return [];
    const shown = [...this.#byLeads]
      .sort((a, b) => b[1].records - a[1].records)
      .slice(0, 5)
      .map(([leads, { records: count, first }]) => `${leads} (${count}, such as ${first})`);
    const more = this.#byLeads.size > shown.length ? ` and ${this.#byLeads.size - shown.length} more` : '';
    return [`the records are read in different leads: ${shown.join(', ')}${more}`];
  }
}

function records(count: number): string {
  return count === 1 ? '1 record is' : `${count} records are`;
}
