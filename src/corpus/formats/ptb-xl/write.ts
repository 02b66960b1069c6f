// Writes PTB-XL shards: each record at 500 Hz and resampled to 100 Hz.

import { writeDigital } from '../../../codecs/wfdb/digital-writer.js';
import { resample } from '../../../signal/resample.js';
import type { CorpusBlock, CorpusFile, CorpusPlan, CorpusShard } from '../../format.js';
import { writeWfdbShard } from '../shard.js';
import { origin } from '../wfdb/write.js';
import { recordFile } from './names.js';

/** Rate of the high-resolution files (`hr`) in Hz. */
export const hrHz = 500;
const lrHz = 100;

/** Writes a shard as the folder `path` (`CorpusFormat.writeShard`). */
export function writeShard(
  path: string,
  plan: CorpusPlan,
  blocks: AsyncIterable<CorpusBlock>,
  { set }: CorpusShard,
): Promise<CorpusFile[]> {
  return writeWfdbShard(path, plan.lengthSamples, blocks, async ({ pieces, index }) => {
    const hr = await joined(pieces, plan.lengthSamples);
    const write = (rate: 'hr' | 'lr', fsHz: number, samples: Int16Array) =>
      writeDigital(path, {
        name: recordFile(index - set.start + 1, rate),
        fsHz,
        lead: 'II',
        pieces: [samples],
        comments: [origin(plan, index)],
      });
    return [...(await write('hr', hrHz, hr)), ...(await write('lr', lrHz, toLowRate(hr)))];
  });
}

async function joined(
  pieces: Iterable<Int16Array> | AsyncIterable<Int16Array>,
  lengthSamples: number,
): Promise<Int16Array> {
  const samples = new Int16Array(lengthSamples);
  let at = 0;
  for await (const piece of pieces) {
    samples.set(piece, at);
    at += piece.length;
  }
  return samples;
}

/**
 * Resamples ADC values from 500 Hz to 100 Hz, and clips them, because the filter may overshoot the range of the format.
 */
function toLowRate(hr: Int16Array): Int16Array {
  const resampled = resample(Float32Array.from(hr), hrHz, lrHz);
  return Int16Array.from(resampled, (adc) => Math.max(-32767, Math.min(32767, Math.round(adc))));
}
