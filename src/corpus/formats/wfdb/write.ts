// Writes a corpus as WFDB: a shard is a folder of records NAME.hea, NAME.dat (format 16, 1000/mV) and NAME.atr
// (rhythms, beats, waves). NAME.dat holds all leads of a record, sample by sample. labels.csv and RECORDS list the
// records of a set, so that it is also a data set `folder:DIR`. The unit is mV.

import { join } from 'node:path';
import { writeDigital } from '../../../codecs/wfdb/digital-writer.js';
import { labelAt } from '../../../signal/source.js';
import type { CorpusBlock, CorpusFile, CorpusPlan, CorpusSet } from '../../format.js';
import { recordName } from '../../format.js';
import { writeLines } from '../../hashed-file.js';
import { writeLabels } from '../../labels.js';
import { writeRecordFiles } from '../shard.js';
import { formatMarks } from './marks.js';

/** Returns the folder of shard `number`: `00000`. */
export function shardName(number: number): string {
  return String(number).padStart(5, '0');
}

/** Writes a shard as the folder `path` (`CorpusFormat.writeShard`). */
export function writeShard(
  path: string,
  plan: CorpusPlan,
  blocks: AsyncIterable<CorpusBlock>,
): Promise<CorpusFile[]> {
  return writeRecordFiles(path, plan, blocks, ({ block, k, pieces, index }) =>
    writeDigital(path, {
      name: recordName(index),
      fsHz: plan.fsHz,
      leads: plan.leads,
      pieces,
      annotations: formatMarks(block.beats, k, { ...plan, rhythms: block.rhythmNames }),
      comments: [origin(plan, index)],
    }),
  );
}

/** Returns the comment of a header that states the origin of the record. */
export function origin({ preset, seed, noise, classes }: CorpusPlan, index: number): string {
  const added = noise === undefined ? '' : `, noise ${JSON.stringify(noise)}`;
  return `synthetic: pqrst, preset ${preset}, seed ${seed}, class ${labelAt(classes, index)}${added}`;
}

/** Writes labels.csv and RECORDS of a set (`CorpusFormat.writeTables`). */
export async function writeTables(folder: string, plan: CorpusPlan, set: CorpusSet): Promise<CorpusFile[]> {
  const path = (index: number) =>
    `${shardName(Math.floor((index - set.start) / plan.shardRecords))}/${recordName(index)}`;
  const records = function* () {
    for (let index = set.start; index < set.start + set.count; index++) yield path(index);
  };
  return [
    await writeLabels(folder, plan, set, path),
    { path: 'RECORDS', ...(await writeLines(join(folder, 'RECORDS'), records())) },
  ];
}
