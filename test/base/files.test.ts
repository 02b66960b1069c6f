// Files are complete or absent, and no path leaves its folder. Includes tests on a full disk, where the user may mount
// a small file system.

import { spawnSync } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exists, resolveInside, writeError, writeFileAtomic } from '#lib/base/files.js';
import { spawnCli } from '../cli/run-cli.js';
import { hashesOf } from '../helpers/files.js';
import { errorOf, folderOf, temporaryFolder } from '../helpers/folder.js';

/** Returns a folder on a file system of 256 KiB, or undefined if this user may not mount one. */
async function tinyDisk(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const folder = await temporaryFolder();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder]).status === 0;
  if (mounted) onTestFinished(() => void spawnSync('umount', [folder]));
  return mounted ? folder : undefined;
}

describe('writeFileAtomic', () => {
  it('replaces a whole file and leaves no other file', async () => {
    const folder = await folderOf({ 'a.txt': 'old' });
    await writeFileAtomic(join(folder, 'a.txt'), 'new');
    expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['a.txt']);
  });

  it.runIf(process.platform === 'linux')(
    'keeps a pipe and a device that have the name of the file',
    async () => {
      const folder = await temporaryFolder();
      spawnSync('mkfifo', [join(folder, 'pipe')]);
      await symlink('/dev/null', join(folder, 'device'));
      for (const [name, kind] of [
        ['pipe', 'a pipe'],
        ['device', 'a device'],
      ] as const) {
        const message = `ERR_WRITE: could not write ${join(folder, name)}: it is ${kind}; choose another name`;
        expect(await errorOf(writeFileAtomic(join(folder, name), 'x'))).toBe(message);
      }
      expect((await readdir(folder)).sort()).toEqual(['device', 'pipe']);
      expect((await lstat(join(folder, 'pipe'))).isFIFO()).toBe(true);
    },
  );

  it('creates missing folders', async () => {
    const folder = await temporaryFolder();
    await writeFileAtomic(join(folder, 'x', 'y', 'a.bin'), new Uint8Array([1, 2]));
    expect([...(await readFile(join(folder, 'x', 'y', 'a.bin')))]).toEqual([1, 2]);
  });

  it('reports that a part of the path is a file', async () => {
    const folder = await folderOf({ a: '' });
    expect(await errorOf(writeFileAtomic(join(folder, 'a', 'b'), 'x'))).toMatch(
      /^ERR_WRITE: could not write/,
    );
    expect(await readdir(folder)).toEqual(['a']);
  });

  it('explains that the disk is full', () => {
    const cause = Object.assign(new Error('write'), { code: 'ENOSPC' });
    expect(writeError('run/model.onnx', cause).message).toBe(
      'could not write run/model.onnx: the disk is full; free some space and run the command again',
    );
  });
});

describe('exists', () => {
  it('returns whether the file is there, and reports why it cannot know', async () => {
    const folder = await folderOf({ a: '' });
    await symlink('c', join(folder, 'b'));
    await symlink('b', join(folder, 'c'));
    expect(await Promise.all(['a', 'x'].map((name) => exists(join(folder, name))))).toEqual([true, false]);
    const message = `ERR_NOT_FOUND: could not read ${join(folder, 'b')}: its links form a circle`;
    expect(await errorOf(exists(join(folder, 'b')))).toContain(message);
  });
});

describe('a full disk', () => {
  it('keeps the old file and leaves no partial new file', async (test) => {
    const disk = await tinyDisk();
    if (disk === undefined) return test.skip('needs the right to mount a small file system');
    await writeFileAtomic(join(disk, 'a.bin'), 'old');
    const large = writeFileAtomic(join(disk, 'a.bin'), new Uint8Array(1 << 20));
    expect(await errorOf(large)).toContain('the disk is full');
    expect(await readFile(join(disk, 'a.bin'), 'utf8')).toBe('old');
    expect(await readdir(disk)).toEqual(['a.bin']);
  });

  it.for(['wfdb', 'npy', 'parquet', 'ptb-xl'])(
    'ends pqrst synth --format %s with a message, and --resume continues when there is space',
    { timeout: 60_000 },
    async (format, test) => {
      const disk = await tinyDisk();
      if (disk === undefined) return test.skip('needs the right to mount a small file system');
      const more = ['--replicas', '20', '--classes', 'af'];
      const args = ['synth', '--count', '5', '--format', format, ...more, '--out', 'records'];
      const { code, stderr } = await spawnCli(args, { cwd: disk });
      expect(stderr).toContain('the disk is full');
      expect(stderr).toMatch(/--resume.*\[ERR_WRITE\]/);
      expect(code).toBe(1);
      expect(await readdir(join(disk, 'records', '.pqrst', 'work'))).toEqual([]);
      expect(spawnSync('mount', ['-o', 'remount,size=16m', disk]).status).toBe(0);
      const resumed = await spawnCli([...args, '--resume'], { cwd: disk });
      expect(resumed).toMatchObject({ code: 0 });
      await spawnCli([...args.slice(0, -1), 'whole'], { cwd: disk });
      expect(await hashesOf(join(disk, 'records'))).toEqual(await hashesOf(join(disk, 'whole')));
    },
  );
});

describe('resolveInside', () => {
  it('resolves names inside the folder, even if they do not exist yet', async () => {
    const folder = await folderOf({ 'a.dat': '' });
    expect(await resolveInside(folder, 'a.dat')).toBe(join(folder, 'a.dat'));
    expect(await resolveInside(folder, 'later/b.dat')).toBe(join(folder, 'later', 'b.dat'));
  });

  it.each(['../secret', 'a/../../secret', '/etc/hostname'])('rejects %s', async (name) => {
    const folder = await temporaryFolder();
    expect(await errorOf(resolveInside(folder, name))).toMatch(
      /^ERR_PATH_OUTSIDE: ".*" points outside its folder/,
    );
  });

  it.skipIf(process.platform === 'win32')('rejects a link that leads outside', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'in'));
    await writeFile(join(folder, 'secret'), '');
    await symlink(join(folder, 'secret'), join(folder, 'in', 'a.dat'));
    expect(await errorOf(resolveInside(join(folder, 'in'), 'a.dat'))).toMatch(/^ERR_PATH_OUTSIDE/);
  });
});
