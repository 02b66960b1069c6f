// A queue in a folder, without a server. Processes of one machine, or of several with one file system, share it.
//   queue.json           says that the folder is a queue
//   parts/NAME.json      the parts
//   claims/NAME.1        one file per claim of a part, numbered from 1; the last one tells the state of the part
//   done/NAME.json       the results; a part with this file is done
// A claim is a file that only one process can create (O_EXCL). It states its owner, or how it ended. A worker writes a
// heartbeat into its claim; a claim that has not changed for the time of a lease is void, and the next worker creates the
// claim with the next number. So nothing is ever deleted, and of several workers that see a void claim exactly one gets
// the next. The age of a claim is measured by the clock of the observer, because the clocks of machines differ.

import { randomUUID } from 'node:crypto';
import { type FileHandle, readdir, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { isAbsent, makeFolder, syncFolder, writeError, writeFileAtomic } from '../base/files.js';
import { fileLimits, openFile, readText } from '../base/open-file.js';
import { parseJson } from '../base/parse-json.js';
import { systemReason } from '../base/system-reason.js';
import { jsonText } from '../base/text.js';
import { afterOf, type Part, partNamePattern } from './part.js';
import {
  type Claim,
  type JobStore,
  mostNotes,
  type PartNote,
  type PartProgress,
  type PartStatus,
  type PutParts,
  type QueueStatus,
  queueLimits,
  rateParts,
} from './store.js';

const queueFile = 'queue.json';
const queueKind = 'pqrst-queue-1';

const claimSchema = z.object({
  /** `again` ends the count of failures: somebody submitted the failed part again. */
  state: z.enum(['held', 'released', 'failed', 'again']),
  owner: z.string(),
  beat: z.int().default(0),
  message: z.string().default(''),
  isFinal: z.boolean().default(false),
  atMs: z.number().default(0),
});
type ClaimFile = z.output<typeof claimSchema>;

/** The last claims of a part, as the files state them. */
interface PartState {
  readonly number: number;
  readonly last: ClaimFile | undefined;
  /** Number of failures since the part was submitted. */
  readonly failures: number;
  /** Number of claims without an end since the part was submitted. */
  readonly ended: number;
}

type Availability = 'free' | 'held' | 'delayed' | 'failed';

/** A queue in a folder. */
export class FolderStore implements JobStore {
  readonly name: string;
  readonly #folder: string;
  /** The owner that this process states in its claims. */
  readonly #owner = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  /** What was last seen of a held claim, and since when by this process's clock. */
  readonly #seen = new Map<string, { readonly text: string; readonly sinceMs: number }>();
  /** Ended claims never change. */
  readonly #ended = new Map<string, ClaimFile>();
  /** Parts never change either. */
  readonly #parts = new Map<string, unknown>();

  private constructor(folder: string) {
    this.name = folder;
    this.#folder = folder;
  }

  /**
   * Opens the queue in `folder`; creates it if `create` is set and the folder is new or empty.
   *
   * @throws PqrstError ERR_QUEUE: when the folder is not a queue.
   */
  static async open(folder: string, { create }: { readonly create: boolean }): Promise<FolderStore> {
    let names: string[];
    try {
      names = await readdir(folder);
    } catch (error) {
      if (!isAbsent(error)) throw queueError(folder, error);
      names = [];
    }
    if (!names.includes(queueFile)) {
      const other = names.find((name) => !name.endsWith('.tmp'));
      if (!create || other !== undefined) {
        const found = other === undefined ? 'the folder does not exist, or is empty' : `it contains ${other}`;
        throw new PqrstError(
          'ERR_QUEUE',
          `the folder ${folder} is not a queue of pqrst (${found}); name a new folder for pqrst submit, or the folder of an existing queue`,
        );
      }
      for (const name of ['parts', 'claims', 'done']) await makeFolder(join(folder, name));
      await writeFileAtomic(join(folder, queueFile), jsonText({ kind: queueKind }));
      await syncFolder(folder);
    }
    const text = await readText(join(folder, queueFile), fileLimits.json);
    if (text !== jsonText({ kind: queueKind })) {
      throw new PqrstError(
        'ERR_QUEUE',
        `${join(folder, queueFile)} is of another kind of queue than ${queueKind}; use the version of pqrst that made it`,
      );
    }
    return new FolderStore(folder);
  }

  async put(parts: readonly Part[]): Promise<PutParts> {
    const [known, done] = [await this.#names('parts'), await this.#names('done')];
    const claims = await this.#claimNumbers();
    let [added, again] = [0, 0];
    for (const part of parts) {
      if (!known.has(part.name)) {
        await writeFileAtomic(join(this.#folder, 'parts', `${part.name}.json`), JSON.stringify(part));
        added++;
      } else if (!done.has(part.name)) {
        const state = await this.#state(part.name, claims.get(part.name) ?? 0);
        if (this.#availability(part.name, state) !== 'failed') continue;
        const entry: ClaimFile = { ...this.#entry('again'), atMs: Date.now() };
        if (await this.#create(part.name, state.number + 1, entry)) again++;
      }
    }
    await syncFolder(join(this.#folder, 'parts'));
    return { added, again, known: parts.length - added - again };
  }

  async claim(): Promise<Claim | undefined> {
    const [names, done] = [await this.#names('parts'), await this.#names('done')];
    const claims = await this.#claimNumbers();
    for (const name of [...names].sort()) {
      if (done.has(name)) continue;
      const state = await this.#state(name, claims.get(name) ?? 0);
      if (this.#availability(name, state) !== 'free') continue;
      const job = await this.#readPart(name);
      if (!afterOf(job).every((one) => done.has(one))) continue;
      const number = state.number + 1;
      if (!(await this.#create(name, number, this.#entry('held')))) continue;
      // Its owner may have finished the part since the names were read.
      if ((await this.#names('done')).has(name)) continue;
      return new FolderClaim({
        ...{ name, job, number, attempt: state.failures + 1, owner: this.#owner },
        folder: this.#folder,
      });
    }
    return undefined;
  }

  async status(): Promise<QueueStatus> {
    const [names, done] = [await this.#names('parts'), await this.#names('done')];
    const claims = await this.#claimNumbers();
    const counts = { free: 0, held: 0, delayed: 0, failed: 0, blocked: 0 };
    const [failures, notes]: [PartNote[], PartNote[]] = [[], []];
    for (const name of [...names].sort()) {
      if (done.has(name)) continue;
      const state = await this.#state(name, claims.get(name) ?? 0);
      const found = this.#availability(name, state);
      const isBlocked =
        found === 'free' && !afterOf(await this.#readPart(name)).every((one) => done.has(one));
      counts[isBlocked ? 'blocked' : found]++;
      const message = found === 'failed' ? this.#failure(state) : (state.last?.message ?? '');
      const list = found === 'failed' ? failures : notes;
      if (message !== '' && list.length < mostNotes) list.push({ name, message, attempts: state.failures });
    }
    const doneNames = [...done].filter((name) => names.has(name));
    const times = await Promise.all(
      doneNames.map(async (name) => (await stat(join(this.#folder, 'done', `${name}.json`))).mtimeMs),
    );
    return {
      ...{ waiting: counts.free, delayed: counts.delayed, blocked: counts.blocked, active: counts.held },
      ...{ done: doneNames.length, failed: counts.failed, failures, notes },
      doneAtMs: times.sort((a, b) => a - b).slice(-rateParts),
    };
  }

  async statusOf(names: readonly string[]): Promise<PartStatus[]> {
    const [known, done] = [await this.#names('parts'), await this.#names('done')];
    const claims = await this.#claimNumbers();
    const list: PartStatus[] = [];
    for (const name of names) {
      if (!known.has(name)) list.push({ name, state: 'unknown' });
      else if (done.has(name)) list.push({ name, state: 'done' });
      else {
        const state = await this.#state(name, claims.get(name) ?? 0);
        const found = this.#availability(name, state);
        if (found === 'failed') list.push({ name, state: 'failed', message: this.#failure(state) });
        else list.push({ name, state: found === 'held' ? 'running' : 'waiting' });
      }
    }
    return list;
  }

  async close(): Promise<void> {
    // Nothing is open.
  }

  #entry(state: ClaimFile['state']): ClaimFile {
    return { state, owner: this.#owner, beat: 0, message: '', isFinal: false, atMs: 0 };
  }

  /** Returns the names of the JSON files of a folder of the queue; files of other names are ignored. */
  async #names(folder: 'parts' | 'done'): Promise<Set<string>> {
    const files = await this.#list(folder);
    const names = files.flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []));
    return new Set(names.filter((name) => partNamePattern.test(name)));
  }

  /** Returns the number of the last claim of each part. */
  async #claimNumbers(): Promise<Map<string, number>> {
    const last = new Map<string, number>();
    for (const file of await this.#list('claims')) {
      const [, name, digits] = /^([a-z0-9-]+)\.(\d+)$/.exec(file) ?? [];
      if (name !== undefined) last.set(name, Math.max(last.get(name) ?? 0, Number(digits)));
    }
    return last;
  }

  async #list(folder: string): Promise<string[]> {
    try {
      return await readdir(join(this.#folder, folder));
    } catch (error) {
      throw queueError(this.#folder, error);
    }
  }

  async #readPart(name: string): Promise<unknown> {
    if (!this.#parts.has(name)) this.#parts.set(name, await this.#parsePart(name));
    return this.#parts.get(name);
  }

  async #parsePart(name: string): Promise<unknown> {
    const path = join(this.#folder, 'parts', `${name}.json`);
    const text = await readText(path, fileLimits.json).catch((error: unknown) => {
      throw queueError(path, error);
    });
    try {
      return parseJson(text);
    } catch {
      // The worker's check refuses what is not a part, with a message that `pqrst status` shows.
      return text;
    }
  }

  async #state(name: string, number: number): Promise<PartState> {
    let [failures, ended] = [0, 0];
    let last: ClaimFile | undefined;
    for (let at = number; at >= 1; at--) {
      const claim = await this.#readClaim(name, at);
      last ??= claim;
      if (claim.state === 'again') break;
      if (claim.state === 'failed') failures++;
      if (claim.state === 'held' && at < number) ended++;
    }
    return { number, last, failures, ended };
  }

  async #readClaim(name: string, number: number): Promise<ClaimFile> {
    const file = `${name}.${number}`;
    const known = this.#ended.get(file);
    if (known !== undefined) return known;
    const text = await readText(join(this.#folder, 'claims', file), fileLimits.json);
    const claim = parseClaim(text);
    if (claim.state !== 'held') this.#ended.set(file, claim);
    else if (this.#seen.get(file)?.text !== text) this.#seen.set(file, { text, sinceMs: performance.now() });
    return claim;
  }

  #availability(name: string, { number, last, failures, ended }: PartState): Availability {
    if (last === undefined || last.state === 'again') return 'free';
    if (last.state === 'held') {
      const seen = this.#seen.get(`${name}.${number}`);
      const isVoid = seen !== undefined && performance.now() - seen.sinceMs > queueLimits.leaseMs;
      if (!isVoid) return 'held';
      return ended + 1 > queueLimits.mostStalls ? 'failed' : 'free';
    }
    if (last.state === 'released') return 'free';
    if (last.isFinal || failures >= queueLimits.mostAttempts) return 'failed';
    const waitMs = queueLimits.backoffMs * 2 ** (failures - 1);
    return Date.now() - last.atMs < waitMs ? 'delayed' : 'free';
  }

  #failure({ last, ended }: PartState): string {
    return last?.state === 'held'
      ? `${ended + 1} workers ended while they ran this part; look for the reason on ${last.owner}`
      : (last?.message ?? '');
  }

  /** Creates a claim; returns false if another process has created it. */
  async #create(name: string, number: number, claim: ClaimFile): Promise<boolean> {
    const path = join(this.#folder, 'claims', `${name}.${number}`);
    try {
      await writeFile(path, JSON.stringify(claim), { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw writeError(path, error);
    }
  }
}

interface ClaimOptions {
  readonly folder: string;
  readonly name: string;
  readonly job: unknown;
  readonly number: number;
  readonly attempt: number;
  readonly owner: string;
}

class FolderClaim implements Claim {
  readonly name: string;
  readonly job: unknown;
  readonly attempt: number;
  readonly #folder: string;
  readonly #path: string;
  readonly #next: string;
  readonly #owner: string;
  #beat = 0;

  constructor({ folder, name, job, number, attempt, owner }: ClaimOptions) {
    this.name = name;
    this.job = job;
    this.attempt = attempt;
    this.#folder = folder;
    this.#path = join(folder, 'claims', `${name}.${number}`);
    this.#next = join(folder, 'claims', `${name}.${number + 1}`);
    this.#owner = owner;
  }

  async heartbeat(_progress: PartProgress | undefined): Promise<boolean> {
    if (await this.#isLost()) return false;
    await this.#write({ state: 'held', beat: ++this.#beat });
    return true;
  }

  async done(result: Readonly<Record<string, unknown>>): Promise<boolean> {
    // The part is done even if another worker runs it again: its results have their names.
    await writeFileAtomic(join(this.#folder, 'done', `${this.name}.json`), jsonText(result));
    return true;
  }

  async fail(message: string, isFinal: boolean): Promise<boolean> {
    if (await this.#isLost()) return false;
    await this.#write({ state: 'failed', message, isFinal, atMs: Date.now() });
    return true;
  }

  async release(note: string): Promise<void> {
    if (await this.#isLost()) return;
    await this.#write({ state: 'released', message: note, atMs: Date.now() });
  }

  async #isLost(): Promise<boolean> {
    try {
      await stat(this.#next);
      return true;
    } catch (error) {
      if (isAbsent(error)) return false;
      throw queueError(this.#next, error);
    }
  }

  /** Writes over the file in place: a reader that sees half of it takes the claim as held. */
  async #write(change: Partial<ClaimFile>): Promise<void> {
    const text = JSON.stringify({ owner: this.#owner, ...change });
    let file: FileHandle | undefined;
    try {
      ({ file } = await openFile(this.#path, 'r+'));
      await file.truncate(0);
      await file.write(text, 0);
    } catch (error) {
      throw writeError(this.#path, error);
    } finally {
      await file?.close();
    }
  }
}

/** Returns the content of a claim. One that is being written, or damaged, is held until its lease is over. */
function parseClaim(text: string): ClaimFile {
  const held: ClaimFile = { state: 'held', owner: '', beat: 0, message: '', isFinal: false, atMs: 0 };
  try {
    const parsed = claimSchema.safeParse(parseJson(text));
    return parsed.success ? parsed.data : held;
  } catch (error) {
    if (error instanceof SyntaxError) return held;
    throw error;
  }
}

function queueError(path: string, cause: unknown): PqrstError {
  return new PqrstError('ERR_QUEUE', `the queue ${path} cannot be read: ${systemReason(cause)}`, { cause });
}
