// The corpus format wfdb: a shard is a folder of WFDB records in mV (see write.ts).

import { PqrstError } from '../../../base/errors.js';
import { type CorpusFormat, type CorpusPlan, recordName } from '../../format.js';
import { readWfdbShard } from './read.js';
import { shardName, writeShard, writeTables } from './write.js';

/** Records of a shard: a folder that any file system lists quickly, and not more than a handy number of bytes. */
const mostRecords = 1000;
const mostSamples = 2 ** 27;

export const wfdbFormat: CorpusFormat = {
  name: 'wfdb',
  splitFolders: true,
  check: (plan) => checkMillivolts(plan),
  shardRecords: ({ lengthSamples }) =>
    Math.max(1, Math.min(mostRecords, Math.floor(mostSamples / lengthSamples))),
  shardName,
  writeShard,
  writeTables,
  readShard: (plan, place) => readWfdbShard(plan, place, recordName),
};

/** ERR_OPTION where the samples are not counts of 1/1000 mV, which is all that we write as WFDB. */
export function checkMillivolts({ format, unit, type }: CorpusPlan): void {
  if (unit === 'zscore') {
    throw new PqrstError(
      'ERR_OPTION',
      `--unit zscore does not go with --format ${format}, whose records hold mV; write --unit mV or --format npy`,
    );
  }
  if (type !== 'int16') {
    throw new PqrstError(
      'ERR_OPTION',
      `--format ${format} holds 16-bit counts of 1/1000 mV, not ${type}; leave the type out or write --format npy`,
    );
  }
}
