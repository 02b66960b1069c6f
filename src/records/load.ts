// The windows of a data set by its reader: list, read, cut. Several recordings are read side by side; their order, and
// with it every number that follows, is that of the list. A damaged recording is left out with its reason.

import { type ErrorCode, PqrstError } from '../errors.js';
import type { DatasetReader, RecordEntry } from './reader.js';
import type { EcgWindow, SkippedRecord, WindowOptions, WindowSet } from './record.js';
import { cutWindows, notEmpty, windowLength } from './windows.js';

/** Files are read on the four threads that Node has for that; more would only take memory. */
const sideBySide = 8;

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

interface Loaded {
  readonly windows: readonly EcgWindow[];
  readonly skipped: readonly SkippedRecord[];
  readonly lead?: string;
}

/** The windows of the data set in `folder`. Errors as openDataset. */
export async function loadWindows(
  reader: DatasetReader,
  folder: string,
  options: WindowOptions,
): Promise<WindowSet> {
  const lengthSamples = windowLength(options);
  const entries = await reader.list(folder, options);
  const loaded: Loaded[] = new Array(entries.length);
  const queue = entries.entries();
  let done = 0;
  // One iterator for all: each takes the next entry that nobody has taken.
  const work = async () => {
    for (const [at, entry] of queue) {
      options.signal?.throwIfAborted();
      loaded[at] = await loadOne(reader, folder, entry, options);
      options.onProgress?.(++done, entries.length);
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, work));
  options.signal?.throwIfAborted();
  const leads = new Set(loaded.flatMap(({ lead }) => lead ?? []));
  return notEmpty({
    source: `${reader.kind}:${folder}`,
    fsHz: options.fsHz,
    lengthSamples,
    lead: [...leads].join('/'),
    windows: loaded.flatMap(({ windows }) => windows),
    skipped: loaded.flatMap(({ skipped }) => skipped),
  });
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
    const windows = cutWindows(source, stretches, options, skipped);
    return { windows, skipped, ...(windows.length > 0 && { lead: record.leads[lead]! }) };
  } catch (error) {
    if (!(error instanceof PqrstError) || !ofOneRecord.has(error.code)) throw error;
    return { windows: [], skipped: [{ recordName, reason: error.message }] };
  }
}
