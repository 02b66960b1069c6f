// The corpus format edf: a shard is a folder of EDF+ files, one per record, in mV (see write.ts).

import { edfLayout } from '../../../codecs/edf/layout.js';
import type { CorpusFormat } from '../../format.js';
import { checkMillivolts, shardRecordsOf } from '../wfdb/format.js';
import { shardName } from '../wfdb/write.js';
import { readShard } from './read.js';
import { writeShard, writeTables } from './write.js';

export const edfFormat: CorpusFormat = {
  name: 'edf',
  splitFolders: true,
  check: (plan) => {
    checkMillivolts(plan);
    edfLayout(plan.fsHz, plan.lengthSamples, plan.leads.length);
  },
  shardRecords: shardRecordsOf,
  shardName,
  writeShard,
  writeTables,
  readShard,
};
