// Surveys a data set: counts its contents, and finds the records that cannot be read. Every record is read and cut as
// for a training, and only the counts are kept. Rates are in Hz, lengths in seconds.

import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { parseOptions } from '../base/options.js';
import { inputPath } from '../codecs/input.js';
import { readHeader } from '../codecs/wfdb/read.js';
import { defaultFsHz, defaultSeconds } from '../signal/defaults.js';
import { parseFilter } from '../signal/filter.js';
import { parseLeads } from '../signal/leads.js';
import { type LabelMap, labelMapSchema, parseLabelMap } from '../signal/synonyms.js';
import type { LabelReading, SkippedRecord, WindowOptions } from '../signal/window.js';
import type { CutRecord, RecordEntry } from './kind.js';
import { leadFacts } from './plausibility.js';
import { openRecords } from './records.js';
import { expectFolder, parseDatasetRef } from './refs.js';
import { countDataset, type DatasetCounts, type RecordFacts } from './survey-counts.js';
import { type CutWindows, windowCutter } from './windows.js';

/** The options of `surveyDataset`. */
export interface SurveyOptions {
  /** Rate of the windows in Hz; default 250. PTB-XL is read at 100 Hz for rates up to 100, otherwise at 500 Hz. */
  readonly fsHz?: number;
  /** Length of the windows in s; default 10. */
  readonly seconds?: number;
  /** The leads of the windows, such as `I,II,V1` or `12`; default one lead, as in `openDataset`. */
  readonly leads?: string | readonly string[];
  /** Filter of the windows in Hz, such as `0.5-40`; default no filter. A window that is flat after the filter is missing. */
  readonly filter?: string;
  /** What labels of an own table mean, in place of the table of synonyms: `{ SR: 'normal' }`; as in `openDataset`. */
  readonly labelMap?: LabelMap;
  /** Aborts the survey, which then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each record with the number of records that are done and their total number. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** The contents of a data set. */
export interface DatasetSurvey extends DatasetCounts {
  /** `KIND:DIR`. */
  readonly source: string;
  /** Kind of the data set, for example `mitdb`: the part of `source` before the colon. */
  readonly kind: string;
  /** Description of data sets of this kind. */
  readonly about: string;
  /** Folder of the data set: the part of `source` after the colon. */
  readonly folder: string;
  /** Rate of the counted windows in Hz. */
  readonly fsHz: number;
  /** Length of the counted windows in s. */
  readonly seconds: number;
  /** Filter of the counted windows in Hz (`0.5-40`); undefined if there was no filter. */
  readonly filter?: string;
  /** How labels of a user's own table are read as classes; absent for other kinds. */
  readonly readings?: readonly LabelReading[];
}

const schema = z.strictObject({
  fsHz: z.number('a rate in Hz').default(defaultFsHz),
  seconds: z.number('a length in seconds').default(defaultSeconds),
  leads: z.union([z.string(), z.array(z.string())], 'leads such as I,II,V1 or 12').optional(),
  filter: z.string('a filter in Hz such as 0.5-40').optional(),
  labelMap: labelMapSchema.optional(),
  signal: z.instanceof(AbortSignal, { error: 'an AbortSignal' }).optional(),
  onProgress: z.custom((given) => typeof given === 'function', 'a function').optional(),
});

/**
 * Surveys a data set: counts its records, patients, windows and labels. A row, path or record that cannot be read is
 * counted and reported with the reason. A corpus must be complete, so a damaged file in it is an error. Rejects with
 * `options.signal.reason` after an abort.
 *
 * @param source - `KIND:DIR`, one data set.
 * @param options - rate, length, leads and filter of the windows to count, and signal and progress.
 * @example
 * ```js
 * import { writeCorpus } from 'pqrst/corpus';
 * import { surveyDataset } from 'pqrst/records';
 *
 * await writeCorpus('corpus', { format: 'npy', count: 20, classes: { normal: 1, af: 1 }, fsHz: 250 });
 * const { records, leads } = await surveyDataset('corpus:corpus');
 * console.log(records, leads);
 * ```
 * @throws PqrstError ERR_OPTION, ERR_NOT_FOUND, ERR_RANGE: when an argument is invalid.
 * @throws PqrstError ERR_CSV, ERR_NPY: when the list of records cannot be read.
 * @throws PqrstError ERR_CORPUS, ERR_NPY, ERR_WFDB_*: when a corpus is damaged.
 */
export async function surveyDataset(source: string, options: SurveyOptions = {}): Promise<DatasetSurvey> {
  const { fsHz, seconds, leads, filter, labelMap } = parseOptions(schema, options, 'surveyDataset');
  const { signal, onProgress } = options;
  const windowOptions = {
    ...{ fsHz, seconds },
    ...(leads !== undefined && { leads: parseLeads(leads) }),
    ...(filter !== undefined && { filter: parseFilter(filter) }),
    ...(labelMap && { labelMap: parseLabelMap(labelMap) }),
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  };
  const cut = windowCutter(windowOptions);
  const { kind, folder } = parseDatasetRef(source);
  await expectFolder(folder, kind.kind);
  signal?.throwIfAborted();
  const records = await openRecords(kind, folder, windowOptions);
  const facts = await records.map((entry, read) => factsOf(folder, entry, read, { cut, ...windowOptions }));
  signal?.throwIfAborted();
  const shape = {
    fsHz,
    seconds,
    ...(windowOptions.filter !== undefined && { filter: windowOptions.filter }),
  };
  return {
    source,
    kind: kind.kind,
    about: kind.about,
    folder,
    ...shape,
    ...countDataset(facts, records.notes),
    ...(records.readings && { readings: records.readings }),
  };
}

async function factsOf(
  folder: string,
  entry: RecordEntry,
  read: () => Promise<CutRecord | string>,
  { cut, leads, signal }: WindowOptions & { readonly cut: CutWindows },
): Promise<RecordFacts> {
  let head: Partial<RecordFacts> = {};
  try {
    head = await headerFacts(folder, entry);
    return { entry, ...head, ...cutFacts(entry, await read(), { cut, leads }, head) };
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof PqrstError)) throw error;
    return { entry, ...head, windows: [], unreadable: error.message, leftOut: [] };
  }
}

/** Returns what the WFDB header of a record states, including all its leads; for a record without a header, nothing. */
async function headerFacts(folder: string, { files }: RecordEntry): Promise<Partial<RecordFacts>> {
  const file = files.find((name) => name.endsWith('.hea'));
  if (file === undefined) return {};
  const { fsHz, lengthFrames, signals } = await readHeader(await inputPath(folder, file, 'the header'));
  const leads = signals.map(({ description }, n) => description || `signal ${n}`);
  return {
    fsHz,
    ...(leads.length > 0 && { leads }),
    ...(lengthFrames !== undefined && { lengthS: lengthFrames / fsHz }),
  };
}

function cutFacts(
  entry: RecordEntry,
  record: CutRecord | string,
  { cut, leads: requested }: { readonly cut: CutWindows; readonly leads: WindowOptions['leads'] | undefined },
  head: Partial<RecordFacts>,
): Omit<RecordFacts, 'entry'> {
  if (typeof record === 'string') return { windows: [], leftOut: [record] };
  const { fsHz, leads, signals, unit, isUnitAssumed } = record;
  const skipped: SkippedRecord[] = [];
  const windows = cut(record, entry, skipped);
  return {
    ...{ fsHz, lengthS: signals[0]!.length / fsHz, unit },
    ...(isUnitAssumed && { isUnitAssumed }),
    ...{ leads: head.leads ?? record.recordingLeads ?? leads, leadsRead: leads },
    read: leadFacts(entry.recordName, record, requested),
    windows: windows.map(({ classes, labels }) => ({ classes, ...(labels && { labels }) })),
    leftOut: skipped.map(({ reason }) => reason),
    ...(record.notes && { notes: record.notes }),
  };
}
