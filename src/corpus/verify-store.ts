// The files of a corpus in a bucket as its verification reads them. The bytes of an object are hashed as they arrive. The
// bucket is listed once, at the end, to find objects that are not part of the corpus.

import { PqrstError } from '../base/errors.js';
import { fileLimits } from '../base/open-file.js';
import { RefusedFile } from '../base/system-reason.js';
import { hashObject, readObject } from '../store/copy.js';
import { openStore, type Store } from '../store/store.js';
import { findManifest, type ManifestShard, manifestName, readStoredManifest } from './manifest.js';
import type { CorpusFiles, FolderOfShard, NamedManifest, SizedFile } from './verify-folder.js';

/** The files of a corpus in a bucket. */
export class StoreFiles implements CorpusFiles {
  readonly #store: Store;
  /** The objects that the lists of the shards name. */
  readonly #listed = new Set<string>();
  /** The folders of shards whose list could not be read. */
  readonly #unlisted = new Set<string>();

  private constructor(store: Store) {
    this.#store = store;
  }

  /** Opens the corpus at `address`; the bucket is not contacted. */
  static async open(address: string, signal: AbortSignal | undefined): Promise<StoreFiles> {
    return new StoreFiles(await openStore(address, { signal }));
  }

  async openManifest(): Promise<NamedManifest> {
    const store = this.#store;
    const name = await findManifest(store);
    if (name !== undefined) return { manifest: await readStoredManifest(store), name };
    // Reading it says why it is missing: perhaps the corpus is unfinished, or there is no such bucket.
    await readStoredManifest(store);
    throw new PqrstError(
      'ERR_NOT_FOUND',
      `${store.address} had no ${manifestName} a moment ago; run the command again`,
    );
  }

  isFolder({ path, files }: ManifestShard): Promise<boolean> {
    const isFolder = files > 1;
    if (isFolder) this.#unlisted.add(path);
    return Promise.resolve(isFolder);
  }

  readList(path: string): Promise<Buffer> {
    return readObject(this.#store, path, fileLimits.shardList, (bytes) => {
      return new RefusedFile(`it holds ${bytes} bytes, but at most ${fileLimits.shardList} are read`);
    });
  }

  openFolder(): Promise<FolderOfShard> {
    return Promise.resolve(new Set<string>());
  }

  async openFile(path: string): Promise<SizedFile> {
    const found = await this.#store.head(path);
    if (found === undefined) throw new PqrstError('ERR_NOT_FOUND', `there is no object ${path}`);
    return { bytes: found.bytes, hash: ({ onBytes }) => hashObject(this.#store, path, onBytes) };
  }

  async *others(folder: string, known: ReadonlySet<string>): AsyncGenerator<string> {
    if (folder !== '') {
      this.#unlisted.delete(folder);
      for (const path of known) this.#listed.add(path);
      return;
    }
    for await (const { name } of this.#store.list()) {
      const isKnown = known.has(name) || this.#listed.has(name);
      if (!isKnown && !this.#isUnlisted(name)) yield name;
    }
  }

  close(): void {
    this.#store.close();
  }

  /** Returns whether an object is in a shard whose list could not be read. */
  #isUnlisted(name: string): boolean {
    if (this.#unlisted.size === 0) return false;
    for (let end = name.lastIndexOf('/'); end > 0; end = name.lastIndexOf('/', end - 1)) {
      if (this.#unlisted.has(name.slice(0, end))) return true;
    }
    return false;
  }
}
