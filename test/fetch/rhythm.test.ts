// Downloads rhythm databases from a local server, with a broken connection and a changed file, and opens what arrived.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import { openDataset } from '#lib/datasets/dataset.js';
import { fetchDataset } from '#lib/fetch/download.js';
import { findSource } from '#lib/fetch/sources.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { breakAfter, type Release, serveRelease, sumsOf, type Trouble } from './release-server.js';

const quick = { pauseMs: 1, silenceMs: 2000 };

/** Returns the files of a record of 4 s with the rhythm `(N` as a release holds them, below `path`. */
async function recordFiles(path: string): Promise<Release> {
  const folder = await temporaryFolder();
  const name = path.split('/').at(-1)!;
  const signalMv = Float32Array.from({ length: 1000 }, (_, n) => Math.abs((n % 200) - 100) / 100);
  const annotations = [{ sample: 0, symbol: '+', aux: '(N', subtype: 0, channel: 0, number: 0 }];
  await writeRecord(folder, { name, fsHz: 250, leads: ['ECG1'], signalsMv: [signalMv] }, { annotations });
  const files = ['hea', 'dat', 'atr'].map(async (extension) => {
    return [`${path}.${extension}`, await readFile(join(folder, `${name}.${extension}`))] as const;
  });
  return Object.fromEntries(await Promise.all(files));
}

it.each([
  ['afdb', '04015'],
  ['ltafdb', '00'],
  ['nsrdb', '16265'],
  ['svdb', '800'],
  ['incartdb', 'I01'],
  ['icentia11k', 'p00/p00000/p00000_s00'],
])('resumes %s after a broken connection, and rhythm:DIR reads it', async (name, path) => {
  const files = await recordFiles(path);
  const release: Release = { ...files, RECORDS: `${path}\n`, 'other/x.dat': 'not wanted' };
  const trouble: Trouble = (file, nth, response) =>
    file === `${path}.dat` && nth === 1 && breakAfter(700, files[file]!, response);
  const server = await serveRelease(findSource(name).path, release, { trouble });
  const out = await temporaryFolder();
  const { spec, files: count } = await fetchDataset(name, { out, baseUrl: server.url, ...quick });
  expect([spec, count]).toEqual([`rhythm:${out}`, 4]);
  expect(server.seen.filter(({ name: file }) => file === `${path}.dat`).at(-1)?.range).toBe('bytes=700-');
  const { windows } = await openDataset(spec, { fsHz: 250, seconds: 2 });
  expect(windows.map(({ labels, leads }) => [labels, leads])).toEqual([
    [['(N'], ['ECG1']],
    [['(N'], ['ECG1']],
  ]);
});

it('keeps no file with another hash than the release states', async () => {
  const files = await recordFiles('04015');
  const sums = sumsOf({ ...files, '04015.dat': 'other' });
  const server = await serveRelease('afdb/1.0.0', files, { sums });
  const out = await temporaryFolder();
  expect(await errorOf(fetchDataset('afdb', { out, baseUrl: server.url, ...quick }))).toMatch(
    /ERR_FETCH: two downloads of .*04015\.dat had another SHA-256/,
  );
  await expect(readFile(join(out, '04015.dat'))).rejects.toThrow('ENOENT');
});
