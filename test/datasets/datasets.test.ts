// Reads data sets as labelled windows, from folders made here with every flaw that a record can have.

import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import { openDataset, selectTask } from '#lib/datasets/dataset.js';
import { wfdbFolder } from '#lib/datasets/kinds/wfdb-folder.js';
import type { Annotation, EcgRecord } from '#lib/signal/window.js';
import { errorOf, folderOf, temporaryFolder } from '../helpers/folder.js';

const options = { fsHz: 100, seconds: 2 };
const wave = (length: number) =>
  Float32Array.from({ length }, (_, n) => Math.round(1000 * Math.sin(n / 5)) / 1000);
const recordOf = (name: string, signalMv: Float32Array, more: Partial<EcgRecord> = {}): EcgRecord => ({
  ...{ name, fsHz: 100, leads: ['II'], signalsMv: [signalMv] },
  ...more,
});
const mark = (sample: number, symbol: string, aux = ''): Annotation => ({
  ...{ sample, symbol, aux, subtype: 0, channel: 0, number: 0 },
});

describe('folder:DIR', () => {
  it('resamples lead II of labelled recordings, cuts it into windows, and states skipped recordings', async () => {
    const folder = await temporaryFolder();
    const broken = wave(600);
    broken[250] = Number.NaN;
    await writeRecord(folder, recordOf('a', wave(500)));
    await writeRecord(
      folder,
      recordOf('b', wave(1000), {
        fsHz: 200,
        leads: ['V1', 'II'],
        signalsMv: [new Float32Array(1000), wave(1000)],
      }),
    );
    await writeRecord(folder, recordOf('flat', new Float32Array(400).fill(0.5)));
    await writeRecord(folder, recordOf('short', wave(199)));
    await writeRecord(folder, recordOf('broken', broken));
    await writeRecord(folder, recordOf('damaged', wave(400)));
    await writeFile(join(folder, 'damaged.dat'), 'x');
    await writeRecord(folder, recordOf('slow', wave(400), { fsHz: 0.01 }));
    const names = [
      'a,af,p1',
      'b,normal,p1',
      'flat,af,',
      'short,af,',
      'broken,,p2',
      'damaged,af,',
      'slow,af,',
      'gone,af,',
    ];
    await writeFile(join(folder, 'labels.csv'), ['record,label,patient', ...names, ''].join('\n'));
    const steps: number[] = [];
    const set = await openDataset(`folder:${folder}`, { ...options, onProgress: (done) => steps.push(done) });

    expect([set.fsHz, set.lengthSamples, set.leads.join(), steps]).toEqual([
      100,
      200,
      'II',
      [1, 2, 3, 4, 5, 6, 7, 8],
    ]);
    expect(
      set.windows.map((one) => [one.origin.record, one.origin.patient, one.startS, one.classes]),
    ).toEqual([
      ['a', 'p1', 0, ['af']],
      ['a', 'p1', 2, ['af']],
      ['b', 'p1', 0, ['normal']],
      ['b', 'p1', 2, ['normal']],
      ['broken', 'p2', 0, []],
      ['broken', 'p2', 4, []],
    ]);
    for (const { signal } of set.windows)
      expect([signal.length, signal.buffer.byteLength]).toEqual([200, 800]);
    expect(set.windows[1]!.signal).toEqual(wave(500).slice(200, 400));
    expect(set.skipped.map(({ recordName, reason }) => `${recordName}: ${reason}`)).toEqual([
      expect.stringMatching(/^flat: 2 of 2 windows: flat/),
      expect.stringMatching(/^short: too short: 1\.99 s/),
      expect.stringMatching(/^broken: 1 of 3 windows: missing samples, the first at 2\.0 s/),
      expect.stringMatching(/^damaged: signal file .* holds 1 bytes/),
      expect.stringMatching(/^slow: resampling 400 samples from 0\.01 to 100 Hz is not supported/),
      expect.stringMatching(/^gone: could not read the header/),
    ]);
    const { labels, patientIds } = selectTask(set, 'af');
    expect([[...labels], patientIds]).toEqual([
      [1, 1, 0, 0],
      ['p1', 'p1', 'p1', 'p1'],
    ]);
    expect(await errorOf(() => selectTask(set, 'wpw'))).toMatch(
      /ERR_DATA_EMPTY.*0 windows of wpw and 2 of normal/,
    );
  });

  it('accepts any words as labels, several labels separated by ";", and headers that name other files', async () => {
    const folder = await temporaryFolder();
    for (const name of ['a', 'b', 'c']) await writeRecord(folder, recordOf(name, wave(200)));
    await copyFile(join(folder, 'a.hea'), join(folder, 'other.hea'));
    const rows = ['a,STEMI', 'b, af; long QT ;;af', 'c,', 'other,normal;STEMI'];
    await writeFile(join(folder, 'labels.csv'), ['record,label', ...rows, ''].join('\n'));
    const set = await openDataset(`folder:${folder}`, options);
    expect(set.windows.map(({ origin, classes, labels }) => [origin.record, classes, labels])).toEqual([
      ['a', [], ['STEMI']],
      ['b', ['af', 'lngqt'], ['af', 'long QT']],
      ['c', [], []],
      ['other', ['normal'], ['normal', 'STEMI']],
    ]);
    expect([...selectTask(set, 'STEMI:long QT').labels]).toEqual([1, 0, 1]);
    const entries = await wfdbFolder.list(folder, options, []);
    expect(entries[3]!.files).toEqual(['other.hea', 'a.dat']);
  });

  it.each([
    ['no record column', 'nr,label\na,af', 'ERR_CSV', 'column "record"'],
    ['no label column', 'record,age\na,7', 'ERR_CSV', 'column "label"'],
    ['no rows', 'record,label\n', 'ERR_CSV', 'no rows'],
    ['a repeated column', 'record,label,label\na,af,normal', 'ERR_CSV', 'two columns "label"; keep one'],
    ['only missing records', 'record,label\na,af', 'ERR_DATA_EMPTY', 'a: could not read the header'],
  ])('refuses a table with %s', async (_, table, code, words) => {
    const folder = await folderOf({ 'labels.csv': table });
    const error = await errorOf(openDataset(`folder:${folder}`, options));
    expect(error).toContain(code);
    expect(error).toContain(words);
  });
});

describe('a row of labels.csv that cannot be used', () => {
  it.each([
    ['an empty record', ',af', 'the record is empty'],
    ['a broken quote', '"a,af', 'the quote of cell 1 is not closed'],
    ['a text behind a quote', '"a" b,af', 'a text follows the closing quote of cell 1'],
    ['too few cells', 'b', 'it has 1 cell where the head has 2'],
    ['too many cells', 'a,af,p,q', 'it has 4 cells where the head has 2'],
    ['a repeated record', './good,af', 'the record good is on the lines 2, 3 with different cells'],
    ['a record outside the folder', '../a,af', 'points outside its folder'],
    ['an absolute path', '/etc/passwd,af', 'points outside its folder'],
  ])('is skipped with its reason: %s', async (_, row, words) => {
    const folder = await temporaryFolder();
    for (const name of ['good', 'last']) await writeRecord(folder, recordOf(name, wave(200)));
    await writeFile(join(folder, 'labels.csv'), `record,label\ngood,normal\n${row}\nlast,af\n`);
    const { windows, skipped } = await openDataset(`folder:${folder}`, options);
    const isTwice = row.includes('good');
    expect(windows.map(({ origin }) => origin.record)).toEqual(isTwice ? ['last'] : ['good', 'last']);
    expect(skipped).toHaveLength(isTwice ? 2 : 1);
    expect(skipped.at(-1)).toMatchObject({ recordName: 'labels.csv line 3', unreadable: true });
    expect(skipped.at(-1)!.reason).toContain(words);
  });
});

describe('mitdb:DIR', () => {
  it('labels windows inside one rhythm by their beats', async () => {
    const folder = await temporaryFolder();
    const annotations = [
      ...[mark(50, '+', '(N'), mark(60, 'N'), mark(300, 'N'), mark(310, 'V'), mark(470, 'N'), mark(480, 'A')],
      // Samples 50-250 are normal, 250-450 pvc, 450-650 pac, 650-850 have no beat. 850-900 are in no window.
      ...[
        mark(900, '+', '(AFIB'),
        mark(910, 'V'),
        mark(1150, '+', '(AFL'),
        mark(1350, '+', '(PREX'),
        mark(1560, '+', '(B'),
      ],
    ];
    const leads = ['V5', 'MLII'];
    const signalsMv = [new Float32Array(1800), wave(1800)];
    await writeRecord(folder, recordOf('202', wave(1800), { leads, signalsMv }), { annotations });
    await writeRecord(folder, recordOf('201', wave(1800), { leads: ['V1'] }), { annotations });
    await writeRecord(folder, recordOf('299', wave(1800), { leads: ['MLII'] }), {
      annotations: [mark(9, 'N')],
    });
    await writeRecord(folder, recordOf('300', wave(1800), { leads: ['MLII'] }));
    await copyFile(join(folder, '202.hea'), join(folder, '999.hea'));
    const set = await openDataset(`mitdb:${folder}`, options);
    expect(set.leads.join()).toBe('MLII');
    expect(
      set.windows
        .filter(({ origin }) => origin.record === '202')
        .map((one) => [one.startS, one.classes, one.labels]),
    ).toEqual([
      [0.5, ['normal'], ['(N', 'N']],
      [2.5, ['pvc'], ['(N', 'N', 'V']],
      [4.5, ['pac'], ['(N', 'A', 'N']],
      [6.5, [], ['(N']],
      [9, ['af', 'pvc'], ['(AFIB', 'V']],
      [11.5, ['aflt'], ['(AFL']],
      [13.5, ['wpw'], ['(PREX']],
      [15.6, ['bigeminy'], ['(B']],
    ]);
    expect(new Set(set.windows.map(({ origin }) => origin.patient))).toEqual(new Set(['201']));
    expect(set.skipped.map(({ recordName }) => recordName)).toEqual(['201', '299', '300', '999']);
    expect(set.skipped[0]!.reason).toBe('no lead MLII; it has V1');
    expect(set.skipped[1]!.reason).toBe('no stretch of 2 s inside one rhythm');
  });
});

describe('ptb-xl:DIR', () => {
  const columns = 'ecg_id,patient_id,scp_codes,strat_fold,filename_lr,filename_hr';
  const folderWith = async (...rows: string[]) => {
    const folder = await folderOf({ 'ptbxl_database.csv': [columns, ...rows].join('\n') });
    await writeRecord(folder, recordOf('lr', wave(1000)));
    await writeRecord(folder, recordOf('other', wave(1000)));
    await writeRecord(folder, recordOf('hr', wave(5000), { fsHz: 500 }));
    await writeRecord(folder, recordOf('more', wave(5000), { fsHz: 500 }));
    return folder;
  };

  it('labels by the presence of a code, reads patients and folds, and chooses the file for the requested rate', async () => {
    const folder = await folderWith(
      `1,15709.0,"{'AFIB': 0.0, 'NORM': 80.0, 'ABC': 1}",3,lr,hr`,
      '2,7,{},10,other,more',
    );
    const set = await openDataset(`ptb-xl:${folder}`, options);
    expect(set.windows).toMatchObject([
      {
        origin: { dataset: '', record: 'lr', patient: '15709' },
        unit: 'mV',
        fold: 3,
        startS: 0,
        classes: ['normal', 'af'],
      },
      { origin: { record: 'other', patient: '7' }, fold: 10, classes: [], labels: [] },
    ]);
    expect(set.windows[0]!.labels).toEqual(['AFIB', 'NORM', 'ABC']);
    expect((await openDataset(`ptb-xl:${folder}`, { fsHz: 250, seconds: 10 })).windows[0]).toMatchObject({
      origin: { record: 'hr' },
      signal: { length: 2500 },
    });
    expect(await errorOf(openDataset(`ptb-xl:${folder}`, { fsHz: 250, seconds: 11 }))).toContain(
      'too short: 10 s',
    );
  });

  it.each([
    ['truncated scp_codes', `1,2,"{'NORM': 100.0",3,lr,hr`, 'scp_codes'],
    ['scp_codes in a broken quote', `1,2,"{'NORM: 100.0}",3,lr,hr`, 'scp_codes'],
    ['scp_codes without likelihoods', `1,2,"['NORM']",3,lr,hr`, 'scp_codes'],
    ['scp_codes without a number', `1,2,"{'NORM': None}",3,lr,hr`, 'scp_codes'],
    ['scp_codes above 100 %', `1,2,"{'NORM': 1e9}",3,lr,hr`, 'scp_codes'],
    ['scp_codes with an empty entry', `1,2,"{'NORM': 100.0,,}",3,lr,hr`, 'scp_codes'],
    ['missing scp_codes', '1,2,,3,lr,hr', 'scp_codes'],
    ['a missing patient', '1,,{},3,lr,hr', 'patient_id'],
    ['a fold of 11', '1,2,{},11,lr,hr', 'strat_fold'],
    ['a fold of 1.5', '1,2,{},1.5,lr,hr', 'strat_fold'],
    ['a missing file name', '1,2,{},3,,hr', 'filename_lr'],
  ])('skips a row with %s and states the line', async (_, row, words) => {
    const folder = await folderWith(row, '2,7,{},10,other,more');
    const { windows, skipped } = await openDataset(`ptb-xl:${folder}`, options);
    expect(windows.map(({ origin }) => origin.record)).toEqual(['other']);
    expect(skipped).toMatchObject([{ recordName: 'ptbxl_database.csv line 2', unreadable: true }]);
    expect(skipped[0]!.reason).toContain(words);
  });

  it.each([
    ['JSON', '"{""AFIB"": 0.0, ""NORM"": 80}"'],
    ['exponents and blanks', `"{ 'AFIB' : 0 , 'NORM':8e1 , }"`],
    ['strings of Python 2', `"{u'AFIB': 0.0, u'NORM': 80.0}"`],
  ])('reads codes in the notation of %s, and whole numbers that are floats', async (_, codes) => {
    const { windows } = await openDataset(`ptb-xl:${await folderWith(`1,2.0,${codes},3.0,lr,hr`)}`, options);
    expect(windows).toMatchObject([
      { origin: { patient: '2' }, fold: 3, classes: ['normal', 'af'], labels: ['AFIB', 'NORM'] },
    ]);
  });

  it('states that the folder of the requested rate is missing', async () => {
    const folder = await folderWith('1,2,{},3,records100/x,records500/x');
    await mkdir(join(folder, 'records100'));
    const error = await errorOf(openDataset(`ptb-xl:${folder}`, { fsHz: 250, seconds: 10 }));
    expect(error).toContain('the folder records500 with the signals of the requested rate is missing');
    expect(error).toContain('request a rate up to 100 Hz');
  });

  it('skips a recording in two lines, which would count as two patients', async () => {
    const folder = await folderWith('1,2,{},3,lr,hr', '2,3,{},10,./lr,hr', '3,7,{},10,other,more');
    const { windows, skipped } = await openDataset(`ptb-xl:${folder}`, options);
    expect(windows.map(({ origin }) => origin.record)).toEqual(['other']);
    expect(skipped.map(({ reason }) => reason)).toEqual(
      Array.from({ length: 2 }, () =>
        expect.stringMatching(/^filename_lr lr is on the lines 2, 3 with different cells/),
      ),
    );
  });

  it('opens no record outside its folder', async () => {
    const folder = await folderWith('1,2,{},3,../../x,hr', '2,7,{},10,other,more');
    const { skipped } = await openDataset(`ptb-xl:${folder}`, options);
    expect(skipped).toMatchObject([{ recordName: 'x', unreadable: true }]);
    expect(skipped[0]!.reason).toContain('points outside its folder');
  });
});

describe('openDataset', () => {
  it('names the nearest kind, a missing folder, and a folder that is a file', async () => {
    const folder = await folderOf({ file: '' });
    expect(await errorOf(openDataset('mitbd:x', options))).toMatch(/ERR_OPTION.*did you mean "mitdb"/);
    expect(await errorOf(openDataset('toString:x', options))).toContain('ERR_OPTION');
    expect(await errorOf(openDataset('mitdb', options))).toMatch(/ERR_OPTION.*mitdb:DIR/);
    expect(await errorOf(openDataset(`mitdb:${folder}/none`, options))).toContain('ERR_NOT_FOUND');
    expect(await errorOf(openDataset(`mitdb:${folder}/file`, options))).toMatch(/ERR_NOT_FOUND.*is a file/);
    expect(await errorOf(openDataset(`mitdb:${folder}`, options))).toMatch(/ERR_DATA_EMPTY/);
    expect(await errorOf(openDataset(`folder:${folder}`, options))).toMatch(/ERR_NOT_FOUND.*labels\.csv/);
  });

  it.each([
    { fsHz: -1, seconds: 2 },
    { fsHz: Number.NaN, seconds: 2 },
    { fsHz: 1e12, seconds: 2 },
    { fsHz: 100, seconds: 0 },
    { fsHz: 100, seconds: 1e12 },
    { fsHz: 1, seconds: 0.5 },
  ])('refuses windows of %o', async (invalid) => {
    for (const kind of ['mitdb', 'ptb-xl', 'folder']) {
      expect(await errorOf(openDataset(`${kind}:.`, invalid))).toContain('ERR_RANGE');
    }
  });

  it('rejects with the reason of an aborted signal', async () => {
    const folder = await temporaryFolder();
    await writeRecord(folder, recordOf('a', wave(500)));
    await writeRecord(folder, recordOf('b', wave(500)));
    await writeFile(join(folder, 'labels.csv'), 'record,label\na,af\nb,af\n');
    const controller = new AbortController();
    const reason = new Error('enough');
    const onProgress = () => controller.abort(reason);
    await expect(
      openDataset(`folder:${folder}`, { ...options, signal: controller.signal, onProgress }),
    ).rejects.toBe(reason);
  });
});
