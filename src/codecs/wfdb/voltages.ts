// Finds the ECG signals of a WFDB header, and converts their ADC values to millivolts. Opens no file.

import { PqrstError } from '../../base/errors.js';
import { canonicalLead, twelveLeads } from '../../signal/leads.js';
import { type AdcValues, missingOf, nullFormat } from './formats.js';
import type { WfdbHeader, WfdbSignal } from './header.js';
import { isKnownFormat } from './signals.js';
import { mvPerUnit } from './units.js';

/** A signal that may be a lead of an ECG. */
export interface EcgSignal {
  readonly signal: WfdbSignal;
  readonly lead: string;
  /** Millivolts per physical unit; undefined if the unit is not a voltage. */
  readonly mv: number | undefined;
}

/** A signal in a unit of voltage. */
export interface Voltage extends EcgSignal {
  readonly mv: number;
}

/** Returns whether the unit of a signal is a voltage. */
export function isVoltage(one: EcgSignal): one is Voltage {
  return one.mv !== undefined;
}

/** Returns whether a header has a voltage signal with samples. */
export function hasVoltage({ signals }: WfdbHeader): boolean {
  return signals.some(({ format, units }) => format !== nullFormat && mvPerUnit(units) !== undefined);
}

/**
 * Returns the voltage signals of a header, and the standard leads with another unit: no other lead may silently take the
 * place of a lead II in "?V". Signals without samples (format 0) are omitted.
 *
 * @throws PqrstError ERR_WFDB_SIGNAL: when the header has no voltage signal.
 */
export function voltagesOf(path: string, header: WfdbHeader): EcgSignal[] {
  const found = header.signals
    .filter(({ format }) => format !== nullFormat)
    .map((signal) => ({ signal, mv: mvPerUnit(signal.units) }))
    .filter(({ signal, mv }) => mv !== undefined || isStandardLead(signal.description))
    .map(({ signal, mv }, n) => ({ signal, mv, lead: signal.description || `signal ${n}` }));
  if (hasVoltage(header)) return found;
  const units = header.signals.map(({ format, units }) => (format === nullFormat ? 'no samples' : units));
  throw new PqrstError(
    'ERR_WFDB_SIGNAL',
    `record ${path} holds no signal in volts (${units.join(', ') || 'no signals'}); name a record with an ECG`,
  );
}

function isStandardLead(name: string): boolean {
  return twelveLeads.includes(canonicalLead(name));
}

/** The voltage signals that a record gives if no lead is requested. */
export interface EcgSignals {
  readonly voltages: readonly Voltage[];
  /** Samples of each per frame. */
  readonly samplesPerFrame: number;
  /** A sentence for each voltage signal that is omitted. */
  readonly notes: readonly string[];
}

/**
 * Returns the voltage signals of one rate: that of the first standard lead, otherwise the highest. Omits signals of
 * other rates and of unknown formats.
 *
 * @throws PqrstError ERR_WFDB_SIGNAL: when the header has no voltage signal.
 */
export function ecgSignalsOf(path: string, header: WfdbHeader): EcgSignals {
  const voltages = voltagesOf(path, header).filter(isVoltage);
  const readable = voltages.filter(({ signal }) => isKnownFormat(signal.format));
  // If no format is known, the decoder reports the first one.
  const candidates = readable.length > 0 ? readable : voltages.slice(0, 1);
  const standard = candidates.find(({ lead }) => isStandardLead(lead));
  const samplesPerFrame =
    standard?.signal.samplesPerFrame ?? Math.max(...candidates.map(({ signal }) => signal.samplesPerFrame));
  const taken = candidates.filter(({ signal }) => signal.samplesPerFrame === samplesPerFrame);
  const notes = voltages
    .filter((one) => !taken.includes(one))
    .map(({ signal, lead }) => {
      const rate = `${header.fsHz * signal.samplesPerFrame} Hz, not ${header.fsHz * samplesPerFrame} Hz`;
      return `signal ${lead} is omitted: ${isKnownFormat(signal.format) ? rate : `unknown format ${signal.format}`}`;
    });
  return { voltages: taken, samplesPerFrame, notes };
}

/** Converts ADC values to millivolts. Missing samples, and those that the skew moves past the end, are NaN. */
export function toMv(adc: AdcValues, signal: WfdbSignal, mvPerPhysical: number): Float32Array {
  const { gain, baseline } = signal;
  const missing = missingOf(signal.format);
  const skew = signal.skewSamples * signal.samplesPerFrame;
  const signalMv = new Float32Array(adc.length).fill(Number.NaN);
  for (let n = 0; n + skew < adc.length; n++) {
    const value = adc[n + skew]!;
    if (value !== missing) signalMv[n] = ((value - baseline) / gain) * mvPerPhysical;
  }
  return signalMv;
}
