// What a data set holds and which of it can be read: every record is read and cut as training would, and nothing is
// kept of it but counts. Rates in Hz, lengths in seconds.

import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { PqrstError, suggest } from '../base/errors.js';
import { parseOptions } from '../base/options.js';
import { inputPath, unreadable } from '../codecs/input.js';
import { readHeader } from '../codecs/wfdb/read.js';
import type { EcgClass } from '../signal/classes.js';
import { defaultFsHz, defaultSeconds } from '../signal/defaults.js';
import type { SkippedRecord, WindowOptions } from '../signal/window.js';
import type { CutRecord, DatasetReader, RecordEntry } from './kind.js';
import { readerOf } from './kinds.js';
import { datasetKinds } from './recognize.js';
import { mapSideBySide } from './side-by-side.js';
import { countDataset, type DatasetCounts } from './survey-counts.js';
import { cutWindows, tileRecord, windowLength } from './windows.js';

export interface SurveyOptions {
  /** Of the windows; default 250. PTB-XL is read at 100 Hz for rates up to 100, else at 500 Hz. */
  readonly fsHz?: number;
  /** Of the windows; default 10. */
  readonly seconds?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface DatasetSurvey extends DatasetCounts {
  readonly spec: string;
  readonly kind: string;
  /** What data sets of this kind are. */
  readonly about: string;
  readonly folder: string;
  /** Rate and length of the windows that were counted. */
  readonly fsHz: number;
  readonly seconds: number;
}

/** One record, as far as it told. */
export interface RecordFacts {
  readonly entry: RecordEntry;
  readonly fsHz?: number;
  readonly lengthS?: number;
  /** All that the recording has. */
  readonly leads?: readonly string[];
  /** The one that its windows come from. */
  readonly lead?: string;
  /** The usable windows. */
  readonly windows: readonly { readonly classes: readonly EcgClass[]; readonly labels?: readonly string[] }[];
  /** Why it cannot be read. */
  readonly unreadable?: string;
  /** Why it gives no window, or fewer. */
  readonly leftOut: readonly string[];
}

const schema = z.strictObject({
  fsHz: z.number('a rate in Hz').default(defaultFsHz),
  seconds: z.number('a length in seconds').default(defaultSeconds),
  signal: z.instanceof(AbortSignal, { error: 'an AbortSignal' }).optional(),
  onProgress: z.custom((given) => typeof given === 'function', 'a function').optional(),
});

/**
 * Surveys the data set `spec`, `KIND:DIR`. Rejects with `options.signal.reason`. Errors: ERR_OPTION, ERR_NOT_FOUND,
 * ERR_RANGE; ERR_CSV, ERR_PATH_OUTSIDE, ERR_NPY where the list of records cannot be had. A record that cannot be read is
 * told, not thrown; but a corpus is whole, and ends with ERR_CORPUS, ERR_NPY or an error of WFDB where it is not.
 */
export async function surveyDataset(spec: string, options: SurveyOptions = {}): Promise<DatasetSurvey> {
  const { fsHz, seconds } = parseOptions(schema, options, 'surveyDataset');
  const { signal, onProgress } = options;
  const windowOptions = { fsHz, seconds, ...(signal && { signal }), ...(onProgress && { onProgress }) };
  windowLength(windowOptions);
  const [, kind = spec, folder = ''] = /^([^:]*):(.*)$/s.exec(spec) ?? [];
  const known = datasetKinds().find((one) => one.kind === kind);
  if (known === undefined) {
    const kinds = datasetKinds().map((one) => one.kind);
    throw new PqrstError('ERR_OPTION', `unknown data set "${kind}"${suggest(kind, kinds)} (KIND:DIR)`);
  }
  if (folder === '')
    throw new PqrstError('ERR_OPTION', `data set "${spec}" names no folder; write ${kind}:DIR`);
  await checkFolder(folder);
  signal?.throwIfAborted();
  const reader = readerOf(kind);
  const facts =
    reader === undefined
      ? await corpusFacts(folder, windowOptions)
      : await readerFacts(reader, folder, windowOptions);
  signal?.throwIfAborted();
  return { spec, ...known, folder, fsHz, seconds, ...countDataset(facts) };
}

async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch((cause) => {
    throw unreadable(folder, 'the data set', cause);
  });
  if (!found.isDirectory()) {
    throw new PqrstError(
      'ERR_NOT_FOUND',
      `data set ${folder} is a file; name the folder that holds its records`,
    );
  }
}

async function readerFacts(
  reader: DatasetReader,
  folder: string,
  options: WindowOptions,
): Promise<RecordFacts[]> {
  const entries = await reader.list(folder, options);
  let done = 0;
  const survey = async (entry: RecordEntry) => {
    const facts = await factsOf(reader, folder, entry, options);
    options.onProgress?.(++done, entries.length);
    return facts;
  };
  return mapSideBySide(entries, survey, options.signal);
}

async function factsOf(
  reader: DatasetReader,
  folder: string,
  entry: RecordEntry,
  options: WindowOptions,
): Promise<RecordFacts> {
  let head: Partial<RecordFacts> = {};
  try {
    head = await headerFacts(folder, entry);
    return { entry, ...head, ...cutFacts(entry, await reader.read(folder, entry, options), options, head) };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof PqrstError)) throw error;
    return { entry, ...head, windows: [], unreadable: error.message, leftOut: [] };
  }
}

/** Of WFDB the header tells of all leads; other kinds tell of the one that is read. */
async function headerFacts(folder: string, { files }: RecordEntry): Promise<Partial<RecordFacts>> {
  const file = files.find((name) => name.endsWith('.hea'));
  if (file === undefined) return {};
  const { fsHz, lengthFrames, signals } = await readHeader(await inputPath(folder, file, 'the header'));
  const leads = signals.map(({ description }, n) => description || `signal ${n}`);
  return { fsHz, leads, ...(lengthFrames !== undefined && { lengthS: lengthFrames / fsHz }) };
}

function cutFacts(
  { recordName, patientId }: RecordEntry,
  cut: CutRecord | string,
  options: WindowOptions,
  head: Partial<RecordFacts>,
): Omit<RecordFacts, 'entry'> {
  if (typeof cut === 'string') return { windows: [], leftOut: [cut] };
  const { record, lead, stretches } = cut;
  const skipped: SkippedRecord[] = [];
  const windows = cutWindows({ record, lead, recordName, patientId }, stretches, options, skipped);
  return {
    ...{ fsHz: record.fsHz, lengthS: record.signalsMv[lead]!.length / record.fsHz },
    ...{ leads: head.leads ?? record.leads, lead: record.leads[lead]! },
    windows: windows.map(({ classes, labels }) => ({ classes, ...(labels && { labels }) })),
    leftOut: skipped.map(({ reason }) => reason),
  };
}

async function corpusFacts(folder: string, options: WindowOptions): Promise<RecordFacts[]> {
  // They bring the synthesizer along, which the others do without.
  const { readCorpus } = await import('../corpus/read.js');
  const { manifestName, readManifest } = await import('../corpus/manifest.js');
  const { recordName } = await import('../corpus/format.js');
  const { request, records } = await readManifest(folder);
  const facts: RecordFacts[] = [];
  for await (const { index, ecgClass, signal, fold } of readCorpus(folder, { signal: options.signal })) {
    const name = recordName(index);
    const record = { name, fsHz: request.fsHz, leads: ['II'], signalsMv: [signal] };
    const entry: RecordEntry = {
      ...{ recordName: name, patientId: name, classes: [ecgClass], labels: [], files: [manifestName] },
      ...(fold !== undefined && { fold }),
    };
    facts.push({ entry, ...cutFacts(entry, tileRecord(record, entry, options), options, {}) });
    options.onProgress?.(facts.length, records);
  }
  return facts;
}
