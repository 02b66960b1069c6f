// Reads NumPy shards, about 2^21 samples at a time.

import { inputPath } from '../../../codecs/input.js';
import { readNpy, readNpyRows } from '../../../codecs/npy.js';
import { ecgClasses } from '../../../signal/classes.js';
import { BatchAnnotations } from '../../../synth/annotations.js';
import type { CorpusPlan, ShardPlace, StoredRecord } from '../../format.js';
import { classesOf, damaged, expectLabel, toUnit } from '../stored.js';

const chunkSamples = 2 ** 21;

/** Yields the records of a shard (`CorpusFormat.readShard`). */
export async function* readShard(
  plan: CorpusPlan,
  place: ShardPlace,
): AsyncGenerator<StoredRecord, void, undefined> {
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
    if (offsets[k]! > offsets[k + 1]!)
      throw damaged(
        `${path}/beat_offsets.npy`,
        `has an offset at row ${k + 1} that is smaller than the one before`,
      );
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

function expectArray(
  name: string,
  found: { type: string; shape: readonly number[] },
  type: string,
  shape: readonly number[],
): void {
  if (found.type === type && found.shape.join() === shape.join()) return;
  throw damaged(name, `holds ${found.type} [${found.shape}], but the manifest states ${type} [${shape}]`);
}
