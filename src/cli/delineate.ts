// `pqrst delineate`: finds beats, and P, QRS and T waves, in the records of a data set, and writes them as WFDB
// annotations and as a table. The folder appears under its name when it is complete.

import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { isAbsent, makeFolder, writeError, writeFileAtomic } from '../base/files.js';
import { plural } from '../base/text.js';
import { formatAnnotations } from '../codecs/wfdb/annotations.js';
import type { CutRecord } from '../datasets/kind.js';
import { type Delineation, delineate, delineatedBeats } from '../delineate/delineate.js';
import type { SkippedRecord, WindowOptions } from '../signal/window.js';
import { toWfdbAnnotations } from '../synth/annotations.js';
import { leads } from './options.js';
import { exitCodeOf, type Skipped, skippedLines, strictOption } from './skipped.js';
import type { Register, Result, Task } from './task.js';

/** The ending of the annotation files. */
const extension = 'fid';
/** Below this median quality of its beats, a record has no clear QRS complexes. */
const leastQuality = 0.15;
const shownRecords = 20;

interface Options {
  out: string;
  lead?: string[];
  strict?: boolean;
}

export const registerDelineate: Register = (program, run) => {
  program
    .command('delineate')
    .summary('find beats, and P, QRS and T waves, in records')
    .description(
      'Finds the beats of each record of a data set, and onset, peak and offset of P, QRS and T. Writes WFDB ' +
        `annotations (RECORD.${extension}) and one table of all beats with their times, intervals and quality (beats.csv). ` +
        'A wave that is absent or cannot be measured has no mark and empty cells. Beats are not classified: each is N.',
    )
    .argument('<data>', 'KIND:DIR, or a folder whose kind is recognized by its files')
    .requiredOption('--out <dir>', 'folder to write; it must not exist or be empty')
    .option(
      '--lead <names>',
      'leads to search, such as II or I,II,V1 or 12; several are joined (default: lead II, or the only lead)',
      leads,
    )
    .addOption(strictOption())
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ pqrst delineate mitdb:mitdb --out beats
  $ pqrst delineate ludb:ludb --lead 12 --out waves
  $ pqrst plot --record mitdb/100 --annotations ../beats/100.${extension} --out 100.png`,
    )
    .action((data: string, options: Options) =>
      run<Options>((given, task) => delineateAll(data, given, task))(options),
    );
};

/** What the command reports about a record. Medians over its beats, in ms; null if no beat has the interval. */
interface RecordSummary {
  readonly record: string;
  readonly file: string;
  readonly leads: readonly string[];
  readonly beats: number;
  /** Median quality of the beats, 0 to 1. */
  readonly quality: number;
  /** Share of the beats that have a P wave. */
  readonly pShare: number;
  readonly rrMs: number | null;
  readonly prMs: number | null;
  readonly qrsMs: number | null;
  readonly qtMs: number | null;
}

async function delineateAll(
  data: string,
  { out, lead, strict = false }: Options,
  task: Task,
): Promise<Result> {
  const { findDatasets } = await import('../datasets/recognize.js');
  const { parseDatasetRef, expectFolder } = await import('../datasets/refs.js');
  const { openRecords } = await import('../datasets/records.js');
  const { csvText } = await import('../codecs/csv.js');
  const [found, other] = await findDatasets(data);
  if (found === undefined || other !== undefined) {
    throw new PqrstError('ERR_OPTION', `delineate takes one data set, got "${data}"; run it once with each`);
  }
  const { kind, folder } = parseDatasetRef(found.source);
  await expectFolder(folder);
  const skipped: SkippedRecord[] = [];
  const summaries: RecordSummary[] = [];
  const progress = task.startProgress(`delineate ${found.source} (records)`);
  const options: WindowOptions = {
    // The length says only which records are too short. PTB-XL is read at 500 Hz.
    ...{ fsHz: 500, seconds: 2, signal: task.signal },
    ...(lead !== undefined && { leads: lead }),
    onProgress: (done, total) => progress.update(done, total),
  };
  const notes = await writeFolder(out, async (folderOfWork) => {
    const records = await openRecords(kind, folder, options);
    const results = await records.map(async ({ recordName }, read) => {
      task.signal.throwIfAborted();
      const given = await readable(recordName, read, strict, task.signal);
      return 'reason' in given ? given : delineateRecord(recordName, given);
    });
    const names = new Set<string>();
    const rows: (readonly (string | number)[])[] = [];
    for (const made of results) {
      if ('reason' in made) {
        skipped.push(made);
        continue;
      }
      const file = `${fileNameOf(made.summary.record, names)}.${extension}`;
      await writeFileAtomic(join(folderOfWork, file), made.bytes, task.signal);
      summaries.push({ ...made.summary, file });
      for (const row of made.rows) rows.push(row);
    }
    if (summaries.length === 0) {
      const [first] = skipped;
      const why = first === undefined ? 'it has no records' : `${first.recordName}: ${first.reason}`;
      throw new PqrstError('ERR_DATA_EMPTY', `no record of ${found.source} shows beats (${why})`);
    }
    await writeFileAtomic(join(folderOfWork, 'beats.csv'), csvText([columns, ...rows]), task.signal);
    return records.notes;
  }).finally(() => progress.stop());
  return {
    json: { source: found.source, out, records: summaries, skipped, notes },
    text: textOf(summaries, { out, skipped, notes }),
    exitCode: exitCodeOf({ skipped }),
  };
}

/** Runs `write` on a new folder beside `out`, and gives it the name `out` when it is complete. */
async function writeFolder<Made>(out: string, write: (folder: string) => Promise<Made>): Promise<Made> {
  const entries = await readdir(out).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw writeError(out, error);
  });
  if (entries.length > 0) {
    throw new PqrstError('ERR_WRITE', `the folder ${out} is not empty (${entries[0]}); choose a new folder`);
  }
  const work = `${resolve(out)}.${randomUUID()}.tmp`;
  try {
    await makeFolder(work);
    const made = await write(work);
    await rename(work, resolve(out)).catch((cause: unknown) => {
      throw writeError(out, cause);
    });
    return made;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Reads a record; a record that cannot be read, or lacks a lead, gives the reason. */
async function readable(
  recordName: string,
  read: () => Promise<CutRecord | string>,
  strict: boolean,
  signal: AbortSignal,
): Promise<CutRecord | SkippedRecord> {
  try {
    const record = await read();
    return typeof record === 'string' ? { recordName, reason: record } : record;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof PqrstError)) throw error;
    if (strict) {
      const problem = `record ${recordName} cannot be read: ${error.message}`;
      throw new PqrstError('ERR_DATA_UNREADABLE', problem, { cause: error });
    }
    return { recordName, reason: error.message, unreadable: true };
  }
}

interface DelineatedRecord {
  readonly bytes: Uint8Array;
  readonly summary: Omit<RecordSummary, 'file'>;
  /** One row of beats.csv per beat. */
  readonly rows: (readonly (string | number)[])[];
}

const columns = [
  ...['record', 'beat', 'rS', 'quality'],
  ...['p', 'qrs', 't'].flatMap((wave) => [`${wave}OnsetS`, `${wave}PeakS`, `${wave}OffsetS`]),
  ...['rrMs', 'prMs', 'qrsMs', 'qtMs'],
];

/** Returns the beats of a record, or the reason why it shows none. */
function delineateRecord(recordName: string, record: CutRecord): DelineatedRecord | SkippedRecord {
  let found: Delineation;
  try {
    found = delineate(record.signals, record);
  } catch (error) {
    if (!(error instanceof PqrstError)) throw error;
    return { recordName, reason: error.message };
  }
  const { count, fiducialsS: times, fsHz, lengthSamples } = found;
  const quality = count === 0 ? 0 : median(found.quality);
  if (!(quality > leastQuality)) {
    const what =
      count === 0 ? 'it shows no beat' : `the median quality of its ${count} beats is ${fixed(quality, 2)}`;
    return {
      recordName,
      reason: `${what}; lead ${record.leads.join(', ')} is flat, or noise hides the QRS complexes`,
    };
  }
  const beats = delineatedBeats(found);
  const resolution = { sample: 0, symbol: '"', subtype: 0, channel: 0, number: 0 };
  const bytes = formatAnnotations([
    { ...resolution, aux: `## time resolution: ${fsHz}` },
    ...toWfdbAnnotations({ rhythms: [], lengthSamples, beats }, fsHz),
  ]);
  const between = (k: number, from: number, to: number) => 1000 * (times[9 * k + to]! - times[9 * k + from]!);
  const intervals = {
    rrMs: beats.map((_, k) => (k === 0 ? Number.NaN : 1000 * (times[9 * k + 4]! - times[9 * k - 5]!))),
    prMs: beats.map((_, k) => between(k, 0, 3)),
    qrsMs: beats.map((_, k) => between(k, 3, 5)),
    qtMs: beats.map((_, k) => between(k, 3, 8)),
  };
  const cell = (value: number, digits: number) => (Number.isNaN(value) ? '' : fixed(value, digits));
  const middle = (values: readonly number[]) => {
    const some = values.filter((value) => !Number.isNaN(value));
    return some.length === 0 ? null : Number(median(some).toFixed(1));
  };
  return {
    bytes,
    summary: {
      ...{ record: recordName, leads: record.leads, beats: count, quality: Number(quality.toFixed(3)) },
      pShare: Number((beats.filter(({ p }) => p !== null).length / count).toFixed(3)),
      ...{ rrMs: middle(intervals.rrMs), prMs: middle(intervals.prMs) },
      ...{ qrsMs: middle(intervals.qrsMs), qtMs: middle(intervals.qtMs) },
    },
    rows: beats.map(({ timeS }, k) => [
      ...[recordName, k + 1, fixed(timeS, 4), fixed(found.quality[k]!, 3)],
      ...Array.from(times.subarray(9 * k, 9 * k + 9), (value) => cell(value, 4)),
      ...Object.values(intervals).map((values) => cell(values[k]!, 1)),
    ]),
  };
}

const fixed = (value: number, digits: number) => value.toFixed(digits);

function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Returns a file name for a record, without its folder; different records get different names. */
function fileNameOf(recordName: string, used: Set<string>): string {
  const plain = recordName.replace(/[^-\w]/g, '_');
  let name = plain;
  for (let n = 2; used.has(name); n++) name = `${plain}_${n}`;
  used.add(name);
  return name;
}

function textOf(
  summaries: readonly RecordSummary[],
  { out, skipped, notes }: Skipped & { readonly out: string },
): string {
  const shown = summaries.slice(0, shownRecords);
  const ms = (value: number | null) => (value === null ? '-' : fixed(value, 0));
  const rows = [
    ['record', 'beats', 'quality', 'with P', 'RR ms', 'PR ms', 'QRS ms', 'QT ms'],
    ...shown.map((one) => [
      ...[one.record, String(one.beats), fixed(one.quality, 2), `${fixed(100 * one.pShare, 0)} %`],
      ...[one.rrMs, one.prMs, one.qrsMs, one.qtMs].map(ms),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const table = rows.map((row) =>
    row.map((cell, n) => (n === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[n]!))).join('  '),
  );
  const beats = summaries.reduce((sum, one) => sum + one.beats, 0);
  const more = summaries.length - shown.length;
  return [
    `${plural(beats, 'beat')} of ${plural(summaries.length, 'record')} in ${out} (medians of the beats)`,
    ...table,
    ...(more > 0 ? [`and ${more} more (--json lists all)`] : []),
    ...skippedLines({ skipped, notes }),
  ].join('\n');
}
