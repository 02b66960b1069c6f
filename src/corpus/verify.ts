// Is a corpus still what was written? The manifest, every file that it lists, and nothing else in the folder. Reads each
// byte once, holds one shard's list at a time, opens no path outside the folder, and changes nothing.

import { createHash } from 'node:crypto';
import { opendir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PqrstError } from '../errors.js';
import { resolveInside } from '../files.js';
import type { JobOptions } from '../job.js';
import type { FileHash } from './hashed-file.js';
import { hashFile } from './hashed-file.js';
import {
  type CorpusManifest,
  checksumOf,
  listName,
  type ManifestShard,
  manifestName,
  readManifest,
} from './manifest.js';
import { hiddenName } from './workplace.js';

export interface Verification {
  readonly manifest: CorpusManifest;
  /** Files read, without the manifest. */
  readonly files: number;
  readonly bytes: number;
  /** A sentence each; of very many only the first. */
  readonly faults: readonly string[];
  readonly faultCount: number;
}

const maxFaults = 1000;
const maxListBytes = 2 ** 26;

/**
 * Checks the corpus in `folder` against its manifest; progress counts bytes. Errors: ERR_NOT_FOUND and ERR_CORPUS where
 * there is no manifest to check against. A fault of the corpus is no error: it stands in the result.
 */
export async function verifyCorpus(folder: string, options: JobOptions = {}): Promise<Verification> {
  const manifest = await openManifest(folder);
  const check = new Check(folder, manifest, options);
  await check.run();
  const { files, bytes, faults, faultCount } = check;
  return { manifest, files, bytes, faults, faultCount };
}

async function openManifest(folder: string): Promise<CorpusManifest> {
  const names = await readdir(folder).catch((): string[] => []);
  if (names.includes(hiddenName) && !names.includes(manifestName)) {
    throw new PqrstError(
      'ERR_CORPUS',
      `${folder} holds an unfinished corpus; finish it with pqrst synth and the same options and --resume`,
    );
  }
  return readManifest(folder);
}

class Check {
  readonly #folder: string;
  readonly #manifest: CorpusManifest;
  readonly #options: JobOptions;
  readonly #totalBytes: number;
  readonly faults: string[] = [];
  faultCount = 0;
  files = 0;
  bytes = 0;

  constructor(folder: string, manifest: CorpusManifest, options: JobOptions) {
    this.#folder = folder;
    this.#manifest = manifest;
    this.#options = options;
    this.#totalBytes = manifest.sets
      .flatMap(({ tables, shards }) => [...tables, ...shards])
      .reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async run(): Promise<void> {
    const manifest = this.#manifest;
    if (checksumOf(manifest) !== manifest.checksum) {
      this.#fault(`${manifestName} was changed after it was written: its checksum does not fit`);
    }
    const known = new Set([manifestName]);
    for (const set of manifest.sets) {
      const tables = set.tables.map((file) => ({ ...file, path: inFolder(set.folder, file.path) }));
      for (const table of tables) await this.#file(table.path, table.sha256, table.bytes);
      for (const shard of set.shards) await this.#shard(shard);
      for (const { path } of [...tables, ...set.shards]) known.add(path);
    }
    await this.#refuseOthers('', known);
    this.#options.onProgress?.(this.#totalBytes, this.#totalBytes);
  }

  async #shard(shard: ManifestShard): Promise<void> {
    const isFolder = await this.#attempt(shard.path, async (path) => (await stat(path)).isDirectory());
    if (isFolder === undefined) return;
    if (!isFolder) return this.#file(shard.path, shard.sha256, shard.bytes);
    const listPath = `${shard.path}/${listName}`;
    const list = await this.#attempt(listPath, async (path) => {
      const { size } = await stat(path);
      if (size <= maxListBytes) return readFile(path);
      throw new PqrstError('ERR_CORPUS', `it holds ${size} bytes, which no list of ours does`);
    });
    if (list === undefined) return;
    this.#count(list.length);
    if (createHash('sha256').update(list).digest('hex') !== shard.sha256) {
      this.#fault(
        `${listPath} is not as it was written (its SHA-256 differs), so its files cannot be checked`,
      );
      return;
    }
    const lines = list.toString('utf8').trimEnd().split('\n');
    const listed = lines.map((line) => ({
      sha256: line.slice(0, 64),
      path: inFolder(shard.path, line.slice(66)),
    }));
    for (const { path, sha256 } of listed) await this.#file(path, sha256);
    await this.#refuseOthers(shard.path, new Set([listPath, ...listed.map(({ path }) => path)]));
  }

  async #file(path: string, sha256: string, bytes?: number): Promise<void> {
    const found = await this.#attempt(path, (target) => this.#hash(target, bytes));
    if (found === undefined) return;
    if (bytes !== undefined && found.bytes !== bytes) {
      this.#fault(`${path} holds ${found.bytes} bytes where ${bytes} were written`);
    } else if (found.sha256 !== sha256) {
      this.#fault(`${path} is not as it was written (its SHA-256 differs)`);
    }
  }

  /** Of a file of the wrong size only the size is of interest. */
  async #hash(target: string, expectedBytes: number | undefined): Promise<FileHash> {
    const { size } = await stat(target);
    if (expectedBytes !== undefined && size !== expectedBytes) return { bytes: size, sha256: '' };
    const before = this.bytes;
    const found = await hashFile(target, {
      signal: this.#options.signal,
      onBytes: (bytes) => this.#report(before + bytes),
    });
    this.#count(found.bytes);
    return found;
  }

  /** What `read` gives for a path of the corpus; undefined, and a fault, where it cannot be read. */
  async #attempt<T>(path: string, read: (target: string) => Promise<T>): Promise<T | undefined> {
    this.#options.signal?.throwIfAborted();
    try {
      return await read(await resolveInside(this.#folder, path));
    } catch (error) {
      if (this.#options.signal?.aborted) throw error;
      const { code, message } = error as NodeJS.ErrnoException;
      this.#fault(
        code === 'ENOENT' || code === 'ENOTDIR' ? `${path} is missing` : `${path} cannot be read: ${message}`,
      );
      return undefined;
    }
  }

  /** A fault for each file below `folder` that is not known nor in a folder that is. */
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
        else this.#fault(`${path} is not part of the corpus`);
      }
    };
    await walk(folder);
  }

  #count(bytes: number): void {
    this.files++;
    this.bytes += bytes;
    this.#report(this.bytes);
  }

  #report(bytes: number): void {
    this.#options.onProgress?.(Math.min(bytes, this.#totalBytes), this.#totalBytes);
  }

  #fault(sentence: string): void {
    this.faultCount++;
    if (this.faults.length < maxFaults) this.faults.push(sentence);
  }
}

function inFolder(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
