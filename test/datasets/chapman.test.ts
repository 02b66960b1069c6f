// chapman:DIR, with tables and recordings that are made here.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataset, selectTask } from '#lib/datasets/dataset.js';
import { findDatasets } from '#lib/datasets/recognize.js';
import { errorOf, folderOf } from '../helpers/folder.js';

const options = { fsHz: 500, seconds: 2 };
const leads = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'];
const columns = 'FileName,Rhythm,Beat,PatientAge,Gender';

/** Lines of 12 values in uV: value k of line n is 100 k + n % 50. */
const linesOf = (count: number) =>
  Array.from({ length: count }, (_, n) => leads.map((__, lead) => 100 * lead + (n % 50)).join(','));

async function release(rows: readonly string[], within = 'ECGData') {
  const folder = await folderOf({ 'Diagnostics.csv': `${[columns, ...rows].join('\n')}\n` });
  await mkdir(join(folder, within), { recursive: true });
  const write = (name: string, lines: readonly string[], end = '\n') =>
    writeFile(join(folder, within, `${name}.csv`), lines.join(end) + end);
  return { folder, write };
}

describe('chapman:DIR', () => {
  it('reads lead II in mV, with and without a header, and the abbreviations of this table', async () => {
    const { folder, write } = await release([
      'MUSE_1,SR,NONE,50,MALE',
      'MUSE_2,AF,RBBB TWC,50,MALE',
      'MUSE_3,AFIB,,50,MALE',
      'MUSE_4,SR,VPB,50,FEMALE',
      'MUSE_5,SB,STTC,50,FEMALE',
    ]);
    await write('MUSE_1', [leads.join(','), ...linesOf(1000)]);
    await write('MUSE_2', linesOf(1000), '\r\n');
    await write('MUSE_3', [`\uFEFF"${leads.join('","').toUpperCase()}"`, ...linesOf(1000)]);
    await write('MUSE_4', linesOf(2000));
    await write('MUSE_5', linesOf(1000));
    expect(await findDatasets(folder)).toEqual([{ source: `chapman:${folder}`, alsoLike: [] }]);
    const set = await openDataset(`chapman:${folder}`, options);
    expect(
      set.windows.map(({ origin, classes, labels }) => [origin.patient, classes.join(), labels!.join()]),
    ).toEqual([
      ['MUSE_1', 'normal', 'SR,426783006'],
      ['MUSE_2', 'aflt,crbbb', 'AF,RBBB,TWC,164890007,59118001,164934002'],
      ['MUSE_3', 'af', 'AFIB,164889003'],
      ['MUSE_4', 'pvc', 'SR,VPB,426783006,17338001'],
      ['MUSE_4', 'pvc', 'SR,VPB,426783006,17338001'],
      ['MUSE_5', 'sbrad', 'SB,STTC,426177001'],
    ]);
    expect(set.skipped).toEqual([]);
    for (const { signal, leads: read, unit } of set.windows) {
      expect([read.join(), unit, signal[0], signal[49]]).toEqual([
        'II',
        'mV',
        Math.fround(0.1),
        Math.fround(0.149),
      ]);
    }
    expect([...selectTask(set, 'AFIB:AF').labels]).toEqual([0, 1]);
    const v6 = await openDataset(`chapman:${folder}`, { ...options, leads: ['V6', 'aVR'] });
    expect([v6.windows[2]!.leads.join(), v6.windows[2]!.signal[0], v6.windows[2]!.signal[1000]]).toEqual([
      'V6,aVR',
      Math.fround(1.1),
      Math.fround(0.3),
    ]);
  });

  it('skips damaged recordings with the reason', async () => {
    const names = ['gone', 'text', 'cut', 'three', 'empty', 'short', 'gap', 'good'];
    const { folder, write } = await release(names.map((name) => `${name},SR,NONE,1,MALE`));
    const whole = linesOf(1000);
    await write('text', whole.with(7, 'a,b,c,d,e,f,g,h,i,j,k,l'));
    await write('cut', whole.with(999, '1,2,3'));
    await write('three', ['I,II,III', '1,2,3']);
    await write('empty', []);
    await write('short', linesOf(900));
    await write('gap', [leads.join(','), ...whole.with(3, ',,,,,,,,,,,'), ...linesOf(1000)]);
    await write('good', whole);
    const { windows, skipped } = await openDataset(`chapman:${folder}`, options);
    expect(windows.map(({ origin, startS }) => [origin.record, startS])).toEqual([
      ['gap', 2],
      ['good', 0],
    ]);
    const reasons = Object.fromEntries(skipped.map(({ recordName, reason }) => [recordName, reason]));
    expect(Object.keys(reasons)).toEqual(['gone', 'text', 'cut', 'three', 'empty', 'short', 'gap']);
    expect(reasons.gone).toMatch(/could not read the recording .*gone\.csv/);
    expect(reasons.text).toMatch(/text\.csv holds "a" in line 8; expected a number/);
    expect(reasons.cut).toMatch(/cut\.csv holds 3 numbers in line 1000; expected 12; it may be cut short/);
    expect(reasons.three).toMatch(/three\.csv has 3 columns in its first line; expected the 12 leads/);
    expect(reasons.empty).toMatch(/empty\.csv is empty/);
    expect(reasons.short).toBe('too short: 1.8 s, a window takes 2 s');
    expect(reasons.gap).toMatch(/1 of 2 windows: missing samples/);
  });

  it('prefers the raw recordings to the denoised ones, and reads files beside the table', async () => {
    const { folder, write } = await release(['MUSE_1,SR,NONE,50,MALE'], 'ECGDataDenoised');
    await write('MUSE_1', linesOf(1000));
    const first = async () => (await openDataset(`chapman:${folder}`, options)).windows[0]!.signal[1]!;
    expect(await first()).toBeCloseTo(0.101, 6);
    await mkdir(join(folder, 'ECGData'));
    await writeFile(join(folder, 'ECGData', 'MUSE_1.csv'), linesOf(1001).slice(1).join('\n'));
    expect(await first()).toBeCloseTo(0.102, 6);
    await rm(join(folder, 'ECGData'), { recursive: true });
    await rm(join(folder, 'ECGDataDenoised'), { recursive: true });
    await writeFile(join(folder, 'MUSE_1.csv'), linesOf(1000).join('\n'));
    expect(await first()).toBeCloseTo(0.101, 6);
  });

  it('says what to do with the spreadsheet, and refuses a table with errors', async () => {
    const sheet = await folderOf({ 'Diagnostics.xlsx': 'PK' });
    expect(await findDatasets(sheet)).toEqual([{ source: `chapman:${sheet}`, alsoLike: [] }]);
    expect(await errorOf(openDataset(`chapman:${sheet}`, options))).toMatch(
      /ERR_NOT_FOUND: .*no Diagnostics\.csv; open Diagnostics\.xlsx in a spreadsheet program and save it as CSV/,
    );
    const message = async (...rows: string[]) =>
      errorOf(openDataset(`chapman:${(await release(rows)).folder}`, options));
    expect(await message('a,SR,NONE,1,MALE', 'a,AF,NONE,1,MALE')).toMatch(
      /line 2: FileName a is on the lines 2, 3 with different cells/,
    );
    expect(await message(',SR,NONE,1,MALE')).toMatch(/line 2: FileName is empty/);
    expect(await message('a,,NONE,1,MALE')).toMatch(/line 2: Rhythm is empty/);
    expect(await message('../../a,SR,NONE,1,MALE')).toMatch(/\.\.\/a\.csv" points outside its folder/);
  });
});
