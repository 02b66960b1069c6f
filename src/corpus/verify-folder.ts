// The files of a corpus as its verification reads them: the interface, and a corpus in a folder. No path outside the
// folder is opened.

import { opendir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { type FileHash, type HashOptions, hashFile, resolveInside } from '../base/files.js';
import { fileLimits, readBytes } from '../base/open-file.js';
import { unreadable } from '../codecs/input.js';
import {
  type CorpusManifest,
  type ManifestShard,
  manifestIn,
  manifestName,
  readManifest,
} from './manifest.js';
import { hiddenName, unfinishedCorpus } from './staging.js';

/** A manifest, and the name of its file. */
export interface NamedManifest {
  readonly manifest: CorpusManifest;
  readonly name: string;
}

/** The plain files in the folder of a shard, as paths in the corpus. */
export type FolderOfShard = ReadonlySet<string>;

/** A file whose size is known. */
export interface SizedFile {
  readonly bytes: number;
  /** Returns the hash of its bytes. */
  hash(options: HashOptions): Promise<FileHash>;
}

/** The files of a corpus. A missing file rejects with ENOENT or ERR_NOT_FOUND. */
export interface CorpusFiles {
  /**
   * Reads the manifest.
   *
   * @throws PqrstError ERR_NOT_FOUND, ERR_CORPUS: when there is no manifest, or the corpus is unfinished.
   */
  openManifest(): Promise<NamedManifest>;
  /** Returns whether a shard is a folder of files. */
  isFolder(shard: ManifestShard): Promise<boolean>;
  /** Reads the list of a shard. */
  readList(path: string): Promise<Buffer>;
  /** Opens the folder of a shard. */
  openFolder(path: string): Promise<FolderOfShard>;
  openFile(path: string, folder: FolderOfShard | undefined): Promise<SizedFile>;
  /** Yields the paths below `folder` that are neither known nor in a known folder. */
  others(folder: string, known: ReadonlySet<string>): AsyncIterable<string>;
  close(): void;
}

/** The files of a corpus in a folder. */
export class FolderFiles implements CorpusFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async openManifest(): Promise<NamedManifest> {
    const folder = this.#folder;
    const names = await readdir(folder).catch((cause) => {
      throw unreadable(folder, 'the corpus', cause);
    });
    const name = manifestIn(names);
    if (names.includes(hiddenName) && name === undefined) throw unfinishedCorpus(folder);
    if (name !== undefined) return { manifest: await readManifest(folder), name };
    throw new PqrstError(
      'ERR_NOT_FOUND',
      `the folder ${folder} is not a corpus: it contains no ${manifestName}; name a folder that pqrst synth wrote`,
    );
  }

  async isFolder({ path }: ManifestShard): Promise<boolean> {
    return (await stat(await resolveInside(this.#folder, path))).isDirectory();
  }

  async readList(path: string): Promise<Buffer> {
    return readBytes(await resolveInside(this.#folder, path), fileLimits.shardList);
  }

  async openFolder(path: string): Promise<FolderOfShard> {
    const plain = new Set<string>();
    for await (const entry of await opendir(join(this.#folder, path))) {
      if (entry.isFile()) plain.add(inFolder(path, entry.name));
    }
    return plain;
  }

  async openFile(path: string, folder: FolderOfShard | undefined): Promise<SizedFile> {
    // A plain file in a folder inside the corpus is inside; anything else may be a link.
    const target = folder?.has(path) ? join(this.#folder, path) : await resolveInside(this.#folder, path);
    return { bytes: (await stat(target)).size, hash: (options) => hashFile(target, options) };
  }

  others(folder: string, known: ReadonlySet<string>): AsyncIterable<string> {
    return this.#walk(folder, known, parentsOf(known));
  }

  async *#walk(
    folder: string,
    known: ReadonlySet<string>,
    parents: ReadonlySet<string>,
  ): AsyncGenerator<string> {
    for await (const entry of await opendir(join(this.#folder, folder))) {
      const path = inFolder(folder, entry.name);
      if (known.has(path)) continue;
      if (parents.has(path) && entry.isDirectory()) yield* this.#walk(path, known, parents);
      else yield path;
    }
  }

  close(): void {
    // A folder has no connection.
  }
}

/** Returns the folders above the known paths. */
function parentsOf(known: ReadonlySet<string>): Set<string> {
  const parents = new Set<string>();
  for (const path of known) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      parents.add(path.slice(0, end));
    }
  }
  return parents;
}

/** Returns the path of `name` in a folder of the corpus, with `/`. */
export function inFolder(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
