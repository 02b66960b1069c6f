// Checks the counts of `surveyDataset` for a folder made here with every flaw, for corpora, and for real records
// against their README. Also recognizes the kind of a folder.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import { writeCorpus } from '#lib/corpus/write.js';
import { findDatasets } from '#lib/datasets/recognize.js';
import { type DatasetSurvey, surveyDataset } from '#lib/datasets/survey.js';
import type { EcgRecord } from '#lib/signal/window.js';
import { dataFolder, titleWithData } from '../helpers/data.js';
import { errorOf, folderOf, temporaryFolder } from '../helpers/folder.js';

const options = { fsHz: 100, seconds: 2 };
const wave = (length: number) =>
  Float32Array.from({ length }, (_, n) => Math.round(1000 * Math.sin(n / 5)) / 1000);
const recordOf = (name: string, signalMv: Float32Array, more: Partial<EcgRecord> = {}): EcgRecord => ({
  ...{ name, fsHz: 100, leads: ['II'], signalsMv: [signalMv] },
  ...more,
});

/** Returns [records, patients, windows] for each label. */
const byLabel = (shares: DatasetSurvey['labels']) =>
  Object.fromEntries(
    shares.map(({ label, records, patients, windows }) => [label, [records, patients, windows]]),
  );

async function folderWithFlaws(): Promise<string> {
  const folder = await temporaryFolder();
  await writeRecord(folder, recordOf('a', wave(500)));
  const leads = ['V1', 'II'];
  await writeRecord(
    folder,
    recordOf('b', wave(1000), { fsHz: 200, leads, signalsMv: [wave(1000), wave(1000)] }),
  );
  await writeRecord(folder, recordOf('flat', new Float32Array(400).fill(0.5)));
  await writeRecord(folder, recordOf('short', wave(199)));
  await writeRecord(folder, recordOf('damaged', wave(400)));
  await writeFile(join(folder, 'damaged.dat'), 'x');
  await writeRecord(folder, recordOf('malformed', wave(400)));
  await writeFile(join(folder, 'malformed.hea'), 'malformed 1 fast');
  const rows = [
    'a,af;LVH,p1',
    'b,normal,p1',
    'flat,af,p2',
    'short,LVH,',
    'damaged,af,',
    'malformed,,',
    'gone,af,',
  ];
  await writeFile(join(folder, 'labels.csv'), ['record,label,patient', ...rows, ''].join('\n'));
  return folder;
}

describe('surveyDataset', () => {
  it('states where a WFDB header has no gain, so that it is assumed', async () => {
    const folder = await temporaryFolder();
    for (const [name, gain] of [
      ['a', '200/mV'],
      ['b', '0(0)/mV'],
      ['c', ''],
    ]) {
      await writeRecord(folder, recordOf(name!, wave(500)));
      await writeFile(join(folder, `${name}.hea`), `${name} 1 100 500\n${name}.dat 16 ${gain}\n`);
    }
    await writeFile(join(folder, 'labels.csv'), 'record,label\na,af\nb,af\nc,af\n');
    const { units, recordNotes } = await surveyDataset(`folder:${folder}`, options);
    expect(units).toEqual([
      { unit: 'mV', isAssumed: true, records: 2 },
      { unit: 'mV', isAssumed: false, records: 1 },
    ]);
    expect(recordNotes.map(({ recordName }) => recordName)).toEqual(['b', 'c']);
    for (const { note } of recordNotes) {
      expect(note).toMatch(/means uncalibrated; 200 ADC units per mV are assumed/);
    }
  });

  it('counts records, patients and windows, and states unreadable and skipped records with the reason', async () => {
    const folder = await folderWithFlaws();
    const steps: string[] = [];
    const survey = await surveyDataset(`folder:${folder}`, {
      ...options,
      onProgress: (done, total) => steps.push(`${done}/${total}`),
    });
    expect(steps).toEqual(['1/7', '2/7', '3/7', '4/7', '5/7', '6/7', '7/7']);
    expect(survey).toMatchObject({ kind: 'folder', folder, fsHz: 100, seconds: 2 });
    expect([survey.records, survey.patients, survey.windows]).toEqual([7, 6, 4]);
    expect(byLabel(survey.classes)).toEqual({ normal: [1, 1, 2], af: [4, 4, 2], lvh: [2, 2, 2] });
    expect(byLabel(survey.labels)).toEqual({ LVH: [2, 2, 2] });
    expect(survey.rates).toEqual([
      { fsHz: 100, records: 4 },
      { fsHz: 200, records: 1 },
    ]);
    expect(survey.leads).toEqual([
      { leads: ['II'], records: 4 },
      { leads: ['V1', 'II'], records: 1 },
    ]);
    expect(survey.leadsRead).toEqual([{ leads: ['II'], records: 3 }]);
    expect(survey.lengthS).toEqual({ least: 1.99, median: 4, most: 5 });
    expect(survey.folds).toEqual([]);
    expect(survey.unreadable.map(({ recordName }) => recordName)).toEqual(['damaged', 'malformed', 'gone']);
    expect(survey.unreadable[0]!.reason).toContain('damaged.dat');
    expect(survey.unreadable[2]!.reason).toContain('there is no such file');
    expect(survey.leftOut).toEqual([
      { recordName: 'flat', reason: expect.stringContaining('2 of 2 windows: flat') },
      { recordName: 'short', reason: expect.stringContaining('too short: 1.99 s') },
    ]);
    expect(survey.tasks.find(({ task }) => task === 'af')).toEqual({
      task: 'af',
      positives: { records: 1, patients: 1, windows: 2 },
      negatives: { records: 1, patients: 1, windows: 2 },
      byPatients: false,
    });
    const share = { records: 1, patients: 1, windows: 2 };
    expect(survey.tasks.map(({ task }) => task)).toEqual([
      ...['af', 'aflt', 'pvc', 'wpw', 'lvh', 'normal:rest', 'af:rest', 'lvh:rest'],
    ]);
    expect(survey.tasks.find(({ task }) => task === 'lvh:rest')).toEqual({
      ...{ task: 'lvh:rest', positives: share, negatives: share, byPatients: false },
    });
    expect(survey.hints).toContain(
      'af has 4 records, lvh has 2 records; a result from fewer than 10 records proves little',
    );
    expect(survey.hints.join()).toContain('normal comes from one patient (p1)');
  });

  it('gives a hint if no record can be read, or if no class of the simulator occurs', async () => {
    const folder = await folderOf({ 'labels.csv': 'record,label\ngone,af\n' });
    const survey = await surveyDataset(`folder:${folder}`, options);
    expect([survey.windows, survey.lengthS, survey.rates]).toEqual([0, null, []]);
    expect(survey.hints.join()).toContain('no record can be read');
    const other = await temporaryFolder();
    await writeRecord(other, recordOf('a', wave(500)));
    await writeFile(join(other, 'labels.csv'), 'record,label\na,IMI\n');
    expect((await surveyDataset(`folder:${other}`, options)).hints.join()).toContain('POSITIVE:NEGATIVE');
  });

  it('names leads without a name as their windows do', async () => {
    const folder = await temporaryFolder();
    await writeRecord(folder, recordOf('a', wave(500)));
    await writeFile(join(folder, 'a.hea'), 'a 1 100 500\na.dat 16 1000\n');
    await writeFile(join(folder, 'labels.csv'), 'record,label\na,LVH\n');
    const { leads, leadsRead } = await surveyDataset(`folder:${folder}`, options);
    expect([leads, leadsRead]).toEqual([
      [{ leads: ['signal 0'], records: 1 }],
      [{ leads: ['signal 0'], records: 1 }],
    ]);
  });

  it('reads a complete corpus with its folds', async () => {
    const dir = join(await temporaryFolder(), 'corpus');
    await writeCorpus(dir, {
      ...{ count: 12, seed: 3, classes: { normal: 2, af: 1 }, fsHz: 100, seconds: 4, format: 'npy' },
      split: { train: 0.75, test: 0.25 },
    });
    const survey = await surveyDataset(`corpus:${dir}`, options);
    expect([survey.records, survey.patients, survey.windows]).toEqual([12, 12, 24]);
    expect(byLabel(survey.classes)).toEqual({ normal: [8, 8, 16], af: [4, 4, 8] });
    expect(survey.folds.reduce((sum, { records }) => sum + records, 0)).toBe(12);
    expect(survey.lengthS).toEqual({ least: 4, median: 4, most: 4 });
    expect((await findDatasets(dir)).map(({ source }) => source)).toEqual([`corpus:${dir}`]);
  });

  it('rejects with the reason of its signal', async () => {
    const folder = await folderWithFlaws();
    const abort = new AbortController();
    const reason = new Error('enough');
    const work = surveyDataset(`folder:${folder}`, {
      ...{ ...options, signal: abort.signal },
      onProgress: () => abort.abort(reason),
    });
    await expect(work).rejects.toBe(reason);
  });

  it.each([
    ['mitbd:x', 'ERR_OPTION: unknown data-set kind "mitbd" in "mitbd:x"; did you mean "mitdb"?'],
    ['mitdb:', 'ERR_OPTION: data set "mitdb:" names no folder; write mitdb:DIR'],
    ['mitdb:no/such', 'ERR_NOT_FOUND: could not read the data set no/such: there is no such file'],
    [`mitdb:${import.meta.filename}`, 'is a file; name the folder'],
  ])('refuses %s', async (spec, sentence) => {
    expect(await errorOf(surveyDataset(spec))).toContain(sentence);
  });

  it('refuses a rate of 0 and an unknown option', async () => {
    const folder = await folderWithFlaws();
    expect(await errorOf(surveyDataset(`folder:${folder}`, { fsHz: 0 }))).toContain('ERR_RANGE');
    const typo = { fs: 100 } as object;
    expect(await errorOf(surveyDataset(`folder:${folder}`, typo))).toContain(
      'has no option "fs"; did you mean "fsHz"?',
    );
  });
});

describe('findDatasets', () => {
  it.each([
    ['ptb-xl', ['ptbxl_database.csv', 'records500'], []],
    ['mitdb', ['100.atr', '100.hea', '100.dat'], []],
    ['ludb', ['ludb.csv', 'data'], []],
    ['cinc2017', ['REFERENCE.csv', 'A00'], []],
    ['cinc2021', ['georgia'], []],
    ['npy', ['signals.npy', 'labels.csv'], []],
    ['folder', ['labels.csv', 'a.hea'], []],
    ['corpus', ['manifest.json', 'ptbxl_database.csv'], ['ptb-xl']],
  ])('recognizes a folder of %s by its file names', async (kind, names, alsoLike) => {
    const folder = await folderOf(Object.fromEntries(names.map((name) => [name, ''])));
    expect(await findDatasets(folder)).toEqual([{ source: `${kind}:${folder}`, alsoLike }]);
  });

  it('accepts several data sets separated by commas, and a folder with a comma in its name', async () => {
    const one = await folderOf({ 'ludb.csv': '' });
    const two = join(await temporaryFolder(), 'a,b');
    await mkdir(two);
    await writeFile(join(two, '100.atr'), '');
    const specs = async (text: string) => (await findDatasets(text)).map(({ source }) => source);
    expect(await specs(`${one},mitdb:${two}, ptb-xl:x`)).toEqual([`ludb:${one}`, `mitdb:${two}`, 'ptb-xl:x']);
    expect(await specs(two)).toEqual([`mitdb:${two}`]);
    expect(await specs(`${one},${one}`)).toEqual([`ludb:${one}`, `ludb:${one}`]);
  });

  it('lists the kinds for an unknown folder, or the data sets that it contains', async () => {
    const folder = await folderOf({ 'notes.txt': '' });
    const message = await errorOf(findDatasets(folder));
    expect(message).toContain(`ERR_OPTION: the folder ${folder} does not look like a known data set`);
    for (const kind of ['ptb-xl', 'mitdb', 'cinc2017', 'corpus']) expect(message).toContain(`\n  ${kind} `);
    await mkdir(join(folder, 'training'));
    for (const name of ['REFERENCE.csv', 'A00001.hea']) await writeFile(join(folder, 'training', name), '');
    expect(await errorOf(findDatasets(folder))).toContain(
      `; name one that it contains: cinc2017:${join(folder, 'training')}`,
    );
    expect(await errorOf(findDatasets(await temporaryFolder()))).toContain('ERR_DATA_EMPTY');
    // `pqrst fetch` makes such folders. A folder named ptb-xl can also be a source of CinC 2021.
    const downloads = await temporaryFolder();
    for (const [name, table] of [
      ['ludb', 'ludb.csv'],
      ['ptb-xl', 'ptbxl_database.csv'],
    ] as const) {
      await mkdir(join(downloads, name));
      await writeFile(join(downloads, name, table), '');
    }
    const ofDownloads = await errorOf(findDatasets(downloads));
    expect(ofDownloads).toContain(`ludb:${join(downloads, 'ludb')}, ptb-xl:${join(downloads, 'ptb-xl')}`);
    expect(await errorOf(findDatasets('no/such'))).toContain('ERR_NOT_FOUND');
  });
});

describe.skipIf(dataFolder('mitdb') === undefined)(titleWithData('surveys of real records', 'mitdb'), () => {
  it('counts the windows of MIT-BIH as its README does, and names records without MLII', async () => {
    const survey = await surveyDataset(`mitdb:${dataFolder('mitdb')}`, { fsHz: 360 });
    expect([survey.records, survey.rates]).toEqual([38, [{ fsHz: 360, records: 38 }]]);
    const windows = Object.fromEntries(
      [...survey.classes, ...survey.labels].map(({ label, windows }) => [label, windows]),
    );
    expect(windows).toMatchObject({ '(N': 4914, pvc: 1402, normal: 2705 });
    expect(windows).toMatchObject({ '(AFIB': 384, '(AFL': 31, '(PREX': 36, af: 384, aflt: 31, wpw: 36 });
    expect(survey.unreadable).toEqual([]);
    expect(survey.leftOut.map(({ recordName, reason }) => `${recordName}: ${reason}`)).toEqual([
      expect.stringContaining('102: no lead MLII'),
      expect.stringContaining('104: no lead MLII'),
    ]);
    const usable = survey.tasks.filter(({ byPatients }) => byPatients).map(({ task }) => task);
    expect(usable.filter((task) => !task.endsWith(':rest'))).toEqual([
      ...['af', 'pvc', 'pac', 'svt', 'bigeminy', 'trigeminy', 'clbbb', 'crbbb'],
    ]);
    const rest = survey.tasks.find(({ task }) => task === 'af:rest')!;
    expect([rest.positives.windows, rest.negatives.windows]).toEqual([384, survey.windows - 384]);
    expect(survey.hints.join()).toContain('aflt comes from one patient (203)');
    expect(survey.hints.join()).toContain('wpw comes from one patient (230)');
  });
});

describe.skipIf(dataFolder('ptb-xl') === undefined)(
  titleWithData('surveys of real records', 'ptb-xl'),
  () => {
    it.each([
      [250, 500],
      [100, 100],
    ])('counts PTB-XL for windows at %i Hz', async (fsHz, recordedHz) => {
      const survey = await surveyDataset(`ptb-xl:${dataFolder('ptb-xl')}`, { fsHz });
      expect([survey.records, survey.windows, survey.rates]).toEqual([
        ...[400, 400],
        [{ fsHz: recordedHz, records: 400 }],
      ]);
      const records = Object.fromEntries(survey.labels.map(({ label, records }) => [label, records]));
      expect(records).toMatchObject({ NORM: 243, AFIB: 9, AFLT: 7, PVC: 12 });
      const classes = Object.fromEntries(survey.classes.map((one) => [one.label, one.records]));
      expect(classes).toMatchObject({
        normal: 243,
        af: 9,
        aflt: 7,
        pvc: 12,
        sarrh: 23,
        irbbb: 14,
        lafb: 20,
        lvh: 28,
      });
      expect(survey.folds.map(({ fold }) => fold)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(survey.lengthS).toEqual({ least: 10, median: 10, most: 10 });
      expect(survey.leads[0]!.leads).toHaveLength(12);
    });
  },
);

const others = ['ludb', 'cinc2017', 'cinc2021'] as const;
const absent = others.some((source) => dataFolder(source) === undefined);
describe.skipIf(absent)(titleWithData('surveys of real records', ...others), () => {
  it('counts LUDB, CinC 2017 and CinC 2021', async () => {
    const [ludb, cinc2017, cinc2021] = await Promise.all(
      others.map((source) => surveyDataset(`${source}:${dataFolder(source)}`)),
    );
    expect([ludb!.records, ludb!.patients, ludb!.rates]).toEqual([150, 150, [{ fsHz: 500, records: 150 }]]);
    const records = Object.fromEntries(cinc2017!.labels.map((one) => [one.label, one.records]));
    expect(records).toEqual({ N: 150, A: 50, O: 70, '~': 30 });
    expect(cinc2017!.lengthS!.least).toBeGreaterThanOrEqual(9);
    expect(cinc2017!.lengthS!.most).toBeLessThanOrEqual(61);
    expect([cinc2021!.records, cinc2021!.unreadable]).toEqual([50, []]);
  });
});
