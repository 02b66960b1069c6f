// The shards of a corpus read back, record by record, whatever their format. Opens no file outside the corpus and holds
// a few megabytes of it. A file that is not what the manifest says ends the reading.

import { PqrstError } from '../base/errors.js';
import { halfToFloat } from '../base/half.js';
import { inputPath } from '../codecs/input.js';
import { readNpy, readNpyRows } from '../codecs/npy.js';
import { readRecord } from '../codecs/wfdb/read.js';
import type { SampleType } from '../kernel/binding.js';
import type { RecordAnnotations } from '../signal/beats.js';
import { type EcgClass, ecgClasses } from '../signal/classes.js';
import { labelAt } from '../signal/source.js';
import { BatchAnnotations } from '../synth/annotations.js';
import { type CorpusPlan, type FormatName, recordName } from './format.js';
import { ptbxlName } from './formats/ptb-xl.js';

/** A shard as the manifest places it. */
export interface ShardPlace {
  /** Folder of the corpus. */
  readonly corpus: string;
  /** Relative to the corpus. */
  readonly path: string;
  readonly start: number;
  readonly count: number;
  /** Index of the first record of its set. */
  readonly setStart: number;
}

export interface StoredRecord {
  /** [lengthSamples] in the unit of the corpus: mV, or SD where z-scored. */
  readonly signal: Float32Array;
  /** Where the format holds exact times: npy and parquet. */
  readonly annotations?: RecordAnnotations;
}

export type ShardReader = (
  plan: CorpusPlan,
  place: ShardPlace,
) => AsyncGenerator<StoredRecord, void, undefined>;

export const shardReaders: Readonly<Record<FormatName, ShardReader>> = {
  npy: readNpyShard,
  // Its library is not for those who read other formats.
  parquet: async function* (plan, place) {
    const { readParquetShard } = await import('./read-parquet.js');
    yield* readParquetShard(plan, place);
  },
  wfdb: (plan, place) => readWfdbShard(plan, place, recordName),
  'ptb-xl': (plan, place) =>
    readWfdbShard(plan, place, (index) => ptbxlName(index - place.setStart + 1, 'hr')),
};

/** int16 counts 1/1000 mV, or 1/1000 SD. */
export const countsPerUnit = 1000;

/** Samples as stored, [N], as numbers of the corpus' unit. */
export function toUnit(samples: Float32Array | Uint16Array | Int16Array, type: SampleType): Float32Array {
  if (type === 'float16') return halfToFloat(samples as Uint16Array);
  if (type === 'float32') return samples as Float32Array;
  const values = new Float32Array(samples.length);
  for (let n = 0; n < values.length; n++) values[n] = samples[n]! / countsPerUnit;
  return values;
}

const chunkSamples = 2 ** 21;

async function* readNpyShard(plan: CorpusPlan, place: ShardPlace): AsyncGenerator<StoredRecord> {
  const { lengthSamples, type, fsHz } = plan;
  const { corpus, path, count } = place;
  const file = (name: string) => inputPath(corpus, `${path}/${name}.npy`, 'the array');
  const array = async (name: string, of: string, shape: readonly number[]) => {
    const found = await readNpy(await file(name));
    expectArray(`${path}/${name}.npy`, found, of, shape);
    return found.data;
  };
  const labels = await array('labels', 'uint8', [count]);
  const offsets = (await array('beat_offsets', 'uint32', [count + 1])) as Uint32Array;
  const beats = offsets[count]!;
  for (let k = 0; k < count; k++) {
    if (offsets[k]! > offsets[k + 1]!) throw damaged(`${path}/beat_offsets.npy`, `goes back at row ${k + 1}`);
  }
  const fiducialsS = (await array('beat_fiducials_s', 'float64', [beats, 9])) as Float64Array;
  const types = (await array('beat_types', 'uint8', [beats])) as Uint8Array;
  const classes = classesOf(plan, place);
  const annotations = new BatchAnnotations({ offsets, fiducialsS, types }, classes, fsHz, lengthSamples);
  const rows = Math.max(1, Math.floor(chunkSamples / lengthSamples));
  for (let first = 0; first < count; first += rows) {
    const some = Math.min(rows, count - first);
    const chunk = await readNpyRows(await file('signals'), first, some);
    expectArray(`${path}/signals.npy`, chunk, type, [some, lengthSamples]);
    const signals = toUnit(chunk.data as Float32Array | Uint16Array | Int16Array, type);
    for (let k = 0; k < some; k++) {
      expectLabel(
        `${path}/labels.npy`,
        ecgClasses[labels[first + k]!],
        classes[first + k]!,
        place.start + first + k,
      );
      yield {
        signal: signals.slice(k * lengthSamples, (k + 1) * lengthSamples),
        annotations: annotations.record(first + k),
      };
    }
  }
}

async function* readWfdbShard(
  plan: CorpusPlan,
  { corpus, path, start, count }: ShardPlace,
  nameOf: (index: number) => string,
): AsyncGenerator<StoredRecord> {
  for (let index = start; index < start + count; index++) {
    const name = `${path}/${nameOf(index)}.hea`;
    const record = await readRecord(await inputPath(corpus, name, 'the header'));
    const signal = record.signalsMv[0]!;
    if (record.fsHz !== plan.fsHz || signal.length !== plan.lengthSamples) {
      const [found, asked] = [signal.length, plan.lengthSamples];
      throw damaged(
        name,
        `holds ${found} samples at ${record.fsHz} Hz where the manifest asks for ${asked} at ${plan.fsHz} Hz`,
      );
    }
    yield { signal };
  }
}

function expectArray(
  name: string,
  found: { type: string; shape: readonly number[] },
  type: string,
  shape: readonly number[],
): void {
  if (found.type === type && found.shape.join() === shape.join()) return;
  throw damaged(name, `holds ${found.type} [${found.shape}] where the manifest asks for ${type} [${shape}]`);
}

/** ERR_CORPUS where record `index` is not labelled as the plan has it. */
export function expectLabel(
  name: string,
  found: EcgClass | string | undefined,
  expected: EcgClass,
  index: number,
): void {
  if (found === expected) return;
  throw damaged(name, `calls record ${index} ${found ?? 'by an unknown label'}, the manifest ${expected}`);
}

export function classesOf({ classes }: CorpusPlan, { start, count }: ShardPlace): EcgClass[] {
  return Array.from({ length: count }, (_, k) => labelAt(classes, start + k));
}

export function damaged(name: string, problem: string, cause?: unknown): PqrstError {
  return new PqrstError(
    'ERR_CORPUS',
    `${name} ${problem}; pqrst verify names every shard that is damaged, and pqrst regenerate makes its records again`,
    { cause },
  );
}
