// The staging area of a corpus that is being written. OUT/.pqrst contains
//   plan.json        the request; another request is refused
//   part-3           the claim of the task that writes part 3
//   shards/12.json   one receipt per shard that is on the disk under its final name
//   work/            all unfinished files
// and is removed when the manifest exists. Several tasks may work in one folder, each on its own part. This file does
// not depend on the format.

import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { exists, isAbsent, makeFolder, syncFolder, writeError, writeFileAtomic } from '../base/files.js';
import { fileLimits, openFile, readText } from '../base/open-file.js';
import { parseJson } from '../base/parse-json.js';
import { jsonText } from '../base/text.js';
import { isLearned, type RecordModel } from './learned.js';
import { listName, manifestIn, readManifest, type ShardReceipt } from './manifest.js';
import type { FullRequest } from './plan.js';

/** The name of the staging area in the folder of a corpus. */
export const hiddenName = '.pqrst';

/** All that determines the bytes of a corpus: two corpora with equal identities have equal bytes. */
export interface Identity {
  readonly generator: string;
  readonly request: FullRequest;
  readonly spec: RecordModel;
}

/** The staging area of one corpus. */
export class Staging {
  /** The folder as the caller wrote it, for messages. */
  readonly #shown: string;
  readonly #folder: string;
  readonly #hidden: string;

  constructor(folder: string) {
    this.#shown = folder;
    this.#folder = resolve(folder);
    this.#hidden = join(this.#folder, hiddenName);
  }

  /**
   * Claims the folder for part `part`. Returns 'complete' if the whole corpus exists already and `resume` is set.
   *
   * @throws PqrstError ERR_WRITE: when the folder contains other files, or this part was started and `resume` is not
   *   set.
   * @throws PqrstError ERR_OPTION: when the folder contains another corpus than the requested one.
   */
  async claim(identity: Identity, part: number, resume: boolean): Promise<'open' | 'complete'> {
    const names = await this.#names();
    const manifest = manifestIn(names);
    if (manifest !== undefined) {
      if (!resume) throw this.#notEmpty(manifest);
      refuseOther(this.#shown, await readManifest(this.#folder), identity);
      await this.clear();
      return 'complete';
    }
    const other = names.find((name) => name !== hiddenName);
    const started = names.includes(hiddenName) ? await this.#readJson<Identity>('plan.json') : undefined;
    if (started !== undefined) refuseOther(this.#shown, started, identity);
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

  /** Returns whether the staging area exists; another task that has finished the corpus has removed it. */
  async isOpen(): Promise<boolean> {
    return exists(join(this.#hidden, 'work'));
  }

  /**
   * Moves a finished file or folder to `path` in the corpus, replaces an existing one, and flushes the new name. A folder
   * whose list of hashes is the same stays: a process that was suspended may come here when the corpus is finished.
   */
  async place(temporary: string, path: string): Promise<void> {
    const target = join(this.#folder, path);
    try {
      await makeFolder(dirname(target));
      await rename(temporary, target).catch(async (error) => {
        // Another task has finished the corpus and removed `temporary`: `target` is the work of that task.
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

  /** Removes an unfinished file or folder. */
  async discard(temporary: string): Promise<void> {
    await rm(temporary, { recursive: true, force: true });
  }

  /** Writes the receipt of a finished shard; not if another task has finished the corpus. */
  async writeReceipt(place: number, receipt: ShardReceipt): Promise<void> {
    if (!(await this.isOpen())) return;
    await writeFileAtomic(join(this.#hidden, 'shards', `${place}.json`), JSON.stringify(receipt));
  }

  /** Returns the places of the shards that have a receipt; undefined if another task has just finished the corpus. */
  async finished(): Promise<Set<number> | undefined> {
    try {
      const names = await readdir(join(this.#hidden, 'shards'));
      return new Set(names.filter((name) => name.endsWith('.json')).map((name) => Number.parseInt(name, 10)));
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  /** Returns the receipt of a shard; undefined if another task has just finished the corpus. */
  readReceipt(place: number): Promise<ShardReceipt | undefined> {
    return this.#readJson<ShardReceipt>(join('shards', `${place}.json`));
  }

  /** Returns whether the manifest exists. */
  async isComplete(): Promise<boolean> {
    return manifestIn(await this.#names()) !== undefined;
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
      throw new PqrstError('ERR_CORPUS', `${path} is damaged; ${remedy}`, { cause: error });
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
        `the output folder ${this.#shown} contains an unfinished corpus; add \`resume\` to finish it, or delete the folder first`,
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

/** The names of the options, in the order in which they are compared. */
const compared: readonly (keyof FullRequest)[] = [
  ...(['format', 'count', 'start', 'classes', 'seed', 'preset', 'fsHz', 'seconds'] as const),
  ...(['unit', 'type', 'noise', 'split', 'replicas', 'parts'] as const),
];

/**
 * Compares the corpus in `folder` with the requested one.
 *
 * @throws PqrstError ERR_OPTION: when they differ; the message names the first different option.
 */
function refuseOther(folder: string, existing: Identity, requested: Identity): void {
  const differs = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b);
  const refuse = (what: string, was: unknown, now: unknown) =>
    new PqrstError(
      'ERR_OPTION',
      `${folder} contains a corpus with ${what} ${show(was)}, but ${show(now)} is requested; ` +
        'give the same options, or choose another folder',
    );
  if (existing.generator !== requested.generator) {
    throw refuse('the generator', existing.generator, requested.generator);
  }
  for (const name of compared) {
    const [was, now] = [existing.request[name], requested.request[name]];
    if (differs(was, now)) throw refuse(`\`${name}\``, was, now);
  }
  if (!differs(existing.spec, requested.spec)) return;
  if (isLearned(existing.spec)) throw refuse('records', 'of another generator or sampling', 'this one');
  throw refuse('`preset`', 'of other numbers', 'this one');
}

function show(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value);
  if (entries.some(([, one]) => typeof one === 'object')) return JSON.stringify(value);
  return entries.map(([name, number]) => `${name}:${number}`).join(',') || 'none';
}
