// Writes PTB-XL shards: each record at 500 Hz and resampled to 100 Hz.

import { writeDigital } from '../../../codecs/wfdb/digital-writer.js';
import { derivedLeads, splitLeads } from '../../../signal/leads.js';
import { resample } from '../../../signal/resample.js';
import type { CorpusBlock, CorpusFile, CorpusPlan, CorpusShard } from '../../format.js';
import { writeRecordFiles } from '../shard.js';
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
  return writeRecordFiles(path, plan, blocks, async ({ pieces, index }) => {
    const hr = await joined(pieces, plan);
    const write = (rate: 'hr' | 'lr', fsHz: number, samples: Int16Array) =>
      writeDigital(path, {
        name: recordFile(index - set.start + 1, rate),
        fsHz,
        leads: plan.leads.map((lead) => lead.toUpperCase()),
        pieces: [samples],
        comments: [origin(plan, index)],
      });
    return [...(await write('hr', hrHz, hr)), ...(await write('lr', lrHz, toLowRate(hr, plan.leads)))];
  });
}

async function joined(
  pieces: Iterable<Int16Array> | AsyncIterable<Int16Array>,
  { leads, lengthSamples }: CorpusPlan,
): Promise<Int16Array> {
  const samples = new Int16Array(leads.length * lengthSamples);
  let at = 0;
  for await (const piece of pieces) {
    for (const [n, lead] of splitLeads(piece, leads.length).entries())
      samples.set(lead, n * lengthSamples + at);
    at += piece.length / leads.length;
  }
  return samples;
}

/**
 * Resamples ADC values [leads, L] from 500 Hz to 100 Hz, and clips them, because the filter may overshoot the range of the
 * format. III, aVR, aVL and aVF are computed from the resampled leads I and II, so that the rules of Einthoven and
 * Goldberger hold at both rates.
 */
function toLowRate(hr: Int16Array, names: readonly string[]): Int16Array {
  const own = splitLeads(hr, names.length).map((lead) => {
    return Int16Array.from(resample(Float32Array.from(lead), hrHz, lrHz), toAdc);
  });
  const [first, second] = ['I', 'II'].map((name) => own[names.indexOf(name)]);
  const lr = new Int16Array(names.length * own[0]!.length);
  for (const [at, lead] of own.entries()) {
    const rule = derivedLeads[names[at]!];
    const isDerived = first !== undefined && second !== undefined && rule !== undefined;
    lr.set(isDerived ? first.map((i, n) => toAdc(rule(i, second[n]!))) : lead, at * lead.length);
  }
  return lr;
}

/** Rounds to a whole ADC value, halves to an even one as the kernel does, within the range of the format. */
function toAdc(value: number): number {
  const below = Math.floor(value);
  const isHalf = value - below === 0.5;
  const rounded = isHalf ? below + (below & 1) : Math.round(value);
  return Math.max(-32767, Math.min(32767, rounded));
}
