import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore } from '#lib/store/store.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { testStore, textOf } from '../helpers/store-contract.js';

describe('a store in a folder', () => {
  testStore(async () => openStore(`file:${join(await temporaryFolder(), 'store')}`));

  it('opens the folder of a path and of both forms of a file address', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'x'), 'text');
    for (const address of [folder, `file:${folder}`, `file://${folder}`]) {
      expect(await textOf(await openStore(address), 'x')).toBe('text');
    }
    expect(await errorOf(openStore('file://elsewhere/folder'))).toMatch(/^ERR_OPTION: /);
  });

  it('leaves no temporary file after a failure, and lists none', async () => {
    const folder = await temporaryFolder();
    const store = await openStore(folder);
    const failing = (async function* () {
      yield Buffer.from('half');
      throw new Error('the source failed');
    })();
    await expect(store.put('x', failing)).rejects.toThrow('the source failed');
    expect(await readdir(folder)).toEqual([]);
    await writeFile(join(folder, 'x.01234567-89ab-cdef-0123-456789abcdef.tmp'), 'half');
    expect((await store.list().next()).done).toBe(true);
  });

  it('does not follow a link out of the folder', async () => {
    const folder = await temporaryFolder();
    const inner = join(folder, 'inner');
    await mkdir(inner);
    await writeFile(join(folder, 'secret'), 'secret');
    await symlink('../secret', join(inner, 'link'));
    expect(await errorOf(textOf(await openStore(inner), 'link'))).toMatch(/^ERR_PATH_OUTSIDE: /);
  });

  it('stops when its signal is aborted', async () => {
    const controller = new AbortController();
    const store = await openStore(await temporaryFolder(), { signal: controller.signal });
    controller.abort(new Error('stop'));
    await expect(store.put('x', Buffer.from('x'))).rejects.toThrow('stop');
  });
});
