// Folders are created one by one, so that no file system makes it endless.

import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeFolder } from '#lib/base/files.js';
import { errorOf, folderOf, temporaryFolder } from '../helpers/folder.js';

it('creates a folder with its parents and returns the topmost new one', async () => {
  const root = await temporaryFolder();
  expect(await makeFolder(join(root, 'a', 'b', 'c'))).toBe(join(root, 'a'));
  expect((await stat(join(root, 'a', 'b', 'c'))).isDirectory()).toBe(true);
  expect(await makeFolder(join(root, 'a', 'd'))).toBe(join(root, 'a', 'd'));
  expect(await makeFolder(join(root, 'a'))).toBeUndefined();
});

it('lets several callers create the same folders', async () => {
  const root = await temporaryFolder();
  await Promise.all(Array.from({ length: 8 }, () => makeFolder(join(root, 'a', 'b', 'c'))));
  expect(await readdir(join(root, 'a', 'b'))).toEqual(['c']);
});

it('reports a file in the way', async () => {
  const root = await folderOf({ file: '' });
  await mkdir(join(root, 'empty'));
  expect(await errorOf(makeFolder(join(root, 'file', 'a', 'b')))).toMatch(
    /ERR_WRITE: .*is a file, not a folder/,
  );
  expect(await errorOf(makeFolder(join(root, 'file')))).toMatch(
    /^ERR_WRITE: .*it exists already; choose another name/,
  );
});

it.skipIf(process.platform !== 'linux')('reports a file system that creates no folders', async () => {
  expect(await errorOf(makeFolder('/proc/pqrst/a/b'))).toMatch(
    /^ERR_WRITE: could not create the folder \/proc\/pqrst\/a\/b: the file system refuses .*\/proc\/pqrst \(ENOENT\)/,
  );
});
