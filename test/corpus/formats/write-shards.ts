// Writes a small corpus with its format alone: all shards and tables, without staging, receipts and manifest.

import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BlockSource } from '#lib/corpus/blocks.js';
import type { CorpusFile, CorpusPlan } from '#lib/corpus/format.js';
import { type CorpusRequest, planCorpus } from '#lib/corpus/plan.js';
import { countShards, listShards } from '#lib/corpus/shards.js';
import type { SampleType } from '#lib/kernel/binding.js';
import { type SynthBatch, Synthesizer } from '#lib/synth/synthesizer.js';
import { isLearned } from '../../../src/corpus/learned.js';
import { temporaryFolder } from '../../helpers/folder.js';

export interface Written {
  readonly folder: string;
  readonly plan: CorpusPlan;
  /** Paths relative to `folder`. */
  readonly files: CorpusFile[];
}

/** Writes the corpus of `request`. `shardRecords` sets the number of records per shard; by default the format does. */
export async function writeShards(request: CorpusRequest, shardRecords?: number): Promise<Written> {
  const folder = await temporaryFolder();
  const { plan: whole, format } = await planCorpus(request);
  const plan = { ...whole, shardRecords: shardRecords ?? whole.shardRecords };
  const files: CorpusFile[] = [];
  const source = new BlockSource(plan);
  for (const shard of listShards(plan, 0, countShards(plan))) {
    const name = join(shard.set.folder, format.shardName(shard.number));
    await mkdir(dirname(join(folder, name)), { recursive: true });
    const listed = await format.writeShard(join(folder, name), plan, source.blocks([shard]), shard);
    files.push(...listed.map((file) => ({ ...file, path: join(name, file.path) })));
  }
  for (const set of plan.sets) {
    const listed = await format.writeTables(join(folder, set.folder), plan, set);
    files.push(...listed.map((file) => ({ ...file, path: join(set.folder, file.path) })));
  }
  return { folder, plan, files };
}

/** Returns `count` records of a plan from index `start`, as `batch` makes them. */
export function batchOf<Type extends SampleType>(
  plan: CorpusPlan,
  type: Type,
  start: number,
  count: number,
): Promise<SynthBatch<Type>> {
  const { spec, seed, fsHz, seconds, unit, classes } = plan;
  if (isLearned(spec)) throw new Error('the plan is one of a learned generator');
  const synthesizer = new Synthesizer({ preset: spec, seed, fsHz, seconds, unit, type });
  return synthesizer.batch({ classes, start, count, annotations: true });
}
