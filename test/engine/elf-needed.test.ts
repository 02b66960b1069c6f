// The libraries that a Linux library needs.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { neededLibraries } from '#lib/engine/elf-needed.js';
import { temporaryFolder } from '../helpers/folder.js';

const isLinux = process.platform === 'linux';
const addon = join(import.meta.dirname, '../../build/Release/pqrst.node');

it.skipIf(!isLinux)('lists what Node needs', async () => {
  const needed = await neededLibraries(process.execPath);
  expect(needed.length).toBeGreaterThan(1);
  for (const name of needed) expect(name).toMatch(/^[\w.+-]+\.so(\.\d+)*$/);
  expect(needed.some((name) => name.startsWith('libc.'))).toBe(true);
});

it('lists nothing for a file of another format', async () => {
  const path = join(await temporaryFolder(), 'text.so');
  writeFileSync(path, 'text '.repeat(100));
  expect(await neededLibraries(path)).toEqual([]);
  writeFileSync(path, '');
  expect(await neededLibraries(path)).toEqual([]);
});

it('reports a file that cannot be read', async () => {
  await expect(neededLibraries(join(await temporaryFolder(), 'absent.so'))).rejects.toMatchObject({
    code: 'ERR_NOT_FOUND',
  });
});

it.skipIf(!isLinux)('ends for damaged files', async () => {
  const sound = readFileSync(addon);
  const path = join(await temporaryFolder(), 'damaged.so');
  for (let turn = 0; turn < 300; turn++) {
    const bytes = Buffer.from(sound.subarray(0, turn % 3 === 0 ? turn * 7 : 4096));
    // Deterministic changes in the headers, of which each one has its own place and value.
    for (let at = 16 + (turn % 8); at < Math.min(bytes.length, 700); at += 8 + (turn % 5)) {
      bytes[at] = (turn * 37 + at * 11) % 256;
    }
    writeFileSync(path, bytes);
    for (const name of await neededLibraries(path)) expect(typeof name).toBe('string');
  }
});
