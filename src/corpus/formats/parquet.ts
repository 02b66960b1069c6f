// A corpus as Parquet: a shard is one file, a record a row.
//   index int64, record, label string, seed int64, fs_hz double, rhythm string (WFDB's text)
//   beat_type list<string> (N, V), p_onset_s ... t_offset_s list<double>: a beat an entry, in s of the record, null = absent
//   signal list<float32 | float16 | int16>, by ARROW:schema of fixed size; int16 counts 1/1000 mV (z-scored: 1/1000 SD)
// The metadata say unit, type, scale, rate, preset and the hash of the spec. Row groups of about 4 MB, so that neither we
// nor a reader hold more; the bytes depend on the plan alone.

import { createHash } from 'node:crypto';
import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import { PqrstError } from '../../base/errors.js';
import { packageVersion } from '../../base/version.js';
import { labelAt } from '../../signal/source.js';
import { rhythms } from '../../synth/annotations.js';
import {
  type CorpusBlock,
  type CorpusFile,
  type CorpusFormat,
  type CorpusPlan,
  recordName,
} from '../format.js';
import { HashedFile } from '../hashed-file.js';
import { writeLabels } from '../labels.js';
import { type ArrowField, type ArrowType, arrowSchema } from './arrow-schema.js';
import { sampleBytes, signalSchema, writeSignalChunk } from './parquet-signal.js';
import { recordsOf } from './shard.js';

const shardBytes = 2 ** 26;
const groupBytes = 2 ** 22;
const mostGroupRecords = 4096;
const mostShardRecords = 2 ** 15;
const mostSamples = 2 ** 22;

export const parquetFormat: CorpusFormat = {
  name: 'parquet',
  splitFolders: true,
  check({ lengthSamples }) {
    if (lengthSamples <= mostSamples) return;
    throw new PqrstError(
      'ERR_OPTION',
      `--format parquet takes records of up to ${mostSamples} samples, not ${lengthSamples}, for a reader holds a row ` +
        'whole; ask for fewer --seconds, or write --format npy or wfdb',
    );
  },
  shardRecords: ({ lengthSamples, type }) =>
    Math.max(1, Math.min(mostShardRecords, Math.floor(shardBytes / (lengthSamples * sampleBytes[type])))),
  shardName: (number) => `${String(number).padStart(5, '0')}.parquet`,
  writeShard,
  writeTables: async (folder, plan, set) => [await writeLabels(folder, plan, set)],
};

/** The nine times of a beat as columns, in the order of CorpusBlock's fiducials. */
export const fiducialColumns = ['p', 'qrs', 't'].flatMap((wave) =>
  ['onset', 'peak', 'offset'].map((bound) => `${wave}_${bound}_s`),
);

async function writeShard(
  path: string,
  plan: CorpusPlan,
  blocks: AsyncIterable<CorpusBlock>,
): Promise<CorpusFile[]> {
  const file = await HashedFile.open(path);
  try {
    const writer = new ByteWriter();
    const parquet = new ParquetWriter({
      writer,
      schema: schema(plan),
      codec: 'UNCOMPRESSED',
      statistics: false,
      kvMetadata: metadata(plan),
      createdBy: `pqrst version ${packageVersion()}`,
    });
    const group = new RowGroup(plan);
    const flush = async () => {
      group.write(parquet, writer);
      await file.write(writer.getBytes());
      writer.index = 0;
    };
    for await (const block of blocks) {
      for await (const { k, pieces } of recordsOf(block, plan.lengthSamples)) {
        for await (const piece of pieces) group.append(piece);
        group.describe(block, k);
        if (group.isFull) await flush();
      }
    }
    if (!group.isEmpty) await flush();
    await parquet.finish();
    await file.write(writer.getBytes());
  } catch (error) {
    await file.abandon();
    throw error;
  }
  return [{ path: '', ...(await file.close()) }];
}

/** A list in Parquet's three levels. */
const list = (name: string, leaf: SchemaElement): SchemaElement[] => [
  { name, converted_type: 'LIST', num_children: 1, repetition_type: 'REQUIRED' },
  { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
  leaf,
];

function schema({ type }: CorpusPlan): SchemaElement[] {
  const string = { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' } as const;
  const plain = (name: string, one: 'INT64' | 'DOUBLE') =>
    ({ name, type: one, repetition_type: 'REQUIRED' }) as const;
  const columns: SchemaElement[][] = [
    [plain('index', 'INT64')],
    [{ name: 'record', ...string }],
    [{ name: 'label', ...string }],
    [plain('seed', 'INT64')],
    [plain('fs_hz', 'DOUBLE')],
    [{ name: 'rhythm', ...string }],
    list('beat_type', { name: 'element', ...string }),
    ...fiducialColumns.map((name) =>
      list(name, { name: 'element', type: 'DOUBLE', repetition_type: 'OPTIONAL' }),
    ),
    signalSchema(type),
  ];
  return [{ name: 'schema', num_children: columns.length }, ...columns.flat()];
}

/** The same columns in Arrow's words. */
function arrowFields({ type, lengthSamples }: CorpusPlan): ArrowField[] {
  const string: ArrowType = { kind: 'string' };
  const double: ArrowType = { kind: 'float', bits: 64 };
  const sample: ArrowType =
    type === 'int16' ? { kind: 'int', bits: 16 } : { kind: 'float', bits: type === 'float16' ? 16 : 32 };
  const listOf = (of: ArrowType, nullable: boolean): ArrowType => {
    return { kind: 'list', of: { name: 'element', type: of, nullable } };
  };
  return [
    { name: 'index', type: { kind: 'int', bits: 64 } },
    { name: 'record', type: string },
    { name: 'label', type: string },
    { name: 'seed', type: { kind: 'int', bits: 64 } },
    { name: 'fs_hz', type: double },
    { name: 'rhythm', type: string },
    { name: 'beat_type', type: listOf(string, false) },
    ...fiducialColumns.map((name) => ({ name, type: listOf(double, true) })),
    {
      name: 'signal',
      type: { kind: 'fixed-size list', size: lengthSamples, of: { name: 'element', type: sample } },
    },
  ];
}

function metadata(plan: CorpusPlan): { key: string; value: string }[] {
  const facts = {
    unit: plan.unit,
    type: plan.type,
    scale: plan.type === 'int16' ? 0.001 : 1,
    fs_hz: plan.fsHz,
    length_samples: plan.lengthSamples,
    preset: plan.preset,
    seed: plan.seed,
    ...(plan.noise === undefined ? {} : { noise: JSON.stringify(plan.noise) }),
    spec_sha256: createHash('sha256').update(JSON.stringify(plan.spec)).digest('hex'),
  };
  return [
    ...Object.entries(facts).map(([key, value]) => ({ key: `pqrst.${key}`, value: String(value) })),
    { key: 'ARROW:schema', value: arrowSchema(arrowFields(plan)) },
  ];
}

/** Rows on their way to the file, at most `groupBytes` of signal. */
class RowGroup {
  readonly #plan: CorpusPlan;
  readonly #most: number;
  /** [rows, lengthSamples]. */
  readonly #signals: Uint8Array;
  #bytes = 0;
  #indices: number[] = [];
  #rhythms: string[] = [];
  #beatTypes: string[][] = [];
  #fiducialsS: (number | null)[][][] = [];

  constructor(plan: CorpusPlan) {
    const rowBytes = plan.lengthSamples * sampleBytes[plan.type];
    this.#plan = plan;
    this.#most = Math.max(
      1,
      Math.min(mostGroupRecords, plan.shardRecords, Math.floor(groupBytes / rowBytes)),
    );
    this.#signals = new Uint8Array(this.#most * rowBytes);
    this.#clear();
  }

  get isFull(): boolean {
    return this.#indices.length === this.#most;
  }

  get isEmpty(): boolean {
    return this.#indices.length === 0;
  }

  /** More samples of the row that comes next. */
  append({ buffer, byteOffset, byteLength }: ArrayBufferView): void {
    this.#signals.set(new Uint8Array(buffer, byteOffset, byteLength), this.#bytes);
    this.#bytes += byteLength;
  }

  /** Ends a row: it is record `k` of `block`. */
  describe(block: CorpusBlock, k: number): void {
    const { offsets, types, fiducialsS } = block.beats;
    const [from, to] = [offsets[k]!, offsets[k + 1]!];
    this.#indices.push(block.start + k);
    this.#rhythms.push(rhythms[labelAt(this.#plan.classes, block.start + k)]);
    this.#beatTypes.push(Array.from(types.subarray(from, to), (code) => String.fromCharCode(code)));
    for (const [field, column] of this.#fiducialsS.entries()) {
      column.push(
        Array.from({ length: to - from }, (_, beat) => {
          const timeS = fiducialsS[(from + beat) * fiducialColumns.length + field]!;
          return Number.isNaN(timeS) ? null : timeS;
        }),
      );
    }
  }

  write(parquet: ParquetWriter, writer: ByteWriter): void {
    const { seed, fsHz, classes, type, lengthSamples } = this.#plan;
    const rows = this.#indices.length;
    const columnData: ColumnSource[] = [
      { name: 'index', data: BigInt64Array.from(this.#indices, BigInt), statistics: true },
      { name: 'record', data: this.#indices.map(recordName) },
      { name: 'label', data: this.#indices.map((index) => labelAt(classes, index)) },
      { name: 'seed', data: new BigInt64Array(rows).fill(BigInt(seed)) },
      { name: 'fs_hz', data: new Float64Array(rows).fill(fsHz) },
      { name: 'rhythm', data: this.#rhythms },
      { name: 'beat_type', data: this.#beatTypes },
      ...fiducialColumns.map((name, field) => ({ name, data: this.#fiducialsS[field]! })),
    ];
    parquet.write({ columnData, rowGroupSize: rows });
    const chunk = writeSignalChunk(writer, type, lengthSamples, this.#signals.subarray(0, this.#bytes));
    const group = parquet.row_groups.at(-1)!;
    const size = chunk.meta_data!.total_compressed_size;
    group.columns.push(chunk);
    group.total_byte_size += size;
    group.total_compressed_size = (group.total_compressed_size ?? 0n) + size;
    this.#clear();
  }

  #clear(): void {
    this.#bytes = 0;
    this.#indices = [];
    this.#rhythms = [];
    this.#beatTypes = [];
    this.#fiducialsS = fiducialColumns.map(() => []);
  }
}
