// Cuts recordings into windows. A window with a missing sample or a flat lead is skipped with the reason; no sample is
// interpolated. Opens no file.

import { PqrstError } from '../base/errors.js';
import { type LeadFilter, leadFilter } from '../signal/filter.js';
import { resample } from '../signal/resample.js';
import { samplesOf } from '../signal/samples.js';
import type { EcgWindow, SkippedRecord, WindowOptions, WindowSet } from '../signal/window.js';
import type { CutRecord, LeadSignals, RecordEntry } from './kind.js';

/**
 * Returns the number of samples per lead of a window.
 *
 * @throws PqrstError ERR_RANGE: when the rate is outside 1-10000 Hz or the length outside 0.1-3600 s.
 */
export function windowLength({ fsHz, seconds }: Pick<WindowOptions, 'fsHz' | 'seconds'>): number {
  for (const [what, value, least, most] of [
    ['fsHz', fsHz, 1, 10_000],
    ['seconds', seconds, 0.1, 3600],
  ] as const) {
    if (!(value >= least && value <= most)) {
      throw new PqrstError(
        'ERR_RANGE',
        `${what} of the windows must be from ${least} to ${most}, got ${value}`,
      );
    }
  }
  const length = samplesOf(seconds, fsHz);
  if (length < 2) {
    throw new PqrstError(
      'ERR_RANGE',
      `windows of ${seconds} s at ${fsHz} Hz hold ${length} samples; at least 2 are needed`,
    );
  }
  return length;
}

/**
 * Cuts the windows of one recording.
 *
 * @param skipped - receives the reasons why windows are missing: one entry per recording and flaw.
 */
export type CutWindows = (
  record: CutRecord,
  entry: Pick<RecordEntry, 'recordName' | 'patientId' | 'fold'>,
  skipped: SkippedRecord[],
) => EcgWindow[];

/**
 * Returns the function that cuts recordings into windows. Each lead is first resampled to `options.fsHz` as a whole, so
 * that the anti-aliasing filter meets no edge inside the recording. `options.filter` is applied to each window by itself,
 * because a synthetic record and a window that a model file receives have no neighbours either.
 *
 * @throws PqrstError ERR_OPTION, ERR_RANGE: when the rate, the length or the filter is invalid.
 */
export function windowCutter(options: WindowOptions): CutWindows {
  const { fsHz } = options;
  const length = windowLength(options);
  const filter =
    options.filter === undefined ? undefined : leadFilter(options.filter, { fsHz, lengthSamples: length });
  return (record, entry, skipped) => cutRecord(record, entry, { fsHz, length, filter }, skipped);
}

function cutRecord(
  { fsHz, leads, signals, unit, stretches }: CutRecord,
  { recordName, patientId, fold }: Parameters<CutWindows>[1],
  options: { readonly fsHz: number; readonly length: number; readonly filter: LeadFilter | undefined },
  skipped: SkippedRecord[],
): EcgWindow[] {
  const { length } = options;
  const resampled = signals.map((signal) => resample(signal, fsHz, options.fsHz));
  const origin = { dataset: '', record: recordName, patient: patientId };
  const flaws = new Map<string, number[]>();
  const windows: EcgWindow[] = [];
  for (const { startSample, classes, labels } of stretches) {
    const startS = startSample / fsHz;
    // Rounding may put the end of the last window one sample after the end of the recording. It then starts one
    // earlier.
    const first = Math.min(Math.round(startS * options.fsHz), resampled[0]!.length - length);
    const cut = resampled.map((signal) => signal.subarray(Math.max(first, 0), first + length));
    const taken = first < 0 ? 'too short' : takeLeads(cut, leads, options.filter);
    if (typeof taken !== 'string') {
      windows.push({
        signal: taken,
        ...{ unit, leads, origin, startS, classes },
        ...(labels && { labels }),
        ...(fold !== undefined && { fold }),
      });
    } else {
      flaws.set(taken, [...(flaws.get(taken) ?? []), startS]);
    }
  }
  for (const [flaw, starts] of flaws) {
    const reason = `${starts.length} of ${stretches.length} windows: ${flaw}, the first at ${starts[0]!.toFixed(1)} s`;
    skipped.push({ recordName, reason });
  }
  return windows;
}

/**
 * Filters the windows of a set.
 *
 * @returns the filtered windows, and the given ones; neither contains the windows that are flat after the filter.
 * @throws PqrstError The errors of `leadFilter`.
 */
export function filterWindows(
  set: WindowSet,
  filter: string,
): { readonly raw: WindowSet; readonly filtered: WindowSet } {
  const { lengthSamples } = set;
  const apply = leadFilter(filter, set);
  const pairs = set.windows.flatMap((window) => {
    const { leads, signal } = window;
    const views = leads.map((_, at) => signal.subarray(at * lengthSamples, (at + 1) * lengthSamples));
    const taken = takeLeads(views, leads, apply);
    return typeof taken === 'string' ? [] : [{ window, filtered: { ...window, signal: taken } }];
  });
  return {
    raw: { ...set, windows: pairs.map(({ window }) => window) },
    filtered: { ...set, filter, windows: pairs.map(({ filtered }) => filtered) },
  };
}

/** Returns the filtered leads in one new array, lead after lead; or the first flaw of any lead. */
function takeLeads(
  signals: readonly Float32Array[],
  leads: readonly string[],
  filter: LeadFilter | undefined,
): Float32Array | string {
  const length = signals[0]!.length;
  const taken = new Float32Array(leads.length * length);
  for (const [at, signal] of signals.entries()) {
    const out = taken.subarray(at * length, (at + 1) * length);
    out.set(signal);
    const isFlatFiltered = () => filter !== undefined && !filter(signal, out);
    const flaw = flawOfLead(signal) ?? (isFlatFiltered() ? 'flat after the filter' : undefined);
    if (flaw !== undefined) return leads.length === 1 ? flaw : `${flaw} (lead ${leads[at]})`;
  }
  return taken;
}

function flawOfLead(signal: Float32Array): string | undefined {
  const first = signal[0]!;
  let flat = true;
  // A loop by index: an iterator would take a tenth of the time in which a data set is loaded.
  for (let n = 0; n < signal.length; n++) {
    const value = signal[n]!;
    if (!Number.isFinite(value)) return 'missing samples';
    if (value !== first) flat = false;
  }
  return flat ? 'flat' : undefined;
}

/**
 * Returns the first samples of consecutive windows of `seconds` between two samples of a recording at `fsHz`; the last
 * window ends before `endSample`.
 */
export function tile(
  startSample: number,
  endSample: number,
  fsHz: number,
  { seconds }: WindowOptions,
): number[] {
  const step = seconds * fsHz;
  const count = Math.max(0, Math.floor((endSample - startSample) / step + 1e-9));
  return Array.from({ length: count }, (_, n) => startSample + Math.round(n * step));
}

/**
 * Places consecutive windows in a recording whose labels hold for all of it, from its start. Returns the reason if it
 * is too short for a window.
 */
export function tileRecord(
  record: LeadSignals,
  { classes, labels }: Pick<RecordEntry, 'classes' | 'labels'>,
  options: WindowOptions,
): CutRecord | string {
  const { length } = record.signals[0]!;
  const starts = tile(0, length, record.fsHz, options);
  if (starts.length === 0) {
    return `too short: ${Number((length / record.fsHz).toFixed(3))} s, a window takes ${options.seconds} s`;
  }
  return { ...record, stretches: starts.map((startSample) => ({ startSample, classes, labels })) };
}

/**
 * Returns `set` if it has a window.
 *
 * @throws PqrstError ERR_DATA_EMPTY: when it has no window; the message states the first reason.
 */
export function notEmpty(set: WindowSet): WindowSet {
  if (set.windows.length > 0) return set;
  const [first] = set.skipped;
  const why =
    first === undefined
      ? 'it lists no records'
      : [`${first.recordName}: ${first.reason}`, ...(set.notes ?? [])].join('; ');
  throw new PqrstError(
    'ERR_DATA_EMPTY',
    `${set.source} gives no window (${set.skipped.length} skipped; ${why}); check the folder and the window length`,
  );
}

/**
 * Returns `set` if every row of its tables and every record could be read.
 *
 * @throws PqrstError ERR_DATA_UNREADABLE: when one could not; the message states the first reasons.
 */
export function expectReadable<Set extends Pick<WindowSet, 'source' | 'skipped'>>(set: Set): Set {
  const bad = set.skipped.filter(({ unreadable }) => unreadable === true);
  if (bad.length === 0) return set;
  const reasons = bad.slice(0, 3).map(({ recordName, reason }) => `${recordName}: ${reason}`);
  throw new PqrstError(
    'ERR_DATA_UNREADABLE',
    `${set.source} has ${bad.length === 1 ? 'a record' : `${bad.length} records`} that cannot be read (${reasons.join('; ')}${bad.length > 3 ? '; ...' : ''}); ` +
      'correct or remove them, or leave `strict` out, which skips them',
  );
}
