// The corpus format npy: a shard is a folder of NumPy arrays (see write.ts).

import { sampleArrays } from '../../../kernel/binding.js';
import type { CorpusFormat } from '../../format.js';
import { writeLabels } from '../../labels.js';
import { readShard } from './read.js';
import { writeShard } from './write.js';

const shardBytes = 2 ** 27;
const maxShardRecords = 2 ** 16;

export const npyFormat: CorpusFormat = {
  name: 'npy',
  splitFolders: true,
  // An array can store every unit, type and length.
  check: () => undefined,
  shardRecords({ leads, lengthSamples, type }) {
    const recordBytes = leads.length * lengthSamples * sampleArrays[type].BYTES_PER_ELEMENT;
    return Math.max(1, Math.min(maxShardRecords, Math.floor(shardBytes / recordBytes)));
  },
  shardName: (number) => String(number).padStart(5, '0'),
  writeShard,
  readShard,
  writeTables: async (folder, plan, set) => [await writeLabels(folder, plan, set)],
};
