// Checks that a corpus is unchanged: the manifest, every file that it lists, and that the folder has no other file. It
// reads each byte once, keeps the list of one shard in memory, opens no path outside the folder, and writes nothing.

import { createHash } from 'node:crypto';
import { opendir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { type FileHash, hashFile, resolveInside } from '../base/files.js';
import type { JobOptions } from '../base/job.js';
import { fileLimits, readBytes } from '../base/open-file.js';
import { systemReason } from '../base/system-reason.js';
import { unreadable } from '../codecs/input.js';
import {
  type CorpusManifest,
  checksumOf,
  listName,
  type ManifestShard,
  manifestIn,
  manifestName,
  readManifest,
} from './manifest.js';
import { listedFiles } from './shard-files.js';
import { hiddenName } from './staging.js';

/** The result of `verifyCorpus`. */
export interface Verification {
  /** The manifest that the files were compared with. */
  readonly manifest: CorpusManifest;
  /** Number of files that were read, without the manifest. */
  readonly files: number;
  /** Number of bytes that were read, without the manifest. */
  readonly bytes: number;
  /** One message per fault, at most the first 1,000. */
  readonly faults: readonly string[];
  /** Number of all faults. */
  readonly faultCount: number;
}

const maxFaults = 1000;
const filesAtOnce = 16;

/**
 * Compares every file of a corpus with its manifest: sizes, SHA-256, missing and additional files.
 *
 * @param folder - the folder with `manifest.json`
 * @param options - signal, and progress in bytes
 * @returns the numbers of files and bytes, and one message per fault; a fault does not throw
 * @example
 * ```ts
 * import { verifyCorpus, writeCorpus } from 'pqrst/corpus';
 *
 * await writeCorpus('corpus', { format: 'npy', count: 100, classes: { normal: 1, af: 1 }, seconds: 2 });
 * const { files, faultCount } = await verifyCorpus('corpus');
 * console.log(files, faultCount);
 * ```
 * @throws PqrstError ERR_NOT_FOUND, ERR_CORPUS: when there is no manifest to compare with.
 */
export async function verifyCorpus(folder: string, options: JobOptions = {}): Promise<Verification> {
  const { manifest, name } = await openManifest(folder);
  const check = new Check(folder, { manifest, name }, options);
  await check.run();
  const { files, bytes, faults, faultCount } = check;
  return { manifest, files, bytes, faults, faultCount };
}

/** A manifest, and the name of its file. */
interface NamedManifest {
  readonly manifest: CorpusManifest;
  readonly name: string;
}

async function openManifest(folder: string): Promise<NamedManifest> {
  const names = await readdir(folder).catch((cause) => {
    throw unreadable(folder, 'the corpus', cause);
  });
  const name = manifestIn(names);
  if (names.includes(hiddenName) && name === undefined) {
    throw new PqrstError(
      'ERR_CORPUS',
      `${folder} contains an unfinished corpus; finish it with pqrst synth, the same options and \`resume\``,
    );
  }
  if (name !== undefined) return { manifest: await readManifest(folder), name };
  throw new PqrstError(
    'ERR_NOT_FOUND',
    `the folder ${folder} is not a corpus: it contains no ${manifestName}; name a folder that pqrst synth wrote`,
  );
}

/** A file that the manifest or the list of a shard names. */
interface Listed {
  readonly path: string;
  readonly sha256: string;
  /** Absent in the list of a shard. */
  readonly bytes?: number;
  /** The bytes of the shard that contains the file. */
  readonly mostBytes?: number;
}

/** One verification: its counts and its faults. */
class Check {
  readonly #folder: string;
  readonly #manifest: CorpusManifest;
  readonly #name: string;
  readonly #options: JobOptions;
  readonly #totalBytes: number;
  readonly faults: string[] = [];
  faultCount = 0;
  files = 0;
  bytes = 0;

  constructor(folder: string, { manifest, name }: NamedManifest, options: JobOptions) {
    this.#folder = folder;
    this.#manifest = manifest;
    this.#name = name;
    this.#options = options;
    this.#totalBytes = manifest.sets
      .flatMap(({ tables, shards }) => [...tables, ...shards])
      .reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async run(): Promise<void> {
    const manifest = this.#manifest;
    if (checksumOf(manifest) !== manifest.checksum) {
      this.#addFault(`${this.#name} was changed after it was written: its checksum does not fit`);
    }
    const known = new Set([this.#name]);
    for (const set of manifest.sets) {
      const tables = set.tables.map((file) => ({ ...file, path: inFolder(set.folder, file.path) }));
      for (const table of tables) await this.#verifyFile(table);
      for (const shard of set.shards) await this.#verifyShard(shard);
      for (const { path } of [...tables, ...set.shards]) known.add(path);
    }
    await this.#refuseOthers('', known);
    this.#options.onProgress?.(this.#totalBytes, this.#totalBytes);
  }

  async #verifyShard(shard: ManifestShard): Promise<void> {
    const isFolder = await this.#tryRead(shard.path, async (path) => (await stat(path)).isDirectory());
    if (isFolder === undefined) return;
    if (!isFolder) return this.#verifyFile(shard);
    const listPath = `${shard.path}/${listName}`;
    const list = await this.#tryRead(listPath, (path) => readBytes(path, fileLimits.shardList));
    if (list === undefined) return;
    this.files++;
    this.bytes += list.length;
    if (createHash('sha256').update(list).digest('hex') !== shard.sha256) {
      this.#addFault(
        `${listPath} is not as it was written (its SHA-256 differs), so its files cannot be checked`,
      );
      return;
    }
    const files = listedFiles(list).map(({ path, sha256 }) => ({
      ...{ mostBytes: shard.bytes, sha256 },
      path: inFolder(shard.path, path),
    }));
    await this.#verifyShardFiles(shard.path, files);
    await this.#refuseOthers(shard.path, new Set([listPath, ...files.map(({ path }) => path)]));
  }

  /** Verifies several files at once, because a small file costs mostly waiting. Faults keep the order of the list. */
  async #verifyShardFiles(folder: string, files: readonly Listed[]): Promise<void> {
    const entries = await opendir(join(this.#folder, folder));
    const plain = new Set<string>();
    for await (const entry of entries) if (entry.isFile()) plain.add(inFolder(folder, entry.name));
    for (let from = 0; from < files.length; from += filesAtOnce) {
      const checked = files.slice(from, from + filesAtOnce).map(async (file) => {
        // A plain file in a folder inside the corpus is inside; anything else may be a link.
        const path = plain.has(file.path) ? join(this.#folder, file.path) : undefined;
        return this.#findFault(file, path);
      });
      const settled = await Promise.allSettled(checked);
      for (const result of settled) {
        if (result.status === 'rejected') throw result.reason;
        if (result.value !== undefined) this.#addFault(result.value);
      }
    }
  }

  async #verifyFile(file: Listed): Promise<void> {
    const fault = await this.#findFault(file);
    if (fault !== undefined) this.#addFault(fault);
  }

  /** Returns the fault of a file, or undefined; `target` is given if the file is known to be inside the folder. */
  async #findFault({ path, sha256, bytes, mostBytes }: Listed, target?: string): Promise<string | undefined> {
    try {
      const found = await this.#hashOf(
        target ?? (await resolveInside(this.#folder, path)),
        bytes,
        bytes ?? mostBytes,
      );
      if (bytes !== undefined && found.bytes !== bytes) {
        return `${path} holds ${found.bytes} bytes, but ${bytes} were written`;
      }
      if (mostBytes !== undefined && found.bytes > mostBytes) {
        return `${path} holds ${found.bytes} bytes, but its whole shard was written with ${mostBytes}`;
      }
      return found.sha256 === sha256 ? undefined : `${path} is not as it was written (its SHA-256 differs)`;
    } catch (error) {
      return this.#faultOf(path, error);
    }
  }

  /** Returns the hash of a file; a file that has another size than `expected`, or is larger than `most`, is not read. */
  async #hashOf(target: string, expected = Number.NaN, most = expected): Promise<FileHash> {
    this.#options.signal?.throwIfAborted();
    const { size } = await stat(target);
    if (size > most || size < expected) return { bytes: size, sha256: '' };
    let before = 0;
    const found = await hashFile(target, {
      signal: this.#options.signal,
      onBytes: (bytes) => {
        this.bytes += bytes - before;
        before = bytes;
        this.#reportProgress();
      },
    });
    this.files++;
    return found;
  }

  /** Returns the result of `read` for a path of the corpus; adds a fault and returns undefined if reading fails. */
  async #tryRead<T>(path: string, read: (target: string) => Promise<T>): Promise<T | undefined> {
    this.#options.signal?.throwIfAborted();
    try {
      return await read(await resolveInside(this.#folder, path));
    } catch (error) {
      this.#addFault(this.#faultOf(path, error));
      return undefined;
    }
  }

  #faultOf(path: string, error: unknown): string {
    if (this.#options.signal?.aborted) throw error;
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? `${path} is missing`
      : `${path} cannot be read: ${systemReason(error)}`;
  }

  /** Adds a fault for each file below `folder` that is neither known nor in a known folder. */
  async #refuseOthers(folder: string, known: ReadonlySet<string>): Promise<void> {
    const parents = new Set<string>();
    for (const path of known) {
      for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
        parents.add(path.slice(0, end));
      }
    }
    const walk = async (below: string): Promise<void> => {
      for await (const entry of await opendir(join(this.#folder, below))) {
        const path = inFolder(below, entry.name);
        if (known.has(path)) continue;
        if (parents.has(path) && entry.isDirectory()) await walk(path);
        else this.#addFault(`${path} is not part of the corpus`);
      }
    };
    await walk(folder);
  }

  #reportProgress(): void {
    this.#options.onProgress?.(Math.min(this.bytes, this.#totalBytes), this.#totalBytes);
  }

  #addFault(fault: string): void {
    this.faultCount++;
    if (this.faults.length < maxFaults) this.faults.push(fault);
  }
}

function inFolder(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
