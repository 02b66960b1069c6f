// The lock of a folder: it is taken over only if its process has certainly ended.

import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { heldName, holdFolder } from '#lib/base/folder-lock.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';

/** The text of a lock of this process, as an object. */
async function ownLock(): Promise<Record<string, unknown>> {
  const folder = await temporaryFolder();
  const release = await holdFolder(folder);
  const text = await readFile(join(folder, heldName), 'utf8');
  await release();
  return JSON.parse(text);
}

/** Returns the error of locking a folder whose lock file has this text; undefined if the lock is taken over. */
async function refusalOf(text: string): Promise<string | undefined> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, heldName), text);
  try {
    await (await holdFolder(folder))();
  } catch {
    expect(await readFile(join(folder, heldName), 'utf8')).toBe(text);
    return errorOf(holdFolder(folder));
  }
  expect(await readdir(folder)).toEqual([]);
  return undefined;
}

/** A number that no process can have. */
const noPid = 2 ** 22 + 1;
const isLinux = process.platform === 'linux';

describe('the lock of a folder', () => {
  it('names its process, and is removed when the work ends', async () => {
    expect(await ownLock()).toMatchObject({ pid: process.pid, host: hostname() });
    if (isLinux)
      expect(Object.keys(await ownLock())).toEqual(expect.arrayContaining(['boot', 'space', 'started']));
  });

  it('is taken over if its process has ended on this machine', async () => {
    const lock = await ownLock();
    expect(await refusalOf(JSON.stringify({ ...lock, pid: noPid }))).toBeUndefined();
    expect(await refusalOf(`${noPid} ${hostname()}\n`)).toBeUndefined();
    // An earlier process with the number of this one.
    expect(await refusalOf(JSON.stringify({ ...lock, started: '1' }))).toBeUndefined();
    expect(await refusalOf(`${process.pid} ${hostname()}\n`)).toBeUndefined();
  });

  it('is kept while its process lives', async () => {
    const lock = await ownLock();
    const { started, ...unstated } = lock;
    const other = { ...unstated, pid: process.ppid };
    expect(await refusalOf(JSON.stringify(other))).toMatch(
      /^ERR_WRITE: process \d+ is at work in .* since \d{4}-\d\d-\d\dT[\d:]+Z; wait until it ends, or delete .*held if/,
    );
    expect(await refusalOf(`${process.ppid} ${hostname()}\n`)).toMatch(
      /^ERR_WRITE: process \d+ is at work in/,
    );
  });

  it.runIf(isLinux)('is taken over if another process now has the number of its process', async () => {
    const lock = await ownLock();
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
    onTestFinished(() => void child.kill());
    const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    expect(await refusalOf(JSON.stringify({ ...lock, pid: child.pid, started }))).toMatch(/is at work in/);
    expect(await refusalOf(JSON.stringify({ ...lock, pid: child.pid, started: '1' }))).toBeUndefined();
  });

  it('of another host or container is never taken over, and the message names host, process, time and remedy', async () => {
    const lock = await ownLock();
    for (const other of [
      `${noPid} elsewhere\n`,
      JSON.stringify({ ...lock, pid: noPid, host: 'elsewhere' }),
      JSON.stringify({ ...lock, host: 'elsewhere' }),
    ]) {
      expect(await refusalOf(other)).toMatch(
        /^ERR_WRITE: process \d+ of the host or container "elsewhere" locked .* at \d{4}-.*Z, and it cannot be seen from here; wait until it ends, or delete .*held if it has ended$/,
      );
    }
    // The same host name and process id, in another container, on another machine, or on a machine without an identity
    // that has started again.
    for (const change of [
      { space: 'pid:[1]' },
      { machine: 'f'.repeat(32) },
      { machine: undefined, boot: 'x' },
    ]) {
      const text = JSON.stringify({ ...lock, ...change, pid: noPid });
      expect(await refusalOf(text)).toMatch(/^ERR_WRITE: process \d+ of the host or container/);
    }
  });

  it.runIf(isLinux)('of this machine before it started again is taken over', async () => {
    const lock = await ownLock();
    const text = JSON.stringify({ ...lock, pid: process.ppid, boot: 'an earlier one' });
    if (lock.machine === undefined) expect(await refusalOf(text)).toMatch(/cannot be seen from here/);
    else expect(await refusalOf(text)).toBeUndefined();
  });

  it.each(['', 'x', '{}', '[1]', 'null', '{"pid":-1,"host":"a"}', '{"pid":1.5,"host":"a"}', '0 '])(
    'that names no process (%s) is kept, with a message',
    async (text) => {
      expect(await refusalOf(text)).toMatch(
        /^ERR_WRITE: the lock file .*held of .*Z names no process; delete it if no/,
      );
    },
  );

  it('waits for the text of a process that starts at the same time', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, heldName), '');
    const second = errorOf(holdFolder(folder));
    await setTimeout(20);
    await writeFile(join(folder, heldName), `${process.ppid} ${hostname()}\n`);
    expect(await second).toMatch(`ERR_WRITE: process ${process.ppid} is at work in`);
  });

  it('is refused twice in one process, and its release keeps the lock of another process', async () => {
    const folder = await temporaryFolder();
    const release = await holdFolder(folder);
    expect(await errorOf(holdFolder(folder))).toMatch(`ERR_WRITE: process ${process.pid} is at work in`);
    await writeFile(join(folder, heldName), `${process.ppid} ${hostname()}\n`);
    await release();
    expect(await readFile(join(folder, heldName), 'utf8')).toBe(`${process.ppid} ${hostname()}\n`);
  });
});
