// Reads Parquet shards, one row group at a time.

import type { FileHandle } from 'node:fs/promises';
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { PqrstError } from '../../../base/errors.js';
import { openFile, readAt } from '../../../base/open-file.js';
import { systemReason } from '../../../base/system-reason.js';
import { unreadable } from '../../../codecs/input.js';
import type { KernelBeats } from '../../../kernel/binding.js';
import type { EcgClass } from '../../../signal/classes.js';
import { BatchAnnotations, soleRhythms } from '../../../synth/annotations.js';
import {
  type CorpusPlan,
  changesRhythm,
  type SampleFiles,
  type ShardPlace,
  type StoredRecord,
} from '../../format.js';
import { classesOf, expectLabel } from '../shard-labels.js';
import { countsPerUnit, damaged, expectPeaks } from '../stored.js';
import { readSignalRows } from './read-signal.js';
import { signalColumns } from './signal.js';
import { fiducialColumns, shardSchema } from './write.js';

/** A row as write.ts writes it. Its fields are checked when they are read. */
type Row = Readonly<Record<string, unknown>>;

/** Yields the records of a shard (`CorpusFormat.readShard`). */
export async function* readShard(
  plan: CorpusPlan,
  place: ShardPlace,
): AsyncGenerator<StoredRecord, void, undefined> {
  const { file, found } = await openShard(place);
  try {
    yield* readOpened(plan, place, bufferOf(file, found.size));
  } finally {
    await file.close();
  }
}

async function* readOpened(
  plan: CorpusPlan,
  place: ShardPlace,
  file: AsyncBuffer,
): AsyncGenerator<StoredRecord, void, undefined> {
  const { path, start, count } = place;
  const metadata = await metadataOf(path, file, plan, count);
  const classes = classesOf(plan, place);
  let first = 0;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    const found = await attempt(path, () =>
      parquetReadObjects({ file, metadata, rowStart: first, rowEnd: first + rows }),
    );
    for (const [k, row] of found.entries()) {
      const index = start + first + k;
      if (row.index !== BigInt(index)) {
        throw damaged(path, `holds record ${row.index}, but the manifest states ${index}`);
      }
      const ecgClass = classes[first + k]!;
      expectLabel(path, String(row.label), ecgClass, index);
      const { names, ...rhythms } = rhythmsOf(path, row, plan, ecgClass);
      const scale = { ...plan, rhythms: names };
      const annotations = new BatchAnnotations({ ...beatsOf(path, row), ...rhythms }, scale).record(0);
      yield { signal: signalOf(path, row, plan), annotations, rhythms: annotations.rhythms };
    }
    first += rows;
  }
}

/** Reads the columns with the samples alone, page by page. */
export const parquetSamples: SampleFiles = {
  name: '',
  async open(target, plan, { path, count }) {
    const { file, found } = await openTarget(target);
    try {
      const metadata = await metadataOf(path, bufferOf(file, found.size), plan, count);
      const firstRows = [0];
      for (const group of metadata.row_groups) firstRows.push(firstRows.at(-1)! + Number(group.num_rows));
      return {
        async read(first, records, into) {
          for (const [at, group] of metadata.row_groups.entries()) {
            const from = Math.max(first, firstRows[at]!);
            const to = Math.min(first + records, firstRows[at + 1]!);
            if (from >= to) continue;
            for (const [lead, name] of signalColumns(plan.leads).entries()) {
              const chunk = group.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === name)!;
              const { type, lengthSamples } = plan;
              const column = { name, type, lengthSamples, lead, leads: plan.leads.length };
              const rows = { from: from - firstRows[at]!, to: to - firstRows[at]!, place: from - first };
              await attempt(path, () => readSignalRows(file, chunk, column, rows, into));
            }
          }
        },
        close: () => file.close(),
      };
    } catch (error) {
      await file.close();
      throw error;
    }
  },
};

async function openShard({ files }: ShardPlace) {
  return openTarget(await files.open('', 'the shard'));
}

function openTarget(target: string) {
  return openFile(target).catch((cause) => {
    throw unreadable(target, 'the shard', cause);
  });
}

/** Returns the metadata of a shard whose rows and columns are those that the manifest states. */
async function metadataOf(
  path: string,
  file: AsyncBuffer,
  plan: CorpusPlan,
  count: number,
): Promise<FileMetaData> {
  const metadata = await attempt(path, () => parquetMetadataAsync(file));
  if (Number(metadata.num_rows) !== count) {
    throw damaged(path, `holds ${metadata.num_rows} rows, but the manifest states ${count}`);
  }
  expectColumns(path, metadata, plan);
  return metadata;
}

/** Returns the bytes of an open file as the Parquet library takes them. A damaged shard may name bytes after its end. */
function bufferOf(file: FileHandle, byteLength: number): AsyncBuffer {
  return {
    byteLength,
    async slice(start, end = byteLength) {
      const bytes = new Uint8Array(Math.max(0, Math.min(end, byteLength) - start));
      const length = await readAt(file, bytes, start);
      return length === bytes.length ? bytes.buffer : bytes.buffer.slice(0, length);
    },
  };
}

/**
 * Compares the columns of the schema and of each row group with those of a shard of the plan. The Parquet library starts to
 * read every column that a row group lists, and would not handle the errors of those that its schema lacks.
 */
function expectColumns(path: string, metadata: FileMetaData, plan: CorpusPlan): void {
  const schemaOf = (elements: FileMetaData['schema']) =>
    elements.map(({ name, num_children: children = 0 }) => `${name}/${children}`).join();
  const expected = shardSchema(plan);
  const columns = leafPaths(expected).join();
  const found = metadata.row_groups.map((group) =>
    group.columns.map(({ meta_data }) => meta_data?.path_in_schema.join('.')).join(),
  );
  if (schemaOf(metadata.schema) === schemaOf(expected) && found.every((one) => one === columns)) return;
  throw damaged(path, 'has other columns than a shard of this corpus; it is damaged or of another corpus');
}

/** Returns the paths of the leaves of a schema in which a list has three levels. */
function leafPaths([, ...elements]: FileMetaData['schema']): string[] {
  const paths: string[] = [];
  for (let at = 0; at < elements.length; ) {
    const { name, num_children: children = 0 } = elements[at]!;
    paths.push(children === 0 ? name : [name, elements[at + 1]!.name, elements[at + 2]!.name].join('.'));
    at += children === 0 ? 1 : 3;
  }
  return paths;
}

/** Runs `work` and turns any error of the Parquet library into ERR_CORPUS, because the file causes it. */
async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof PqrstError) throw cause;
    throw damaged(path, `is not a complete Parquet file (${systemReason(cause)})`, cause);
  }
}

function signalOf(path: string, row: Row, { type, leads, lengthSamples }: CorpusPlan): Float32Array {
  const scale = type === 'int16' ? countsPerUnit : 1;
  const values = new Float32Array(leads.length * lengthSamples);
  for (const [at, name] of signalColumns(leads).entries()) {
    const signal = row[name];
    if (!isArray(signal) || signal.length !== lengthSamples) {
      const found = isArray(signal) ? signal.length : 'no';
      throw damaged(path, `holds ${found} samples in a row, but the manifest states ${lengthSamples}`);
    }
    const first = at * lengthSamples;
    for (let n = 0; n < lengthSamples; n++) values[first + n] = (signal[n] as number) / scale;
  }
  return values;
}

/** Returns the rhythms of a row as a batch of one record, with their names. */
function rhythmsOf(path: string, row: Row, plan: CorpusPlan, ecgClass: EcgClass) {
  if (!changesRhythm(plan)) {
    return { ...soleRhythms(Uint8Array.of(0)), names: [{ ecgClass, rhythm: String(row.rhythm) }] };
  }
  const { rhythm_change_s: timesS, rhythm_change: texts, rhythm_change_class: classes } = row;
  const lists = [timesS, texts, classes];
  if (!lists.every((list) => isArray(list) && list.length > 0 && list.length === (texts as []).length)) {
    throw damaged(path, 'holds rhythms whose columns differ in length or are empty');
  }
  const names = Array.from(texts as string[], (rhythm, at) => {
    return { ecgClass: (classes as EcgClass[])[at]!, rhythm };
  });
  return {
    rhythmOffsets: Uint32Array.of(0, names.length),
    rhythmTimesS: Float64Array.from(timesS as number[]),
    rhythmClasses: Uint8Array.from(names, (_, at) => at),
    names,
  };
}

function beatsOf(path: string, row: Row): Pick<KernelBeats, 'offsets' | 'types' | 'fiducialsS'> {
  const types = row.beat_type;
  const times = fiducialColumns.map((name) => row[name]);
  if (!isArray(types) || !times.every((column) => isArray(column) && column.length === types.length)) {
    throw damaged(path, 'holds beats whose columns differ in length');
  }
  const fiducialsS = new Float64Array(types.length * times.length);
  times.forEach((column, field) => {
    (column as (number | null)[]).forEach((timeS, beat) => {
      fiducialsS[beat * times.length + field] = timeS ?? Number.NaN;
    });
  });
  expectPeaks(path, fiducialsS);
  return {
    offsets: Uint32Array.of(0, types.length),
    types: Uint8Array.from(types as string[], (type) => String(type).charCodeAt(0)),
    fiducialsS,
  };
}

function isArray(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value);
}
