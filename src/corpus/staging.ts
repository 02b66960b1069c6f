// The folder of a corpus while it is being made. OUT/.pqrst holds
//   plan.json        what is being made; another request is refused
//   part-3           claimed by the task that makes part 3
//   shards/12.json   a receipt of every shard that has its name and is on the disk
//   work/            all that is not finished
// and goes when manifest.json is there. Several tasks may work in one folder, each on its own part. Knows no format.

import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { isAbsent, syncFolder, writeError, writeFileAtomic } from '../base/files.js';
import type { SynthSpec } from '../synth/spec.js';
import { manifestName, readManifest, type ShardReceipt } from './manifest.js';
import type { FullRequest } from './plan.js';

/** The folder in a corpus that is being made. */
export const hiddenName = '.pqrst';

/** What makes two corpora equal. */
export interface Identity {
  readonly generator: string;
  readonly request: FullRequest;
  readonly spec: SynthSpec;
}

export class Staging {
  /** As the caller wrote it, for sentences. */
  readonly #shown: string;
  readonly #folder: string;
  readonly #hidden: string;

  constructor(folder: string) {
    this.#shown = folder;
    this.#folder = resolve(folder);
    this.#hidden = join(this.#folder, hiddenName);
  }

  /**
   * Takes the folder for part `part`. 'complete' where the whole corpus is there already and `resume` is set.
   * ERR_WRITE where the folder holds something else, or this part was begun and `resume` is not set; ERR_OPTION where
   * it holds another corpus than the one asked for.
   */
  async claim(identity: Identity, part: number, resume: boolean): Promise<'open' | 'complete'> {
    const names = await this.#names();
    if (names.includes(manifestName)) {
      if (!resume) throw this.#notEmpty(manifestName);
      refuseOther(this.#shown, await readManifest(this.#folder), identity);
      await this.clear();
      return 'complete';
    }
    const other = names.find((name) => name !== hiddenName);
    const begun = names.includes(hiddenName) ? await this.#readJson<Identity>('plan.json') : undefined;
    if (begun !== undefined) refuseOther(this.#shown, begun, identity);
    else if (other !== undefined) throw this.#notEmpty(other);
    for (const name of ['shards', 'work']) {
      const made = await this.#mkdir(join(this.#hidden, name));
      if (made === undefined) continue;
      // The names of all folders that were not there must be on the disk too.
      for (let at = this.#hidden; at.length >= dirname(made).length; at = dirname(at)) {
        await syncFolder(at);
        if (at === dirname(at)) break;
      }
    }
    if (begun === undefined) {
      await writeFileAtomic(join(this.#hidden, 'plan.json'), `${JSON.stringify(identity, null, 2)}\n`);
      await syncFolder(this.#hidden);
    }
    await this.#claimPart(part, resume);
    return 'open';
  }

  /** A new name for what is not finished. */
  temporary(name: string | number): string {
    return join(this.#hidden, 'work', `${name}-${randomUUID()}`);
  }

  /** Removes what dead runs left of the shards `from` .. `to` - 1. */
  async removeLeftovers(from: number, to: number): Promise<void> {
    for (const name of await readdir(join(this.#hidden, 'work'))) {
      const place = Number.parseInt(name, 10);
      if (place >= from && place < to) {
        await rm(join(this.#hidden, 'work', name), { recursive: true, force: true });
      }
    }
  }

  /** Moves a finished file or folder to `path` in the corpus, in place of what is there. On the disk when it returns. */
  async place(temporary: string, path: string): Promise<void> {
    const target = join(this.#folder, path);
    try {
      await this.#mkdir(dirname(target));
      await rename(temporary, target).catch(async (error) => {
        // Another task has finished the corpus and taken `temporary` away: what stands at `target` is its work.
        if (isAbsent(error)) throw error;
        // A folder is in the way: the shard of a run that was killed before its receipt.
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

  /** Removes what need not be finished. */
  async discard(temporary: string): Promise<void> {
    await rm(temporary, { recursive: true, force: true });
  }

  async writeReceipt(place: number, receipt: ShardReceipt): Promise<void> {
    await writeFileAtomic(join(this.#hidden, 'shards', `${place}.json`), JSON.stringify(receipt));
  }

  /** The places of the shards that have a receipt; undefined where another task has just finished the corpus. */
  async finished(): Promise<Set<number> | undefined> {
    try {
      const names = await readdir(join(this.#hidden, 'shards'));
      return new Set(names.filter((name) => name.endsWith('.json')).map((name) => Number.parseInt(name, 10)));
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  /** undefined where another task has just finished the corpus. */
  readReceipt(place: number): Promise<ShardReceipt | undefined> {
    return this.#readJson<ShardReceipt>(join('shards', `${place}.json`));
  }

  /** Whether the manifest is there. */
  async isComplete(): Promise<boolean> {
    return (await this.#names()).includes(manifestName);
  }

  /** Removes the hidden folder. */
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

  /** undefined where there is no such file. */
  async #readJson<T>(name: string): Promise<T | undefined> {
    const path = join(this.#hidden, name);
    try {
      return JSON.parse(await readFile(path, 'utf8'));
    } catch (error) {
      if (isAbsent(error)) return undefined;
      if (!(error instanceof SyntaxError)) throw error;
      const wayOn =
        name === 'plan.json'
          ? `delete ${this.#shown} and start again`
          : 'delete it and continue with `resume`';
      throw new PqrstError('ERR_CORPUS', `${path} is damaged; ${wayOn}`, { cause: error });
    }
  }

  async #claimPart(part: number, resume: boolean): Promise<void> {
    const path = join(this.#hidden, `part-${part}`);
    try {
      await (await open(path, resume ? 'a' : 'wx')).close();
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw writeError(path, cause);
      throw new PqrstError(
        'ERR_WRITE',
        `the output folder ${this.#shown} holds an unfinished corpus; add \`resume\` to finish it, or delete it first`,
      );
    }
  }

  async #mkdir(folder: string): Promise<string | undefined> {
    try {
      return await mkdir(folder, { recursive: true });
    } catch (cause) {
      throw writeError(folder, cause);
    }
  }

  #notEmpty(name: string): PqrstError {
    return new PqrstError(
      'ERR_WRITE',
      `the output folder ${this.#shown} is not empty (it holds ${name}); choose another or delete it first`,
    );
  }
}

/** The options in the order in which they are compared. */
const compared: readonly (keyof FullRequest)[] = [
  ...(['format', 'count', 'start', 'classes', 'seed', 'preset', 'fsHz', 'seconds'] as const),
  ...(['unit', 'type', 'noise', 'split', 'replicas', 'parts'] as const),
];

/**
 * Compares the corpus in `folder` with the requested one.
 *
 * @throws PqrstError ERR_OPTION: names the first option in which they differ.
 */
function refuseOther(folder: string, there: Identity, requested: Identity): void {
  const differs = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b);
  const refuse = (what: string, was: unknown, now: unknown) =>
    new PqrstError(
      'ERR_OPTION',
      `${folder} holds a corpus with ${what} ${show(was)}, but ${show(now)} is requested; ` +
        'give the same options, or choose another folder',
    );
  if (there.generator !== requested.generator) {
    throw refuse('the generator', there.generator, requested.generator);
  }
  for (const name of compared) {
    const [was, now] = [there.request[name], requested.request[name]];
    if (differs(was, now)) throw refuse(`\`${name}\``, was, now);
  }
  if (differs(there.spec, requested.spec)) throw refuse('`preset`', 'of other numbers', 'this one');
}

function show(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value);
  if (entries.some(([, one]) => typeof one === 'object')) return JSON.stringify(value);
  return entries.map(([name, number]) => `${name}:${number}`).join(',') || 'none';
}
