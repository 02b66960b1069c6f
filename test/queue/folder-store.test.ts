// A queue in a folder: claims, failures, dependencies and foreign files.

import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { packageVersion } from '#lib/base/version.js';
import { FolderStore } from '#lib/queue/folder-store.js';
import { type Part, parsePart, partNames } from '#lib/queue/part.js';
import { type Claim, queueLimits } from '#lib/queue/store.js';
import { temporaryFolder } from '../helpers/folder.js';

function partsOf(number: number, after: readonly (readonly string[])[] = []): Part[] {
  const names = partNames('synth', 'a request', number);
  return names.map((name, at) => ({
    ...{ kind: 'synth' as const, pqrst: packageVersion(), name, part: at + 1, parts: number },
    ...{ after: [...(after[at] ?? [])], out: '/data/corpus', request: { format: 'npy', count: 10 } },
  }));
}

async function newQueue(parts: readonly Part[]): Promise<{ path: string; store: FolderStore }> {
  const path = join(await temporaryFolder(), 'queue');
  const store = await FolderStore.open(path, { create: true });
  await store.put(parts);
  return { path, store };
}

const again = (path: string) => FolderStore.open(path, { create: false });

async function claimOf(store: FolderStore): Promise<Claim> {
  const claim = await store.claim();
  if (claim === undefined) throw new Error('no part can be claimed');
  return claim;
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a queue in a folder', () => {
  it('gives each part to one of many claimants', async () => {
    const { path, store } = await newQueue(partsOf(5));
    const others = await Promise.all([again(path), again(path), again(path)]);
    const stores = [store, ...others];
    const claims = await Promise.all([...stores, ...stores].map((one) => one.claim()));
    const names = claims.flatMap((claim) => claim?.name ?? []);
    expect(new Set(names).size).toBe(names.length);
    let rest = await store.claim();
    while (rest !== undefined) {
      names.push(rest.name);
      rest = await store.claim();
    }
    expect(names.sort()).toEqual(partsOf(5).map(({ name }) => name));
  });

  it('adds a part once', async () => {
    const { path, store } = await newQueue(partsOf(3));
    expect(await store.put(partsOf(3))).toEqual({ added: 0, known: 3, again: 0 });
    await (await claimOf(store)).done({});
    expect(await (await again(path)).put(partsOf(3))).toEqual({ added: 0, known: 3, again: 0 });
    expect(await store.status()).toMatchObject({ waiting: 2, active: 0, done: 1, failed: 0 });
  });

  it('gives a part whose worker sends no heartbeat to the next one, and tells the first one', async () => {
    const { path, store } = await newQueue(partsOf(1));
    const first = await claimOf(store);
    const other = await again(path);
    vi.useFakeTimers({ toFake: ['performance'] });
    expect(await other.claim()).toBeUndefined();
    vi.advanceTimersByTime(queueLimits.leaseMs - 100);
    expect(await first.heartbeat(undefined)).toBe(true);
    expect(await other.claim()).toBeUndefined();
    vi.advanceTimersByTime(queueLimits.leaseMs + 100);
    const second = await claimOf(other);
    expect(second.name).toBe(first.name);
    expect(await first.heartbeat(undefined)).toBe(false);
    expect(await first.fail('too late', false)).toBe(false);
    expect(await second.heartbeat(undefined)).toBe(true);
    expect(await other.status()).toMatchObject({ active: 1, failed: 0 });
    // What the first worker wrote has the names and the bytes of the second one's results.
    expect(await first.done({ records: 10 })).toBe(true);
    expect(await second.done({ records: 10 })).toBe(true);
    expect(await store.status()).toMatchObject({ active: 0, done: 1 });
  });

  it('offers a part that failed again, later each time, and ends after the last attempt', async () => {
    const { store } = await newQueue(partsOf(1));
    vi.useFakeTimers({ toFake: ['Date'] });
    for (let attempt = 1; attempt <= queueLimits.mostAttempts; attempt++) {
      const claim = await claimOf(store);
      expect(claim.attempt).toBe(attempt);
      await claim.fail(`reason ${attempt}`, false);
      if (attempt === queueLimits.mostAttempts) break;
      expect(await store.status()).toMatchObject({ delayed: 1, waiting: 0 });
      expect(await store.claim()).toBeUndefined();
      vi.advanceTimersByTime(queueLimits.backoffMs * 2 ** (attempt - 1));
    }
    vi.advanceTimersByTime(3_600_000);
    expect(await store.claim()).toBeUndefined();
    const { failed, failures } = await store.status();
    expect(failed).toBe(1);
    expect(failures).toEqual([{ name: partsOf(1)[0]!.name, message: 'reason 3', attempts: 3 }]);
    expect(await store.put(partsOf(1))).toEqual({ added: 0, known: 0, again: 1 });
    expect((await claimOf(store)).attempt).toBe(1);
  });

  it('does not repeat a final failure, and does not count a part that was given back', async () => {
    const { store } = await newQueue(partsOf(1));
    await (await claimOf(store)).release('the disk is full');
    expect((await store.status()).notes).toEqual([
      { name: partsOf(1)[0]!.name, message: 'the disk is full', attempts: 0 },
    ]);
    const claim = await claimOf(store);
    expect(claim.attempt).toBe(1);
    await claim.fail('wrong option', true);
    expect(await store.status()).toMatchObject({ failed: 1, delayed: 0 });
  });

  it('holds a part back until the parts before it are done', async () => {
    const names = partNames('synth', 'a request', 3);
    const { store } = await newQueue(partsOf(3, [[names[2]!], [names[0]!, names[2]!]]));
    expect(await store.status()).toMatchObject({ waiting: 1, blocked: 2 });
    for (const expected of [names[2], names[0], names[1]]) {
      const claim = await claimOf(store);
      expect(claim.name).toBe(expected);
      expect(await store.claim()).toBeUndefined();
      await claim.done({});
    }
    expect(await store.status()).toMatchObject({ waiting: 0, blocked: 0, done: 3 });
  });

  it('tells the states of parts by their names', async () => {
    const names = partNames('synth', 'a request', 5);
    const { path, store } = await newQueue(partsOf(5, [[], [], [], [], [names[3]!]]));
    await (await claimOf(store)).done({});
    await (await claimOf(store)).fail('wrong option', true);
    await (await claimOf(store)).fail('no memory', false);
    await claimOf(store);
    const asked = [...names, 'synth-0-1'].reverse();
    expect(await (await again(path)).statusOf(asked)).toEqual([
      { name: 'synth-0-1', state: 'unknown' },
      { name: names[4], state: 'waiting' },
      { name: names[3], state: 'running' },
      { name: names[2], state: 'waiting' },
      { name: names[1], state: 'failed', message: 'wrong option' },
      { name: names[0], state: 'done' },
    ]);
  });

  it('refuses a folder that is not a queue', async () => {
    const path = join(await temporaryFolder(), 'other');
    await expect(FolderStore.open(path, { create: false })).rejects.toThrow(/is not a queue/);
    await mkdir(path);
    await writeFile(join(path, 'letter.txt'), 'x');
    await expect(FolderStore.open(path, { create: true })).rejects.toThrow(/contains letter\.txt/);
    expect(await readdir(path)).toEqual(['letter.txt']);
  });

  it('passes on a file that is not a part, whose check gives a sentence', async () => {
    const { path, store } = await newQueue([]);
    await writeFile(join(path, 'parts', 'evil-1.json'), '{"kind": "synth", "out": "/etc"');
    await writeFile(join(path, 'claims', 'evil-2.1'), '{');
    const claim = await claimOf(store);
    expect(() => parsePart(claim.job)).toThrow(/not a part of pqrst/);
    await claim.fail('not a part', true);
    expect(await store.status()).toMatchObject({ failed: 1 });
  });
});
