// cinc2021:DIR, tested with the real records if they are available, and with folders made here. Also checks the
// digits of the SNOMED codes.

import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataset } from '#lib/datasets/dataset.js';
import { cinc2021 } from '#lib/datasets/kinds/cinc2021.js';
import { snomedAbbreviations } from '#lib/datasets/kinds/snomed.js';
import { ecgClasses } from '#lib/signal/classes.js';
import { dataFolder, titleWithData } from '../helpers/data.js';
import { errorOf, folderOf, temporaryFolder } from '../helpers/folder.js';
import { judge } from '../helpers/judge.js';
import { triangle, writeMatRecord } from '../helpers/mat-record.js';
import { pythonWith } from '../helpers/python.js';

const real = dataFolder('cinc2021');
const python = pythonWith('wfdb');
const noJudge = python === undefined ? ' (SKIPPED: no python3 with the wfdb package; pip install wfdb)' : '';

describe.skipIf(real === undefined)(titleWithData('CinC 2021', 'cinc2021'), () => {
  it('reads the 50 records of three sources, with their codes and abbreviations', async () => {
    const set = await openDataset(`cinc2021:${real}`, { fsHz: 250, seconds: 10 });
    expect([set.windows.length, set.leads.join(), set.skipped]).toEqual([50, 'II', []]);
    const sources = ['E', 'HR', 'JS'].map(
      (source) => set.windows.filter(({ origin }) => origin.record.startsWith(source)).length,
    );
    expect(sources).toEqual([20, 10, 20]);
    const counts = ecgClasses.map(
      (name) => set.windows.filter(({ classes }) => classes.includes(name)).length,
    );
    // Sinus rhythm is the only diagnosis of 11 of 15 records. No record has atrial fibrillation.
    expect(counts).toEqual([11, 0, 0, 5, 0]);
    const labelled = (label: string) => set.windows.filter(({ labels }) => labels!.includes(label)).length;
    expect(['426783006', 'NSR', 'STach', 'PAC', 'PVC', 'LAE'].map(labelled)).toEqual([15, 15, 23, 20, 5, 1]);
    expect(set.windows.every(({ origin }) => origin.patient === origin.record)).toBe(true);
  });

  it.skipIf(python === undefined)(`reads lead II as the wfdb package does${noJudge}`, async () => {
    const { windows } = await openDataset(`cinc2021:${real}`, { fsHz: 500, seconds: 10 });
    const names = ['E07500', 'HR06000', 'JS20000'];
    const requests = names.map((name) => ({ path: join(real!, name), annotators: [] }));
    const seen = judge<{ leads: string[]; signals: string[] }[]>(python!, 'wfdb_judge.py', requests);
    for (const [n, { leads, signals }] of seen.entries()) {
      const { signal } = windows.find(({ origin }) => origin.record === names[n])!;
      const bytes = Uint8Array.from(Buffer.from(signals[leads.indexOf('II')]!, 'base64'));
      expect(signal).toEqual(new Float32Array(bytes.buffer));
    }
  });
});

describe('cinc2021:DIR', () => {
  const options = { fsHz: 100, seconds: 10 };
  const leads = ['I', 'II'];
  const recording = (fsHz: number, seconds: number, ...comments: string[]) => ({
    ...{ fsHz, leads, comments },
    adc: [new Int16Array(fsHz * seconds), triangle(fsHz * seconds, fsHz / 5)],
  });

  it('finds headers at any depth, derives classes from codes, and cuts records into windows', async () => {
    const folder = await temporaryFolder();
    await writeMatRecord(folder, 'E00001', recording(500, 10, '# Age: 3', '# Dx: 426783006'));
    await writeMatRecord(folder, 'E00002', recording(500, 10, '# Dx: 426783006,427172004'));
    await writeMatRecord(folder, 'ningbo/g1/JS1', recording(500, 10, '#Dx: 164889003, 164890007'));
    await writeMatRecord(folder, 'ptb/g1/S1', {
      ...recording(1000, 35, '# Dx: 74390002'),
      gain: '1000.0(0)/mv',
    });
    await writeMatRecord(folder, 'incart/I1', recording(257, 200, '# Dx: 426783006'));
    await writeMatRecord(folder, 'other/a', recording(500, 10, '# Dx: 17338001,164884008,17338001'));
    await writeMatRecord(folder, 'other/b', recording(500, 10, '# Dx: 195080001,999', '# Sx: 426783006'));
    await writeMatRecord(folder, 'other/c', recording(500, 10, '# Dx: Unknown'));
    const { windows, skipped } = await openDataset(`cinc2021:${folder}`, options);
    const shown = windows.map(({ origin, startS, classes, labels }) => [
      origin.record,
      startS,
      classes.join(),
      labels!.join(),
    ]);
    expect(shown.filter(([name]) => name !== 'incart/I1')).toEqual([
      ['E00001', 0, 'normal', '426783006,NSR'],
      ['E00002', 0, 'pvc', '426783006,NSR,427172004,PVC'],
      ['ningbo/g1/JS1', 0, 'af,aflt', '164889003,AF,164890007,AFL'],
      ['other/a', 0, 'pvc', '17338001,VPB,164884008,VEB'],
      ['other/b', 0, '', '195080001,AFAFL,999'],
      ['other/c', 0, '', ''],
      ...[0, 10, 20].map((startS) => ['ptb/g1/S1', startS, 'wpw', '74390002,WPW']),
    ]);
    const long = shown.filter(([name]) => name === 'incart/I1');
    expect([long.length, ...long[0]!.slice(1)]).toEqual([20, 0, '', '426783006,NSR']);
    expect([skipped, windows[0]!.origin.patient, windows.at(-1)!.origin.patient]).toEqual([
      [],
      'E00001',
      'ptb/g1/S1',
    ]);
  });

  it('skips damaged records and states the reason', async () => {
    const folder = await temporaryFolder();
    await writeMatRecord(folder, 'a', recording(500, 10, '# Dx: 164889003'));
    await writeMatRecord(folder, 'g1/cut', recording(500, 10));
    await writeFile(join(folder, 'g1/cut.mat'), 'x');
    await writeMatRecord(folder, 'g1/header', recording(500, 10));
    await writeFile(join(folder, 'g1/header.hea'), 'header 12 500');
    await writeMatRecord(folder, 'g1/short', recording(500, 9));
    await writeMatRecord(folder, 'g1/v1', { ...recording(500, 10), leads: ['V1', 'V2'] });
    await writeFile(join(folder, 'g1/gone.hea'), 'gone 1 500 5000\ngone.mat 16+24 1000/mV 16 0 0 0 0 II\n');
    await mkdir(join(folder, 'folder.hea'));
    const { windows, skipped } = await openDataset(`cinc2021:${folder}`, options);
    expect(windows.map(({ origin }) => origin.record)).toEqual(['a']);
    expect(skipped.map(({ recordName, reason }) => `${recordName}: ${reason}`)).toEqual([
      expect.stringMatching(/^g1\/cut: MATLAB file .* holds 1 bytes and states at least 20/),
      expect.stringMatching(/^g1\/gone: could not read the signal file/),
      expect.stringMatching(/^g1\/header: header .* it announces 12 signals and describes 0/),
      expect.stringMatching(/^g1\/short: too short: 9 s/),
      expect.stringMatching(/^g1\/v1: no lead II; it has V1, V2/),
    ]);
  });

  it('opens no file outside its folder, by name or by link', async () => {
    const outside = await temporaryFolder();
    await writeMatRecord(outside, 'x', recording(500, 10));
    const named = await folderOf({ 'a.hea': 'a 1 500 5000\n../x.mat 16+24 1000/mV 16 0 0 0 0 II\n' });
    expect(await errorOf(openDataset(`cinc2021:${named}`, options))).toContain(
      'names the signal file "../x.mat" outside its own folder',
    );
    const linked = await temporaryFolder();
    await symlink(join(outside, 'x.hea'), join(linked, 'x.hea'));
    expect(await errorOf(openDataset(`cinc2021:${linked}`, options))).toContain('points outside its folder');
    const round = await temporaryFolder();
    await writeMatRecord(round, 'g1/a', recording(500, 10));
    await symlink(round, join(round, 'g1/again'));
    expect((await openDataset(`cinc2021:${round}`, options)).windows.length).toBe(1);
  });

  it('reports a folder without headers, and recognizes its sources by name', async () => {
    const folder = await temporaryFolder();
    expect(await errorOf(openDataset(`cinc2021:${folder}`, options))).toContain('ERR_DATA_EMPTY');
    const names = ['JS00001.hea', 'HR00001.hea', 'A0001.hea', 'georgia', 'A00001.hea', 'a.hea', 'data'];
    expect(names.map((name) => cinc2021.recognizes(new Set([name])))).toEqual([
      ...[true, true, true, true, false, false, false],
    ]);
    expect(cinc2021.recognizes(new Set(['S0001.hea', 'labels.csv']))).toBe(false);
  });
});

describe('the table of SNOMED codes', () => {
  // The last digit of an SCTID is a Verhoeff check digit: it detects any wrong digit and any two swapped digits.
  const isValid = (code: string) => {
    const turn = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    const permuted = (digit: number, times: number) => {
      let result = digit;
      for (let n = 0; n < times % 8; n++) result = turn[result]!;
      return result;
    };
    // The dihedral group of a pentagon: 0-4 are rotations, 5-9 are reflections.
    const compose = (a: number, b: number) =>
      a < 5 ? (b < 5 ? (a + b) % 5 : ((a + b) % 5) + 5) : b < 5 ? ((a - b + 5) % 5) + 5 : (a - b + 5) % 5;
    const digits = Array.from(code, Number).reverse();
    return digits.reduce((sum, digit, at) => compose(sum, permuted(digit, at)), 0) === 0;
  };

  it('holds 133 valid codes, each with its own abbreviation', () => {
    const codes = [...snomedAbbreviations.keys()];
    expect([codes.length, new Set(snomedAbbreviations.values()).size]).toEqual([133, 133]);
    expect(codes.filter((code) => !isValid(code))).toEqual([]);
    expect(isValid('164889004')).toBe(false);
    expect(isValid('164898003')).toBe(false);
  });

  it('names the rhythms of the five classes as the challenge does', () => {
    const known = ['426783006', '164889003', '164890007', '427172004', '17338001', '164884008', '74390002'];
    expect(known.map((code) => snomedAbbreviations.get(code))).toEqual([
      ...['NSR', 'AF', 'AFL', 'PVC', 'VPB', 'VEB', 'WPW'],
    ]);
  });
});
