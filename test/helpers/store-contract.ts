// What every store does, whether it is a folder or a bucket.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { copyToFile, hashObject, putOnce, readObject } from '#lib/store/copy.js';
import type { ByteRange, Store } from '#lib/store/store.js';
import { errorOf, temporaryFolder } from './folder.js';

const abc = Buffer.from('abcdefghij');
const abcHash = '72399361da6a7754fec986dca5b7cbaf1c810a28ded4abaf56b2106d06cb78b0';

/** Returns the text of an object, or of a range of it. */
export async function textOf(store: Store, name: string, range?: ByteRange): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.get(name, range)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

async function namesOf(store: Store, prefix?: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, bytes } of store.list(prefix)) names.push(`${name} ${bytes}`);
  return names;
}

async function* streamOf(...pieces: string[]) {
  for (const piece of pieces) yield Buffer.from(piece);
}

/** Defines the tests of a store; `open` opens a new one, without objects. */
export function testStore(open: () => Promise<Store>): void {
  it('puts bytes, a stream and a file, and gets them back', async () => {
    const store = await open();
    const path = join(await temporaryFolder(), 'file');
    await writeFile(path, abc);
    expect(await store.put('bytes', abc)).toBe(true);
    expect(await store.put('a/stream', streamOf('abc', '', 'defghij'))).toBe(true);
    expect(await store.put('a/b/file', { path })).toBe(true);
    expect(await store.put('empty', new Uint8Array(0))).toBe(true);
    for (const name of ['bytes', 'a/stream', 'a/b/file'])
      expect(await textOf(store, name)).toBe('abcdefghij');
    expect(await textOf(store, 'empty')).toBe('');
    expect(await hashObject(store, 'bytes')).toEqual({ bytes: 10, sha256: abcHash });
    const copy = join(await temporaryFolder(), 'copy');
    expect(await copyToFile(store, 'a/b/file', copy)).toEqual({ bytes: 10, sha256: abcHash });
  });

  it('gets a range, and refuses one that the object does not have', async () => {
    const store = await open();
    await store.put('bytes', abc);
    expect(await textOf(store, 'bytes', { start: 2, count: 4 })).toBe('cdef');
    expect(await textOf(store, 'bytes', { start: 9, count: 1 })).toBe('j');
    expect(await textOf(store, 'bytes', { start: 3, count: 0 })).toBe('');
    expect(await errorOf(textOf(store, 'bytes', { start: 8, count: 3 }))).toMatch(
      /^ERR_RANGE: .*bytes holds 10 bytes, but bytes 8 to 10 are requested/,
    );
    expect(await errorOf(textOf(store, 'bytes', { start: 20, count: 1 }))).toMatch(/^ERR_RANGE: /);
  });

  it('replaces an object, or leaves it if it must be absent', async () => {
    const store = await open();
    expect(await store.put('x', Buffer.from('old'), { ifAbsent: true })).toBe(true);
    expect(await store.put('x', Buffer.from('new'), { ifAbsent: true })).toBe(false);
    expect(await textOf(store, 'x')).toBe('old');
    expect(await store.put('x', Buffer.from('new'))).toBe(true);
    expect(await textOf(store, 'x')).toBe('new');
  });

  it('stores one of several objects that are put at the same moment', async () => {
    const store = await open();
    const puts = Array.from({ length: 8 }, (_, at) => {
      return store.put('x', Buffer.from(`writer ${at}`), { ifAbsent: true });
    });
    expect((await Promise.all(puts)).filter(Boolean)).toHaveLength(1);
    expect(await textOf(store, 'x')).toMatch(/^writer \d$/);
  });

  it('puts an object once, and refuses other bytes under its name', async () => {
    const store = await open();
    await putOnce(store, 'x', abc, abcHash);
    await putOnce(store, 'x', abc, abcHash);
    const other = putOnce(
      store,
      'x',
      Buffer.from('other'),
      'd9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa',
    );
    expect(await errorOf(other)).toMatch(/^ERR_WRITE: .*\/x exists already with other bytes/);
    expect(await textOf(store, 'x')).toBe('abcdefghij');
  });

  it('states the facts about an object, and lists and removes objects', async () => {
    const store = await open();
    for (const name of ['b', 'a/1', 'a/2', 'ab']) await store.put(name, abc);
    expect(await store.head('a/1')).toMatchObject({ name: 'a/1', bytes: 10 });
    expect(await store.head('a')).toBeUndefined();
    expect(await store.head('b/deeper')).toBeUndefined();
    expect(await namesOf(store)).toEqual(['a/1 10', 'a/2 10', 'ab 10', 'b 10']);
    expect(await namesOf(store, 'a/')).toEqual(['a/1 10', 'a/2 10']);
    await store.remove('a/1');
    await store.remove('a/1');
    expect(await namesOf(store, 'a')).toEqual(['a/2 10', 'ab 10']);
  });

  it('reports a missing object and one that is too large', async () => {
    const store = await open();
    await store.put('bytes', abc);
    expect(await errorOf(textOf(store, 'missing'))).toMatch(/^ERR_NOT_FOUND: could not read .*missing/);
    const tooLarge = (bytes: number) => new RangeError(`${bytes} bytes`);
    await expect(readObject(store, 'bytes', 9, tooLarge)).rejects.toThrow('10 bytes');
  });

  it.each(['../x', 'a/../../x', '/etc/passwd', 'a//b', '', '.', 'a\\b', 'C:/x', 'a\n'])(
    'refuses the name %j, which is not inside',
    async (name) => {
      const store = await open();
      const calls = [store.put(name, abc), textOf(store, name), store.head(name), store.remove(name)];
      for (const call of calls) expect(await errorOf(call)).toMatch(/^ERR_PATH_OUTSIDE: /);
    },
  );
}
