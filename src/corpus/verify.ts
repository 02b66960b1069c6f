// Checks that a corpus is unchanged: the manifest, every file that it lists, and that the folder has no other file. It
// reads each byte once, keeps the list of one shard in memory, opens no path outside the folder, and writes nothing.

import { createHash } from 'node:crypto';
import { PqrstError } from '../base/errors.js';
import type { FileHash } from '../base/files.js';
import type { JobOptions } from '../base/job.js';
import { systemReason } from '../base/system-reason.js';
import { isRemote, localPath } from '../store/address.js';
import { type CorpusManifest, checksumOf, listName, type ManifestShard } from './manifest.js';
import { listedFiles } from './shard-files.js';
import {
  type CorpusFiles,
  FolderFiles,
  type FolderOfShard,
  inFolder,
  type NamedManifest,
} from './verify-folder.js';

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
 * @param folder - the folder with `manifest.json`, or `s3://bucket/prefix`
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
 * @throws PqrstError ERR_STORE: when a bucket cannot be read.
 */
export async function verifyCorpus(folder: string, options: JobOptions = {}): Promise<Verification> {
  const files = await openFiles(folder, options.signal);
  try {
    const named = await files.openManifest();
    const check = new Check(files, named, options);
    await check.run();
    const { files: count, bytes, faults, faultCount } = check;
    return { manifest: named.manifest, files: count, bytes, faults, faultCount };
  } finally {
    files.close();
  }
}

async function openFiles(folder: string, signal: AbortSignal | undefined): Promise<CorpusFiles> {
  if (!isRemote(folder)) return new FolderFiles(localPath(folder));
  const { StoreFiles } = await import('./verify-store.js');
  return StoreFiles.open(folder, signal);
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
  readonly #files: CorpusFiles;
  readonly #manifest: CorpusManifest;
  readonly #name: string;
  readonly #options: JobOptions;
  readonly #totalBytes: number;
  readonly faults: string[] = [];
  faultCount = 0;
  files = 0;
  bytes = 0;

  constructor(files: CorpusFiles, { manifest, name }: NamedManifest, options: JobOptions) {
    this.#files = files;
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
    const isFolder = await this.#tryRead(shard.path, () => this.#files.isFolder(shard));
    if (isFolder === undefined) return;
    if (!isFolder) return this.#verifyFile(shard);
    const listPath = `${shard.path}/${listName}`;
    const list = await this.#tryRead(listPath, () => this.#files.readList(listPath));
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
    const opened = await this.#files.openFolder(folder);
    for (let from = 0; from < files.length; from += filesAtOnce) {
      const checked = files.slice(from, from + filesAtOnce).map((file) => this.#findFault(file, opened));
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

  /** Returns the fault of a file, or undefined; `folder` is that of its shard. */
  async #findFault(
    { path, sha256, bytes, mostBytes }: Listed,
    folder?: FolderOfShard,
  ): Promise<string | undefined> {
    try {
      const found = await this.#hashOf(path, folder, bytes, bytes ?? mostBytes);
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
  async #hashOf(
    path: string,
    folder: FolderOfShard | undefined,
    expected = Number.NaN,
    most = expected,
  ): Promise<FileHash> {
    this.#options.signal?.throwIfAborted();
    const file = await this.#files.openFile(path, folder);
    if (file.bytes > most || file.bytes < expected) return { bytes: file.bytes, sha256: '' };
    let before = 0;
    const found = await file.hash({
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
  async #tryRead<T>(path: string, read: () => Promise<T>): Promise<T | undefined> {
    this.#options.signal?.throwIfAborted();
    try {
      return await read();
    } catch (error) {
      this.#addFault(this.#faultOf(path, error));
      return undefined;
    }
  }

  #faultOf(path: string, error: unknown): string {
    const isOfStore = error instanceof PqrstError && error.code === 'ERR_STORE';
    if (this.#options.signal?.aborted || isOfStore) throw error;
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ERR_NOT_FOUND'
      ? `${path} is missing`
      : `${path} cannot be read: ${systemReason(error)}`;
  }

  /** Adds a fault for each file below `folder` that is neither known nor in a known folder. */
  async #refuseOthers(folder: string, known: ReadonlySet<string>): Promise<void> {
    for await (const path of this.#files.others(folder, known)) {
      this.#addFault(`${path} is not part of the corpus`);
    }
  }

  #reportProgress(): void {
    this.#options.onProgress?.(Math.min(this.bytes, this.#totalBytes), this.#totalBytes);
  }

  #addFault(fault: string): void {
    this.faultCount++;
    if (this.faults.length < maxFaults) this.faults.push(fault);
  }
}
