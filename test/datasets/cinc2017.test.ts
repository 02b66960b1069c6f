// cinc2017:DIR, tested with the real recordings if they are available, and with folders made here.

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataset } from '#lib/datasets/dataset.js';
import { cinc2017 } from '#lib/datasets/kinds/cinc2017.js';
import { dataFolder, titleWithData } from '../helpers/data.js';
import { errorOf, folderOf, temporaryFolder } from '../helpers/folder.js';
import { triangle, writeMatRecord } from '../helpers/mat-record.js';

const real = dataFolder('cinc2017');

describe.skipIf(real === undefined)(titleWithData('CinC 2017', 'cinc2017'), () => {
  it('lists 300 recordings: N 150, A 50, O 70, ~ 30', async () => {
    const entries = await cinc2017.list(real!, { fsHz: 300, seconds: 9 }, []);
    const count = (label: string) => entries.filter(({ labels }) => labels.includes(label)).length;
    expect([entries.length, ...['N', 'A', 'O', '~'].map(count)]).toEqual([300, 150, 50, 70, 30]);
    expect(new Set(entries.map(({ patientId }) => patientId)).size).toBe(300);
  });

  it('cuts every recording of 9-61 s into windows and skips none', async () => {
    const set = await openDataset(`cinc2017:${real}`, { fsHz: 300, seconds: 9 });
    const perRecord = new Map<string, number>();
    for (const { origin } of set.windows)
      perRecord.set(origin.record, (perRecord.get(origin.record) ?? 0) + 1);
    expect([perRecord.size, set.skipped, set.leads.join()]).toEqual([300, [], 'ECG']);
    expect([Math.min(...perRecord.values()), Math.max(...perRecord.values())]).toEqual([1, 6]);
    for (const { labels, classes } of set.windows)
      expect(classes).toEqual({ N: ['normal'], A: ['af'], O: [], '~': [] }[labels!.join()]);
  });
});

describe('cinc2017:DIR', () => {
  const options = { fsHz: 300, seconds: 2 };
  const recording = (samples: number) =>
    ({ fsHz: 300, leads: ['ECG'], adc: [triangle(samples, 40)] }) as const;

  it('labels recordings and cuts them into windows, with and without subfolders, and states skipped recordings', async () => {
    const folder = await temporaryFolder();
    await writeMatRecord(folder, 'A00001', recording(1300));
    await writeMatRecord(folder, 'A01/A01002', recording(600));
    await writeMatRecord(folder, 'A00003', recording(599));
    await writeMatRecord(folder, 'A00004', recording(600));
    await writeFile(join(folder, 'A00004.mat'), 'x');
    await writeMatRecord(folder, 'A00006', { ...recording(600), adc: [new Int16Array(600)] });
    await writeMatRecord(folder, 'A00007', recording(600));
    const rows = ['A00001,N', 'A01002,A', 'A00003,O', 'A00004,~', 'A00005,A', 'A00006,O', ' A00007 , ~ ', ''];
    await writeFile(join(folder, 'REFERENCE.csv'), rows.join('\r\n'));
    const { windows, skipped } = await openDataset(`cinc2017:${folder}`, options);
    expect(
      windows.map((one) => [one.origin.record, one.origin.patient, one.startS, one.classes, one.labels]),
    ).toEqual([
      ['A00001', 'A00001', 0, ['normal'], ['N']],
      ['A00001', 'A00001', 2, ['normal'], ['N']],
      ['A01002', 'A01002', 0, ['af'], ['A']],
      ['A00007', 'A00007', 0, [], ['~']],
    ]);
    expect(windows[0]!.signal).toEqual(Float32Array.from(triangle(600, 40), (adc) => adc / 1000));
    expect(skipped.map(({ recordName, reason }) => `${recordName}: ${reason}`)).toEqual([
      expect.stringMatching(/^A00003: too short: 1\.997 s/),
      expect.stringMatching(/^A00004: signal file .* holds 1 bytes/),
      expect.stringMatching(/^A00005: could not read the header/),
      expect.stringMatching(/^A00006: 1 of 1 windows: flat/),
    ]);
  });

  it.each([
    ['an unknown label', 'A00002,X', 'line 2: "A00002,X" must be a record and its label'],
    ['a record outside the folder', '../A00001,N', 'line 2: "../A00001,N"'],
    ['a broken quote', '"A00002,N', 'line 2: the quote of cell 1 is not closed'],
    ['a repeated record', 'A00001,A', 'line 2: the record A00001 is on the lines 1, 2 with different cells'],
  ])('skips a row with %s', async (_, row, words) => {
    const folder = await temporaryFolder();
    for (const name of ['A00001', 'A00009']) await writeMatRecord(folder, name, recording(600));
    await writeFile(join(folder, 'REFERENCE.csv'), `A00001,N\n${row}\nA00009,A`);
    const { windows, skipped } = await openDataset(`cinc2017:${folder}`, options);
    expect(windows.at(-1)!.origin.record).toBe('A00009');
    const { recordName, reason, unreadable } = skipped.at(-1)!;
    expect(`${recordName}: ${reason}`).toContain(words);
    expect(unreadable).toBe(true);
  });

  it.each([
    ['a head', 'record,label\nA00001,N\nA00002,A\nA00003,~'],
    ['a head in another order', 'Label;File_Name\nN;A00001\nA;A00002.mat\n~;A00003.hea'],
    ['semicolons and CR', 'A00001;N\rA00002;A\rA00003;~'],
    ['tabs, quotes and a byte order mark', '\uFEFF"A00001"\tN\n A00002\t"A"\nA00003\t~\t\n'],
  ])('reads a table with %s', async (_, table) => {
    const folder = await folderOf({ 'REFERENCE.csv': table });
    for (const name of ['A00001', 'A00002', 'A00003']) await writeMatRecord(folder, name, recording(600));
    const { windows, skipped } = await openDataset(`cinc2017:${folder}`, options);
    expect([windows.flatMap(({ labels }) => labels ?? []), skipped]).toEqual([['N', 'A', '~'], []]);
  });

  it('takes the newest table of labels, and states how an older one differs', async () => {
    const folder = await folderOf({
      'REFERENCE.csv': 'A00001,N\nA00002,N',
      'REFERENCE-v3.csv': 'A00001,N\nA00002,A',
    });
    for (const name of ['A00001', 'A00002']) await writeMatRecord(folder, name, recording(600));
    const cacheFolder = join(await temporaryFolder(), 'cache');
    const labelsOf = async () => {
      const { windows, notes = [] } = await openDataset(`cinc2017:${folder}`, { ...options, cacheFolder });
      return [windows.flatMap(({ labels }) => labels ?? []), notes];
    };
    const note =
      'the labels come from REFERENCE-v3.csv; REFERENCE.csv has another label for 1 record, such as A00002 (N, now A)';
    expect(await labelsOf()).toEqual([['N', 'A'], [note]]);
    expect(await labelsOf()).toEqual([['N', 'A'], [note]]); // from the cache
    await writeFile(join(folder, 'REFERENCE-v3.csv'), 'A00001,N\nA00002,N');
    expect(await labelsOf()).toEqual([['N', 'N'], []]);
    await rm(join(folder, 'REFERENCE.csv'));
    expect(await labelsOf()).toEqual([['N', 'N'], []]);
  });

  it('states that the headers are missing, and that a table has no rows', async () => {
    const folder = await folderOf({ 'REFERENCE.csv': 'A00001,N', 'A00001.mat': 'x' });
    const error = await errorOf(openDataset(`cinc2017:${folder}`, options));
    expect(error).toContain('the folder has .mat files but no headers (.hea)');
    await writeFile(join(folder, 'REFERENCE.csv'), '\n');
    expect(await errorOf(openDataset(`cinc2017:${folder}`, options))).toMatch(/^ERR_CSV: .*holds no rows/);
  });

  it('opens no signal file outside its folder, and reports a missing table', async () => {
    const folder = await folderOf({
      'REFERENCE.csv': '\uFEFFA00001,N',
      'A00001.hea': 'A00001 1 300 600\n../x.mat 16+24 1000/mV 16 0 0 0 0 ECG\n',
    });
    expect(await errorOf(openDataset(`cinc2017:${folder}`, options))).toContain('points outside its folder');
    const empty = await temporaryFolder();
    expect(await errorOf(openDataset(`cinc2017:${empty}`, options))).toMatch(
      /^ERR_NOT_FOUND.*REFERENCE\.csv/,
    );
  });

  it('distinguishes its folder from that of CPSC 2018', () => {
    const recognized = [
      ['REFERENCE.csv', 'A00001.hea'],
      ['REFERENCE.csv', 'A00', 'A01'],
      ['REFERENCE.csv', 'A0001.hea'],
      ['A00001.hea'],
      ['REFERENCE-v3.csv', 'A00001.mat'],
    ];
    expect(recognized.map((names) => cinc2017.recognizes(new Set(names)))).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
  });
});
