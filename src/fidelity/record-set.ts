// A set of records as the comparison takes it, and what is measured on each record before any comparison.

import { PqrstError } from '../base/errors.js';
import { type JobOptions, resting } from '../base/job.js';
import { delineate } from '../delineate/delineate.js';
import { welchSpectra } from '../measures/spectrum.js';
import type { SignalUnit } from '../signal/window.js';
import { type MeanBeat, meanBeatOf } from './mean-beat.js';
import { quantitiesOf } from './quantities.js';

/** Records of one lead, all of one length and rate. */
export interface RecordSet {
  readonly signals: readonly Float32Array[];
  /** The patient of each record. Each synthetic record is a patient of its own. */
  readonly patients: readonly string[];
  /** Sampling rate in Hz. */
  readonly fsHz: number;
  readonly unit: SignalUnit;
}

/** What is known about each record of a set. */
export interface MeasuredSet extends RecordSet {
  /** The quantities of each record, in the order of `quantities`. */
  readonly quantities: readonly Float64Array[];
  readonly spectra: readonly Float64Array[];
  readonly frequenciesHz: Float64Array;
  /** The mean beat of each record; undefined if it shows fewer than two complete beats. */
  readonly meanBeats: readonly (MeanBeat | undefined)[];
  /** Nine times per beat of each record, in the order of `Delineation.fiducialsS`. */
  readonly fiducialsS: readonly Float64Array[];
}

/** Beats of a lower quality are left out. */
const leastQuality = 0.5;

/**
 * Delineates and measures each record of a set.
 *
 * @throws PqrstError ERR_SIGNAL: when a record is flat or has a sample that is not a number.
 */
export async function measureSet(set: RecordSet, job: JobOptions = {}): Promise<MeasuredSet> {
  const rest = resting(job.signal);
  const measured: Float64Array[] = [];
  const meanBeats: (MeanBeat | undefined)[] = [];
  const fiducials: Float64Array[] = [];
  const spectra: Float64Array[] = [];
  let frequenciesHz = new Float64Array();
  for (const [at, signal] of set.signals.entries()) {
    await rest();
    expectSignal(signal, `record ${at} (patient ${set.patients[at]})`);
    const { count, fiducialsS, quality } = delineate(signal, { fsHz: set.fsHz });
    const clear = Array.from({ length: count }, (_, k) => k).filter((k) => quality[k]! >= leastQuality);
    const times = new Float64Array(9 * clear.length);
    for (const [to, from] of clear.entries()) times.set(fiducialsS.subarray(9 * from, 9 * from + 9), 9 * to);
    const { frequenciesHz: bins, records } = welchSpectra([signal], set.fsHz);
    const meanBeat = meanBeatOf(
      signal,
      set.fsHz,
      clear.map((k) => fiducialsS[9 * k + 4]!),
    );
    frequenciesHz = Float64Array.from(bins);
    spectra.push(records[0]!);
    meanBeats.push(meanBeat);
    fiducials.push(times);
    measured.push(
      quantitiesOf({
        ...{ signal, fsHz: set.fsHz, fiducialsS: times, meanBeat },
        ...{ spectrum: records[0]!, frequenciesHz: bins },
      }),
    );
    job.onProgress?.(at + 1, set.signals.length);
  }
  return { ...set, quantities: measured, spectra, frequenciesHz, meanBeats, fiducialsS: fiducials };
}

/**
 * Returns the number of records without a clear beat.
 *
 * @throws PqrstError ERR_SIGNAL: when no record shows one.
 */
export function withoutBeatsIn(set: MeasuredSet, side: 'real' | 'synthetic'): number {
  const silent = set.fiducialsS.filter((times) => times.length === 0).length;
  if (silent === set.signals.length) {
    throw new PqrstError(
      'ERR_SIGNAL',
      `none of ${silent} ${side} records shows a clear beat: noise hides the QRS complexes, or the signals are not ECGs; ` +
        'choose another lead, or records with beats',
    );
  }
  return silent;
}

function expectSignal(signal: Float32Array, name: string): void {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of signal) {
    if (!Number.isFinite(value)) {
      throw new PqrstError('ERR_SIGNAL', `${name} has a sample that is not a number; leave the record out`);
    }
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(high > low)) {
    throw new PqrstError(
      'ERR_SIGNAL',
      `${name} is flat at ${low}; leave the record out, or choose another lead`,
    );
  }
}
