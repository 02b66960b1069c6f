// npy:DIR, tested with tables and arrays made here. test/codecs/npy/judge.test.ts reads arrays of NumPy.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { floatToHalf } from '#lib/base/half.js';
import type { NpyData, NpyType } from '#lib/codecs/npy/types.js';
import { NpyWriter } from '#lib/codecs/npy/write.js';
import { openDataset } from '#lib/datasets/dataset.js';
import { npyFolder } from '#lib/datasets/kinds/npy-folder.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';

const options = { fsHz: 100, seconds: 2 };

interface Made {
  readonly table?: string;
  /** The text of meta.json, or a value that is written as JSON. With null, the file is missing. */
  readonly meta?: unknown;
  readonly type?: NpyType;
  readonly rowShape?: readonly number[];
  readonly data?: NpyData;
}

/** Returns multiples of an eighth of a millivolt, which every type holds exactly. */
const wave = (length: number) => Float32Array.from({ length }, (_, n) => ((n * 7) % 31) / 8);

async function folderWith({
  table = 'label\naf\nnormal\n',
  meta = { fsHz: 100 },
  type = 'float32',
  rowShape = [500],
  data = wave(1000),
}: Made): Promise<string> {
  const folder = await temporaryFolder();
  const writer = await NpyWriter.open(join(folder, 'signals.npy'), type, rowShape);
  await writer.append(data);
  await writer.close();
  await writeFile(join(folder, 'labels.csv'), table);
  if (meta !== null)
    await writeFile(join(folder, 'meta.json'), typeof meta === 'string' ? meta : JSON.stringify(meta));
  return folder;
}

describe('npy:DIR', () => {
  it('reads rows in the order of the lines, cuts them into windows, and accepts any words as labels', async () => {
    const folder = await folderWith({ table: 'label\naf;LVH;af\n;\n' });
    const set = await openDataset(`npy:${folder}`, options);
    expect(
      set.windows.map((one) => [one.origin.record, one.origin.patient, one.startS, one.classes, one.labels]),
    ).toEqual([
      ['row0', 'row0', 0, ['af', 'lvh'], ['af', 'LVH']],
      ['row0', 'row0', 2, ['af', 'lvh'], ['af', 'LVH']],
      ['row1', 'row1', 0, [], []],
      ['row1', 'row1', 2, [], []],
    ]);
    expect([set.leads.join(), set.skipped]).toEqual(['ECG', []]);
    expect(set.windows[3]!.signal).toEqual(wave(1000).slice(700, 900));
  });

  it('accepts both kinds of line ends, and empty labels', async () => {
    const folder = await folderWith({ table: 'label\r\n""\naf\r\n' });
    const { windows } = await openDataset(`npy:${folder}`, options);
    expect(windows.map(({ origin, classes }) => [origin.record, classes])).toEqual([
      ['row0', []],
      ['row0', []],
      ['row1', ['af']],
      ['row1', ['af']],
    ]);
  });

  it('reads rows, patients, folds and rates from the table if it has these columns', async () => {
    const table = 'label,fs_hz,row,patient,fold\nnormal,200,1,p7,10\naf,,0,p7,\n';
    const { windows } = await openDataset(`npy:${await folderWith({ table })}`, options);
    expect(
      windows.map(({ origin, fold, classes, startS }) => [
        origin.record,
        origin.patient,
        fold,
        classes,
        startS,
      ]),
    ).toEqual([
      ['row1', 'p7', 10, ['normal'], 0],
      ['row0', 'p7', undefined, ['af'], 0],
      ['row0', 'p7', undefined, ['af'], 2],
    ]);
    const bare = await folderWith({ table: 'label,fs_hz\naf,100\nnormal,100\n', meta: null });
    expect((await openDataset(`npy:${bare}`, options)).windows.length).toBe(4);
  });

  it('uses lead II, otherwise MLII, otherwise the first lead', async () => {
    const cut = async (meta: unknown) => {
      const folder = await folderWith({ rowShape: [2, 250], meta });
      const { leads, windows } = await openDataset(`npy:${folder}`, options);
      return [leads.join(), windows[1]!.signal];
    };
    expect(await cut({ fsHz: 100, leads: ['V1', 'ii'] })).toEqual(['ii', wave(1000).slice(750, 950)]);
    expect(await cut({ fsHz: 100, leads: ['MLII', 'V1'] })).toEqual(['MLII', wave(1000).slice(500, 700)]);
    expect(await cut({ fsHz: 100, leads: ['V1', 'V2'] })).toEqual(['V1', wave(1000).slice(500, 700)]);
    expect(await cut({ fsHz: 100 })).toEqual(['signal 0', wave(1000).slice(500, 700)]);
  });

  it.each([
    ['float32', 'mV', wave(1000)],
    ['float64', 'V', Float64Array.from(wave(1000), (mv) => mv / 1000)],
    ['float16', undefined, floatToHalf(wave(1000))],
    ['int16', undefined, Int16Array.from(wave(1000), (mv) => mv * 1000)],
    ['int16', 'uV', Int16Array.from(wave(1000), (mv) => mv * 1000)],
    ['float32', 'uV', wave(1000).map((mv) => mv * 1000)],
  ] as const)('reads %s in %s as millivolts', async (type, unit, data) => {
    const folder = await folderWith({ type, data, meta: { fsHz: 100, unit, source: 'ours' } });
    const { windows } = await openDataset(`npy:${folder}`, options);
    expect(windows[2]!.signal).toEqual(wave(1000).slice(500, 700));
  });

  it('skips windows with missing or flat samples, and rows that are too short', async () => {
    const data = wave(1000);
    data[250] = Number.NaN;
    data.fill(0, 700);
    const table = 'label,fs_hz\naf,100\nnormal,100\n';
    const { windows, skipped } = await openDataset(`npy:${await folderWith({ data, table })}`, options);
    expect(windows.map(({ origin, startS }) => [origin.record, startS])).toEqual([
      ['row0', 0],
      ['row1', 0],
    ]);
    expect(skipped.map(({ recordName, reason }) => `${recordName}: ${reason}`)).toEqual([
      expect.stringMatching(/^row0: 1 of 2 windows: missing samples, the first at 2\.0 s/),
      expect.stringMatching(/^row1: 1 of 2 windows: flat, the first at 2\.0 s/),
    ]);
    const slow = await folderWith({ table: 'label,fs_hz\naf,400\nnormal,100\n' });
    expect((await openDataset(`npy:${slow}`, options)).skipped).toEqual([
      { recordName: 'row0', reason: 'too short: 1.25 s, a window takes 2 s' },
    ]);
  });

  it.each([
    ['a row beyond the array', 'label,row\naf,0\naf,2', 'line 3: row "2" must be a whole number from 0 to 1'],
    ['a row below 0', 'label,row\naf,-1', 'line 2: row "-1"'],
    ['a row by name', 'label,row\naf,first', 'line 2: row "first"'],
    ['more lines than rows', 'label\naf\naf\naf', "line 4: row 2 (the line's place)"],
    ['a repeated row', 'label,row\naf,1\naf,1', 'line 3: row 1 appears twice'],
    ['a fold of 11', 'label,fold\naf,11', 'line 2: fold "11"'],
    ['a rate of 0', 'label,fs_hz\naf,0', 'line 2: fs_hz "0"'],
    ['a rate in words', 'label,fs_hz\naf,fast', 'line 2: fs_hz "fast"'],
    ['no label column', 'row\n0', 'column "label"'],
    ['fewer lines than rows', 'label\naf', 'has 1 lines for the 2 rows of signals.npy; give each row a line'],
    ['an empty line for a row', 'label\n\naf', 'has 1 lines for the 2 rows'],
  ])('refuses a table with %s', async (_, table, words) => {
    const error = await errorOf(openDataset(`npy:${await folderWith({ table })}`, options));
    expect(error).toMatch(/^ERR_CSV: table .*labels\.csv/);
    expect(error).toContain(words);
  });

  it.each([
    ['invalid JSON', '{fsHz: 100}', 'is not JSON'],
    ['a list instead of an object', [100], 'must hold an object'],
    ['a rate below 0', { fsHz: -1 }, 'must have as "fsHz" a number above 0'],
    ['a rate as text', { fsHz: '100' }, 'must have as "fsHz" a number above 0'],
    ['another unit', { fsHz: 100, unit: 'g' }, 'must have as "unit" mV, uV, V, sd or arbitrary'],
    ['leads as text', { fsHz: 100, leads: 'II' }, 'must have as "leads" a list of names'],
    ['too many leads', { fsHz: 100, leads: ['I', 'II'] }, '1 leads, but meta.json names 2: I, II'],
  ])('refuses a meta.json with %s', async (_, meta, words) => {
    const error = await errorOf(openDataset(`npy:${await folderWith({ meta })}`, options));
    expect(error).toMatch(/^ERR_NPY: /);
    expect(error).toContain(words);
  });

  it.each([
    ['one dimension', { rowShape: [] }, 'of shape (1000)'],
    ['four dimensions', { rowShape: [1, 5, 100] }, 'of shape (2,1,5,100)'],
    ['no rows', { data: new Float32Array(0) }, 'of shape (0,500)'],
    ['bytes', { type: 'uint8', data: new Uint8Array(1000) }, 'holds uint8'],
    ['leads in the last dimension', { rowShape: [250, 2] }, 'more leads than samples'],
    ['whole millivolts', { type: 'int16', data: new Int16Array(1000), meta: { unit: 'mV' } }, 'read as uV'],
  ] as const)('refuses an array of %s', async (_, made, words) => {
    const error = await errorOf(openDataset(`npy:${await folderWith(made)}`, options));
    expect(error).toMatch(/^ERR_NPY: .*signals\.npy/);
    expect(error).toContain(words);
  });

  it('reports a missing rate, array or table, and a file that is not an array', async () => {
    const folder = await folderWith({ meta: null });
    expect(await errorOf(openDataset(`npy:${folder}`, options))).toMatch(
      /^ERR_CSV: .*line 2: fs_hz is empty and meta\.json has no "fsHz"/,
    );
    await writeFile(join(folder, 'signals.npy'), 'x');
    expect(await errorOf(openDataset(`npy:${folder}`, options))).toMatch(/^ERR_NPY: .*is not a \.npy file/);
    const empty = await temporaryFolder();
    expect(await errorOf(openDataset(`npy:${empty}`, options))).toMatch(/^ERR_NOT_FOUND: .*labels\.csv/);
    await writeFile(join(empty, 'labels.csv'), 'label\naf\n');
    expect(await errorOf(openDataset(`npy:${empty}`, options))).toMatch(/^ERR_NOT_FOUND: .*signals\.npy/);
    const names = [['signals.npy', 'labels.csv'], ['signals.npy'], ['labels.csv']];
    expect(names.map((some) => npyFolder.recognizes(new Set(some)))).toEqual([true, false, false]);
  });
});
