// The staging area of a corpus that is being written into a bucket. PREFIX/.pqrst contains
//   plan.json        the request; another request is refused
//   part-3           the claim of the task that writes part 3
//   shards/12.json   one receipt per shard whose objects are all there
// and is removed when the manifest exists. Unfinished files are in a temporary folder of this machine. A shard is put
// when it is whole, its list of files last, then its receipt. Every object is put only if it is absent, so tasks that
// make the same shard leave one object with the same bytes. All names follow from the request: resuming and finishing
// ask for them one by one, and never list the bucket.

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { fileLimits } from '../base/open-file.js';
import { parseJson } from '../base/parse-json.js';
import { jsonText } from '../base/text.js';
import { eachOf } from '../store/budget.js';
import { putOnce, readObject } from '../store/copy.js';
import { makeScratch, type Scratch } from '../store/scratch.js';
import { openStore, type Store } from '../store/store.js';
import type { CorpusFile } from './format.js';
import { type CorpusStaging, type Identity, refuseOther } from './identity.js';
import { findManifest, listName, readStoredManifest, type ShardReceipt } from './manifest.js';
import { hiddenName, notEmpty, type ShardName, type StagingSize, unfinished } from './staging.js';

const atOnce = 16;

/** The staging area of a corpus in a bucket. */
export class StoreStaging implements CorpusStaging {
  readonly #store: Store;
  readonly #scratch: Scratch;
  readonly #size: StagingSize;

  private constructor(store: Store, scratch: Scratch, size: StagingSize) {
    this.#store = store;
    this.#scratch = scratch;
    this.#size = size;
  }

  /** Opens the staging area of the corpus at `address`; the bucket is not contacted. */
  static async open(
    address: string,
    size: StagingSize,
    signal: AbortSignal | undefined,
  ): Promise<StoreStaging> {
    return StoreStaging.of(await openStore(address, { signal }), size);
  }

  /** Makes the staging area of the corpus in a store. */
  static async of(store: Store, size: StagingSize): Promise<StoreStaging> {
    const scratch = await makeScratch();
    await mkdir(join(scratch.folder, 'work'));
    return new StoreStaging(store, scratch, size);
  }

  async claim(identity: Identity, part: number, resume: boolean): Promise<'open' | 'complete'> {
    const { address } = this.#store;
    const manifest = await findManifest(this.#store);
    if (manifest !== undefined) {
      if (!resume) throw notEmpty(address, manifest);
      refuseOther(address, await readStoredManifest(this.#store), identity);
      await this.clear();
      return 'complete';
    }
    const plan = hidden('plan.json');
    let started = await this.#readJson<Identity>(plan);
    if (started === undefined) {
      const { value: other } = await this.#store.list().next();
      if (other && !other.name.startsWith(`${hiddenName}/`)) {
        // Another task may have finished the corpus, and removed its plan, since the manifest was looked for.
        if (await this.isComplete()) return this.claim(identity, part, resume);
        throw notEmpty(address, other.name);
      }
      await this.#store.put(plan, Buffer.from(jsonText(identity)), { ifAbsent: true });
      started = await this.#readJson<Identity>(plan);
    }
    if (started !== undefined) refuseOther(address, started, identity);
    const isNew = await this.#store.put(hidden(`part-${part}`), new Uint8Array(0), { ifAbsent: true });
    if (!isNew && !resume) throw unfinished(address, 'an unfinished corpus');
    return 'open';
  }

  temporary(name: string | number): string {
    return join(this.#scratch.folder, 'work', `${name}-${randomUUID()}`);
  }

  /** Always: every object is put only if it is absent, so work that comes late does no harm. */
  isOpen(): Promise<boolean> {
    return Promise.resolve(true);
  }

  /** Does nothing: the folders of killed processes were removed when this one made its own. */
  removeLeftovers(): Promise<void> {
    return Promise.resolve();
  }

  async place(temporary: string, path: string, files: readonly CorpusFile[]): Promise<void> {
    const put = async ({ path: name, sha256 }: CorpusFile) => {
      const [file, object] = name === '' ? [temporary, path] : [join(temporary, name), `${path}/${name}`];
      await putOnce(this.#store, object, { path: file }, sha256);
    };
    await eachOf(files.slice(0, -1), atOnce, put);
    await put(files.at(-1)!);
    await this.discard(temporary);
  }

  async discard(temporary: string): Promise<void> {
    await rm(temporary, { recursive: true, force: true });
  }

  async writeReceipt(place: number, receipt: ShardReceipt): Promise<void> {
    const bytes = Buffer.from(JSON.stringify(receipt));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await putOnce(this.#store, receiptName(place), bytes, sha256);
  }

  async written(shards: readonly ShardName[]): Promise<Set<number>> {
    const written = new Set<number>();
    await eachOf(shards, atOnce, async ({ place, path }) => {
      const receipt = await this.#readJson<ShardReceipt>(receiptName(place));
      if (receipt === undefined) return;
      const last = receipt.files === 1 ? path : `${path}/${listName}`;
      if ((await this.#store.head(last)) !== undefined) written.add(place);
    });
    return written;
  }

  async receipts(): Promise<ShardReceipt[] | undefined> {
    const { shards, parts } = this.#size;
    // Each part is written in order: while one works, its last shard is missing.
    for (let part = 1; part <= parts; part++) {
      const last = Math.floor((part * shards) / parts) - 1;
      if ((await this.#store.head(receiptName(last))) === undefined) return undefined;
    }
    const receipts = new Array<ShardReceipt | undefined>(shards).fill(undefined);
    await eachOf(receipts.keys(), atOnce, async (place) => {
      receipts[place] = await this.#readJson<ShardReceipt>(receiptName(place));
    });
    const found = receipts.filter((receipt) => receipt !== undefined);
    return found.length < shards ? undefined : found;
  }

  async isComplete(): Promise<boolean> {
    return (await findManifest(this.#store)) !== undefined;
  }

  async clear(): Promise<void> {
    const { shards, parts } = this.#size;
    await eachOf(numbered(shards, receiptName), atOnce, (name) => this.#store.remove(name));
    await eachOf(
      numbered(parts, (at) => hidden(`part-${at + 1}`)),
      atOnce,
      (name) => this.#store.remove(name),
    );
    await this.#store.remove(hidden('plan.json'));
  }

  async close(): Promise<void> {
    this.#store.close();
    await this.#scratch.remove();
  }

  /** Returns the content of a JSON object; undefined if it does not exist. */
  async #readJson<T>(name: string): Promise<T | undefined> {
    const fail = (problem: string, cause?: unknown) =>
      new PqrstError(
        'ERR_CORPUS',
        `${this.#store.address}/${name} ${problem}; delete it and continue with \`resume\``,
        { cause },
      );
    try {
      const bytes = await readObject(this.#store, name, fileLimits.json, (size) =>
        fail(`holds ${size} bytes`),
      );
      return parseJson(bytes.toString('utf8')) as T;
    } catch (error) {
      if (error instanceof PqrstError && error.code === 'ERR_NOT_FOUND') return undefined;
      throw error instanceof SyntaxError ? fail('is damaged', error) : error;
    }
  }
}

function hidden(name: string): string {
  return `${hiddenName}/${name}`;
}

function receiptName(place: number): string {
  return hidden(`shards/${place}.json`);
}

function* numbered(count: number, nameOf: (at: number) => string): Generator<string> {
  for (let at = 0; at < count; at++) yield nameOf(at);
}
