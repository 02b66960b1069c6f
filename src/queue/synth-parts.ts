// A corpus as parts: part K is part K of `writeCorpus`, and the one that ends last writes the tables and the manifest.

import { resolve } from 'node:path';
import type { JobOptions } from '../base/job.js';
import { packageVersion } from '../base/version.js';
import { type CorpusRequest, planCorpus } from '../corpus/plan.js';
import { countShards } from '../corpus/shards.js';
import { type Part, partNames, type SynthPart } from './part.js';

/** A corpus that is cut into parts. */
export interface SynthWork {
  /** What the corpus contains. */
  readonly request: CorpusRequest;
  /** The folder of the corpus. */
  readonly out: string;
}

/**
 * Cuts a corpus into parts: as many as the request states in `parts`, or one per shard.
 *
 * @param work - the request of the corpus and its folder.
 * @returns the parts in their order. `JobStore.put` adds them to a queue.
 * @example
 * ```js
 * import { synthParts } from 'pqrst/queue';
 *
 * const parts = await synthParts({ request: { format: 'npy', count: 1000, parts: 4 }, out: 'corpus' });
 * console.log(parts.map(({ name }) => name));
 * ```
 * @throws PqrstError ERR_OPTION, ERR_RANGE, ERR_UNKNOWN_PRESET, ERR_UNKNOWN_CLASS, ERR_SPEC, ERR_CLASS_FILE: when the
 * request is not valid.
 */
export async function synthParts(work: SynthWork): Promise<Part[]> {
  const { request, out } = work;
  const parts = request.parts ?? countShards((await planCorpus(request)).plan);
  // Checks that the records can be divided into this many parts.
  const { request: full } = await planCorpus({ ...request, parts });
  const folder = resolve(out);
  const names = partNames('synth', [full, request.preset, folder], parts);
  const json = JSON.parse(JSON.stringify({ ...request, parts }));
  return names.map((name, at) => ({
    ...{ kind: 'synth', pqrst: packageVersion(), name, part: at + 1, parts, after: [] },
    ...{ out: folder, request: json },
  }));
}

/** Makes one part of a corpus. */
export async function runSynthPart(
  part: SynthPart,
  { signal, onProgress }: JobOptions,
): Promise<Record<string, unknown>> {
  const { writeCorpus } = await import('../corpus/write.js');
  const request = { ...part.request, parts: part.parts } as unknown as CorpusRequest;
  const options = { part: part.part, resume: true, signal, onProgress };
  const { records, counts, complete } = await writeCorpus(part.out, request, options);
  return { records, counts, complete };
}
