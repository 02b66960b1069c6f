// Reads shards of WFDB records.

import { inputPath } from '../../../codecs/input.js';
import { readRecord } from '../../../codecs/wfdb/read.js';
import type { CorpusPlan, ShardPlace, StoredRecord } from '../../format.js';
import { damaged } from '../stored.js';

/** Yields the records of a shard in order; `nameOf` returns the file name of the record with an index. */
export async function* readWfdbShard(
  plan: CorpusPlan,
  { corpus, path, start, count }: ShardPlace,
  nameOf: (index: number) => string,
): AsyncGenerator<StoredRecord, void, undefined> {
  for (let index = start; index < start + count; index++) {
    const name = `${path}/${nameOf(index)}.hea`;
    const record = await readRecord(await inputPath(corpus, name, 'the header'));
    const signal = record.signalsMv[0]!;
    if (record.fsHz !== plan.fsHz || signal.length !== plan.lengthSamples) {
      const [found, expected] = [signal.length, plan.lengthSamples];
      throw damaged(
        name,
        `holds ${found} samples at ${record.fsHz} Hz, but the manifest states ${expected} at ${plan.fsHz} Hz`,
      );
    }
    yield { signal };
  }
}
