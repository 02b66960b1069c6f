// The error codes of the system in words.

import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PqrstError } from '#lib/base/errors.js';
import { writeFileAtomic } from '#lib/base/files.js';
import { openFile } from '#lib/base/open-file.js';
import { systemReason } from '#lib/base/system-reason.js';
import { readInput } from '#lib/codecs/input.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';

const failure = (code: string) => Object.assign(new Error(`${code}: in the words of the system`), { code });

it.each([
  [
    'EACCES',
    'permission denied; make it readable',
    'permission denied; choose a folder that you may write to',
  ],
  [
    'EROFS',
    'the file system is read-only; copy the files to another folder',
    'the file system is read-only; choose another folder',
  ],
  ['ENOSPC', 'the disk is full; free some space and run the command again', undefined],
  ['EMFILE', 'this process has too many open files; raise the limit (ulimit -n)', undefined],
  [
    'ENAMETOOLONG',
    'the name is too long for the file system; check the path',
    'the name is too long for the file system; choose a shorter name',
  ],
  [
    'ENOTDIR',
    'it or a part of its path is a file, not a folder; check the path',
    'it or a part of its path is a file, not a folder; choose another folder',
  ],
  [
    'ELOOP',
    'its links form a circle; replace the link by a file',
    'its links form a circle; choose another folder',
  ],
])('%s', (code, reading, writing = reading) => {
  expect(systemReason(failure(code))).toBe(reading);
  expect(systemReason(failure(code), 'writing')).toBe(writing);
});

it('passes on other messages, cut to a readable length', () => {
  expect(systemReason(new Error('no such tensor'))).toBe('no such tensor');
  expect(systemReason(new Error('x '.repeat(5000))).length).toBeLessThanOrEqual(200);
  expect(systemReason(new PqrstError('ERR_CSV', 'table a is empty; fill it'))).toBe(
    'table a is empty; fill it',
  );
});

describe('the system itself', () => {
  const reasonOf = (work: Promise<unknown>) =>
    work.then(
      () => 'no error',
      (error) => systemReason(error),
    );

  it('reports a circle of links, a long name and a file in place of a folder', async () => {
    const folder = await temporaryFolder();
    await symlink('b', join(folder, 'a'));
    await symlink('a', join(folder, 'b'));
    await writeFile(join(folder, 'file'), '');
    await mkdir(join(folder, 'folder'));
    expect(await reasonOf(openFile(join(folder, 'a')))).toMatch(/^its links form a circle/);
    expect(await reasonOf(openFile(join(folder, 'n'.repeat(300))))).toMatch(/^the name is too long/);
    expect(await reasonOf(openFile(join(folder, 'file', 'x')))).toMatch(
      /^it or a part of its path is a file/,
    );
    expect(await errorOf(writeFileAtomic(join(folder, 'n'.repeat(300)), ''))).toMatch(
      /the name is too long.*choose a shorter name$/,
    );
    const limit = () => new PqrstError('ERR_CSV', 'too large');
    expect(await errorOf(readInput(join(folder, 'n'.repeat(300)), 'the table', 1, limit))).toMatch(
      /^ERR_NOT_FOUND: .*too long.*check the path$/,
    );
  });
});
