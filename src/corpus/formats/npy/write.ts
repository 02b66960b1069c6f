// Writes NumPy shards: a folder of arrays that numpy.load can map into memory (mmap_mode='r').
//   signals.npy           [records, samples], or [records, leads, samples] with several leads: float32, float16, or int16
//                         in 1/1000 mV (z-scored: 1/1000 SD)
//   labels.npy            [records] uint8: 0 normal, 1 af, 2 aflt, 3 pvc, 4 wpw; others as manifest.json states (`labels`)
//   beat_offsets.npy      [records + 1] uint32: row k has the beats [offsets[k], offsets[k + 1]) of both arrays below
//   beat_fiducials_s.npy  [beats, 9] float64: onset, peak and offset of P, QRS and T in s from the start; NaN: absent
//   beat_types.npy        [beats] uint8: the character code of the beat's WFDB symbol, such as N or V
// If records change their rhythm, the folder also has these:
//   rhythm_offsets.npy    [records + 1] uint32: row k has the rhythms [offsets[k], offsets[k + 1]) of both arrays below
//   rhythm_times_s.npy    [rhythms] float64: when each rhythm starts, in s from the start of the record
//   rhythm_codes.npy      [rhythms] uint8: the position of its class and its WFDB text in rhythms.json

import { join } from 'node:path';
import { hashFile, makeFolder } from '../../../base/files.js';
import { NpyWriter, npyHeader } from '../../../codecs/npy/write.js';
import { sampleArrays } from '../../../kernel/binding.js';
import type { RhythmName } from '../../../synth/annotations.js';
import {
  type CorpusBlock,
  type CorpusFile,
  type CorpusPlan,
  type CorpusShard,
  changesRhythm,
} from '../../format.js';
import { HashedFile, writeLines } from '../../hashed-file.js';
import { signalShape } from './samples.js';

const beatFields = 9;
/** The classes and WFDB texts that `rhythm_codes.npy` counts, as JSON. */
export const rhythmsFile = 'rhythms.json';

/** Appends the samples of a block. The pieces of a long record hold all leads of a stretch, which the file does not. */
async function writeSignals(file: HashedFile, plan: CorpusPlan, block: CorpusBlock): Promise<void> {
  const { leads, lengthSamples, type } = plan;
  if (leads.length > 1 && block.isInPieces) {
    const rowBytes = lengthSamples * sampleArrays[type].BYTES_PER_ELEMENT;
    await file.writeRows({ rows: leads.length, rowBytes }, block.pieces());
    return;
  }
  for await (const piece of block.pieces()) await file.write(piece);
}

/** The rhythms of a shard, with the names in the order of their first appearance. */
class Rhythms {
  readonly names: RhythmName[] = [];
  readonly offsets = [0];
  readonly timesS: number[] = [];
  readonly codes: number[] = [];

  add({ beats, count, rhythmNames }: CorpusBlock): void {
    const { rhythmOffsets, rhythmTimesS, rhythmClasses } = beats;
    for (let k = 0; k < count; k++) {
      for (let at = rhythmOffsets[k]!; at < rhythmOffsets[k + 1]!; at++) {
        this.timesS.push(rhythmTimesS[at]!);
        this.codes.push(this.#codeOf(rhythmNames[rhythmClasses[at]!]!));
      }
      this.offsets.push(this.timesS.length);
    }
  }

  #codeOf({ ecgClass, rhythm }: RhythmName): number {
    const known = this.names.findIndex((one) => one.ecgClass === ecgClass && one.rhythm === rhythm);
    return known >= 0 ? known : this.names.push({ ecgClass, rhythm }) - 1;
  }
}

/** Writes a shard as the folder `path` (`CorpusFormat.writeShard`). */
export async function writeShard(
  path: string,
  plan: CorpusPlan,
  blocks: AsyncIterable<CorpusBlock>,
  shard: CorpusShard,
): Promise<CorpusFile[]> {
  await makeFolder(path);
  const signals = await HashedFile.open(join(path, 'signals.npy'));
  const labels = new Uint8Array(shard.count);
  const offsets = new Uint32Array(shard.count + 1);
  const fiducials = await NpyWriter.open(join(path, 'beat_fiducials_s.npy'), 'float64', [beatFields]);
  const types = await NpyWriter.open(join(path, 'beat_types.npy'), 'uint8', []);
  const rhythms = changesRhythm(plan) ? new Rhythms() : undefined;
  let row = 0;
  try {
    await signals.write(npyHeader(plan.type, signalShape(plan, shard.count)));
    for await (const block of blocks) {
      const beats = Promise.allSettled([
        fiducials.append(block.beats.fiducialsS),
        types.append(block.beats.types),
      ]);
      await writeSignals(signals, plan, block);
      labels.set(block.labels, row);
      for (let k = 1; k <= block.count; k++) offsets[row + k] = offsets[row]! + block.beats.offsets[k]!;
      rhythms?.add(block);
      for (const result of await beats) if (result.status === 'rejected') throw result.reason;
      row += block.count;
    }
  } catch (error) {
    await Promise.allSettled([signals.abandon(), fiducials.abort(), types.abort()]);
    throw error;
  }
  const whole = async (name: string, array: Uint8Array | Uint32Array | Float64Array) => {
    const type = array instanceof Uint8Array ? 'uint8' : array instanceof Uint32Array ? 'uint32' : 'float64';
    const file = await HashedFile.open(join(path, name));
    await file.write(npyHeader(type, [array.length]));
    await file.write(array);
    return { path: name, ...(await file.close()) };
  };
  const closed = async (name: string, writer: NpyWriter) => {
    await writer.close();
    return { path: name, ...(await hashFile(join(path, name))) };
  };
  const settled = await Promise.allSettled([
    signals.close().then((hash) => ({ path: 'signals.npy', ...hash })),
    whole('labels.npy', labels),
    whole('beat_offsets.npy', offsets),
    closed('beat_fiducials_s.npy', fiducials),
    closed('beat_types.npy', types),
    ...(rhythms === undefined
      ? []
      : [
          whole('rhythm_offsets.npy', Uint32Array.from(rhythms.offsets)),
          whole('rhythm_times_s.npy', Float64Array.from(rhythms.timesS)),
          whole('rhythm_codes.npy', Uint8Array.from(rhythms.codes)),
          writeLines(join(path, rhythmsFile), [JSON.stringify(rhythms.names)]).then((hash) => {
            return { path: rhythmsFile, ...hash };
          }),
        ]),
  ]);
  return settled.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
