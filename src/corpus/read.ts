// A corpus read back from its manifest and shards, of any format: as records for whoever wants them, and as windows
// (`corpus:DIR`) for training and evaluation. All sets of the corpus in order; a synthetic patient is one record.

import type { RecordAnnotations } from '../signal/beats.js';
import type { EcgClass } from '../signal/classes.js';
import { labelAt } from '../signal/source.js';
import { foldsOf } from './folds.js';
import type { CorpusPlan } from './format.js';
import { type CorpusManifest, planOf, readManifest } from './manifest.js';
import { damaged, type ShardPlace, shardReaders } from './readers.js';

export interface CorpusRecord {
  readonly index: number;
  readonly ecgClass: EcgClass;
  /** [lengthSamples] in the corpus' unit: mV, or SD where z-scored; whole numbers and halves are scaled back. */
  readonly signal: Float32Array;
  /** Exact times, where the format holds them (npy, parquet); WFDB has marks at samples, see readAnnotations. */
  readonly annotations?: RecordAnnotations;
  /** Folder of its set, relative to the corpus. */
  readonly set: string;
  /** Name of its split: `train`, ... or `all`. */
  readonly split: string;
  /** PTB-XL's strat_fold, where the corpus has splits or is a ptb-xl one: train 1-8, val 9, test 10, any other 1-10. */
  readonly fold?: number;
}

export interface ReadCorpusOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * The records of the corpus in `folder`, in order; a few megabytes at a time. Throws `signal.reason` when aborted.
 * Errors: ERR_NOT_FOUND, ERR_PATH_OUTSIDE, ERR_CORPUS, ERR_NPY and those of WFDB, where a file is missing or not what the
 * manifest says (`pqrst verify` compares every byte).
 */
export async function* readCorpus(
  folder: string,
  options: ReadCorpusOptions = {},
): AsyncGenerator<CorpusRecord, void, undefined> {
  yield* records(folder, await readManifest(folder), options.signal);
}

async function* records(
  folder: string,
  manifest: CorpusManifest,
  signal: AbortSignal | undefined,
): AsyncGenerator<CorpusRecord, void, undefined> {
  signal?.throwIfAborted();
  const plan = planOf(manifest);
  const read = shardReaders[plan.format];
  for (const set of manifest.sets) {
    const splits = splitsOf(plan, set);
    let next = set.start;
    for (const { path, start, count } of set.shards) {
      if (start !== next)
        throw damaged('manifest.json', `has a shard ${path} of record ${start}, not ${next}`);
      const place: ShardPlace = { corpus: folder, path, start, count, setStart: set.start };
      for await (const stored of read(plan, place)) {
        signal?.throwIfAborted();
        const { value } = splits.next();
        if (value === undefined) throw damaged('manifest.json', `has splits that end before record ${next}`);
        const ecgClass = labelAt(plan.classes, next);
        yield { index: next++, ecgClass, ...stored, set: set.folder, ...value };
      }
    }
    if (next !== set.start + set.count) {
      throw damaged('manifest.json', `has shards up to record ${next} of the set "${set.folder}"`);
    }
  }
}

/** Split and fold of each record of a set. */
function* splitsOf({ format, classes }: CorpusPlan, { splits }: CorpusPlan['sets'][number]) {
  for (const split of splits) {
    const hasFolds = format === 'ptb-xl' || split.name !== 'all';
    for (const fold of foldsOf(classes, split)) {
      yield hasFolds ? { split: split.name, fold } : { split: split.name };
    }
  }
}
