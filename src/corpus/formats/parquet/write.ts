// Writes a corpus as Parquet: one file per shard, one row per record. The columns are
//   index int64, record string, label string, seed int64, fs_hz double, rhythm string (as WFDB writes it)
//   rhythm_change_s list<double>, rhythm_change list<string>, rhythm_change_class list<string>: the rhythms with their
//     start and class, if records of the corpus change their rhythm; `rhythm` is the first one
//   beat_type list<string>: the WFDB symbol of each beat, such as N or V
//   p_onset_s ... t_offset_s list<double>: one entry per beat, in s from the start; null if the wave is absent
//   signal list<float32 | float16 | int16>, of fixed size in ARROW:schema; int16 counts 1/1000 mV (z-scored: 1/1000 SD).
//     Several leads have a column each (signal_I, signal_II, ...), so that a reader can take some of them
// The metadata state unit, type, scale, rate, preset and the hash of the spec. Row groups have about 4 MB, so that
// neither the writer nor a reader needs more memory. The bytes depend on the plan alone.

import { createHash } from 'node:crypto';
import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import { packageVersion } from '../../../base/version.js';
import type { RhythmAnnotation } from '../../../signal/beats.js';
import { splitLeads } from '../../../signal/leads.js';
import { labelAt } from '../../../signal/source.js';
import { rhythmsOf } from '../../../synth/annotations.js';
import {
  type CorpusBlock,
  type CorpusFile,
  type CorpusPlan,
  changesRhythm,
  recordName,
  recordSamples,
} from '../../format.js';
import { HashedFile } from '../../hashed-file.js';
import { recordsOf } from '../shard.js';
import { type ArrowField, type ArrowType, arrowSchema } from './arrow-schema.js';
import { sampleBytes, signalColumns, signalSchema, writeSignalChunk } from './signal.js';

const groupBytes = 2 ** 22;
const mostGroupRecords = 4096;

/** The columns of the nine times of a beat, in the order of the fiducials of CorpusBlock. */
export const fiducialColumns = ['p', 'qrs', 't'].flatMap((wave) =>
  ['onset', 'peak', 'offset'].map((bound) => `${wave}_${bound}_s`),
);

/** Writes a shard as the Parquet file `path` (`CorpusFormat.writeShard`). */
export async function writeShard(
  path: string,
  plan: CorpusPlan,
  blocks: AsyncIterable<CorpusBlock>,
): Promise<CorpusFile[]> {
  const file = await HashedFile.open(path);
  try {
    const writer = new ByteWriter();
    const parquet = new ParquetWriter({
      writer,
      schema: shardSchema(plan),
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
      for await (const { k, pieces } of recordsOf(block, recordSamples(plan))) {
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

/** Returns a list column in Parquet's three levels. */
const list = (name: string, leaf: SchemaElement): SchemaElement[] => [
  { name, converted_type: 'LIST', num_children: 1, repetition_type: 'REQUIRED' },
  { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
  leaf,
];

/** Returns the Parquet schema of a shard. */
export function shardSchema(plan: CorpusPlan): SchemaElement[] {
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
    ...(changesRhythm(plan)
      ? [
          list('rhythm_change_s', { name: 'element', type: 'DOUBLE', repetition_type: 'REQUIRED' }),
          list('rhythm_change', { name: 'element', ...string }),
          list('rhythm_change_class', { name: 'element', ...string }),
        ]
      : []),
    list('beat_type', { name: 'element', ...string }),
    ...fiducialColumns.map((name) =>
      list(name, { name: 'element', type: 'DOUBLE', repetition_type: 'OPTIONAL' }),
    ),
    ...signalColumns(plan.leads).map((name) => signalSchema(name, plan.type)),
  ];
  return [{ name: 'schema', num_children: columns.length }, ...columns.flat()];
}

/** Returns the columns as Arrow fields. */
function arrowFields(plan: CorpusPlan): ArrowField[] {
  const { type, leads, lengthSamples } = plan;
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
    ...(changesRhythm(plan)
      ? [
          { name: 'rhythm_change_s', type: listOf(double, false) },
          { name: 'rhythm_change', type: listOf(string, false) },
          { name: 'rhythm_change_class', type: listOf(string, false) },
        ]
      : []),
    { name: 'beat_type', type: listOf(string, false) },
    ...fiducialColumns.map((name) => ({ name, type: listOf(double, true) })),
    ...signalColumns(leads).map((name): ArrowField => {
      return {
        name,
        type: { kind: 'fixed-size list', size: lengthSamples, of: { name: 'element', type: sample } },
      };
    }),
  ];
}

function metadata(plan: CorpusPlan): { key: string; value: string }[] {
  const facts = {
    unit: plan.unit,
    type: plan.type,
    scale: plan.type === 'int16' ? 0.001 : 1,
    fs_hz: plan.fsHz,
    length_samples: plan.lengthSamples,
    ...(plan.leads.length > 1 ? { leads: plan.leads.join() } : {}),
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

/** The rows of the next row group, at most `groupBytes` of signal. */
class RowGroup {
  readonly #plan: CorpusPlan;
  readonly #most: number;
  /** [rows, lengthSamples] of each lead. */
  readonly #signals: readonly Uint8Array[];
  /** The bytes of each lead so far. */
  #bytes = 0;
  #indices: number[] = [];
  #changes: (readonly RhythmAnnotation[])[] = [];
  #beatTypes: string[][] = [];
  #fiducialsS: (number | null)[][][] = [];

  constructor(plan: CorpusPlan) {
    const leadBytes = plan.lengthSamples * sampleBytes[plan.type];
    const rowBytes = plan.leads.length * leadBytes;
    this.#plan = plan;
    this.#most = Math.max(
      1,
      Math.min(mostGroupRecords, plan.shardRecords, Math.floor(groupBytes / rowBytes)),
    );
    this.#signals = plan.leads.map(() => new Uint8Array(this.#most * leadBytes));
    this.#clear();
  }

  get isFull(): boolean {
    return this.#indices.length === this.#most;
  }

  get isEmpty(): boolean {
    return this.#indices.length === 0;
  }

  /** Adds a piece [leads, n] of samples to the current row. */
  append({ buffer, byteOffset, byteLength }: ArrayBufferView): void {
    const leads = splitLeads(new Uint8Array(buffer, byteOffset, byteLength), this.#signals.length);
    for (const [at, lead] of leads.entries()) this.#signals[at]!.set(lead, this.#bytes);
    this.#bytes += byteLength / leads.length;
  }

  /** Ends the current row, which is record `k` of `block`. */
  describe(block: CorpusBlock, k: number): void {
    const { offsets, types, fiducialsS } = block.beats;
    const [from, to] = [offsets[k]!, offsets[k + 1]!];
    this.#indices.push(block.start + k);
    this.#changes.push(rhythmsOf(block.beats, k, { ...this.#plan, rhythms: block.rhythmNames }));
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
    const { seed, fsHz, classes, type, leads, lengthSamples } = this.#plan;
    const rows = this.#indices.length;
    const columnData: ColumnSource[] = [
      { name: 'index', data: BigInt64Array.from(this.#indices, BigInt), statistics: true },
      { name: 'record', data: this.#indices.map(recordName) },
      { name: 'label', data: this.#indices.map((index) => labelAt(classes, index)) },
      { name: 'seed', data: new BigInt64Array(rows).fill(BigInt(seed)) },
      { name: 'fs_hz', data: new Float64Array(rows).fill(fsHz) },
      { name: 'rhythm', data: this.#changes.map(([first]) => first!.rhythm) },
      ...(changesRhythm(this.#plan)
        ? [
            { name: 'rhythm_change_s', data: this.#changes.map((of) => of.map(({ timeS }) => timeS)) },
            { name: 'rhythm_change', data: this.#changes.map((of) => of.map(({ rhythm }) => rhythm)) },
            {
              name: 'rhythm_change_class',
              data: this.#changes.map((of) => of.map(({ ecgClass }) => ecgClass)),
            },
          ]
        : []),
      { name: 'beat_type', data: this.#beatTypes },
      ...fiducialColumns.map((name, field) => ({ name, data: this.#fiducialsS[field]! })),
    ];
    parquet.write({ columnData, rowGroupSize: rows });
    const group = parquet.row_groups.at(-1)!;
    for (const [at, name] of signalColumns(leads).entries()) {
      const bytes = this.#signals[at]!.subarray(0, this.#bytes);
      const chunk = writeSignalChunk(writer, { name, type, lengthSamples }, bytes);
      const size = chunk.meta_data!.total_compressed_size;
      group.columns.push(chunk);
      group.total_byte_size += size;
      group.total_compressed_size = (group.total_compressed_size ?? 0n) + size;
    }
    this.#clear();
  }

  #clear(): void {
    this.#bytes = 0;
    this.#indices = [];
    this.#changes = [];
    this.#beatTypes = [];
    this.#fiducialsS = fiducialColumns.map(() => []);
  }
}
