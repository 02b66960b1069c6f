// Finishes a corpus: when every shard has its receipt, writes the tables and the manifest. Several tasks may do this at
// the same time. They write the same bytes, so it does not matter whose file remains.

import { join } from 'node:path';
import { makeFolder, writeFileAtomic } from '../base/files.js';
import { jsonText } from '../base/text.js';
import type { CorpusFile, CorpusSet } from './format.js';
import { type ManifestSet, type ManifestShard, manifestNameOf, manifestOf, manifestSet } from './manifest.js';
import type { PlannedCorpus } from './plan.js';
import { countShards, listShards, shardPath } from './shards.js';
import type { Staging } from './staging.js';

/**
 * Finishes the corpus if all shards exist. Returns whether it is complete; false means that other tasks have work left.
 *
 * @throws PqrstError ERR_WRITE: when a file cannot be written.
 */
export async function finishCorpus(
  planned: PlannedCorpus,
  staging: Staging,
  generator: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    const shards = await listFinished(planned, staging);
    if (shards === undefined) {
      const isComplete = await staging.isComplete();
      // A process that was suspended may have left files since another one finished the corpus.
      if (isComplete) await staging.clear();
      return isComplete;
    }
    const { plan, request } = planned;
    const temporary = staging.temporary('tables');
    const sets: ManifestSet[] = [];
    for (const set of plan.sets) {
      signal?.throwIfAborted();
      const tables = await writeTables(planned, staging, set, join(temporary, set.folder));
      sets.push(manifestSet(plan, set, tables, shards.get(set)!));
    }
    const name = manifestNameOf(plan);
    const path = join(temporary, name);
    await writeFileAtomic(path, jsonText(manifestOf(generator, request, plan, sets)));
    await staging.place(path, name);
  } catch (error) {
    // Another task that finished first has removed the staging area.
    if (!(await staging.isComplete())) throw error;
  }
  await staging.clear();
  return true;
}

/** Returns the shards of each set; undefined if some do not exist yet, or another task has finished the corpus. */
async function listFinished(
  { format, plan }: PlannedCorpus,
  staging: Staging,
): Promise<Map<CorpusSet, ManifestShard[]> | undefined> {
  const all = countShards(plan);
  if (((await staging.finished())?.size ?? 0) < all) return undefined;
  const shards = new Map<CorpusSet, ManifestShard[]>(plan.sets.map((set) => [set, []]));
  for (const { set, number, start, count, place } of listShards(plan, 0, all)) {
    const receipt = await staging.readReceipt(place);
    if (receipt === undefined) return undefined;
    shards.get(set)!.push({ path: shardPath(format, set, number), start, count, ...receipt });
  }
  return shards;
}

async function writeTables(
  { format, plan }: PlannedCorpus,
  staging: Staging,
  set: CorpusSet,
  temporary: string,
): Promise<CorpusFile[]> {
  await makeFolder(temporary);
  const tables = await format.writeTables(temporary, plan, set);
  for (const { path } of tables) await staging.place(join(temporary, path), join(set.folder, path));
  return tables;
}
