// The staging area of shards that are being written into a folder. OUT/.pqrst contains
//   plan.json        the request; another request is refused
//   part-3           the claim of the task that writes part 3
//   shards/12.json   one receipt per shard that is on the disk under its final name
//   work/            all unfinished files
// and is removed when the manifest exists. Several tasks may work in one folder, each on its own part. This file does
// not depend on the format of the shards; `Staged` states what a corpus and the predictions of a corpus do not share.

import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type ErrorCode, PqrstError } from '../base/errors.js';
import { exists, isAbsent, makeFolder, syncFolder, writeError, writeFileAtomic } from '../base/files.js';
import { fileLimits, openFile, readText } from '../base/open-file.js';
import { parseJson } from '../base/parse-json.js';
import { jsonText } from '../base/text.js';
import { listName } from './manifest.js';
import { hiddenName, notEmpty, type ShardName, type Staging, unfinished } from './staging.js';

/** What the staging area has to know about the content of the folder. */
export interface Staged<Identity> {
  /** The unfinished content, for messages: `an unfinished corpus`. */
  readonly what: string;
  /** The code of an error about a damaged file of the staging area. */
  readonly code: ErrorCode;
  /** Returns the name of the manifest among the names in the folder; undefined if it is not complete. */
  manifestIn(names: readonly string[]): string | undefined;
  /** Reads the identity of complete content from its manifest. */
  readIdentity(folder: string): Promise<Identity>;
  /**
   * Compares the content of `folder` with the requested one.
   *
   * @throws PqrstError ERR_OPTION: when they differ; the message names the first different option.
   */
  refuseOther(folder: string, existing: Identity, requested: Identity): void;
}

/** The staging area of one folder. */
export class FolderStaging<Identity, Receipt> implements Staging<Identity, Receipt> {
  /** The folder as the caller wrote it, for messages. */
  readonly #shown: string;
  readonly #folder: string;
  readonly #hidden: string;
  readonly #staged: Staged<Identity>;
  /** Number of all shards. */
  readonly #shards: number;

  constructor(folder: string, shards: number, staged: Staged<Identity>) {
    this.#staged = staged;
    this.#shards = shards;
    this.#shown = folder;
    this.#folder = resolve(folder);
    this.#hidden = join(this.#folder, hiddenName);
  }

  async claim(identity: Identity, part: number, resume: boolean): Promise<'open' | 'complete'> {
    const names = await this.#names();
    const manifest = this.#staged.manifestIn(names);
    if (manifest !== undefined) {
      if (!resume) throw notEmpty(this.#shown, manifest);
      this.#staged.refuseOther(this.#shown, await this.#staged.readIdentity(this.#folder), identity);
      await this.clear();
      return 'complete';
    }
    const other = names.find((name) => name !== hiddenName);
    const started = names.includes(hiddenName) ? await this.#readJson<Identity>('plan.json') : undefined;
    if (started !== undefined) this.#staged.refuseOther(this.#shown, started, identity);
    else if (other !== undefined) throw notEmpty(this.#shown, other);
    for (const name of ['shards', 'work']) {
      const made = await makeFolder(join(this.#hidden, name));
      if (made === undefined) continue;
      // The names of all new folders must be flushed to the disk too.
      for (let at = this.#hidden; at.length >= dirname(made).length; at = dirname(at)) {
        await syncFolder(at);
        if (at === dirname(at)) break;
      }
    }
    if (started === undefined) {
      await writeFileAtomic(join(this.#hidden, 'plan.json'), jsonText(identity));
      await syncFolder(this.#hidden);
    }
    await this.#claimPart(part, resume);
    return 'open';
  }

  temporary(name: string | number): string {
    return join(this.#hidden, 'work', `${name}-${randomUUID()}`);
  }

  async isOpen(): Promise<boolean> {
    return exists(join(this.#hidden, 'work'));
  }

  async removeLeftovers(from: number, to: number): Promise<void> {
    for (const name of await readdir(join(this.#hidden, 'work'))) {
      const place = Number.parseInt(name, 10);
      if (place >= from && place < to) {
        await rm(join(this.#hidden, 'work', name), { recursive: true, force: true });
      }
    }
  }

  /**
   * Moves a finished file or folder, replaces an existing one, and flushes the new name. A folder whose list of hashes is
   * the same stays: a process that was suspended may come here when the corpus is finished.
   */
  async place(temporary: string, path: string): Promise<void> {
    const target = join(this.#folder, path);
    try {
      await makeFolder(dirname(target));
      await rename(temporary, target).catch(async (error) => {
        // Another task has finished all and removed `temporary`: `target` is the work of that task.
        if (isAbsent(error)) throw error;
        // A folder is in the way: the shard of a process that was killed before it wrote the receipt.
        if (await hasSameList(temporary, target)) return this.discard(temporary);
        await rm(target, { recursive: true, force: true });
        await rename(temporary, target);
      });
    } catch (cause) {
      throw cause instanceof PqrstError ? cause : writeError(target, cause);
    }
    for (let folder = dirname(target); folder.length >= this.#folder.length; folder = dirname(folder)) {
      await syncFolder(folder);
    }
  }

  async discard(temporary: string): Promise<void> {
    await rm(temporary, { recursive: true, force: true });
  }

  async writeReceipt(place: number, receipt: Receipt): Promise<void> {
    if (!(await this.isOpen())) return;
    await writeFileAtomic(join(this.#hidden, 'shards', `${place}.json`), JSON.stringify(receipt));
  }

  async written(shards: readonly ShardName[]): Promise<Set<number>> {
    const written = new Set<number>();
    const finished = await this.#finished();
    for (const { place, path } of shards) {
      if (finished?.has(place) && (await exists(join(this.#folder, path)))) written.add(place);
    }
    return written;
  }

  async receipts(): Promise<Receipt[] | undefined> {
    if (((await this.#finished())?.size ?? 0) < this.#shards) return undefined;
    const receipts: Receipt[] = [];
    for (let place = 0; place < this.#shards; place++) {
      const receipt = await this.readReceipt(place);
      if (receipt === undefined) return undefined;
      receipts.push(receipt);
    }
    return receipts;
  }

  /** Returns the receipt of a shard; undefined if it is missing, or another task has just finished all. */
  readReceipt(place: number): Promise<Receipt | undefined> {
    return this.#readJson<Receipt>(join('shards', `${place}.json`));
  }

  async isComplete(): Promise<boolean> {
    return this.#staged.manifestIn(await this.#names()) !== undefined;
  }

  async clear(): Promise<void> {
    await rm(this.#hidden, { recursive: true, force: true, maxRetries: 10 });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Returns the places of the shards that have a receipt; undefined if another task has just finished all. */
  async #finished(): Promise<Set<number> | undefined> {
    try {
      const names = await readdir(join(this.#hidden, 'shards'));
      return new Set(names.filter((name) => name.endsWith('.json')).map((name) => Number.parseInt(name, 10)));
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#folder);
    } catch (error) {
      if (isAbsent(error)) return [];
      throw writeError(this.#folder, error);
    }
  }

  /** Returns the content of a JSON file; undefined if it does not exist. */
  async #readJson<T>(name: string): Promise<T | undefined> {
    const path = join(this.#hidden, name);
    try {
      return parseJson(await readText(path, fileLimits.json)) as T;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      if (!(error instanceof SyntaxError)) throw error;
      const remedy =
        name === 'plan.json'
          ? `delete ${this.#shown} and start again`
          : 'delete it and continue with `resume`';
      throw new PqrstError(this.#staged.code, `${path} is damaged; ${remedy}`, { cause: error });
    }
  }

  async #claimPart(part: number, resume: boolean): Promise<void> {
    const path = join(this.#hidden, `part-${part}`);
    try {
      await (await openFile(path, resume ? 'a' : 'wx')).file.close();
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw writeError(path, cause);
      throw unfinished(this.#shown, this.#staged.what);
    }
  }
}

/** Returns whether two folders of shards have equal lists of hashes. */
async function hasSameList(one: string, other: string): Promise<boolean> {
  try {
    const [a, b] = await Promise.all(
      [one, other].map((folder) => readText(join(folder, listName), fileLimits.shardList)),
    );
    return a === b;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}
