// Makes, reads and checks manifest.json (_manifest.json in a Parquet corpus), which states the request and the files of a
// complete corpus. The same request gives the same bytes, however the work was divided, interrupted or distributed; so
// the manifest contains no time and no path of a machine.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { exists } from '../base/files.js';
import { fileLimits } from '../base/open-file.js';
import { readInput } from '../codecs/input.js';
import { type EcgClass, ecgClasses } from '../signal/classes.js';
import { isRemote, localPath } from '../store/address.js';
import { readObject } from '../store/copy.js';
import { openStore, type Store } from '../store/store.js';
import { labelClasses } from '../synth/model.js';
import { parseOwnClasses } from '../synth/physiology/class-file.js';
import { parseModelSpec } from '../synth/presets.js';
import type { CorpusFile, CorpusPlan, CorpusSet } from './format.js';
import { isLearned, parseLearned } from './learned.js';
import { notOurs, parseManifest } from './manifest-schema.js';
import { classPattern, countClasses } from './pattern.js';
import type { FullRequest } from './plan.js';
import { hiddenName, unfinishedCorpus } from './staging.js';

/** The manifest of most formats, and of every corpus that an earlier version wrote. */
export const manifestName = 'manifest.json';
/**
 * The manifest of a Parquet corpus. Readers of a folder of Parquet files (pandas, pyarrow, Spark) try to read every file
 * in it, except those whose name begins with an underscore.
 */
const underscoredName = `_${manifestName}`;
const manifestNames = [manifestName, underscoredName];

/** Returns the name of the manifest of a new corpus. */
export function manifestNameOf({ format }: Pick<CorpusPlan, 'format'>): string {
  return format === 'parquet' ? underscoredName : manifestName;
}

/** Returns the name of the manifest in a folder with the files `names`, or undefined if it has no manifest. */
export function manifestIn(names: readonly string[]): string | undefined {
  return manifestNames.find((name) => names.includes(name));
}

/** The list in a shard that is a folder: the hash and name of each of its files, as `sha256sum -c` reads them. */
export const listName = 'SHA256SUMS';

/** The facts about a finished shard. */
export interface ShardReceipt {
  /** Number of files of the shard. For a folder, it includes the SHA256SUMS in it. */
  readonly files: number;
  /** Bytes of all its files together. */
  readonly bytes: number;
  /** SHA-256 of the file; for a folder, of the SHA256SUMS in it. */
  readonly sha256: string;
}

/** One shard of a set, with the index of its first record and the number of its records. */
export interface ManifestShard extends ShardReceipt {
  /** Path of the file or folder, relative to the corpus. */
  readonly path: string;
  /** Index of its first record in the corpus. */
  readonly start: number;
  /** Number of its records, from 1. */
  readonly count: number;
}

/** One set of a corpus with the files that hold it. */
export interface ManifestSet extends CorpusSet {
  /** Number of records of the set per class. A class without records is absent. */
  readonly counts: Readonly<Partial<Record<EcgClass, number>>>;
  /** Tables, with paths relative to the folder of the set. */
  readonly tables: readonly CorpusFile[];
  /** The shards of the set, in the order of their records. */
  readonly shards: readonly ManifestShard[];
}

/** The contents of `manifest.json`: what a corpus is and which files it consists of. */
export interface CorpusManifest {
  /** Name and version of the program that wrote it, for example `pqrst 0.1.0`. */
  readonly generator: string;
  /** The request that the corpus was written for, with all defaults filled in. */
  readonly request: FullRequest;
  /** Samples per lead of a record. */
  readonly lengthSamples: number;
  /** For int16 samples: the counts per mV, or per SD if z-scored. */
  readonly samplesPerUnit?: number | undefined;
  /** Number of records of the corpus, over all its replicas and splits. */
  readonly records: number;
  /** Number of records of the corpus per class. A class without records is absent. */
  readonly counts: Readonly<Partial<Record<EcgClass, number>>>;
  /**
   * The label byte of each class of the corpus; absent if the corpus has classes of the paper only, whose labels are 0
   * normal, 1 af, 2 aflt, 3 pvc and 4 wpw.
   */
  readonly labels?: Readonly<Partial<Record<EcgClass, number>>>;
  /** Records per shard; the last shard of a set may have fewer. */
  readonly shardRecords: number;
  /**
   * What made the records: the numbers of the simulator, whose name is `request.preset`, or a learned generator.
   */
  readonly spec: CorpusPlan['spec'];
  /** The sets in the order of their records, each with its files. */
  readonly sets: readonly ManifestSet[];
  /** SHA-256 of all other fields of the manifest in the order of the file, as JSON without spaces. */
  readonly checksum: string;
}

/** Returns the value that `checksum` must have. */
export function checksumOf(manifest: Omit<CorpusManifest, 'checksum'>): string {
  const text = JSON.stringify({ ...manifest, checksum: undefined });
  return createHash('sha256').update(text).digest('hex');
}

/** Returns the part of the manifest about one set. */
export function manifestSet(
  plan: CorpusPlan,
  set: CorpusSet,
  tables: readonly CorpusFile[],
  shards: readonly ManifestShard[],
): ManifestSet {
  return { ...set, counts: countClasses(plan.classes, set.start, set.count), tables, shards };
}

/** Returns the manifest of a corpus. */
export function manifestOf(
  generator: string,
  request: FullRequest,
  plan: CorpusPlan,
  sets: readonly ManifestSet[],
): CorpusManifest {
  const { lengthSamples, shardRecords, spec } = plan;
  const records = request.count * request.replicas;
  const manifest = {
    generator,
    request,
    lengthSamples,
    ...(plan.type === 'int16' ? { samplesPerUnit: 1000 } : {}),
    records,
    counts: countClasses(plan.classes, request.start, records),
    ...labelsOf(plan.classes),
    shardRecords,
    spec,
    sets,
  };
  return { ...manifest, checksum: checksumOf(manifest) };
}

/**
 * Returns the plan of a manifest, which is enough to make any of its records again.
 *
 * @throws PqrstError ERR_CORPUS: when the manifest was changed, because its records would differ from the shards.
 * @throws PqrstError ERR_SPEC: when the spec in it is invalid.
 */
export function planOf(manifest: CorpusManifest): CorpusPlan {
  if (checksumOf(manifest) !== manifest.checksum) {
    throw new PqrstError(
      'ERR_CORPUS',
      `${manifestNameOf(manifest.request)} was changed after it was written: its checksum does not fit; ` +
        'restore it from a copy, or write the corpus again with pqrst synth',
    );
  }
  const { request, lengthSamples, shardRecords } = manifest;
  return {
    format: request.format,
    preset: request.preset,
    spec: isLearned(manifest.spec) ? parseLearned(manifest.spec) : parseModelSpec(manifest.spec),
    ownClasses: request.ownClasses && parseOwnClasses(request.ownClasses),
    seed: request.seed,
    noise: Object.keys(request.noise).length === 0 ? undefined : request.noise,
    classes: classPattern(request.classes),
    fsHz: request.fsHz,
    seconds: request.seconds,
    leads: request.leads ?? ['II'],
    lengthSamples,
    unit: request.unit,
    type: request.type,
    sets: manifest.sets.map(({ folder, start, count, splits }) => ({ folder, start, count, splits })),
    shardRecords,
  };
}

/** Returns the labels of a corpus with other classes than those of the paper. */
function labelsOf(pattern: readonly EcgClass[]): Pick<CorpusManifest, 'labels'> {
  const used = [...new Set(pattern)];
  if (used.every((name) => ecgClasses.some((known) => known === name))) return {};
  const labels = labelClasses(used);
  return { labels: Object.fromEntries(used.map((name) => [name, labels.indexOf(name)])) };
}

/**
 * Reads the manifest of a corpus and checks its form and its checksum.
 *
 * @param folder - the folder with `manifest.json` (`_manifest.json` in a Parquet corpus), or `s3://bucket/prefix`
 * @example
 * ```ts
 * import { readManifest, writeCorpus } from 'pqrst/corpus';
 *
 * await writeCorpus('corpus', { format: 'npy', count: 100, classes: { normal: 1, af: 1 }, seconds: 2 });
 * console.log((await readManifest('corpus')).counts); // { normal: 50, af: 50 }
 * ```
 * @throws PqrstError ERR_NOT_FOUND: when there is no manifest.
 * @throws PqrstError ERR_CORPUS: when it was changed or pqrst did not write it.
 * @throws PqrstError ERR_STORE: when a bucket cannot be read.
 */
export async function readManifest(folder: string): Promise<CorpusManifest> {
  if (!isRemote(folder)) return readManifestOf(localPath(folder));
  const store = await openStore(folder);
  try {
    return await readStoredManifest(store);
  } finally {
    store.close();
  }
}

async function readManifestOf(folder: string): Promise<CorpusManifest> {
  const hasPlain = await exists(join(folder, manifestName));
  const isUnderscored = !hasPlain && (await exists(join(folder, underscoredName)));
  return readManifestFile(join(folder, isUnderscored ? underscoredName : manifestName));
}

/** Reads the manifest in the file `path`, as `readManifest` does. */
export async function readManifestFile(path: string): Promise<CorpusManifest> {
  const bytes = await readInput(path, 'the manifest', fileLimits.manifest, (size) =>
    notOurs(path, `holds ${size} bytes`),
  );
  return parseManifest(bytes, path);
}

/** Returns the name of the manifest of the corpus in a store, or undefined if it has no manifest. */
export async function findManifest(store: Store): Promise<string | undefined> {
  for (const name of manifestNames) if ((await store.head(name)) !== undefined) return name;
  return undefined;
}

/** Reads the manifest of the corpus in a store. It throws as `readManifest` does. */
export async function readStoredManifest(store: Store): Promise<CorpusManifest> {
  const found = await findManifest(store);
  if (found === undefined && (await store.head(`${hiddenName}/plan.json`)) !== undefined) {
    throw unfinishedCorpus(store.address);
  }
  const name = found ?? manifestName;
  const path = `${store.address}/${name}`;
  const tooLarge = (size: number) => notOurs(path, `holds ${size} bytes`);
  return parseManifest(await readObject(store, name, fileLimits.manifest, tooLarge), path);
}
