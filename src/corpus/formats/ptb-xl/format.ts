// The corpus format ptb-xl, the layout of PTB-XL: ptbxl_database.csv and scp_statements.csv with the published columns,
// records500 at 500 Hz, and the same signals resampled to 100 Hz. With twelve leads, a reader of
// PTB-XL finds all of them. Each set is a database of its own: ecg_id from 1, one patient per record. strat_fold states
// the splits: train 1-8, val 9, test 10, any other 1-10, in turn within each class. Columns without a value in a
// synthetic record (age, sex, site, ...) are empty.
// Source: Wagner et al., Scientific Data 7:154, 2020, release 1.0.3.

import { PqrstError } from '../../../base/errors.js';
import type { CorpusFormat, CorpusPlan } from '../../format.js';
import { checkMillivolts } from '../wfdb/format.js';
import { readWfdbShard } from '../wfdb/read.js';
import { mostRecords, recordFile, shardName } from './names.js';
import { writeTables } from './tables.js';
import { hrHz, writeShard } from './write.js';

/** Longest record in samples: resampling needs the whole record in memory. */
const mostSamples = 2 ** 20;

export const ptbxlFormat: CorpusFormat = {
  name: 'ptb-xl',
  splitFolders: false,
  fsHz: hrHz,
  check,
  shardRecords: () => mostRecords,
  shardName,
  writeShard,
  writeTables,
  readShard: (plan, place) =>
    readWfdbShard(plan, place, (index) => recordFile(index - place.setStart + 1, 'hr')),
};

function check(plan: CorpusPlan): void {
  checkMillivolts(plan);
  if (plan.fsHz !== hrHz) {
    throw new PqrstError(
      'ERR_OPTION',
      `\`format\` ptb-xl stores records of ${hrHz} Hz, not ${plan.fsHz}; choose \`fsHz\` ${hrHz} or \`format\` wfdb`,
    );
  }
  if (plan.lengthSamples > mostSamples) {
    throw new PqrstError(
      'ERR_OPTION',
      `\`format\` ptb-xl takes records of up to ${mostSamples} samples, not ${plan.lengthSamples}; ` +
        'lower `seconds` (10 in PTB-XL) or choose `format` wfdb',
    );
  }
}
