// Finishes a corpus: when every shard has its receipt, writes the tables and the manifest. Several tasks may do this at
// the same time. They write the same bytes, so it does not matter whose file remains.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type FileHash, makeFolder, writeFileAtomic } from '../base/files.js';
import { jsonText } from '../base/text.js';
import type { CorpusFile, CorpusSet } from './format.js';
import type { CorpusStaging } from './identity.js';
import { type ManifestSet, type ManifestShard, manifestNameOf, manifestOf, manifestSet } from './manifest.js';
import type { PlannedCorpus } from './plan.js';
import { listShards, shardPath } from './shards.js';

/**
 * Finishes the corpus if all shards exist. Returns whether it is complete; false means that other tasks have work left.
 *
 * @throws PqrstError ERR_WRITE: when a file cannot be written.
 */
export async function finishCorpus(
  planned: PlannedCorpus,
  staging: CorpusStaging,
  generator: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    const shards = await listFinished(planned, staging);
    if (shards === undefined) {
      if (!(await staging.isComplete())) return false;
      // Another task finished the corpus meanwhile, and removed all receipts but the last one of this task.
      await staging.clear();
      return true;
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
    const text = jsonText(manifestOf(generator, request, plan, sets));
    await writeFileAtomic(path, text);
    await staging.place(path, name, [{ path: '', ...hashOfText(text) }]);
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
  staging: CorpusStaging,
): Promise<Map<CorpusSet, ManifestShard[]> | undefined> {
  const receipts = await staging.receipts();
  if (receipts === undefined) return undefined;
  const shards = new Map<CorpusSet, ManifestShard[]>(plan.sets.map((set) => [set, []]));
  for (const { set, number, start, count, place } of listShards(plan, 0, receipts.length)) {
    shards.get(set)!.push({ path: shardPath(format, set, number), start, count, ...receipts[place]! });
  }
  return shards;
}

function hashOfText(text: string): FileHash {
  return { bytes: Buffer.byteLength(text), sha256: createHash('sha256').update(text).digest('hex') };
}

async function writeTables(
  { format, plan }: PlannedCorpus,
  staging: CorpusStaging,
  set: CorpusSet,
  temporary: string,
): Promise<CorpusFile[]> {
  await makeFolder(temporary);
  const tables = await format.writeTables(temporary, plan, set);
  for (const table of tables) {
    const path = set.folder === '' ? table.path : `${set.folder}/${table.path}`;
    await staging.place(join(temporary, table.path), path, [{ ...table, path: '' }]);
  }
  return tables;
}
