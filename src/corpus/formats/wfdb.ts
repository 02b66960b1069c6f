// A corpus as WFDB: a shard is a folder of records NAME.hea, NAME.dat (format 16, 1000/mV) and NAME.atr (rhythm, beats,
// waves); labels.csv and RECORDS list them all, so that a set is also a `folder:DIR`. Millivolts only.

import { join } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { writeDigital } from '../../codecs/wfdb/digital-writer.js';
import { labelAt } from '../../signal/source.js';
import { rhythms } from '../../synth/annotations.js';
import type { CorpusBlock, CorpusFile, CorpusFormat, CorpusPlan, CorpusSet } from '../format.js';
import { recordName } from '../format.js';
import { writeLines } from '../hashed-file.js';
import { writeLabels } from '../labels.js';
import { writeWfdbShard } from './shard.js';
import { formatMarks } from './wfdb-marks.js';

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

function shardName(number: number): string {
  return String(number).padStart(5, '0');
}

function writeShard(
  path: string,
  plan: CorpusPlan,
  blocks: AsyncIterable<CorpusBlock>,
): Promise<CorpusFile[]> {
  return writeWfdbShard(path, plan.lengthSamples, blocks, ({ block, k, pieces, index }) =>
    writeDigital(path, {
      name: recordName(index),
      fsHz: plan.fsHz,
      lead: 'II',
      pieces,
      annotations: formatMarks(block.beats, k, { ...plan, rhythm: rhythms[labelAt(plan.classes, index)] }),
      comments: [origin(plan, index)],
    }),
  );
}

/** The line of a header that says where the record comes from. */
export function origin({ preset, seed, noise, classes }: CorpusPlan, index: number): string {
  const added = noise === undefined ? '' : `, noise ${JSON.stringify(noise)}`;
  return `synthetic: pqrst, preset ${preset}, seed ${seed}, class ${labelAt(classes, index)}${added}`;
}

async function writeTables(folder: string, plan: CorpusPlan, set: CorpusSet): Promise<CorpusFile[]> {
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
