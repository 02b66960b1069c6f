// Data sets of WFDB records with oddities of published files: the windows and labels are those of the recording.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatAnnotations } from '#lib/codecs/wfdb/annotations.js';
import { openDataset } from '#lib/datasets/dataset.js';
import { surveyDataset } from '#lib/datasets/survey.js';
import { folderOf, temporaryFolder } from '../helpers/folder.js';
import { level4, level5 } from '../helpers/mat-file.js';
import { triangle, writeMatRecord } from '../helpers/mat-record.js';

const mark = (sample: number, symbol: string, aux = '') => ({
  ...{ sample, symbol, subtype: 0, channel: 0, number: 0, aux },
});

describe('mitdb:DIR with several samples per frame', () => {
  it.each([1, 2, 4])('places rhythms by frames: %i samples per frame', async (perFrame) => {
    const [frameHz, seconds] = [100, 12];
    const length = perFrame * frameHz * seconds;
    const beats = Array.from({ length: seconds }, (_, n) => mark(n * frameHz + 50, 'N'));
    const folder = await folderOf({
      '100.hea': `100 1 ${frameHz} ${frameHz * seconds}\n100.dat 16x${perFrame} 1000/mV 16 0 0 0 0 MLII\n`,
      '100.dat': new Uint8Array(triangle(length, 50).buffer),
      '100.atr': formatAnnotations([mark(0, '+', '(N'), mark(8 * frameHz, '+', '(AFIB'), ...beats]),
    });
    const { windows } = await openDataset(`mitdb:${folder}`, { fsHz: 100, seconds: 2 });
    expect(windows.map(({ startS, classes }) => [startS, classes[0]])).toEqual([
      ...[0, 2, 4, 6].map((startS) => [startS, 'normal']),
      ...[8, 10].map((startS) => [startS, 'af']),
    ]);
  });

  it('gives no window behind the last sample, and sorts annotations', async () => {
    // A time that goes back is written as an interval of -900: 0xfffffc7c, high word first.
    const back = [0, 59 << 2, 0xff, 0xff, 0x7c, 0xfc];
    const rhythm = (sample: number, aux: string) => [
      ...[sample & 0xff, (28 << 2) | (sample >> 8), aux.length, 63 << 2, ...Buffer.from(aux)],
      ...(aux.length % 2 === 1 ? [0] : []),
    ];
    const folder = await folderOf({
      '100.hea': '100 1 100 400\n100.dat 16 1000/mV 16 0 0 0 0 MLII\n',
      '100.dat': new Uint8Array(triangle(400, 50).buffer),
      '100.atr': Uint8Array.from([...rhythm(900, '(AFL'), ...back, ...rhythm(0, '(AFIB'), 0, 0]),
    });
    const { windows } = await openDataset(`mitdb:${folder}`, { fsHz: 100, seconds: 2 });
    expect(windows.map(({ startS, classes }) => [startS, classes])).toEqual([
      [0, ['af']],
      [2, ['af']],
    ]);
  });
});

describe('cinc2021:DIR', () => {
  const leads = ['I', 'II'];
  const adc = [triangle(1000, 40), triangle(1000, 70)];

  it('reads headers whose record line names the .mat file', async () => {
    const folder = await temporaryFolder();
    await writeMatRecord(folder, 'E00001', { fsHz: 500, leads, adc, comments: ['#Dx: 164889003'] });
    const header = join(folder, 'E00001.hea');
    await writeFile(header, (await readFile(header, 'utf8')).replace(/^E00001/, 'E00001.mat'));
    const { windows } = await openDataset(`cinc2021:${folder}`, { fsHz: 500, seconds: 2 });
    expect(windows.map(({ origin, classes, leads: read }) => [origin.record, classes, read])).toEqual([
      ['E00001', ['af'], ['II']],
    ]);
  });

  it.each([
    ['level 4 of [samples, leads]', (rows: number[][]) => level4({ name: 'val', rows })],
    ['level 5', (rows: number[][]) => level5([{ name: 'val', rows }], { compress: true })],
  ])('reads lead II of a MATLAB file: %s', async (_, write) => {
    const folder = await temporaryFolder();
    await writeMatRecord(folder, 'E00001', { fsHz: 500, leads, adc, comments: ['#Dx: 164889003'] });
    const whole = await openDataset(`cinc2021:${folder}`, { fsHz: 500, seconds: 2 });
    const rows = [...adc[0]!].map((first, n) => [first, adc[1]![n]!]);
    await writeFile(join(folder, 'E00001.mat'), write(rows));
    const { windows } = await openDataset(`cinc2021:${folder}`, { fsHz: 500, seconds: 2 });
    expect(windows.map(({ signal }) => signal)).toEqual(whole.windows.map(({ signal }) => signal));
  });

  it('counts and reads a record whose samples contradict its header', async () => {
    const folder = await temporaryFolder();
    await writeMatRecord(folder, 'E00001', { fsHz: 500, leads, adc, comments: ['#Dx: 164889003'] });
    const header = join(folder, 'E00001.hea');
    await writeFile(header, (await readFile(header, 'utf8')).replace('16 0 0 0 0 II', '16 0 0 77 0 II'));
    const { windows, unreadable, recordNotes } = await surveyDataset(`cinc2021:${folder}`, { seconds: 2 });
    expect([windows, unreadable]).toEqual([1, []]);
    expect(recordNotes).toEqual([
      { recordName: 'E00001', note: 'the checksum of II is not the one that the header states (77)' },
    ]);
  });
});
