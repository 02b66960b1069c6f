// The windows of an experiment: the division by patient, different pairs, limited positives, and outside sets.

import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { LabelledWindow } from '#lib/batches/batches.js';
import { cellsOf } from '#lib/experiment/cells.js';
import { type ExperimentConfigInput, parseExperimentConfig } from '#lib/experiment/config.js';
import {
  cutPositives,
  cutShare,
  mostPositives,
  openExperimentData,
  windowFinder,
} from '#lib/experiment/data.js';
import { dataFolder, titleWithData } from '../helpers/data.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { ownRecords } from '../helpers/own-records.js';

async function open(given: Partial<ExperimentConfigInput>, folder?: string) {
  const at = folder ?? (await temporaryFolder());
  const data = await ownRecords(at);
  const config = parseExperimentConfig({
    data,
    tasks: 'af',
    archs: 's4',
    archOptions: { s4: { chunkSamples: 50 } },
    fsHz: 50,
    seconds: 2,
    ...given,
  });
  return { config, opened: await openExperimentData(config, `${at}/cache`, {}) };
}

const patientsOf = (windows: readonly LabelledWindow[]) =>
  new Set(windows.map(({ window }) => window.origin.patient));
const namesOf = (windows: readonly LabelledWindow[]) => windows.map(({ window }) => window.origin.record);

describe('openExperimentData', () => {
  it('divides the windows by patient into one test side and six pairs', async () => {
    const { opened } = await open({});
    const [task] = opened.tasks;
    const { pairs, tests } = task!;
    expect(pairs).toHaveLength(6);
    const held = patientsOf(tests[0]!.windows);
    for (const { train, val } of pairs) {
      const sides = [patientsOf(train), patientsOf(val), held];
      expect(sides.reduce((sum, { size }) => sum + size, 0)).toBe(24);
      expect(new Set(sides.flatMap((side) => [...side])).size).toBe(24);
      for (const side of [train, val])
        expect(new Set(side.map(({ label }) => label))).toEqual(new Set([0, 1]));
    }
    expect(new Set(pairs.map(({ val }) => namesOf(val).join())).size).toBeGreaterThan(3);
  });

  it('limits the positives, keeps every negative, and nests smaller numbers in larger ones', async () => {
    const { opened, config } = await open({ positives: [2, 5, 1000] });
    const task = opened.tasks[0]!;
    const { train } = task.pairs[1]!;
    const count = (windows: readonly LabelledWindow[], label: number) =>
      windows.filter((one) => one.label === label).length;
    const [two, five] = [2, 5].map((positives) => cutPositives(train, positives, 0, 2));
    expect([count(two!, 1), count(five!, 1)]).toEqual([2, 5]);
    expect(count(two!, 0)).toBe(count(train, 0));
    expect(namesOf(five!)).toEqual(expect.arrayContaining(namesOf(two!)));
    expect(namesOf(cutPositives(train, 5, 0, 3))).not.toEqual(namesOf(five!));
    expect(cutPositives(train, 1000, 0, 2)).toHaveLength(train.length);
    const most = mostPositives(task);
    const keys = cellsOf(config, { name: 'af', most }, 's4');
    expect(keys.map(({ setting, positives }) => `${setting} ${positives}`)).toEqual([
      'real null',
      'syn null',
      'syn-real null',
      'real 5',
      'syn-real 5',
      'real 2',
      'syn-real 2',
    ]);
  });

  it('cuts shares of each label, at least one window, and nests smaller shares in larger ones', async () => {
    const { opened, config } = await open({ shares: [1, 25, 50] });
    const { train } = opened.tasks[0]!.pairs[1]!;
    const counts = (windows: readonly LabelledWindow[]) =>
      [0, 1].map((label) => windows.filter((one) => one.label === label).length);
    const all = counts(train);
    const cuts = [1, 25, 50, 100].map((percent) => cutShare(train, percent, 0, 2));
    expect(cuts.map(counts)).toEqual([
      [1, 1],
      ...[0.25, 0.5, 1].map((share) => all.map((count) => Math.round(share * count))),
    ]);
    for (const [at, smaller] of cuts.slice(0, -1).entries()) {
      expect(namesOf(cuts[at + 1]!)).toEqual(expect.arrayContaining(namesOf(smaller)));
    }
    expect(namesOf(cutShare(train, 50, 0, 3))).not.toEqual(namesOf(cuts[2]!));
    const keys = cellsOf(config, { name: 'af', most: 0 }, 's4');
    expect(keys.map(({ setting, share }) => `${setting} ${share}`)).toEqual([
      'real null',
      'syn null',
      'syn-real null',
      ...[50, 25, 1].flatMap((share) => [`real ${share}`, `syn-real ${share}`]),
    ]);
  });

  it('limits the windows per patient and label', async () => {
    const { opened } = await open({ mostPerPatient: 1 });
    const { pairs, tests } = opened.tasks[0]!;
    const all = [...pairs[0]!.train, ...pairs[0]!.val, ...tests[0]!.windows];
    expect(all).toHaveLength(24);
    expect(patientsOf(all).size).toBe(24);
  });

  it('gives changed records another fingerprint', async () => {
    const folder = await temporaryFolder();
    const first = (await open({}, folder)).opened.fingerprint;
    expect((await open({}, folder)).opened.fingerprint).toBe(first);
    await ownRecords(folder, { seed: 12 });
    const config = (await open({ data: `npy:${folder}` })).config;
    await ownRecords(folder, { seed: 12 });
    expect((await openExperimentData(config, `${folder}/cache`, {})).fingerprint).not.toBe(first);
  });

  it('refuses to train on an outside set, and skips one without windows of a label', async () => {
    const [other, normal] = [await temporaryFolder(), await temporaryFolder()];
    const outside = [
      await ownRecords(other, { seed: 5, count: 8 }),
      await ownRecords(normal, { classes: ['normal', 'pvc'], count: 8, seed: 6 }),
    ];
    const { opened, config } = await open({ outside });
    const { tests, left } = opened.tasks[0]!;
    expect(tests.map(({ name, windows }) => [name, windows.length])).toEqual([
      ['held-back', expect.any(Number)],
      [outside[0], 8],
    ]);
    expect(left).toEqual([`af is not tested on ${outside[1]}: it holds no window of af`]);
    const { window } = tests[1]!.windows[3]!;
    const find = windowFinder(opened.tasks);
    expect(find('af', outside[0]!, window.origin.record, window.startS)).toBe(window);
    expect(find('af', outside[1]!, window.origin.record, window.startS)).toBeUndefined();
    const again = config.data[0]!.replace('npy:', 'npy:/.');
    for (const own of [config.data[0]!, again]) {
      const both = { ...config, outside: [own] };
      expect(await errorOf(openExperimentData(both, `${other}/cache`, {}))).toMatch(
        /^ERR_OPTION: .*never trained on/,
      );
    }
  });

  it('lists the data sets that do not name patients', async () => {
    const folder = await temporaryFolder();
    const outside = await ownRecords(folder, { seed: 12 });
    const table = await readFile(`${folder}/labels.csv`, 'utf8');
    await writeFile(`${folder}/labels.csv`, table.replace('patient', 'comment'));
    const { opened, config } = await open({ outside: [outside] });
    expect(opened.recordingsAsPatients).toEqual([outside]);
    const merged = { ...config, data: [...config.data, outside], outside: [] };
    const { recordingsAsPatients } = await openExperimentData(merged, `${folder}/cache`, {});
    expect(recordingsAsPatients).toEqual(['npy2']);
    // Two sets in one string are merged too.
    const word = { ...merged, data: [merged.data.join(',')] };
    const asOne = await openExperimentData(word, `${folder}/cache`, {});
    expect(asOne.recordingsAsPatients).toEqual(['npy2']);
  });

  const ludb = dataFolder('ludb');
  it.skipIf(ludb === undefined)(titleWithData('accepts the patients of LUDB', 'ludb'), async () => {
    const { opened } = await open({ outside: [`ludb:${ludb}`] });
    expect(opened.tasks[0]!.tests.map(({ name }) => name)).toEqual(['held-back', `ludb:${ludb}`]);
    expect(opened.recordingsAsPatients).toEqual([]);
  });

  it('names the task for which the records are not sufficient', async () => {
    expect(await errorOf(open({ tasks: 'wpw' }))).toMatch(/^ERR_DATA_EMPTY: task wpw: .*no window of wpw/);
    const folder = await temporaryFolder();
    await ownRecords(folder, { count: 6 });
    const lines = ['af,a', 'af,a', 'normal,b', 'normal,c', 'normal,d', 'normal,e'].map(
      (line) => `${line},50`,
    );
    await writeFile(`${folder}/labels.csv`, `label,patient,fs_hz\n${lines.join('\n')}\n`);
    const config = (await open({})).config;
    const one = openExperimentData({ ...config, data: [`npy:${folder}`] }, `${folder}/cache`, {});
    expect(await errorOf(one)).toMatch(/^ERR_DATA_EMPTY: task af: .*of 1 patient, /);
  });
});
