// Cutting recordings into the windows that training sees, and counting out those that it must not see: a window with
// a missing sample (none is interpolated) or a flat one is left out with a reason. Opens no file.

import { PqrstError } from '../base/errors.js';
import type { EcgClass } from '../signal/classes.js';
import { resample } from '../signal/resample.js';
import { samplesOf } from '../signal/samples.js';
import type { EcgRecord, EcgWindow, SkippedRecord, WindowOptions, WindowSet } from '../signal/window.js';
import type { CutRecord, RecordEntry } from './kind.js';

/** Samples of a window; ERR_RANGE for a rate outside 1-10000 Hz or a length outside 0.1-3600 s. */
export function windowLength({ fsHz, seconds }: WindowOptions): number {
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

/** A place in one recording and what the reference labels say of it. */
export interface Stretch {
  /** First sample, at the recording's own rate. */
  readonly startSample: number;
  readonly classes: readonly EcgClass[];
  readonly labels?: readonly string[];
}

export interface Source {
  readonly record: EcgRecord;
  /** Index of the lead to cut from. */
  readonly lead: number;
  readonly recordName: string;
  readonly patientId: string;
  readonly fold?: number;
}

/**
 * The windows of one recording at the rate of `options`. The whole lead is resampled before it is cut, so that the
 * filter meets no edge inside a recording. What is left out is added to `skipped`, one reason a recording and kind.
 */
export function cutWindows(
  source: Source,
  stretches: readonly Stretch[],
  options: WindowOptions,
  skipped: SkippedRecord[],
): EcgWindow[] {
  const { record, recordName, patientId } = source;
  const length = windowLength(options);
  const signalMv = resample(record.signalsMv[source.lead]!, record.fsHz, options.fsHz);
  const flaws = new Map<string, number[]>();
  const windows: EcgWindow[] = [];
  const lead = record.leads[source.lead]!;
  for (const { startSample, classes, labels } of stretches) {
    const startS = startSample / record.fsHz;
    // Rounding may lay a last window one sample past the end; it is moved back by that sample.
    const first = Math.min(Math.round(startS * options.fsHz), signalMv.length - length);
    const flaw = first < 0 ? 'too short' : flawOf(signalMv.subarray(first, first + length));
    if (flaw === undefined) {
      const fold = source.fold === undefined ? {} : { fold: source.fold };
      windows.push({
        signalMv: signalMv.slice(first, first + length),
        recordName,
        patientId,
        startS,
        classes,
        ...(labels && { labels }),
        ...fold,
        lead,
      });
    } else {
      flaws.set(flaw, [...(flaws.get(flaw) ?? []), startS]);
    }
  }
  for (const [flaw, starts] of flaws) {
    const reason = `${starts.length} of ${stretches.length} windows: ${flaw}, the first at ${starts[0]!.toFixed(1)} s`;
    skipped.push({ recordName, reason });
  }
  return windows;
}

function flawOf(signalMv: Float32Array): string | undefined {
  const first = signalMv[0]!;
  let flat = true;
  // By index: an iterator here is a tenth of the time that a data set takes to load.
  for (let n = 0; n < signalMv.length; n++) {
    const mv = signalMv[n]!;
    if (!Number.isFinite(mv)) return 'missing samples';
    if (mv !== first) flat = false;
  }
  return flat ? 'flat' : undefined;
}

/** Starts of the windows of `options` laid end to end from `startSample` on, wholly before `endSample`. */
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
 * A recording whose labels hold for all of it, tiled from its start; a sentence where it is too short. `at` is the lead.
 */
export function tileRecord(
  record: EcgRecord,
  { classes, labels }: Pick<RecordEntry, 'classes' | 'labels'>,
  options: WindowOptions,
  at = 0,
): CutRecord | string {
  const { length } = record.signalsMv[at]!;
  const starts = tile(0, length, record.fsHz, options);
  if (starts.length === 0) {
    return `too short: ${Number((length / record.fsHz).toFixed(3))} s, a window takes ${options.seconds} s`;
  }
  return { record, lead: at, stretches: starts.map((startSample) => ({ startSample, classes, labels })) };
}

/** `set`, or ERR_DATA_EMPTY with the first reason where it holds no window. */
export function notEmpty(set: WindowSet): WindowSet {
  if (set.windows.length > 0) return set;
  const [first] = set.skipped;
  const why = first === undefined ? 'it lists no records' : `${first.recordName}: ${first.reason}`;
  throw new PqrstError(
    'ERR_DATA_EMPTY',
    `${set.source} gives no window (${set.skipped.length} skipped; ${why}); check the folder and the window length`,
  );
}
