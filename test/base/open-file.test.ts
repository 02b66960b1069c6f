// Only regular files are opened, at once and within a limit. A pipe, a device or a socket gives a message, and no call
// waits for its other end.

import { spawnSync } from 'node:child_process';
import { appendFile, mkdir, open, readFile, symlink, truncate } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hashFile } from '#lib/base/files.js';
import {
  openFile,
  openFileSync,
  openFolder,
  readAt,
  readBeginningSync,
  readBytes,
  readText,
} from '#lib/base/open-file.js';
import { RefusedFile } from '#lib/base/system-reason.js';
import { folderOf, temporaryFolder } from '../helpers/folder.js';

async function refusal(work: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof work === 'function' ? work() : work);
    return 'read';
  } catch (error) {
    return (error as Error).message;
  }
}

describe.runIf(process.platform === 'linux')('something else than a regular file', () => {
  it.each([
    ['a folder', async (path: string) => void (await mkdir(path))],
    ['a pipe', async (path: string) => void spawnSync('mkfifo', [path])],
    ['a device', (path: string) => symlink('/dev/zero', path)],
  ])('is refused: %s', async (kind, make) => {
    const path = join(await temporaryFolder(), 'x');
    await make(path);
    const message = `it is ${kind}; name a file`;
    expect(await refusal(readBytes(path, 100))).toBe(message);
    expect(await refusal(readText(path, 100))).toBe(message);
    expect(await refusal(openFile(path))).toBe(message);
    expect(await refusal(hashFile(path))).toBe(message);
    expect(await refusal(() => openFileSync(path))).toBe(message);
    expect(await refusal(() => readBeginningSync(path, 8))).toBe(message);
  });

  it.each(['r+', 'a', 'w'] as const)('is not opened for writing (%s)', async (mode) => {
    const path = join(await temporaryFolder(), 'pipe');
    spawnSync('mkfifo', [path]);
    // Without a reader the system itself refuses to open a pipe for writing.
    expect(await refusal(openFile(path, mode))).toMatch(/it is a pipe|ENXIO/);
  });

  it('is refused: a socket', async () => {
    const path = join(await temporaryFolder(), 'socket');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    onTestFinished(() => void server.close());
    expect(await refusal(readBytes(path, 100))).toMatch(/ENXIO/);
  });
});

describe('readBytes', () => {
  it('returns the bytes of a file, of an empty one too', async () => {
    const folder = await folderOf({ 'a.txt': 'abc', 'b.txt': '', 'c.txt': 'x'.repeat(100_000) });
    expect(await readText(join(folder, 'a.txt'), 3)).toBe('abc');
    expect(await readText(join(folder, 'b.txt'), 3)).toBe('');
    expect((await readBytes(join(folder, 'c.txt'), 2 ** 20)).length).toBe(100_000);
  });

  it('follows a link to a file', async () => {
    const folder = await folderOf({ 'a.txt': 'abc' });
    await symlink('a.txt', join(folder, 'link'));
    expect(await readText(join(folder, 'link'), 3)).toBe('abc');
  });

  it('refuses a file above the limit without reading it', async () => {
    const folder = await folderOf({ 'a.bin': '' });
    await truncate(join(folder, 'a.bin'), 5 * 2 ** 30);
    const error = await readBytes(join(folder, 'a.bin'), 2 ** 20).catch((cause) => cause);
    expect(error).toBeInstanceOf(RefusedFile);
    expect(error.bytes).toBe(5 * 2 ** 30);
    expect(error.message).toMatch(/^it holds 5368709120 bytes, but at most 1048576 are read/);
  });

  it.runIf(process.platform === 'linux')('reads a file that states no size, up to the limit', async () => {
    const whole = await readFile('/proc/self/maps');
    expect((await readBytes('/proc/self/maps', 2 ** 24)).length).toBeGreaterThan(whole.length / 2);
    expect(await refusal(readBytes('/proc/self/maps', 1000))).toMatch(/bytes, but at most 1000 are read/);
  });

  it('stops after an abort', async () => {
    const folder = await folderOf({ 'a.txt': 'abc' });
    const reason = new Error('stop');
    expect(await refusal(readBytes(join(folder, 'a.txt'), 3, AbortSignal.abort(reason)))).toBe('stop');
  });
});

it('readAt stops at the end of the file', async () => {
  const folder = await folderOf({ 'a.txt': 'abcdef' });
  const { file, found } = await openFile(join(folder, 'a.txt'));
  onTestFinished(() => file.close());
  const bytes = new Uint8Array(4);
  expect(found.size).toBe(6);
  expect([await readAt(file, bytes, 1), Buffer.from(bytes).toString()]).toEqual([4, 'bcde']);
  expect([await readAt(file, bytes, 4), Buffer.from(bytes).toString('latin1', 0, 2)]).toEqual([2, 'ef']);
});

it('hashFile refuses a file that grows while it is read', async () => {
  const folder = await folderOf({ 'a.bin': '' });
  const path = join(folder, 'a.bin');
  await truncate(path, 3 * 2 ** 20);
  const writer = await open(path, 'r+');
  onTestFinished(() => writer.close());
  const work = hashFile(path, { onBytes: () => void writer.truncate(2 ** 28) });
  expect(await refusal(work)).toMatch(/^it grew while it was read/);
});

it('the modes of writing create, append and refuse', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'a.txt');
  const { file } = await openFile(path, 'wx');
  await file.writeFile('abc');
  await file.close();
  expect(await refusal(openFile(path, 'wx'))).toMatch(/^EEXIST/);
  const more = await openFile(path, 'a');
  await more.file.appendFile('d');
  await more.file.close();
  await appendFile(path, 'e');
  expect(await readText(path, 10)).toBe('abcde');
  const empty = await openFile(path, 'w');
  await empty.file.close();
  expect(await readText(path, 10)).toBe('');
  await (await openFolder(folder)).close();
});
