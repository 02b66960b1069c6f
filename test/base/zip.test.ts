// Reading zip archives: sound, damaged and hostile ones.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openZip } from '#lib/base/zip.js';
import { temporaryFolder } from '../helpers/folder.js';
import { zipOf } from '../helpers/zip.js';

const text = 'The quick brown fox. '.repeat(20_000);
const sound = zipOf({ 'one.txt': 'one', 'deep/two.txt': text });

async function file(bytes: Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), 'test.zip');
  writeFileSync(path, bytes);
  return path;
}

it('lists the entries and reads them', async () => {
  const zip = await openZip(await file(sound));
  expect(zip.entries).toEqual([
    { name: 'one.txt', bytes: 3 },
    { name: 'deep/two.txt', bytes: text.length },
  ]);
  expect(await zip.text('one.txt', 3)).toBe('one');
  const pieces: Uint8Array[] = [];
  for await (const piece of zip.pieces('deep/two.txt')) pieces.push(piece);
  expect(pieces.length).toBeGreaterThan(1);
  expect(Buffer.concat(pieces).toString()).toBe(text);
  await zip.close();
});

it('reads no text that is longer than expected', async () => {
  const zip = await openZip(await file(sound));
  await expect(zip.text('one.txt', 2)).rejects.toMatchObject({
    code: 'ERR_DATA_UNREADABLE',
    message: expect.stringContaining('it states 3 bytes, at most 2 are read'),
  });
  await zip.close();
});

it('can end in the middle of an entry', async () => {
  const zip = await openZip(await file(sound));
  for await (const piece of zip.pieces('deep/two.txt')) {
    expect(piece.length).toBeGreaterThan(0);
    break;
  }
  expect(await zip.text('one.txt', 3)).toBe('one');
  await zip.close();
});

it.each([
  ['text', Buffer.from('not an archive')],
  ['nothing', Buffer.alloc(0)],
  ['an archive without its end', sound.subarray(0, sound.length - 30)],
  ['an archive without its beginning', sound.subarray(30)],
])('refuses %s', async (_, bytes) => {
  const path = await file(bytes);
  await expect(
    openZip(path).then(async (zip) => {
      try {
        for (const { name } of zip.entries) await zip.text(name, 2 ** 20);
      } finally {
        await zip.close();
      }
    }),
  ).rejects.toMatchObject({
    code: 'ERR_DATA_UNREADABLE',
    message: expect.stringMatching(/is not a complete zip archive \(.+\); download or copy it again$/),
  });
});

it('refuses an entry whose bytes changed', async () => {
  const bytes = Buffer.from(sound);
  bytes[38]! ^= 1;
  const zip = await openZip(await file(bytes));
  await expect(zip.text('one.txt', 3)).rejects.toMatchObject({ code: 'ERR_DATA_UNREADABLE' });
  await zip.close();
});

it.each(['../outside', 'deep/../../outside', '/etc/outside', '..\\outside', 'C:/outside'])(
  'refuses the name %s',
  async (name) => {
    await expect(openZip(await file(zipOf({ 'one.txt': 'one', [name]: 'x' })))).rejects.toMatchObject({
      code: 'ERR_PATH_OUTSIDE',
      message: expect.stringContaining('nothing was unpacked'),
    });
  },
);

it('refuses a folder and a missing file', async () => {
  const folder = await temporaryFolder();
  await expect(openZip(folder)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  await expect(openZip(join(folder, 'absent.zip'))).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
});
