// Writes NumPy shards: a folder of arrays that numpy.load can map into memory (mmap_mode='r').
//   signals.npy           [records, samples] float32, float16, or int16 in 1/1000 mV (z-scored: 1/1000 SD)
//   labels.npy            [records] uint8: 0 normal, 1 af, 2 aflt, 3 pvc, 4 wpw
//   beat_offsets.npy      [records + 1] uint32: row k has the beats [offsets[k], offsets[k + 1]) of both arrays below
//   beat_fiducials_s.npy  [beats, 9] float64: onset, peak and offset of P, QRS and T in s from the start; NaN: absent
//   beat_types.npy        [beats] uint8: the character code of N or V

import { join } from 'node:path';
import { hashFile } from '../../../base/files.js';
import { NpyWriter, npyHeader } from '../../../codecs/npy.js';
import type { CorpusBlock, CorpusFile, CorpusPlan, CorpusShard } from '../../format.js';
import { HashedFile } from '../../hashed-file.js';
import { makeFolder } from '../shard.js';

const beatFields = 9;

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
  let row = 0;
  try {
    await signals.write(npyHeader(plan.type, [shard.count, plan.lengthSamples]));
    for await (const block of blocks) {
      const beats = Promise.allSettled([
        fiducials.append(block.beats.fiducialsS),
        types.append(block.beats.types),
      ]);
      for await (const piece of block.pieces()) await signals.write(piece);
      labels.set(block.labels, row);
      for (let k = 1; k <= block.count; k++) offsets[row + k] = offsets[row]! + block.beats.offsets[k]!;
      for (const result of await beats) if (result.status === 'rejected') throw result.reason;
      row += block.count;
    }
  } catch (error) {
    await Promise.allSettled([signals.abandon(), fiducials.abort(), types.abort()]);
    throw error;
  }
  const whole = async (name: string, array: Uint8Array | Uint32Array, type: 'uint8' | 'uint32') => {
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
    whole('labels.npy', labels, 'uint8'),
    whole('beat_offsets.npy', offsets, 'uint32'),
    closed('beat_fiducials_s.npy', fiducials),
    closed('beat_types.npy', types),
  ]);
  return settled.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
