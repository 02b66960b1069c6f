// rhythm:DIR and mitdb:DIR with the layouts of AFDB, LTAFDB, NSRDB, SVDB, INCART and Icentia11k, made here.

import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import { openDataset, selectTask } from '#lib/datasets/dataset.js';
import { rhythm } from '#lib/datasets/kinds/rhythm.js';
import { datasetKinds } from '#lib/datasets/kinds.js';
import { findDatasets } from '#lib/datasets/recognize.js';
import { rhythmSegments } from '#lib/datasets/rhythm-windows.js';
import type { Annotation } from '#lib/signal/window.js';
import { folderOf, temporaryFolder } from '../helpers/folder.js';

const options = { fsHz: 100, seconds: 2 };
const mark = (sample: number, symbol: string, aux = ''): Annotation => ({
  ...{ sample, symbol, aux, subtype: 0, channel: 0, number: 0 },
});

interface Made {
  readonly leads?: readonly string[];
  readonly fsHz?: number;
  readonly seconds?: number;
  readonly annotations?: readonly Annotation[];
  readonly comments?: readonly string[];
}

/** Writes a record whose lead k is a triangle wave of height k + 1 mV. */
async function write(folder: string, name: string, made: Made = {}): Promise<void> {
  const { leads = ['ECG1', 'ECG2'], fsHz = 100, seconds = 10, annotations = [], comments = [] } = made;
  const signalsMv = leads.map((_, at) =>
    Float32Array.from({ length: fsHz * seconds }, (__, n) => ((at + 1) * Math.abs((n % 50) - 25)) / 25),
  );
  await mkdir(folder, { recursive: true });
  await writeRecord(folder, { name, fsHz, leads, signalsMv }, { annotations, comments });
}

const seen = async (source: string) => {
  const { windows, skipped } = await openDataset(source, options);
  const shown = windows.map(({ origin, startS, classes, labels }) => [
    `${origin.record} ${startS}`,
    classes.join(),
    labels!.join(),
  ]);
  return { windows, shown, skipped: skipped.map(({ recordName, reason }) => `${recordName}: ${reason}`) };
};

const afdbRhythms = [mark(0, '+', '(N'), mark(450, '+', '(AFIB')];

describe.each(['rhythm', 'mitdb'])('%s:DIR with the layout of AFDB', (kind) => {
  it('reads the rhythms of ECG1, and skips records without signals with the reason', async () => {
    const folder = await temporaryFolder();
    await write(folder, '04015', { annotations: afdbRhythms });
    await writeFile(join(folder, '00735.hea'), '00735 0 250 9205760 9:00:00\n');
    await writeFile(join(folder, '00735.atr'), new Uint8Array([0, 0]));
    const { windows, shown, skipped } = await seen(`${kind}:${folder}`);
    expect(shown).toEqual([
      ['04015 0', '', '(N'],
      ['04015 2', '', '(N'],
      ['04015 4.5', 'af', '(AFIB'],
      ['04015 6.5', 'af', '(AFIB'],
    ]);
    expect(windows[0]!.leads).toEqual(['ECG1']);
    expect(Math.max(...windows[0]!.signal)).toBeCloseTo(1, 2);
    expect(skipped).toEqual([expect.stringMatching(/^00735: .*(lists no signals|holds no signal in volts)/)]);
  });
});

describe('rhythm:DIR', () => {
  it('takes the beats of AFDB from .qrsc, otherwise from .qrs, and calls no window of them normal', async () => {
    const folder = await temporaryFolder();
    for (const name of ['a', 'b', 'c']) {
      await write(folder, name, { annotations: [mark(100, 'N'), mark(750, 'N')] });
      await rename(join(folder, `${name}.atr`), join(folder, `${name}.qrs`));
    }
    await write(folder, 'x', { annotations: [mark(300, 'N')] });
    await rename(join(folder, 'x.atr'), join(folder, 'b.qrsc'));
    for (const name of ['a', 'b', 'c']) await write(folder, name, { annotations: afdbRhythms });
    await rename(join(folder, 'c.qrs'), join(folder, 'c.other'));
    const { shown } = await seen(`rhythm:${folder}`);
    const labels = (name: string) =>
      shown.filter(([at]) => (at as string).startsWith(`${name} `)).map((one) => one[2]);
    expect(labels('a')).toEqual(['(N,N', '(N', '(AFIB', '(AFIB,N']);
    expect(labels('b')).toEqual(['(N', '(N,N', '(AFIB', '(AFIB']);
    expect(labels('c')).toEqual(['(N', '(N', '(AFIB', '(AFIB']);
    expect(new Set(shown.map((one) => one[1]))).toEqual(new Set(['', 'af']));
    const set = await openDataset(`rhythm:${folder}`, options);
    expect([...selectTask(set, '(N:(AFIB').labels].filter((label) => label === 1)).toHaveLength(6);
    expect([...selectTask(set, 'af:rest').labels].filter((label) => label === 0)).toHaveLength(6);
  });

  it('skips a record whose beats of .qrs are damaged, and one without .atr', async () => {
    const folder = await temporaryFolder();
    await write(folder, 'a', { annotations: afdbRhythms });
    await writeFile(join(folder, 'a.qrs'), new Uint8Array([1]));
    await write(folder, 'b', { annotations: afdbRhythms });
    await write(folder, 'c');
    await rename(join(folder, 'c.atr'), join(folder, 'c.gone'));
    const { shown, skipped } = await seen(`rhythm:${folder}`);
    expect(shown).toHaveLength(4);
    expect(skipped).toEqual([
      expect.stringMatching(/^a: annotation file .*a\.qrs: it is cut short/),
      expect.stringMatching(/^c: could not read the annotations .*c\.atr/),
    ]);
  });

  it('reads both leads ECG of LTAFDB, and does not end a rhythm at a note', async () => {
    const folder = await temporaryFolder();
    await write(folder, '00', {
      ...{ leads: ['ECG', 'ECG'], fsHz: 128 },
      annotations: [
        mark(0, '+', '(N'),
        ...[mark(64, 'N'), mark(300, '+', 'MISSB'), mark(320, 'N'), mark(600, 'A')],
        ...[mark(768, '+', '(SVTA'), mark(800, 'A')],
      ],
    });
    await write(folder, '200', { annotations: [mark(0, '+', '(SBR')] });
    expect(await findDatasets(folder)).toEqual([{ source: `rhythm:${folder}`, alsoLike: [] }]);
    expect((await seen(`rhythm:${folder}`)).shown.slice(0, 5)).toEqual([
      ['00 0', 'normal', '(N,N'],
      ['00 2', 'normal', '(N,N'],
      ['00 4', 'pac', '(N,A'],
      ['00 6', 'pac,svt', '(SVTA,A'],
      ['00 8', 'svt', '(SVTA'],
    ]);
  });

  it('cuts records without rhythm changes from their start; only those of NSRDB are in sinus rhythm', async () => {
    const folder = await temporaryFolder();
    const beats = [mark(10, 'N'), mark(300, 'N'), mark(350, 'V'), mark(700, 'S')];
    await write(folder, '16265', { fsHz: 128, seconds: 6, annotations: beats });
    await write(folder, '800', { fsHz: 128, seconds: 6, annotations: beats });
    await write(folder, '19830', { fsHz: 250, seconds: 3, annotations: beats });
    expect((await seen(`rhythm:${folder}`)).shown).toEqual([
      ['16265 0', 'normal', '(N,N'],
      ['16265 2', 'pvc', '(N,N,V'],
      ['16265 4', 'pac', '(N,S'],
      ['19830 0', 'pvc', 'N,V'],
      ['800 0', '', 'N'],
      ['800 2', 'pvc', 'N,V'],
      ['800 4', 'pac', 'S'],
    ]);
  });

  it('reads lead II or any other lead of INCART, and its patients from the headers', async () => {
    const folder = await temporaryFolder();
    const leads = ['I', 'II', 'III', 'AVR'];
    const made = (patient: string) => ({
      ...{ leads, seconds: 4, annotations: [mark(10, 'R')] },
      comments: ['<age>: 65 <sex>: F <diagnoses> TIA', patient, 'PVCs, noise'],
    });
    await write(folder, 'I01', made('patient 1'));
    await write(folder, 'I02', made('patient 1'));
    await write(folder, 'I03', made('patient 2'));
    await write(folder, 'I04', made('no statement'));
    await writeFile(join(folder, 'I05.hea'), 'I05 x\n');
    const { windows, shown, skipped } = await seen(`rhythm:${folder}`);
    expect(windows.filter((_, at) => at % 2 === 0).map(({ origin }) => origin.patient)).toEqual([
      ...['patient 1', 'patient 1', 'patient 2', 'I04'],
    ]);
    expect([windows[0]!.leads.join(), shown[0], shown[1]]).toEqual([
      'II',
      ['I01 0', 'crbbb', 'R'],
      ['I01 2', '', ''],
    ]);
    expect(skipped).toEqual([expect.stringMatching(/^I05: .*number of signals "x"/)]);
    const avr = await openDataset(`rhythm:${folder}`, { ...options, leads: ['aVR'] });
    expect([avr.windows.length, avr.leads.join()]).toEqual([8, 'aVR']);
  });

  it('reads the folders of Icentia11k, where a rhythm ends, and one patient has several records', async () => {
    const folder = await temporaryFolder();
    const made = {
      ...{ leads: ['ECG'], fsHz: 250, seconds: 12 },
      annotations: [
        mark(0, '+', '(N'),
        ...[mark(100, 'N'), mark(1000, '+', ')'), mark(1010, 'Q')],
        ...[mark(1500, '+', '(AFL'), mark(2100, '+', ''), mark(2500, '+', '(AFIB')],
      ],
    };
    await write(join(folder, 'p00', 'p00000'), 'p00000_s00', made);
    await write(join(folder, 'p00', 'p00000'), 'p00000_s01', made);
    await write(join(folder, 'p00', 'p00017'), 'p00017_s00', made);
    expect(await findDatasets(folder)).toEqual([{ source: `rhythm:${folder}`, alsoLike: [] }]);
    const { windows, shown } = await seen(`rhythm:${folder}`);
    expect(shown.slice(0, 4)).toEqual([
      ['p00/p00000/p00000_s00 0', 'normal', '(N,N'],
      ['p00/p00000/p00000_s00 2', '', '(N'],
      ['p00/p00000/p00000_s00 6', 'aflt', '(AFL'],
      ['p00/p00000/p00000_s00 10', 'af', '(AFIB'],
    ]);
    expect(windows.map(({ origin }) => origin.patient)).toEqual([
      ...Array<string>(8).fill('p00000'),
      ...Array<string>(4).fill('p00017'),
    ]);
  });

  it('knows that the records 201 and 202 of the MIT-BIH Arrhythmia Database are of one person', async () => {
    const folder = await temporaryFolder();
    await write(folder, '201', { fsHz: 360, seconds: 2 });
    await write(folder, '202', { fsHz: 360, seconds: 2 });
    await write(join(folder, 'ltafdb'), '201', { fsHz: 128, seconds: 2 });
    await write(join(folder, 'ltafdb'), '202', { fsHz: 128, seconds: 2 });
    const entries = await rhythm.list(folder, options, []);
    expect(entries.map(({ patientId }) => patientId)).toEqual(['201', '201', 'ltafdb/201', 'ltafdb/202']);
  });

  it.each([
    ['rhythm', ['04015.hea', '04015.atr', '04015.dat']],
    ['rhythm', ['100.atr', '100.hea', '00.atr', '00.hea']],
    ['rhythm', ['p00', 'p01', 'RECORDS']],
    ['rhythm', ['p00000', 'p00001']],
    ['mitdb', ['100.atr', '100.hea', '200.atr', '200.hea']],
    ['folder', ['labels.csv', '04015.hea', '04015.atr']],
    [undefined, ['04015.hea', '04015.dat']],
  ])('recognizes %s by file names', (kind, names) => {
    const found = datasetKinds.filter((one) => one.recognizes(new Set(names)));
    expect(found.map((one) => one.kind)).toEqual(kind === undefined ? [] : [kind]);
  });
});

describe('rhythmSegments', () => {
  it('ends the last rhythm with the recording, and gives no segment behind it', async () => {
    const changes = [mark(10, '+', '(N'), mark(90, '+', '(AFIB'), mark(500, '+', '(N'), mark(510, '"', ')')];
    expect(rhythmSegments(changes, 100)).toEqual([
      { startSample: 10, endSample: 90, rhythm: '(N' },
      { startSample: 90, endSample: 100, rhythm: '(AFIB' },
      { startSample: 500, endSample: 100, rhythm: '(N' },
    ]);
    const folder = await folderOf({});
    await write(folder, 'r', { seconds: 4, annotations: [mark(0, '+', '(AFIB'), mark(3000, '+', '(N')] });
    expect((await seen(`rhythm:${folder}`)).shown).toHaveLength(2);
  });
});
