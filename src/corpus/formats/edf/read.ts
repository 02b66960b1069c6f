// Reads shards of EDF+ files.

import { readEdf, readEdfAnnotations } from '../../../codecs/edf/read.js';
import { wfdbAnnotations } from '../../../codecs/edf/wfdb-texts.js';
import { joinLeads } from '../../../signal/leads.js';
import {
  type CorpusPlan,
  changesRhythm,
  recordName,
  type ShardPlace,
  type StoredRecord,
} from '../../format.js';
import { expectShape, rhythmsOfMarks } from '../wfdb/read.js';

/** Yields the records of a shard in order, with their rhythms if records of the corpus change their rhythm. */
export async function* readShard(
  plan: CorpusPlan,
  { files, path, start, count }: ShardPlace,
): AsyncGenerator<StoredRecord, void, undefined> {
  for (let index = start; index < start + count; index++) {
    const name = `${recordName(index)}.edf`;
    const file = await files.open(name, 'the EDF file');
    const record = await readEdf(file);
    expectShape(`${path}/${name}`, record, plan);
    const signal = joinLeads(record.signalsMv);
    if (!changesRhythm(plan)) yield { signal };
    else {
      const marks = wfdbAnnotations(await readEdfAnnotations(file), plan.fsHz);
      yield { signal, rhythms: rhythmsOfMarks(plan, index, marks) };
    }
  }
}
