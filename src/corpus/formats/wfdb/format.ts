// The corpus format wfdb: a shard is a folder of WFDB records in mV (see write.ts).

import { PqrstError } from '../../../base/errors.js';
import { type CorpusFormat, type CorpusPlan, recordSamples } from '../../format.js';
import { readAnnotatedShard } from './read.js';
import { shardName, writeShard, writeTables } from './write.js';

/** Limits of a shard: any file system lists the folder quickly, and its size stays moderate. */
const mostRecords = 1000;
const mostSamples = 2 ** 27;

/** Returns the records per shard of a format with files of 16-bit samples for each record. */
export function shardRecordsOf(plan: Pick<CorpusPlan, 'leads' | 'lengthSamples'>): number {
  return Math.max(1, Math.min(mostRecords, Math.floor(mostSamples / recordSamples(plan))));
}

export const wfdbFormat: CorpusFormat = {
  name: 'wfdb',
  splitFolders: true,
  check: (plan) => checkMillivolts(plan),
  shardRecords: shardRecordsOf,
  shardName,
  writeShard,
  writeTables,
  readShard: readAnnotatedShard,
};

/**
 * Checks that the samples are int16 counts of 1/1000 mV, the only ones that are written as WFDB.
 *
 * @throws PqrstError ERR_OPTION: when the plan has another unit or type.
 */
export function checkMillivolts({ format, unit, type }: CorpusPlan): void {
  if (unit === 'zscore') {
    throw new PqrstError(
      'ERR_OPTION',
      `\`unit\` zscore cannot be used with \`format\` ${format}, whose records are in mV; choose \`unit\` mV or \`format\` npy`,
    );
  }
  if (type !== 'int16') {
    throw new PqrstError(
      'ERR_OPTION',
      `\`format\` ${format} stores 16-bit counts of 1/1000 mV, not ${type}; omit \`type\` or choose \`format\` npy`,
    );
  }
}
