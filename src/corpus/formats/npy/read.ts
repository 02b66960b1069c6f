// Reads NumPy shards, about 2^21 samples at a time.

import { z } from 'zod';
import { parseJson } from '../../../base/parse-json.js';
import { readInput } from '../../../codecs/input.js';
import { readNpy, readNpyRows } from '../../../codecs/npy/read.js';
import type { NpyData } from '../../../codecs/npy/types.js';
import { BatchAnnotations, type RhythmName } from '../../../synth/annotations.js';
import { labelClasses } from '../../../synth/model.js';
import {
  type CorpusPlan,
  changesRhythm,
  recordSamples,
  type ShardPlace,
  type StoredRecord,
} from '../../format.js';
import { classesOf, expectLabel, rhythmsOfClasses } from '../shard-labels.js';
import { damaged, expectPeaks, toUnit } from '../stored.js';
import { expectArray, signalShape } from './samples.js';
import { rhythmsFile } from './write.js';

const chunkSamples = 2 ** 21;

/** Yields the records of a shard (`CorpusFormat.readShard`). */
export async function* readShard(
  plan: CorpusPlan,
  place: ShardPlace,
): AsyncGenerator<StoredRecord, void, undefined> {
  const { lengthSamples, type, fsHz } = plan;
  const size = recordSamples(plan);
  const { files, path, count } = place;
  const file = (name: string) => files.open(`${name}.npy`, 'the array');
  const array = async (name: string, of: string, shape: readonly number[]) => {
    const found = await readNpy(await file(name));
    expectArray(`${path}/${name}.npy`, found, of, shape);
    return found.data;
  };
  const labels = (await array('labels', 'uint8', [count])) as Uint8Array;
  const offsets = (await array('beat_offsets', 'uint32', [count + 1])) as Uint32Array;
  expectOrder(`${path}/beat_offsets.npy`, offsets);
  const beats = offsets[count]!;
  const fiducialsS = (await array('beat_fiducials_s', 'float64', [beats, 9])) as Float64Array;
  expectPeaks(`${path}/beat_fiducials_s.npy`, fiducialsS);
  const types = (await array('beat_types', 'uint8', [beats])) as Uint8Array;
  const classes = classesOf(plan, place);
  const rhythms = changesRhythm(plan) ? await readRhythms(place, array) : rhythmsOfClasses(plan, classes);
  const byLabel = labelClasses(plan.classes);
  const scale = { rhythms: rhythms.names, fsHz, lengthSamples };
  const annotations = new BatchAnnotations({ offsets, fiducialsS, types, ...rhythms }, scale);
  const rows = Math.max(1, Math.floor(chunkSamples / size));
  for (let first = 0; first < count; first += rows) {
    const some = Math.min(rows, count - first);
    const chunk = await readNpyRows(await file('signals'), first, some);
    expectArray(`${path}/signals.npy`, chunk, type, signalShape(plan, some));
    const signals = toUnit(chunk.data as Float32Array | Uint16Array | Int16Array, type);
    for (let k = 0; k < some; k++) {
      expectLabel(
        `${path}/labels.npy`,
        byLabel[labels[first + k]!],
        classes[first + k]!,
        place.start + first + k,
      );
      const record = annotations.record(first + k);
      yield {
        signal: signals.slice(k * size, (k + 1) * size),
        annotations: record,
        rhythms: record.rhythms,
      };
    }
  }
}

const namesSchema = z.array(z.strictObject({ ecgClass: z.string(), rhythm: z.string() })).min(1);

async function readRhythms(
  { files, path, count }: ShardPlace,
  array: (name: string, of: string, shape: readonly number[]) => Promise<NpyData>,
) {
  const name = `${path}/${rhythmsFile}`;
  const most = 2 ** 20;
  const text = await readInput(await files.open(rhythmsFile, 'the rhythms'), 'the rhythms', most, (size) =>
    damaged(name, `holds ${size} bytes, but at most ${most} are written`),
  );
  const { data: names } = namesSchema.safeParse(jsonOf(text.toString('utf8')));
  if (names === undefined) throw damaged(name, 'is not a list of classes and rhythms');
  const rhythmOffsets = (await array('rhythm_offsets', 'uint32', [count + 1])) as Uint32Array;
  expectOrder(`${path}/rhythm_offsets.npy`, rhythmOffsets);
  const rhythmTimesS = (await array('rhythm_times_s', 'float64', [rhythmOffsets[count]!])) as Float64Array;
  const rhythmClasses = (await array('rhythm_codes', 'uint8', [rhythmOffsets[count]!])) as Uint8Array;
  const strange = rhythmClasses.find((code) => code >= names.length);
  if (strange !== undefined) {
    throw damaged(
      `${path}/rhythm_codes.npy`,
      `names rhythm ${strange} of the ${names.length} in ${rhythmsFile}`,
    );
  }
  return { rhythmOffsets, rhythmTimesS, rhythmClasses, names: names as readonly RhythmName[] };
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function expectOrder(name: string, offsets: Uint32Array): void {
  const row = offsets.findIndex((offset, at) => at > 0 && offset < offsets[at - 1]!);
  if (row >= 0) throw damaged(name, `has an offset at row ${row} that is smaller than the one before`);
}
