// The windows of a data set by its reader: list, read, cut. Several recordings are read side by side; their order, and
// with it every number that follows, is that of the list. A damaged recording is left out with its reason.

import { type ErrorCode, PqrstError } from '../base/errors.js';
import type { EcgWindow, SkippedRecord, WindowOptions, WindowSet } from '../signal/window.js';
import { openCache, statesOf, type WindowSetContent } from './cache.js';
import type { DatasetReader, RecordEntry } from './kind.js';
import { mapSideBySide } from './side-by-side.js';
import { cutWindows, notEmpty, windowLength } from './windows.js';

/** Of one recording: anything else ends the run. ERR_RANGE is the record's, as the windows' own is checked before. */
const ofOneRecord: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_RANGE',
  'ERR_NOT_FOUND',
  'ERR_NPY',
  'ERR_WFDB_HEADER',
  'ERR_WFDB_FORMAT',
  'ERR_WFDB_SIGNAL',
  'ERR_WFDB_ANNOTATION',
]);

/**
 * The windows of the data set in `folder`, out of the cache where it holds them. Errors as openDataset; throws
 * `options.signal.reason` when aborted.
 */
export async function loadWindows(
  reader: DatasetReader,
  folder: string,
  options: WindowOptions,
): Promise<WindowSet> {
  const lengthSamples = windowLength(options);
  const { cacheFolder, signal, onProgress } = options;
  const set = { source: `${reader.kind}:${folder}`, fsHz: options.fsHz, lengthSamples };
  const cache = cacheFolder === undefined ? undefined : await openCache(cacheFolder, reader, folder, options);
  const cached = await cache?.read(signal);
  if (cached !== undefined) {
    onProgress?.(cached.records, cached.records);
    return { ...set, ...cached.content };
  }
  const entries = await reader.list(folder, options);
  // Before they are read: a file that changes meanwhile is then another one than the cache says.
  const files =
    cache && (await statesOf(folder, [...new Set(entries.flatMap((entry) => entry.files))], signal));
  const content = await loadEntries(reader, folder, entries, options);
  const loaded = notEmpty({ ...set, ...content });
  if (cache && files) await cache.write({ content, files, records: entries.length }, signal);
  return loaded;
}

async function loadEntries(
  reader: DatasetReader,
  folder: string,
  entries: readonly RecordEntry[],
  options: WindowOptions,
): Promise<WindowSetContent> {
  let done = 0;
  const load = async (entry: RecordEntry) => {
    const loaded = await loadOne(reader, folder, entry, options);
    options.onProgress?.(++done, entries.length);
    return loaded;
  };
  const loaded = await mapSideBySide(entries, load, options.signal);
  const windows = loaded.flatMap((one) => one.windows);
  return {
    lead: [...new Set(windows.map(({ lead }) => lead))].join('/'),
    windows,
    skipped: loaded.flatMap(({ skipped }) => skipped),
  };
}

interface Loaded {
  readonly windows: readonly EcgWindow[];
  readonly skipped: readonly SkippedRecord[];
}

async function loadOne(
  reader: DatasetReader,
  folder: string,
  entry: RecordEntry,
  options: WindowOptions,
): Promise<Loaded> {
  const { recordName, patientId, fold } = entry;
  try {
    const cut = await reader.read(folder, entry, options);
    if (typeof cut === 'string') return { windows: [], skipped: [{ recordName, reason: cut }] };
    const { record, lead, stretches } = cut;
    const source = { record, lead, recordName, patientId, ...(fold !== undefined && { fold }) };
    const skipped: SkippedRecord[] = [];
    return { windows: cutWindows(source, stretches, options, skipped), skipped };
  } catch (error) {
    if (!(error instanceof PqrstError) || !ofOneRecord.has(error.code)) throw error;
    return { windows: [], skipped: [{ recordName, reason: error.message }] };
  }
}
