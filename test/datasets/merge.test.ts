// Merges several data sets: patients stay separate, and nothing counts twice.

import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import { writeCorpus } from '#lib/corpus/write.js';
import { openDataset, selectTask } from '#lib/datasets/dataset.js';
import { displayNames } from '#lib/signal/window.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { setOf, windowOf } from '../helpers/windows.js';

const options = { fsHz: 100, seconds: 2 };

async function folderWith(folder: string, label: string, lead = 'II'): Promise<string> {
  await mkdir(folder, { recursive: true });
  // Each label has its own curve.
  const scale = 10 * label.charCodeAt(0);
  const signalMv = Float32Array.from({ length: 400 }, (_, n) => Math.round(scale * Math.sin(n / 5)) / 1000);
  await writeRecord(folder, { name: 'r1', fsHz: 100, leads: [lead], signalsMv: [signalMv] });
  await writeFile(join(folder, 'labels.csv'), `record,label,patient\nr1,${label},p\nr2,${label},p\n`);
  return folder;
}

describe('a merged data set', () => {
  it('separates patients and recordings of the same name, for a list and for a text with commas', async () => {
    const parent = await temporaryFolder();
    const a = await folderWith(join(parent, 'a,b'), 'normal');
    const b = await folderWith(join(parent, 'c'), 'af;odd', 'MLII');
    const steps: [number, number][] = [];
    const onProgress = (done: number, total: number) => steps.push([done, total]);
    const set = await openDataset(`folder:${a}, folder:${b}`, { ...options, onProgress });
    expect([set.source, set.leads.join()]).toEqual([`folder:${a},folder:${b}`, 'II/MLII']);
    const facts = set.windows.map((one) => {
      const { recordName, patientId } = displayNames(one);
      return [recordName, patientId, one.leads.join(), one.classes, one.labels];
    });
    expect(facts).toEqual([
      ['folder1:r1', 'folder1:p', 'II', ['normal'], ['normal']],
      ['folder1:r1', 'folder1:p', 'II', ['normal'], ['normal']],
      ['folder2:r1', 'folder2:p', 'MLII', ['af'], ['af', 'odd']],
      ['folder2:r1', 'folder2:p', 'MLII', ['af'], ['af', 'odd']],
    ]);
    expect(set.skipped.map(({ recordName }) => recordName)).toEqual(['folder1:r2', 'folder2:r2']);
    expect(steps).toEqual([
      [1, 2],
      [2, 2],
      [3, 4],
      [4, 4],
    ]);
    expect(await openDataset([`folder:${a}`, `folder:${b}`], options)).toEqual(set);
    expect([...selectTask(set, 'odd:normal').labels]).toEqual([0, 0, 1, 1]);
  });

  it('accepts a corpus, keeps folds, and is the same from the cache', async () => {
    const parent = await temporaryFolder();
    const corpus = join(parent, 'corpus');
    const split = { train: 0.5, val: 0.5 };
    await writeCorpus(corpus, { format: 'npy', count: 6, fsHz: 100, seconds: 4, split });
    const folder = await folderWith(join(parent, 'own'), 'af');
    const specs = [`corpus:${corpus}`, `folder:${folder}`];
    const set = await openDataset(specs, { ...options, cacheFolder: join(parent, 'cache') });
    const folds = set.windows.map(({ origin, fold }) => [origin.dataset, fold !== undefined]);
    expect(new Set(folds.map(String))).toEqual(new Set(['corpus,true', 'folder,false']));
    expect(await openDataset(specs, { ...options, cacheFolder: join(parent, 'cache') })).toEqual(set);
  });

  it('is refused if it contains one folder twice, also under another name', async () => {
    const parent = await temporaryFolder();
    const folder = await folderWith(join(parent, 'a'), 'af');
    await symlink(folder, join(parent, 'link'));
    for (const twice of [`${folder}/.`, join(parent, 'link')]) {
      const error = await errorOf(openDataset([`folder:${folder}`, `mitdb:${twice}`], options));
      expect(error).toBe(
        `ERR_OPTION: folder:${folder} and mitdb:${twice} are the same folder; name each data set once, so ` +
          'that no record counts twice',
      );
    }
    // A recording in two folders is refused too: its patient could be on both sides of a split.
    const copy = await folderWith(join(parent, 'copy'), 'af', 'MLII');
    expect(await errorOf(openDataset([`folder:${folder}`, `folder:${copy}`], options))).toBe(
      'ERR_OPTION: folder2:r1 has the same samples as folder1:r1; merge only data sets that share no recording, so that ' +
        'no patient counts twice',
    );
    expect(await errorOf(openDataset([], options))).toContain('ERR_OPTION: no data set is named');
    expect(await errorOf(openDataset(`folder:${folder},mitbd:x`, options))).toContain('did you mean "mitdb"');
  });
});

describe('selectTask', () => {
  const labelled = (record: string, labels: string[], classes: 'af'[] = []) =>
    windowOf({ signal: Float32Array.of(0, 1), record, classes, labels });
  const windows = [
    labelled('1', ['NORM', 'SR']),
    labelled('2', ['LVH'], ['af']),
    labelled('3', ['IMI', 'LVH']),
  ];
  const set = setOf(windows, { source: 'some:set' });

  it('accepts labels of the data set and classes of the simulator', async () => {
    const { labels, patientIds } = selectTask(set, 'LVH:NORM');
    expect([[...labels], patientIds]).toEqual([
      [0, 1, 1],
      ['1', '2', '3'],
    ]);
    expect([...selectTask(set, 'NORM+af+IMI').labels]).toEqual([0, 1, 2]);
    // A task can also be an object with its labels.
    expect([...selectTask(set, { name: 'LVH:SR', labels: ['SR', 'LVH'] }).labels]).toEqual([0, 1, 1]);
    expect(await errorOf(() => selectTask(set, 'LVH:IMI'))).toContain('2 windows of LVH and 0 of IMI');
  });

  it('lists the most frequent labels if one has no window', async () => {
    expect(await errorOf(() => selectTask(set, 'WPW:NORM'))).toBe(
      'ERR_DATA_EMPTY: some:set holds 0 windows of WPW and 1 of NORM; the task needs windows of every label; choose another ' +
        'task or data set. Its most frequent labels: LVH 2, NORM 1, SR 1, af 1, IMI 1',
    );
    const bare = { ...set, windows: set.windows.map(({ labels, ...one }) => ({ ...one, classes: [] })) };
    expect(await errorOf(() => selectTask(bare, 'af'))).toContain('Its windows have no labels');
    expect(await errorOf(() => selectTask(set, 'aff'))).toMatch(/ERR_UNKNOWN_CLASS.*did you mean "af"/);
  });
});
