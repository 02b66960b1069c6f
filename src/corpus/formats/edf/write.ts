// Writes a corpus as EDF+: a shard is a folder of files NAME.edf with all leads of a record in uV, and with annotations:
// its origin, its rhythms (`(AFIB`) and its beats (`N`, `V`). labels.csv lists the records of a set, so that it is also a
// data set `edf:DIR`. The unit is mV: a count of 1/1000 mV is stored as 1 uV, so every sample is kept.

import type { EdfAnnotation } from '../../../codecs/edf/read.js';
import { writeDigitalEdf } from '../../../codecs/edf/writer.js';
import { rhythmsOf } from '../../../synth/annotations.js';
import {
  type CorpusBlock,
  type CorpusFile,
  type CorpusPlan,
  type CorpusSet,
  recordName,
} from '../../format.js';
import { writeLabels } from '../../labels.js';
import { writeRecordFiles } from '../shard.js';
import { origin, shardName } from '../wfdb/write.js';

/** Writes a shard as the folder `path` (`CorpusFormat.writeShard`). */
export function writeShard(
  path: string,
  plan: CorpusPlan,
  blocks: AsyncIterable<CorpusBlock>,
): Promise<CorpusFile[]> {
  const { fsHz, leads, lengthSamples } = plan;
  return writeRecordFiles(path, plan, blocks, async ({ block, k, pieces, index }) => [
    await writeDigitalEdf(path, {
      ...{ name: recordName(index), fsHz, leads, lengthSamples, pieces },
      annotations: [{ onsetS: 0, text: origin(plan, index) }, ...marksOf(block, k, plan)],
    }),
  ]);
}

/**
 * Returns the rhythms and beats of record `k` of a block, in order of time, at the times of their samples. Reads the flat
 * arrays, because the waves of a day of ECG would take much memory.
 */
function marksOf({ beats, rhythmNames }: CorpusBlock, k: number, plan: CorpusPlan): EdfAnnotation[] {
  const { fsHz, lengthSamples } = plan;
  const { offsets, types, fiducialsS } = beats;
  const rhythms = rhythmsOf(beats, k, { rhythms: rhythmNames, fsHz, lengthSamples });
  const marks = rhythms.map(({ sample, rhythm }) => ({ onsetS: sample / fsHz, text: rhythm }));
  for (let beat = offsets[k]!; beat < offsets[k + 1]!; beat++) {
    const peakS = fiducialsS[9 * beat + 4]!;
    const sample = Math.min(Math.round(peakS * fsHz), lengthSamples - 1);
    marks.push({ onsetS: sample / fsHz, text: String.fromCharCode(types[beat]!) });
  }
  return marks.sort((a, b) => a.onsetS - b.onsetS);
}

/** Writes labels.csv of a set (`CorpusFormat.writeTables`). */
export async function writeTables(folder: string, plan: CorpusPlan, set: CorpusSet): Promise<CorpusFile[]> {
  const path = (index: number) =>
    `${shardName(Math.floor((index - set.start) / plan.shardRecords))}/${recordName(index)}`;
  return [await writeLabels(folder, plan, set, path)];
}
