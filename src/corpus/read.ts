// Reads the records of a corpus of any format from its manifest and shards, one set after another.

import type { RecordAnnotations, RhythmAnnotation } from '../signal/beats.js';
import type { EcgClass } from '../signal/classes.js';
import { labelAt } from '../signal/source.js';
import { isRemote, localPath } from '../store/address.js';
import type { CorpusPlan, ShardPlace } from './format.js';
import { loadFormat } from './formats/index.js';
import { damaged } from './formats/stored.js';
import { type CorpusManifest, manifestNameOf, planOf, readManifest } from './manifest.js';
import { checkedShard, type OpenShard } from './shard-files.js';
import { shardsInStore } from './store-shard.js';
import { foldsOf } from './strat-folds.js';

/** One record of a corpus with its place in it. */
export interface CorpusRecord {
  /** Index of the record in the corpus. The first one is `start` of the request. */
  readonly index: number;
  /** The class of the rhythm or beats that the record was made with. */
  readonly ecgClass: EcgClass;
  /** Names of its leads, in the order of the samples. */
  readonly leads: readonly string[];
  /** Samples [leads, lengthSamples] in the unit of the corpus (mV, or SD if z-scored), converted from its sample type. */
  readonly signal: Float32Array;
  /** The exact times, if the format stores them (npy, parquet). For WFDB formats, `readAnnotations` reads the marks. */
  readonly annotations?: RecordAnnotations;
  /** The rhythms, if the format stores them (npy, parquet, and wfdb and edf if records change their rhythm). */
  readonly rhythms?: readonly RhythmAnnotation[];
  /** Folder of its set, relative to the corpus. */
  readonly set: string;
  /** Name of its split: `train`, ... or `all`. */
  readonly split: string;
  /** PTB-XL's strat_fold, if the corpus has splits or the format ptb-xl: train 1-8, val 9, test 10, any other 1-10. */
  readonly fold?: number;
}

/** The options of `readCorpus`. */
export interface ReadCorpusOptions {
  /** Aborts reading; the iteration then throws `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Yields the records of a corpus of any format, in the order of their indices, with a few megabytes in memory. Each file
 * is compared with its SHA-256 in the corpus before the first record is read from it, so that no damaged file gives a
 * record.
 *
 * @param folder - the folder with `manifest.json`, or `s3://bucket/prefix`; one shard at a time is then copied to a
 *   temporary folder
 * @param options - a signal that aborts the reading
 * @returns records with leads, signal [leads, lengthSamples], class, set, split and fold
 * @see [Corpora](../corpora.md#formats) for the files of each format: arrays, Parquet columns and labels.csv.
 * @example
 * ```ts
 * import { writeCorpus, readCorpus } from 'pqrst/corpus';
 *
 * await writeCorpus('corpus', { format: 'npy', count: 100, classes: { normal: 1, af: 1 }, seconds: 2 });
 * let af = 0;
 * for await (const { ecgClass, signal } of readCorpus('corpus')) {
 *   if (ecgClass === 'af' && signal.length === 500) af += 1;
 * }
 * console.log(af); // 50
 * ```
 * @throws PqrstError ERR_NOT_FOUND: when a file is missing.
 * @throws PqrstError ERR_PATH_OUTSIDE: when the manifest names a file outside the folder.
 * @throws PqrstError ERR_CORPUS, ERR_NPY, ERR_EDF, ERR_WFDB_HEADER, ERR_WFDB_SIGNAL: when a file differs from what the manifest
 *   states (`verifyCorpus` also compares the files that no reader opens, and names every fault).
 * @throws PqrstError ERR_STORE: when a bucket cannot be read.
 * @throws `signal.reason` when the signal is aborted.
 */
export async function* readCorpus(
  folder: string,
  options: ReadCorpusOptions = {},
): AsyncGenerator<CorpusRecord, void, undefined> {
  const manifest = await readManifest(folder);
  if (!isRemote(folder)) {
    yield* readRecords(localPath(folder), manifest, options.signal);
    return;
  }
  const shards = await shardsInStore(folder, options.signal);
  try {
    yield* readRecords(folder, manifest, options.signal, shards.open);
  } finally {
    await shards.close();
  }
}

/** Yields the records of the corpus with this manifest. `openShard` opens the files of each shard. */
export async function* readRecords(
  folder: string,
  manifest: CorpusManifest,
  signal?: AbortSignal | undefined,
  openShard: OpenShard = checkedShard,
): AsyncGenerator<CorpusRecord, void, undefined> {
  signal?.throwIfAborted();
  const plan = planOf(manifest);
  const format = await loadFormat(plan.format);
  for (const set of manifest.sets) {
    const splits = splitsOf(plan, set);
    let next = set.start;
    for (const shard of set.shards) {
      const { path, start, count } = shard;
      if (start !== next)
        throw damaged(
          manifestNameOf(plan),
          `has the shard ${path} at record ${start}, where record ${next} was expected`,
        );
      const files = openShard(folder, shard, signal);
      const place: ShardPlace = { files, path, start, count, setStart: set.start };
      try {
        for await (const stored of format.readShard(plan, place)) {
          signal?.throwIfAborted();
          const { value } = splits.next();
          if (value === undefined)
            throw damaged(manifestNameOf(plan), `has splits that end before record ${next}`);
          const ecgClass = labelAt(plan.classes, next);
          const { leads } = plan;
          yield { index: next++, ecgClass, leads, ...stored, set: set.folder, ...value };
        }
      } finally {
        await files.release();
      }
    }
    if (next !== set.start + set.count) {
      throw damaged(manifestNameOf(plan), `has shards up to record ${next} only in the set "${set.folder}"`);
    }
  }
}

/** Yields the split and the fold of each record of a set. */
function* splitsOf({ format, classes }: CorpusPlan, { splits }: CorpusPlan['sets'][number]) {
  for (const split of splits) {
    const hasFolds = format === 'ptb-xl' || split.name !== 'all';
    for (const fold of foldsOf(classes, split)) {
      yield hasFolds ? { split: split.name, fold } : { split: split.name };
    }
  }
}
