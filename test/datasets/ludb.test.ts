// ludb:DIR, tested with the real records if they are available, and with folders made here.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAnnotations } from '#lib/codecs/wfdb/read.js';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import { openDataset } from '#lib/datasets/dataset.js';
import { ludb } from '#lib/datasets/kinds/ludb.js';
import { classNames } from '#lib/signal/class-table.js';
import { ecgClasses } from '#lib/signal/classes.js';
import { dataFolder, titleWithData } from '../helpers/data.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';

const options = { fsHz: 250, seconds: 10 };
const real = dataFolder('ludb');

describe.skipIf(real === undefined)(titleWithData('LUDB', 'ludb'), () => {
  it('reads 150 patients of 10 s, with the labels of the table', async () => {
    const set = await openDataset(`ludb:${real}`, options);
    expect([set.windows.length, set.lengthSamples, set.leads.join(), set.skipped]).toEqual([
      150,
      2500,
      'II',
      [],
    ]);
    expect(new Set(set.windows.map(({ origin }) => origin.patient)).size).toBe(150);
    const labelled = (label: string) => set.windows.filter(({ labels }) => labels!.includes(label)).length;
    expect(labelled('Sinus rhythm')).toBe(105);
    expect(labelled('Sinus bradycardia')).toBe(20);
    expect(labelled('Atrial fibrillation')).toBe(14);
    expect(labelled('Atrial flutter, typical')).toBe(3);
    expect(labelled('Left ventricular hypertrophy')).toBe(91);
    const counts = ecgClasses.map(
      (name) => set.windows.filter(({ classes }) => classes.includes(name)).length,
    );
    expect(counts).toEqual([8, 14, 3, 7, 0]);
    const others = classNames.slice(ecgClasses.length).flatMap((name) => {
      const count = set.windows.filter(({ classes }) => classes.includes(name)).length;
      return count === 0 ? [] : [`${name} ${count}`];
    });
    expect(others).toEqual([
      ...['sbrad 20', 'stach 3', 'sarrh 5', 'pac 7', 'avb1 10', 'avb3 5', 'clbbb 4', 'crbbb 4', 'irbbb 26'],
      ...['lafb 15', 'paced 9', 'lvh 91', 'ste 8'],
    ]);
    const normal = set.windows.filter(({ classes }) => classes.includes('normal'));
    expect(normal.map(({ origin }) => origin.record)).toEqual([
      ...['56', '58', '62', '119', '123', '135', '142', '149'],
    ]);
  });

  it('has the wave marks of lead II in .ii', async () => {
    const marks = await readAnnotations(join(real!, 'data/1'), 'ii');
    const count = (symbol: string) => marks.filter((mark) => mark.symbol === symbol).length;
    expect(['(', ')', 'p', 'N', 't'].map(count)).toEqual([16, 16, 5, 6, 5]);
  });
});

const header =
  'ID,Sex,Age,Rhythms,Electric axis of the heart,Conduction abnormalities,Extrasystolies,Hypertrophies,' +
  'Cardiac pacing,Ischemia,Non-specific repolarization abnormalities,Other states';

/** Makes a folder whose table separates rows by CRLF and the statements of a cell by LF, like the published table. */
async function folderWith(...rows: string[]): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'ludb.csv'), [header, ...rows, ''].join('\r\n'));
  await mkdir(join(folder, 'data'));
  for (let id = 1; id <= rows.length; id++) {
    const wave = (period: number) => Float32Array.from({ length: 5000 }, (_, n) => (n % period) / 1000);
    const signalsMv = [wave(50), wave(70 + id)];
    await writeRecord(join(folder, 'data'), { name: String(id), fsHz: 500, leads: ['i', 'ii'], signalsMv });
  }
  return folder;
}

describe('ludb:DIR', () => {
  it('uses every statement as a label, and calls a record normal only if it has no other finding', async () => {
    const axis = 'Electric axis of the heart: normal';
    const folder = await folderWith(
      `1,"F\n","51\n",Sinus rhythm,${axis},,,,,,,`,
      `2,"M\n","64\n",Sinus rhythm,Electric axis of the heart: left axis deviation,,,,,,,`,
      `3,"M\n",,Sinus bradycardia,${axis},,,,,,,`,
      `4,"M\n",,Sinus rhythm,${axis},,,"Left atrial hypertrophy\nLeft ventricular hypertrophy\n",,,,`,
      `5,"M\n",,"Atrial fibrillation\nAberrant conduction",${axis},,"Ventricular extrasystole, type: single pvc",,,,,`,
      `6,"M\n",,"Atrial flutter, typical",,,"Atrial extrasystole: low atrial",,,,,`,
      `7,"M\n",,"Sinus rhythm\nWandering atrial pacemaker",${axis},,,,,,,`,
      `8,"M\n",,Sinus rhythm,${axis},,,,,,,Early repolarization syndrome`,
      `9,"M\n",,,,,,,,,,`,
    );
    const { windows, leads, unit } = await openDataset(`ludb:${folder}`, options);
    expect([leads, unit]).toEqual([['II'], 'arbitrary']);
    expect(windows.map(({ classes }) => classes)).toEqual([
      ...[['normal'], [], ['sbrad'], ['lvh'], ['af', 'pvc'], ['aflt', 'pac'], [], [], []],
    ]);
    expect(windows[3]!.labels).toEqual([
      'Sinus rhythm',
      axis,
      'Left atrial hypertrophy',
      'Left ventricular hypertrophy',
    ]);
    expect(windows[4]!.labels).toContain('Aberrant conduction');
    expect(windows[8]!.labels).toEqual([]);
    expect(windows[0]).toMatchObject({ origin: { record: '1', patient: '1' }, startS: 0 });
    const whole = await openDataset(`ludb:${folder}`, { fsHz: 500, seconds: 5 });
    expect(whole.windows.length).toBe(18);
    expect(whole.windows[2]!.signal[71]).toBeCloseTo(0.071, 6);
  });

  it('skips damaged and missing records and states the reason', async () => {
    const row = (id: number) => `${id},F,51,Sinus rhythm,,,,,,,,`;
    const folder = await folderWith(row(1), row(2), row(3), row(4));
    await writeFile(join(folder, 'data/2.dat'), 'x');
    await rm(join(folder, 'data/3.hea'));
    const signalsMv = [Float32Array.from({ length: 5000 }, (_, n) => (n % 9) / 9)];
    await writeRecord(join(folder, 'data'), { name: '4', fsHz: 500, leads: ['v1'], signalsMv });
    const { windows, skipped } = await openDataset(`ludb:${folder}`, options);
    expect(windows.map(({ origin }) => origin.record)).toEqual(['1']);
    expect(skipped.map(({ recordName, reason }) => `${recordName}: ${reason}`)).toEqual([
      expect.stringMatching(/^2: signal file .* holds 1 bytes/),
      expect.stringMatching(/^3: could not read the header/),
      expect.stringMatching(/^4: no lead II; it has v1/),
    ]);
  });

  it.each([
    ['an ID that leads out of the folder', '../1,F,51,Sinus rhythm,,,,,,,,', 'line 2: ID "../1"'],
    ['an empty ID', ',F,51,Sinus rhythm,,,,,,,,', 'line 2: ID ""'],
    ['a repeated ID', '1,F,51,,,,,,,,,\r\n1,F,51,,,,,,,,,', 'line 3: ID 1 is already on line 2'],
    ['a truncated row', '1,F,51', 'line 2: it has 3 cells where the head has 12'],
  ])('skips a row with %s', async (_, row, words) => {
    const folder = await folderWith(row, '9,F,51,Sinus rhythm,,,,,,,,');
    const entries = await ludb.list(folder, options, []);
    expect(entries.at(-1)).toMatchObject({ recordName: '9', labels: ['Sinus rhythm'] });
    const flawed = entries.flatMap(({ recordName, flaw }) =>
      flaw === undefined ? [] : [`${recordName}: ${flaw}`],
    );
    expect(flawed).toEqual([expect.stringContaining(words)]);
  });

  it('reports a missing table and a missing column', async () => {
    const folder = await temporaryFolder();
    expect(await errorOf(openDataset(`ludb:${folder}`, options))).toMatch(/^ERR_NOT_FOUND: .*ludb\.csv/);
    await writeFile(join(folder, 'ludb.csv'), 'ID,Sex\n1,F\n');
    expect(await errorOf(openDataset(`ludb:${folder}`, options))).toMatch(/^ERR_CSV: .*column "Rhythms"/);
    expect([
      ludb.recognizes(new Set(['ludb.csv', 'data'])),
      ludb.recognizes(new Set(['labels.csv'])),
    ]).toEqual([true, false]);
  });
});
