// The corpus format edf: a shard is a folder of EDF+ files, one per record, in mV (see write.ts).

import { PqrstError } from '../../../base/errors.js';
import { edfLayout, inexactRate } from '../../../codecs/edf/layout.js';
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
    const { fsHz, lengthSamples, leads } = plan;
    if (edfLayout(fsHz, lengthSamples, leads.length) === undefined) {
      throw new PqrstError('ERR_OPTION', inexactRate(fsHz));
    }
  },
  shardRecords: shardRecordsOf,
  shardName,
  writeShard,
  writeTables,
  readShard,
};
