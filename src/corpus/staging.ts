// The staging area of a folder of shards that is being written, such as a corpus. OUT/.pqrst contains
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
import { isAbsent, makeFolder, syncFolder, writeError, writeFileAtomic } from '../base/files.js';
import { fileLimits, openFile, readText } from '../base/open-file.js';
import { parseJson } from '../base/parse-json.js';
import { jsonText } from '../base/text.js';

/** The name of the staging area in the folder of a corpus. */
export const hiddenName = '.pqrst';

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

/**
 * The staging area of one folder. `Identity` is all that determines the bytes of the folder: equal identities give equal
 * bytes. `Receipt` is what the manifest states about a finished shard.
 */
export class Staging<Identity, Receipt> {
  /** The folder as the caller wrote it, for messages. */
  readonly #shown: string;
  readonly #folder: string;
  readonly #hidden: string;
  readonly #staged: Staged<Identity>;

  constructor(folder: string, staged: Staged<Identity>) {
    this.#shown = folder;
    this.#folder = resolve(folder);
    this.#hidden = join(this.#folder, hiddenName);
    this.#staged = staged;
  }

  /**
   * Claims the folder for part `part`. Returns 'complete' if everything exists already and `resume` is set.
   *
   * @throws PqrstError ERR_WRITE: when the folder contains other files, or this part was started and `resume` is not
   *   set.
   * @throws PqrstError ERR_OPTION: when the folder contains something else than what is requested.
   */
  async claim(identity: Identity, part: number, resume: boolean): Promise<'open' | 'complete'> {
    const names = await this.#names();
    const manifest = this.#staged.manifestIn(names);
    if (manifest !== undefined) {
      if (!resume) throw this.#notEmpty(manifest);
      this.#staged.refuseOther(this.#shown, await this.#staged.readIdentity(this.#folder), identity);
      await this.clear();
      return 'complete';
    }
    const other = names.find((name) => name !== hiddenName);
    const started = names.includes(hiddenName) ? await this.#readJson<Identity>('plan.json') : undefined;
    if (started !== undefined) this.#staged.refuseOther(this.#shown, started, identity);
    else if (other !== undefined) throw this.#notEmpty(other);
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

  /** Returns a new path for unfinished files. */
  temporary(name: string | number): string {
    return join(this.#hidden, 'work', `${name}-${randomUUID()}`);
  }

  /** Removes the unfinished files that killed processes left for the shards `from` .. `to` - 1. */
  async removeLeftovers(from: number, to: number): Promise<void> {
    for (const name of await readdir(join(this.#hidden, 'work'))) {
      const place = Number.parseInt(name, 10);
      if (place >= from && place < to) {
        await rm(join(this.#hidden, 'work', name), { recursive: true, force: true });
      }
    }
  }

  /** Moves a finished file or folder to `path` in the corpus, replaces an existing one, and flushes the new name. */
  async place(temporary: string, path: string): Promise<void> {
    const target = join(this.#folder, path);
    try {
      await makeFolder(dirname(target));
      await rename(temporary, target).catch(async (error) => {
        // Another task has finished all and removed `temporary`: `target` is the work of that task.
        if (isAbsent(error)) throw error;
        // A folder is in the way: the shard of a process that was killed before it wrote the receipt.
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

  /** Removes an unfinished file or folder. */
  async discard(temporary: string): Promise<void> {
    await rm(temporary, { recursive: true, force: true });
  }

  /** Writes the receipt of a finished shard. */
  async writeReceipt(place: number, receipt: Receipt): Promise<void> {
    await writeFileAtomic(join(this.#hidden, 'shards', `${place}.json`), JSON.stringify(receipt));
  }

  /** Returns the places of the shards that have a receipt; undefined if another task has just finished all. */
  async finished(): Promise<Set<number> | undefined> {
    try {
      const names = await readdir(join(this.#hidden, 'shards'));
      return new Set(names.filter((name) => name.endsWith('.json')).map((name) => Number.parseInt(name, 10)));
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  /** Returns the receipt of a shard; undefined if another task has just finished all. */
  readReceipt(place: number): Promise<Receipt | undefined> {
    return this.#readJson<Receipt>(join('shards', `${place}.json`));
  }

  /** Returns whether the manifest exists. */
  async isComplete(): Promise<boolean> {
    return this.#staged.manifestIn(await this.#names()) !== undefined;
  }

  /** Removes the staging area. */
  async clear(): Promise<void> {
    await rm(this.#hidden, { recursive: true, force: true, maxRetries: 10 });
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
      throw new PqrstError(
        'ERR_WRITE',
        `the output folder ${this.#shown} contains ${this.#staged.what}; add \`resume\` to finish it, or delete the folder first`,
      );
    }
  }

  #notEmpty(name: string): PqrstError {
    return new PqrstError(
      'ERR_WRITE',
      `the output folder ${this.#shown} is not empty (it contains ${name}); choose another folder, or delete this one first`,
    );
  }
}
