// Loads the windows of one data set: opens its records, reads them and cuts them. A damaged record is skipped with its
// reason.

import { type ErrorCode, PqrstError } from '../base/errors.js';
import {
  describeWindows,
  type EcgWindow,
  type SkippedRecord,
  type WindowOptions,
  type WindowSet,
} from '../signal/window.js';
import { openCache, statesOf, type WindowSetContent } from './cache.js';
import type { CutRecord, RecordEntry } from './kind.js';
import { readingsNote } from './own-labels.js';
import { type LeadFacts, leadFacts, plausibilityNotes } from './plausibility.js';
import { isListed, openRecords, type RecordSource } from './records.js';
import type { DatasetRef } from './refs.js';
import { type CutWindows, notEmpty, windowCutter, windowLength } from './windows.js';

/** Errors that concern one recording; any other ends the loading. The range of the window options is checked before. */
const ofOneRecord: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_RANGE',
  'ERR_NOT_FOUND',
  'ERR_PATH_OUTSIDE',
  'ERR_CSV',
  'ERR_NPY',
  'ERR_HDF5',
  'ERR_EDF',
  'ERR_WFDB_HEADER',
  'ERR_WFDB_FORMAT',
  'ERR_WFDB_SIGNAL',
  'ERR_WFDB_ANNOTATION',
]);

/**
 * Loads the windows of a data set, from the cache if it has them. Rejects with `options.signal.reason` after an abort,
 * and with the errors of `openDataset`.
 */
export async function loadWindows({ kind, folder }: DatasetRef, options: WindowOptions): Promise<WindowSet> {
  const lengthSamples = windowLength(options);
  const { cacheFolder, signal, onProgress, fsHz, filter } = options;
  const cut = windowCutter(options);
  const source = `${kind.kind}:${folder}`;
  const setOf = ({ windows, skipped, notes, readings }: WindowSetContent): WindowSet => {
    return {
      ...{ source, fsHz, lengthSamples, ...(filter !== undefined && { filter }) },
      ...{ ...describeWindows(windows), windows, skipped },
      ...(notes.length > 0 && { notes }),
      ...(readings && { readings }),
    };
  };
  const cache =
    cacheFolder !== undefined && isListed(kind)
      ? await openCache(cacheFolder, kind, folder, options)
      : undefined;
  const cached = await cache?.read(signal);
  if (cached !== undefined) {
    onProgress?.(cached.records, cached.records);
    return setOf(cached.content);
  }
  const records = await openRecords(kind, folder, options);
  // The states are taken before the files are read. If a file changes meanwhile, its state differs from the stored one.
  const files = cache && (await statesOf(folder, records.files, signal));
  const content = await loadRecords(records, cut, options);
  const loaded = notEmpty(setOf(content));
  if (cache && files) await cache.write({ content, files, records: records.count }, signal);
  return loaded;
}

/**
 * Loads the windows of some recordings of a data set. A damaged recording, or one that lacks a lead, gives none.
 *
 * @param names - the names of the recordings.
 */
export async function loadWindowsOf(
  { kind, folder }: DatasetRef,
  names: ReadonlySet<string>,
  options: WindowOptions,
): Promise<readonly EcgWindow[]> {
  const records = await openRecords(kind, folder, options, names);
  return (await loadRecords(records, windowCutter(options), options)).windows;
}

async function loadRecords(
  records: RecordSource,
  cut: CutWindows,
  { leads }: WindowOptions,
): Promise<WindowSetContent> {
  const loaded = await records.map((entry, read) => loadOne(entry, read, cut, leads));
  const { readings } = records;
  return {
    ...(readings && { readings }),
    windows: loaded.flatMap(({ windows }) => windows),
    skipped: loaded.flatMap(({ skipped }) => skipped),
    notes: [
      ...records.notes,
      ...readingsNote(readings),
      ...plausibilityNotes(loaded.flatMap(({ facts }) => facts ?? [])),
    ],
  };
}

/** The result of loading one recording. */
interface Loaded {
  readonly windows: readonly EcgWindow[];
  readonly skipped: readonly SkippedRecord[];
  /** Absent if the recording was not read. */
  readonly facts?: LeadFacts;
}

async function loadOne(
  entry: RecordEntry,
  read: () => Promise<CutRecord | string>,
  cut: CutWindows,
  leads: readonly string[] | undefined,
): Promise<Loaded> {
  const { recordName } = entry;
  try {
    const record = await read();
    if (typeof record === 'string') return { windows: [], skipped: [{ recordName, reason: record }] };
    const skipped: SkippedRecord[] = [];
    return { windows: cut(record, entry, skipped), skipped, facts: leadFacts(recordName, record, leads) };
  } catch (error) {
    if (!(error instanceof PqrstError) || !ofOneRecord.has(error.code)) throw error;
    return { windows: [], skipped: [{ recordName, reason: error.message, unreadable: true }] };
  }
}
