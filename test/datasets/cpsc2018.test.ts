// cpsc2018:DIR, with MATLAB files that are made here.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataset, selectTask } from '#lib/datasets/dataset.js';
import { findDatasets } from '#lib/datasets/recognize.js';
import { errorOf, folderOf } from '../helpers/folder.js';
import { level5 } from '../helpers/mat-file.js';
import { matStruct } from '../helpers/mat-struct.js';

const options = { fsHz: 500, seconds: 2 };
const columns = 'Recording,First_label,Second_label,Third_label';
/** Twelve leads of `count` samples; lead k has the values k + (n % 8) / 8 mV. */
const dataOf = (count: number, leads = 12) =>
  Array.from({ length: leads }, (_, lead) => Array.from({ length: count }, (__, n) => lead + (n % 8) / 8));
const recording = (count: number, more = {}) =>
  matStruct('ECG', { sex: 'Male', age: [[74]], data: dataOf(count) }, more);
const tableOf = (...rows: string[]) => [columns, ...rows, ''].join('\n');

describe('cpsc2018:DIR', () => {
  it('reads lead II of the struct, and the numbers of the labels as their names and codes', async () => {
    const folder = await folderOf({
      'REFERENCE.csv': tableOf('A0001,1,,', 'A0002,2,5,', 'A0003,7,6,9', 'A0004,3.0,nan,'),
      'A0001.mat': recording(1000),
      'A0002.mat': recording(2100, { compress: true }),
      'A0003.mat': recording(1000),
      'A0004.mat': recording(1000),
    });
    expect(await findDatasets(folder)).toEqual([{ source: `cpsc2018:${folder}`, alsoLike: [] }]);
    const set = await openDataset(`cpsc2018:${folder}`, options);
    expect(
      set.windows.map(({ origin, classes, labels }) => [origin.record, classes.join(), labels!.join()]),
    ).toEqual([
      ['A0001', 'normal', 'Normal,426783006'],
      ['A0002', 'af,crbbb', 'AF,RBBB,164889003,59118001'],
      ['A0002', 'af,crbbb', 'AF,RBBB,164889003,59118001'],
      ['A0003', 'pvc,pac,ste', 'PVC,PAC,STE,164884008,284470004,164931005'],
      ['A0004', 'avb1', 'I-AVB,270492004'],
    ]);
    const [first] = set.windows;
    expect([set.skipped, first!.unit, first!.leads, ...first!.signal.subarray(0, 3)]).toEqual([
      ...[[], 'mV', ['II'], 1, 1.125, 1.25],
    ]);
    expect([...selectTask(set, 'AF:Normal').labels]).toEqual([0, 1, 1]);
    const v6 = await openDataset(`cpsc2018:${folder}`, { ...options, leads: ['V6', 'I'] });
    expect([v6.windows[0]!.signal[1], v6.windows[0]!.signal[1001]]).toEqual([11.125, 0.125]);
  });

  it('finds the recordings in the folders of the training set', async () => {
    const folder = await folderOf({ 'REFERENCE.csv': tableOf('A0001,1,,', 'A5000,2,,', 'A6000,4,,') });
    for (const [name, within] of [
      ['A0001', 'TrainingSet1'],
      ['A5000', 'TrainingSet3'],
    ] as const) {
      await mkdir(join(folder, within), { recursive: true });
      await writeFile(join(folder, within, `${name}.mat`), recording(1000));
    }
    expect(await findDatasets(folder)).toEqual([{ source: `cpsc2018:${folder}`, alsoLike: [] }]);
    const { windows, skipped } = await openDataset(`cpsc2018:${folder}`, options);
    expect(windows.map(({ origin }) => origin.record)).toEqual(['A0001', 'A5000']);
    expect(skipped).toEqual([
      {
        recordName: 'A6000',
        reason: expect.stringMatching(/could not read the recording .*A6000\.mat/),
        unreadable: true,
      },
    ]);
  });

  it('skips files with another content, and says what they hold', async () => {
    const names = ['A0001', 'A0002', 'A0003', 'A0004', 'A0005', 'A0006'];
    const folder = await folderOf({
      'REFERENCE.csv': tableOf(...names.map((name) => `${name},1,,`)),
      'A0001.mat': level5([{ name: 'val', rows: dataOf(4) }]),
      'A0002.mat': matStruct('ECG', { data: dataOf(9, 8) }),
      'A0003.mat': recording(1000).subarray(0, 5000),
      'A0004.mat': '<html>please log in</html>',
      'A0005.mat': recording(900),
      'A0006.mat': recording(1000),
    });
    const { windows, skipped } = await openDataset(`cpsc2018:${folder}`, options);
    expect(windows).toHaveLength(1);
    const reasons = skipped.map(({ reason }) => reason);
    expect(reasons[0]).toMatch(/A0001\.mat holds val \[12, 4\]; expected ECG\.data \[12, samples\]/);
    expect(reasons[1]).toMatch(/A0002\.mat holds ECG\.data \[8, 9\], ECG \(struct\); expected/);
    expect(reasons[2]).toMatch(/A0003\.mat is cut short/);
    expect(reasons[3]).toMatch(/A0004\.mat is a web page/);
    expect(reasons[4]).toBe('too short: 1.8 s, a window takes 2 s');
  });

  it.each([
    ['a label of 10', 'A0001,10,,', /line 2: First_label "10" must be from 1 to 9/],
    ['no label', 'A0001,,,', /line 2: First_label is empty/],
    [
      'a recording twice',
      'A0001,1,,\nA0001,2,,',
      /line 2: Recording A0001 is on the lines 2, 3 with different cells/,
    ],
    ['a recording in another folder', '../A0001,1,,', /line 2: Recording "\.\.\/A0001" must be a name/],
  ])('refuses a table with %s', async (_, rows, words) => {
    const folder = await folderOf({ 'REFERENCE.csv': tableOf(rows), 'A0001.mat': recording(1000) });
    expect(await errorOf(openDataset(`cpsc2018:${folder}`, options))).toMatch(words);
  });
});
