// The data set `edf:DIR`: labels from a table or from annotations, the choice of the lead, and flaws of records.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EdfAnnotation } from '#lib/codecs/edf/read.js';
import { writeEdf } from '#lib/codecs/edf/writer.js';
import { openDataset } from '#lib/datasets/dataset.js';
import { findDatasets } from '#lib/datasets/recognize.js';
import { surveyDataset } from '#lib/datasets/survey.js';
import { annotationSignal, edfFile } from '../helpers/edf-file.js';
import { errorOf, folderOf, temporaryFolder } from '../helpers/folder.js';

const options = { fsHz: 100, seconds: 2 };
const wave = (length: number, scale = 1) =>
  Float32Array.from({ length }, (_, n) => Math.round(1000 * scale * Math.sin(n / 5)) / 1000);
const counts = (length: number) => Array.from({ length }, (_, n) => Math.round(1000 * Math.sin(n / 5)));

async function put(
  folder: string,
  name: string,
  annotations: readonly EdfAnnotation[] = [],
  leads: Readonly<Record<string, Float32Array>> = { II: wave(1000) },
): Promise<void> {
  const record = { name, fsHz: 100, leads: Object.keys(leads), signalsMv: Object.values(leads) };
  await writeEdf(folder, record, { annotations });
}

describe('edf:DIR', () => {
  it('takes the labels of labels.csv, and skips damaged records with the reason', async () => {
    const folder = await temporaryFolder();
    await put(folder, 'a', [{ onsetS: 0, text: '(AFL' }]);
    await put(folder, 'b', [], { V1: wave(400, 0.5), II: wave(400) });
    await mkdir(join(folder, 'more'));
    await put(join(folder, 'more'), 'c');
    await writeFile(join(folder, 'd.edf'), 'x');
    await writeFile(
      join(folder, 'e.BDF'),
      edfFile([{ samples: counts(300), perRecord: 100 }], { isBdf: true }),
    );
    const rows = ['a.edf,af;LVH,p1', 'b,normal,p1', 'more/c,STEMI,', 'd,af,', 'e,pvc,', 'gone,af,'];
    await writeFile(join(folder, 'labels.csv'), ['record,label,patient', ...rows, ''].join('\n'));
    const set = await openDataset(`edf:${folder}`, options);
    expect([set.unit, set.leads]).toEqual(['mV', ['II']]);
    const shown = set.windows.map(({ origin, startS, classes, labels }) => [
      origin.record,
      origin.patient,
      startS,
      classes,
      labels,
    ]);
    expect(shown.filter(([, , startS]) => startS === 0)).toEqual([
      ['a.edf', 'p1', 0, ['af', 'lvh'], ['af', 'LVH']],
      ['b', 'p1', 0, ['normal'], ['normal']],
      ['more/c', 'more/c', 0, [], ['STEMI']],
      ['e', 'e', 0, ['pvc'], ['pvc']],
    ]);
    expect(shown).toHaveLength(5 + 2 + 5 + 1);
    expect(set.windows[5]!.signal).toEqual(wave(400).slice(0, 200));
    expect(set.skipped.map(({ recordName, reason }) => `${recordName}: ${reason}`)).toEqual([
      expect.stringMatching(/^d: EDF file .*d\.edf holds 1 bytes, but a header takes at least 256/),
      expect.stringMatching(/^gone: could not read the EDF file .*gone\.edf: there is no such file/),
    ]);
  });

  it('takes rhythms and beats of the annotations where there is no label, and ends a rhythm after its duration', async () => {
    const folder = await temporaryFolder();
    await put(folder, 'a', [
      { onsetS: 0, text: '(N' },
      { onsetS: 1, text: 'N' },
      { onsetS: 3.5, text: '(AFIB' },
      { onsetS: 4, text: 'V' },
      { onsetS: 5, text: 'Lights off (AFL' },
    ]);
    await put(folder, 'b', [{ onsetS: 1, durationS: 5, text: '(AFL' }]);
    await put(folder, 'c', [{ onsetS: 1, durationS: 1, text: '(AFL' }]);
    await put(folder, 'd', [{ onsetS: 1, text: 'N' }]);
    const expected = [
      ['a', 0, ['normal'], ['(N', 'N']],
      ['a', 3.5, ['af', 'pvc'], ['(AFIB', 'V']],
      ['a', 5.5, ['af'], ['(AFIB']],
      ['a', 7.5, ['af'], ['(AFIB']],
      ['b', 1, ['aflt'], ['(AFL']],
      ['b', 3, ['aflt'], ['(AFL']],
      ...[0, 2, 4, 6, 8].map((startS) => ['d', startS, [], []]),
    ];
    const shown = async () => {
      const { windows, skipped } = await openDataset(`edf:${folder}`, options);
      expect(skipped).toEqual([{ recordName: 'c', reason: 'no stretch of 2 s inside one rhythm' }]);
      return windows.map(({ origin, startS, classes, labels }) => [origin.record, startS, classes, labels]);
    };
    expect(await shown()).toEqual(expected);
    await writeFile(join(folder, 'labels.csv'), 'record,label\na,\nb,\nc,\nd,\n');
    expect(await shown()).toEqual(expected);
  });

  it('never takes another signal for an ECG in silence', async () => {
    const folder = await temporaryFolder();
    const sleep = (...labels: string[]) =>
      edfFile(labels.map((label) => ({ label, samples: counts(400), perRecord: 100 })));
    await writeFile(join(folder, 'named.edf'), sleep('EEG C3-A2', 'EOG left', 'ECG'));
    await writeFile(join(folder, 'sole.edf'), sleep('EMG chin', 'Holter'));
    await writeFile(join(folder, 'unnamed.edf'), sleep('C3-A2', 'LOC', 'X1'));
    const set = await openDataset(`edf:${folder}`, options);
    expect(set.windows.map(({ origin, leads }) => [origin.record, leads[0]])).toEqual([
      ['named', 'ECG'],
      ['named', 'ECG'],
      ['sole', 'Holter'],
      ['sole', 'Holter'],
    ]);
    expect(set.skipped).toEqual([
      { recordName: 'unnamed', reason: 'no lead II or MLII; it has C3-A2, LOC, X1' },
    ]);
    const chosen = await openDataset(`edf:${folder}`, { ...options, leads: ['X1'] });
    expect(chosen.windows.map(({ origin }) => origin.record)).toEqual(['unnamed', 'unnamed']);
  });

  it('omits windows in the gaps of a discontinuous file, and damaged annotations block no labelled record', async () => {
    const folder = await temporaryFolder();
    const tals = Array.from({ length: 8 }, (_, n) => `+${n < 4 ? n : n + 1}\x14\x14`);
    const file = (texts: readonly string[], reserved: string) =>
      edfFile([{ samples: counts(800), perRecord: 100 }, annotationSignal(texts)], { reserved });
    await writeFile(join(folder, 'gap.edf'), file(tals, 'EDF+D'));
    await writeFile(join(folder, 'bad.edf'), file(['+0\x14\x14\0+x\x14N\x14', ...tals.slice(1)], 'EDF+C'));
    await writeFile(join(folder, 'labels.csv'), 'record,label\ngap,af\nbad,af\n');
    const set = await openDataset(`edf:${folder}`, options);
    expect(set.windows.map(({ origin, startS }) => `${origin.record} ${startS}`)).toEqual([
      ...['gap 0', 'gap 2', 'gap 6'],
      ...['bad 0', 'bad 2', 'bad 4', 'bad 6'],
    ]);
    expect(set.skipped).toEqual([
      { recordName: 'gap', reason: '1 of 4 windows: missing samples, the first at 4.0 s' },
    ]);
    await writeFile(join(folder, 'labels.csv'), 'record,label\ngap,af\nbad,\n');
    const { skipped } = await openDataset(`edf:${folder}`, options);
    expect(skipped[1]!.reason).toMatch(
      /has a damaged annotation in data record 1: "\+x\ufffdN\ufffd" at byte 5/,
    );
  });

  it('is surveyed with all its leads, and names files that differ in their ending by it', async () => {
    const folder = await temporaryFolder();
    await put(folder, 'a', [], { I: wave(400), II: wave(400) });
    await writeFile(
      join(folder, 'a.bdf'),
      edfFile([{ samples: counts(400), perRecord: 100 }], { isBdf: true }),
    );
    const survey = await surveyDataset(`edf:${folder}`, options);
    expect(survey.records).toBe(2);
    expect(JSON.stringify(survey.leads)).toContain('"I"');
    const { windows } = await openDataset(`edf:${folder}`, options);
    expect(new Set(windows.map(({ origin }) => origin.record))).toEqual(new Set(['a.edf', 'a.bdf']));
  });

  it('is cached until a table, a file or the list of files changes', async () => {
    const folder = await temporaryFolder();
    const cacheFolder = await temporaryFolder();
    const count = async () =>
      (await openDataset(`edf:${folder}`, { ...options, cacheFolder })).windows.length;
    await put(folder, 'a');
    expect(await count()).toBe(5);
    expect(await count()).toBe(5);
    await put(folder, 'b');
    expect(await count()).toBe(10);
    await writeFile(join(folder, 'labels.csv'), 'record,label\na,af\n');
    expect(await count()).toBe(5);
    await put(folder, 'a', [], { II: wave(600) });
    expect(await count()).toBe(3);
  });

  it('is recognized by its files, unless they belong to WFDB headers', async () => {
    const kindOf = async (files: Readonly<Record<string, string>>) => {
      const [found] = await findDatasets(await folderOf(files));
      return found!.source.split(':')[0];
    };
    expect(await kindOf({ 'a.edf': '' })).toBe('edf');
    expect(await kindOf({ 'a.BDF': '', 'labels.csv': '' })).toBe('edf');
    expect(await kindOf({ 'a.edf': '', 'a.hea': '', 'labels.csv': '' })).toBe('folder');
  });

  it('skips a row of the table that leads outside the folder', async () => {
    const folder = await folderOf({ 'labels.csv': 'record,label\n../a,af\n' });
    expect(await errorOf(openDataset(`edf:${folder}`, options))).toMatch(
      /^ERR_DATA_EMPTY: .*1 skipped; labels\.csv line 2: "\.\.\/a\.edf" points outside its folder/,
    );
  });
});
