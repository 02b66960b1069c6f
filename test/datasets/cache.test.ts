// The cache of decoded windows: it returns the same windows without reading a recording, and never windows that differ
// from the current files.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import { openDataset } from '#lib/datasets/dataset.js';
import type { EcgRecord, WindowSet } from '#lib/signal/window.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';

const windows = { fsHz: 100, seconds: 2 };
const wave = (length: number, mv: number) =>
  Float32Array.from({ length }, (_, n) => Math.round(1000 * mv * Math.sin(n / 5)) / 1000);
const recordOf = (name: string, mv: number, seconds = 5): EcgRecord => ({
  ...{ name, fsHz: 200, leads: ['V1', 'II'] },
  signalsMv: [wave(200 * seconds, 0.1), wave(200 * seconds, mv)],
});
const table = ['record,label,patient', 'a,af;LVH,p1', 'b,normal,p2', 'short,af,p3', 'gone,,p4', ''].join(
  '\n',
);

/** Makes a folder with two recordings of two windows each, one that is too short and one that is missing. */
async function someRecords() {
  const parent = await temporaryFolder();
  const [folder, cacheFolder] = [join(parent, 'records'), join(parent, 'cache')];
  for (const record of [recordOf('a', 1), recordOf('b', 0.5), recordOf('short', 1, 1)]) {
    await writeRecord(folder, record);
  }
  await writeFile(join(folder, 'labels.csv'), table);
  const open = (more: object = {}) => openDataset(`folder:${folder}`, { ...windows, cacheFolder, ...more });
  const cached = async () => (await readdir(cacheFolder)).map((name) => join(cacheFolder, name)).sort();
  return { folder, cacheFolder, open, cached };
}

/** Opens the set and reports whether it was decoded: then the progress counts the recordings one by one. */
async function opened(open: (more: object) => Promise<WindowSet>, more: object = {}) {
  const steps: number[] = [];
  const set = await open({ onProgress: (done: number) => steps.push(done), ...more });
  return { set, isDecoded: steps.length > 1, steps };
}

describe('cacheFolder', () => {
  it('returns the same set again without reading a recording', async () => {
    const { folder, open, cached } = await someRecords();
    const first = await opened(open);
    const second = await opened(open);
    expect([first.isDecoded, second.isDecoded]).toEqual([true, false]);
    expect(second.steps).toEqual([4]);
    expect(second.set).toEqual(first.set);
    expect(first.set).toEqual(await openDataset(`folder:${folder}`, windows));
    expect(first.set.windows.map(({ origin, labels }) => [origin.record, labels])).toEqual([
      ['a', ['af', 'LVH']],
      ['a', ['af', 'LVH']],
      ['b', ['normal']],
      ['b', ['normal']],
    ]);
    expect(second.set.skipped.map(({ recordName }) => recordName)).toEqual(['short', 'gone']);
    expect(new Set(second.set.windows.map(({ leads }) => leads.join()))).toEqual(new Set(['II']));
    // All windows are views on one block of memory.
    expect(new Set(second.set.windows.map(({ signal }) => signal.buffer)).size).toBe(1);
    expect(await cached()).toEqual([expect.stringMatching(/cache.folder-[0-9a-f]{16}\.windows$/)]);
  });

  it('keeps one file per rate, length and table', async () => {
    const { folder, open, cached } = await someRecords();
    await open();
    expect((await opened(open, { seconds: 1 })).isDecoded).toBe(true);
    expect((await opened(open, { fsHz: 50 })).set.lengthSamples).toBe(100);
    expect(await cached()).toHaveLength(3);
    await writeFile(join(folder, 'labels.csv'), table.replace('normal', 'aflt'));
    const other = await opened(open);
    expect([other.isDecoded, other.set.windows[2]!.classes]).toEqual([true, ['aflt']]);
    await writeFile(join(folder, 'labels.csv'), table);
    expect((await opened(open)).isDecoded).toBe(false);
  });

  it('keeps one file per map of labels, with the readings of the labels', async () => {
    const { open, cached } = await someRecords();
    const maps = [{}, { labelMap: { normal: 'lvh' } }, { labelMap: { LVH: 'LVH' } }];
    for (const map of [...maps, ...maps]) {
      const found = await open(map);
      const expected = await openDataset(found.source, { ...windows, ...map });
      expect([found.windows.map(({ classes }) => classes), found.readings]).toEqual([
        expected.windows.map(({ classes }) => classes),
        expected.readings,
      ]);
    }
    expect((await cached()).length).toBe(3);
    const { readings } = await open(maps[1]);
    expect(readings).toEqual([
      { label: 'LVH', classes: ['lvh'], isMapped: false, records: 1, applied: 1 },
      { label: 'normal', classes: ['lvh'], isMapped: true, records: 1, applied: 1 },
    ]);
  });

  it('reads recordings again if the bytes or the time of one changed, or if one was added or removed', async () => {
    const { folder, open, cached } = await someRecords();
    await open();
    await writeRecord(folder, recordOf('a', 0.8, 9));
    expect((await opened(open)).set.windows).toHaveLength(6);
    await utimes(join(folder, 'b.dat'), 1e9, 1e9);
    expect((await opened(open)).isDecoded).toBe(true);
    await writeRecord(folder, recordOf('gone', 1));
    expect((await opened(open)).set.windows).toHaveLength(8);
    await rm(join(folder, 'b.dat'));
    expect((await opened(open)).set.windows).toHaveLength(6);
    expect((await opened(open)).isDecoded).toBe(false);
    expect(await cached()).toHaveLength(1);
  });

  it('distinguishes a data set with other samples under the same names, sizes and times', async () => {
    const { folder, cacheFolder, open } = await someRecords();
    const filtered = `${folder}-filtered`;
    await writeRecord(filtered, recordOf('a', 0.9));
    for (const record of [recordOf('b', 0.5), recordOf('short', 1, 1)]) await writeRecord(filtered, record);
    await writeFile(join(filtered, 'labels.csv'), table);
    // Some archives give all files the same time.
    for (const name of await readdir(folder)) {
      for (const one of [folder, filtered]) await utimes(join(one, name), 1e9, 1e9);
    }
    await open();
    const other = await openDataset(`folder:${filtered}`, { ...windows, cacheFolder });
    expect(other.windows).toEqual((await openDataset(`folder:${filtered}`, windows)).windows);
  });

  it('is still used after its data set was moved', async () => {
    const { folder, cacheFolder, open } = await someRecords();
    await open();
    const moved = `${folder}-moved`;
    await rename(folder, moved);
    const { set, isDecoded } = await opened((more) =>
      openDataset(`folder:${moved}`, { ...windows, cacheFolder, ...more }),
    );
    expect([isDecoded, set.source]).toEqual([false, `folder:${moved}`]);
  });

  it('uses the names of the headers if there is no table', async () => {
    const parent = await temporaryFolder();
    const annotation = { sample: 1, symbol: '+', aux: '(N', subtype: 0, channel: 0, number: 0 };
    const add = (name: string) =>
      writeRecord(parent, { ...recordOf(name, 1), leads: ['V1', 'MLII'] }, { annotations: [annotation] });
    await add('100');
    const open = (more: object) =>
      openDataset(`mitdb:${parent}`, { ...windows, cacheFolder: join(parent, 'cache'), ...more });
    await open({});
    await add('101');
    expect((await open({})).windows.map(({ origin }) => origin.record)).toEqual(['100', '100', '101', '101']);
  });

  it('ignores a file that is truncated, extended, empty or changed in any byte', async () => {
    const { open, cached } = await someRecords();
    const { windows: right } = await open();
    const [path] = (await cached()) as [string];
    const bytes = await readFile(path);
    const damaged: Buffer[] = [
      ...[0, 5, 16, 100, bytes.length - 800, bytes.length - 1].map((size) => bytes.subarray(0, size)),
      ...[Buffer.concat([bytes, bytes.subarray(-800)]), Buffer.from('no cache at all, but long enough')],
    ];
    // Every byte of the preamble, and some of the header and of the samples.
    const places = Array.from({ length: 18 }, (_, n) => n);
    for (let place = 19; place < bytes.length; place += 397) places.push(place);
    for (const place of places) {
      const flipped = Buffer.from(bytes);
      flipped[place]! ^= 0x10;
      damaged.push(flipped);
    }
    for (const content of damaged) {
      await writeFile(path, content);
      const { set, isDecoded } = await opened(open);
      expect([isDecoded, set.windows.length]).toEqual([true, right.length]);
      expect(set.windows).toEqual(right);
    }
    expect(await readFile(path)).toEqual(bytes);
    await truncate(path, bytes.length - 4);
    await open();
    expect((await stat(path)).size).toBe(bytes.length);
  });

  it('leaves no partial file and reads no further after an abort', async () => {
    const { open, cacheFolder, cached } = await someRecords();
    const reason = new Error('enough');
    const stopAt = (last: number) => {
      const controller = new AbortController();
      const onProgress = (done: number) => done === last && controller.abort(reason);
      return { signal: controller.signal, onProgress };
    };
    await expect(open(stopAt(4))).rejects.toBe(reason);
    expect(await readdir(cacheFolder).catch(() => [])).toEqual([]);
    await open();
    await expect(open({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await cached()).toHaveLength(1);
  });

  it('is written completely by two processes at the same time', async () => {
    const { folder, cacheFolder, open, cached } = await someRecords();
    const script = `
      import { openDataset } from ${JSON.stringify(resolve(import.meta.dirname, '../../dist/datasets/dataset.js'))};
      const set = await openDataset(${JSON.stringify(`folder:${folder}`)}, ${JSON.stringify({ ...windows, cacheFolder })});
      process.exitCode = set.windows.length;`;
    const ends = Array.from({ length: 2 }, () =>
      once(spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' }), 'exit'),
    );
    expect((await Promise.all(ends)).map(([code]) => code)).toEqual([4, 4]);
    expect(await cached()).toHaveLength(1);
    expect((await opened(open)).isDecoded).toBe(false);
  });

  it('reports a file or a folder in its place', async () => {
    const { cacheFolder, open, cached } = await someRecords();
    await writeFile(cacheFolder, '');
    expect(await errorOf(open())).toMatch(
      /could not read the cache .*cache.folder-.*is a file, not a folder/,
    );
    await rm(cacheFolder);
    await open();
    const [path] = (await cached()) as [string];
    await rm(path);
    await mkdir(path);
    expect(await errorOf(open())).toMatch(/^ERR_NOT_FOUND: could not read the cache/);
  });
});
