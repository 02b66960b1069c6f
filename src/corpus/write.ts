// Writes a corpus, shard by shard. A shard has a temporary name until it is on the disk. While one shard is flushed,
// the next one is made. The manifest is written when all shards are on the disk. After a killed process, `resume`
// continues.

import { join } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { isAbsent, syncFolder, writeError } from '../base/files.js';
import type { JobOptions } from '../base/job.js';
import { packageVersion } from '../base/version.js';
import type { EcgClass } from '../signal/classes.js';
import { BlockSource } from './blocks.js';
import { finishCorpus } from './finish.js';
import type { BlockMaker, CorpusBlock, CorpusFile } from './format.js';
import { writeLines } from './hashed-file.js';
import { type CorpusStaging, openStaging } from './identity.js';
import { listName, type ShardReceipt } from './manifest.js';
import { countClasses } from './pattern.js';
import { type CorpusRequest, type PlannedCorpus, planCorpus } from './plan.js';
import { countShards, listShards, type PlacedShard, shardPath, shardsOfPart } from './shards.js';

/** The options of `writeCorpus`. */
export interface WriteCorpusOptions extends JobOptions {
  /** Writes only part `part` of the request's `parts`, from 1; default 1. */
  readonly part?: number | undefined;
  /** Continues an unfinished corpus in the folder, if there is one; default false. */
  readonly resume?: boolean | undefined;
}

/** The result of `writeCorpus`. */
export interface WrittenCorpus extends PlannedCorpus {
  /** Number of records of this part, whether this call or an earlier one made them. */
  readonly records: number;
  /** Number of records of this part per class. */
  readonly counts: Partial<Record<EcgClass, number>>;
  /** True if the corpus is complete now, with its manifest. */
  readonly complete: boolean;
}

/**
 * Writes the requested corpus, or one part of it, into `folder`. The folder is new, empty, or holds other parts of the
 * same request. If the work is interrupted, `resume` continues it, and the bytes are those of an undisturbed run.
 *
 * @param folder - the output folder, or `s3://bucket/prefix`. A shard then is made on this machine and put into the bucket
 *   when it is whole.
 * @param request - format, number of records, classes, splits and the settings of the simulator
 * @param options - which part to write, whether to resume, signal, and progress in records of the part
 * @returns the plan, the records of this part per class, and whether the corpus is complete
 * @example
 * ```ts
 * import { writeCorpus } from 'pqrst/corpus';
 *
 * await writeCorpus('corpus', { format: 'npy', count: 100, classes: { normal: 1, af: 1 }, seconds: 2 });
 * ```
 * @throws PqrstError ERR_OPTION, ERR_RANGE, ERR_UNKNOWN_PRESET, ERR_SPEC: when the request is invalid.
 * @throws PqrstError ERR_WRITE: when the disk is full or the folder holds something else.
 * @throws PqrstError ERR_STORE: when the bucket cannot be used, or its server does not answer.
 * @throws `signal.reason` when the signal is aborted.
 */
export async function writeCorpus(
  folder: string,
  request: CorpusRequest,
  options: WriteCorpusOptions = {},
): Promise<WrittenCorpus> {
  const planned = await planCorpus(request);
  return writePlanned(folder, planned, new BlockSource(planned.plan, options.signal), options);
}

/**
 * Writes a planned corpus, or one part of it, whose records `maker` makes (see `writeCorpus`).
 *
 * @throws PqrstError ERR_OPTION, ERR_RANGE: when the part or the folder is not valid.
 * @throws PqrstError ERR_WRITE: when the disk is full or the folder holds something else.
 */
export async function writePlanned(
  folder: string,
  planned: PlannedCorpus,
  maker: BlockMaker,
  options: WriteCorpusOptions = {},
): Promise<WrittenCorpus> {
  const { plan } = planned;
  const { parts } = planned.request;
  const { part = 1, resume = false, signal } = options;
  if (!(Number.isInteger(part) && part >= 1 && part <= parts)) {
    throw new PqrstError('ERR_RANGE', `part must be a whole number from 1 to ${parts}, got ${part}`);
  }
  if (folder === '')
    throw new PqrstError('ERR_OPTION', 'the name of the output folder is empty; name a folder, or "."');
  signal?.throwIfAborted();
  const { from, to } = shardsOfPart(plan, part, parts);
  const shards = [...listShards(plan, from, to)];
  const first = shards[0]!;
  const records = shards.reduce((sum, { count }) => sum + count, 0);
  const result = { ...planned, records, counts: countClasses(plan.classes, first.start, records) };

  const staging = await openStaging(folder, { shards: countShards(plan), parts }, signal);
  try {
    const complete = await writePart(
      planned,
      staging,
      { part, resume, from, to, shards, records },
      maker,
      options,
    );
    return { ...result, complete };
  } finally {
    await staging.close();
  }
}

/** A part of a corpus: the shards `from` .. `to` - 1. */
interface Part {
  readonly part: number;
  readonly resume: boolean;
  readonly from: number;
  readonly to: number;
  readonly shards: readonly PlacedShard[];
  /** Number of their records. */
  readonly records: number;
}

/** Writes the missing shards of a part, and finishes the corpus if it was the last. Returns whether it is complete. */
async function writePart(
  planned: PlannedCorpus,
  staging: CorpusStaging,
  { part, resume, from, to, shards, records }: Part,
  maker: BlockMaker,
  { signal, onProgress }: WriteCorpusOptions,
): Promise<boolean> {
  const generator = `pqrst ${packageVersion()}`;
  const identity = { generator, request: planned.request, spec: planned.plan.spec };
  if ((await staging.claim(identity, part, resume)) === 'complete') return true;
  await staging.removeLeftovers(from, to);
  const names = shards.map(({ set, number, place }) => ({
    place,
    path: shardPath(planned.format, set, number),
  }));
  const written = await staging.written(names);
  const missing = shards.filter(({ place }) => !written.has(place));
  let done = records - missing.reduce((sum, { count }) => sum + count, 0);
  onProgress?.(done, records);
  try {
    await writeShards(planned, staging, missing, maker, (made) => {
      done += made;
      onProgress?.(done, records);
    });
  } catch (error) {
    signal?.throwIfAborted();
    // Another process that continued the same part may have finished the corpus and removed the staging area.
    if (!(await staging.isComplete())) throw error;
  }
  return finishCorpus(planned, staging, generator, signal);
}

/** Writes at most two shards at a time: one is filled while the one before it is flushed to the disk. */
async function writeShards(
  planned: PlannedCorpus,
  staging: CorpusStaging,
  shards: readonly PlacedShard[],
  maker: BlockMaker,
  onRecords: (made: number) => void,
): Promise<void> {
  const source = maker.blocks(shards);
  let before: Promise<void> = Promise.resolve();
  let current: Promise<void> = Promise.resolve();
  try {
    for (const shard of shards) {
      const filled = new Promise<void>((resolve) => {
        current = writeShard(planned, staging, shard, blocksOf(source, shard.count, onRecords, resolve));
      });
      await Promise.race([filled, current]);
      await before;
      before = current;
    }
    await current;
  } finally {
    await source.return();
    await Promise.allSettled([before, current]);
  }
}

/** Yields the next blocks of `source`, up to `count` records. */
async function* blocksOf(
  source: AsyncGenerator<CorpusBlock, void, undefined>,
  count: number,
  onRecords: (made: number) => void,
  onEnd: () => void,
): AsyncGenerator<CorpusBlock, void, undefined> {
  for (let made = 0; made < count; ) {
    const { value } = await source.next();
    if (value === undefined) throw new Error(`the blocks ended ${count - made} records early`);
    yield value;
    made += value.count;
    onRecords(value.count);
  }
  onEnd();
}

async function writeShard(
  { format, plan }: PlannedCorpus,
  staging: CorpusStaging,
  shard: PlacedShard,
  blocks: AsyncIterable<CorpusBlock>,
): Promise<void> {
  const temporary = staging.temporary(shard.place);
  try {
    if (!(await staging.isOpen())) throw removed(temporary);
    const files = await format.writeShard(temporary, plan, blocks, shard);
    const { receipt, sealed } = await sealShard(temporary, files);
    await staging.place(temporary, shardPath(format, shard.set, shard.number), sealed);
    await staging.writeReceipt(shard.place, receipt);
  } catch (error) {
    await staging.discard(temporary);
    throw asWriteError(temporary, error);
  }
}

/** A finished shard: its receipt, and its files with the list last. */
interface Sealed {
  readonly receipt: ShardReceipt;
  readonly sealed: readonly CorpusFile[];
}

/** Returns the receipt of a shard; writes the list of files into a shard that is a folder. */
async function sealShard(path: string, files: readonly CorpusFile[]): Promise<Sealed> {
  const [only] = files;
  if (files.length === 1 && only!.path === '') {
    return { receipt: { files: 1, bytes: only!.bytes, sha256: only!.sha256 }, sealed: files };
  }
  const inOrder = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const list = await writeLines(
    join(path, listName),
    inOrder.map((file) => `${file.sha256}  ${file.path}`),
  );
  await syncFolder(path);
  const receipt = {
    files: files.length + 1,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, list.bytes),
    sha256: list.sha256,
  };
  return { receipt, sealed: [...inOrder, { path: listName, ...list }] };
}

/** Turns a failure of the system into ERR_WRITE; returns every other error unchanged. */
function asWriteError(path: string, error: unknown): unknown {
  const systems = error instanceof PqrstError ? error.cause : error;
  if (isAbsent(systems)) return removed(path, error);
  const isSystems = error instanceof Error && 'syscall' in error && !(error instanceof PqrstError);
  return isSystems ? writeError(path, error) : error;
}

function removed(path: string, cause?: unknown): PqrstError {
  const problem = `${path} was removed while it was written`;
  const reasons =
    'another process with `resume` continued the same part, or the folder was deleted; run one process per part';
  return new PqrstError('ERR_WRITE', `${problem}: ${reasons}`, { cause });
}
