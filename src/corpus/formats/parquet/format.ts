// The corpus format parquet: a shard is one Parquet file (see write.ts).

import { PqrstError } from '../../../base/errors.js';
import { type CorpusFormat, recordName, recordSamples } from '../../format.js';
import { writeLabels } from '../../labels.js';
import { readShard } from './read.js';
import { sampleBytes } from './signal.js';
import { writeShard } from './write.js';

const shardBytes = 2 ** 26;
const mostShardRecords = 2 ** 15;
const mostSamples = 2 ** 22;

export const parquetFormat: CorpusFormat = {
  name: 'parquet',
  splitFolders: true,
  check(plan) {
    const samples = recordSamples(plan);
    if (samples <= mostSamples) return;
    throw new PqrstError(
      'ERR_OPTION',
      `\`format\` parquet takes records of up to ${mostSamples} samples, not ${samples}, because a reader holds a ` +
        'whole row in memory; lower `seconds`, or choose `format` npy or wfdb',
    );
  },
  shardRecords: (plan) => {
    const recordBytes = recordSamples(plan) * sampleBytes[plan.type];
    return Math.max(1, Math.min(mostShardRecords, Math.floor(shardBytes / recordBytes)));
  },
  shardName: (number) => `${String(number).padStart(5, '0')}.parquet`,
  writeShard,
  readShard,
  // A reader of a folder of Parquet files skips a name that begins with an underscore.
  writeTables: async (folder, plan, set) => [await writeLabels(folder, plan, set, recordName, '_labels.csv')],
};
