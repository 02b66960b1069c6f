// WFDB records, annotations and the folders of the challenges as people of the field meet them: read right, or refused
// with the right reason.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { findDatasets, openDataset, readAnnotations, readRecord, surveyDataset } from '#lib/records.js';
import { errorOf } from '../helpers/folder.js';
import { checkCases, expectRecord } from './walk.js';

const at500 = { fsHz: 500, seconds: 10 };
const annotationsOf = (record: string) => readAnnotations(record, 'atr');

/** Expects the same first sample of lead II of each record, 5000 samples at 500 Hz. */
const allRecords =
  (firstMv: number, ...names: string[]) =>
  async (folder: string) => {
    for (const name of names) await expectRecord(join(folder, name), { fsHz: 500, firstMv: [firstMv] });
  };

/** Returns the reasons of the records that cannot be read, or lack something. */
async function reasonsOf(source: string, options: { fsHz?: number } = {}): Promise<Map<string, string>> {
  const { unreadable, leftOut } = await surveyDataset(source, options);
  return new Map([...unreadable, ...leftOut].map(({ recordName, reason }) => [recordName, reason]));
}

checkCases('wfdb', {
  '01-georgia-mat-in-record-name': async (folder) => {
    const [found] = await findDatasets(folder);
    expect(found!.source).toBe(`cinc2021:${folder}`);
    const { windows, skipped } = await openDataset(found!.source, at500);
    expect(skipped).toEqual([]);
    expect(windows.map(({ labels }) => labels)).toEqual([
      expect.arrayContaining(['426783006']),
      expect.arrayContaining(['164889003']),
    ]);
    expect(windows.map(({ leads, signal }) => [...leads, signal[0]])).toEqual([
      ['II', Math.fround(0.203)],
      ['II', Math.fround(0.205)],
    ]);
  },
  '02-record-name-with-folder': (folder) =>
    expectRecord(join(folder, 'med/00001_medians'), { fsHz: 500, firstMv: [0.203] }),
  '03-negative-gain': async (folder) => {
    await allRecords(0.203, 'temp', 'inv')(folder);
    expect((await readRecord(join(folder, 'temp'))).leads).toEqual(['II']);
  },
  '04-two-rates-in-mv': async (folder) => {
    await expectRecord(join(folder, 'bed'), { fsHz: 500, firstMv: [0.001] });
    const { windows, skipped } = await openDataset(`folder:${folder}`, at500);
    expect([windows.length, windows[0]!.leads, windows[0]!.signal[0]]).toEqual([
      1,
      ['II'],
      Math.fround(0.001),
    ]);
    expect(skipped).toEqual([]);
  },
  '06-annotations-count-frames': async (folder) => {
    const { source } = (await findDatasets(folder))[0]!;
    const { windows } = await openDataset(source, { fsHz: 360, seconds: 10 });
    const of = (rhythm: string) => windows.filter(({ labels }) => labels!.includes(rhythm));
    expect(of('(AFIB').map(({ startS }) => startS)).toEqual([30, 40, 50]);
    expect(of('(N').length).toBe(2);
    for (const one of of('(N')) expect(one.startS + 10).toBeLessThanOrEqual(30);
    const changes = (await annotationsOf(join(folder, '900'))).filter(({ symbol }) => symbol === '+');
    expect(changes.map(({ aux, sample }) => [aux, sample])).toEqual([
      ['(N', 4],
      ['(AFIB', 30 * 360],
    ]);
  },
  '07-units-with-slashes': async (folder) => {
    expect((await readRecord(join(folder, 'tr'))).leads).toEqual(['II']);
    await allRecords(0.203, 'tr')(folder);
  },
  '08-gain-absent-zero': async (folder) => {
    await allRecords(1.015, 'a', 'b', 'd')(folder);
    await allRecords(0.000515, 'c')(folder);
  },
  '09-latin1-microvolt': async (folder) => {
    await allRecords(0.203, 'mu', 'mu8')(folder);
    const two = await readRecord(join(folder, 'two'));
    expect([two.leads, two.notes]).toEqual([['II', 'V1'], undefined]);
    const { windows } = await openDataset(`folder:${folder}`, at500);
    expect(windows.map(({ leads }) => leads)).toEqual([['II']]);
  },
  '10-header-line-ends': allRecords(0.203, 'bom', 'cr', 'crlf', 'eof', 'nonl', 'spaces', 'tabs'),
  '11-odd-base-dates': allRecords(0.203, 'ctr', 'dmy', 'y', 'yy'),
  '12-length-inferred': async (folder) => {
    await expectRecord(join(folder, 'q'), { fsHz: 500, firstMv: [0.001, 0.203] });
    await expectRecord(join(folder, 'p'), { fsHz: 250, firstMv: [0.203], samples: 2500 });
    expect((await readRecord(join(folder, 'p'))).notes!.join()).toMatch(/signal V is omitted: 125 Hz/);
  },
  '13-212-shorter-than-header': async (folder) => {
    expect(await errorOf(readRecord(join(folder, 'f')))).toMatch(
      /^ERR_WFDB_SIGNAL: .*holds 7500 bytes.* requires 7503 .*2501 frames.*the file holds 2500 frames/,
    );
  },
  '14-dat-longer-than-header': async (folder) => {
    await expectRecord(join(folder, 'l'), { fsHz: 500, firstMv: [0.203], samples: 4000 });
    const notes = (await readRecord(join(folder, 'l'))).notes!.join();
    expect(notes).toMatch(/holds 5000 frames; its header states 4000/);
    expect(notes).not.toMatch(/cut short|wrong/);
  },
  '16-record-names': async (folder) => {
    await allRecords(0.203, 'sub-01_ecg', 'a.b', 'patient#3', 'Ärzte1')(folder);
    const survey = await surveyDataset(`folder:${folder}`);
    expect(survey.windows).toBe(4);
    const reasons = survey.unreadable.map(({ recordName, reason }) => `${recordName}: ${reason}`);
    expect(reasons).toEqual([expect.stringMatching(/^ECG 01: .*contains a blank.*rename/)]);
  },
  '18-several-dat-files': (folder) =>
    expectRecord(join(folder, 's'), { fsHz: 500, firstMv: [0.001, 0.202, 0.203, 0.008] }),
  '21-signal-file-paths': async (folder) => {
    await allRecords(0.206, 'good')(folder);
    await allRecords(0.203, 'sub')(folder);
    const survey = await surveyDataset(`folder:${folder}`);
    expect(survey.windows).toBe(2);
    expect(survey.unreadable.map(({ recordName, reason }) => [recordName, reason])).toEqual([
      ['abs', expect.stringMatching(/abs\.hea names the signal file "\/data\/holter\/abs\.dat" outside/)],
      ['win', expect.stringMatching(/win\.hea names the signal file "C:\\holter\\win\.dat" outside/)],
    ]);
  },
  '22-lead-names': async (folder) => {
    const { windows, skipped } = await openDataset(`folder:${folder}`, at500);
    for (const { signal } of windows) expect(signal[0]).toBeCloseTo(0.203, 6);
    expect(windows.map(({ origin, leads }) => `${origin.record} ${leads}`).sort()).toEqual([
      'dii DII',
      'e ECG II',
      'w Lead II',
    ]);
    expect(skipped).toEqual([
      { recordName: 'dup', reason: expect.stringMatching(/no lead II .*signal 0, signal 1; choose one/) },
    ]);
  },
  '24-baseline-float': async (folder) => {
    await allRecords(0.203, 'bf')(folder);
    await allRecords(0.215, 'bs')(folder);
  },
  '25-rates': async (folder) => {
    const rates: Record<string, number> = { r1: 360, r2: 62.4725, r3: 128, r4: 250, r5: 250 };
    for (const [name, fsHz] of Object.entries(rates)) {
      await expectRecord(join(folder, name), { fsHz, firstMv: [0.203] });
    }
  },
  '30-note-at-start-that-begins-with-a-number': async (folder) => {
    const [first, ...rest] = await annotationsOf(join(folder, 'h'));
    expect(first).toMatchObject({
      sample: 0,
      symbol: '"',
      aux: '72 hours ambulatory, electrodes changed at noon',
    });
    expect(rest.length).toBe(3);
  },
  '31-no-end-mark': async (folder) => {
    expect(await errorOf(annotationsOf(join(folder, 'e')))).toMatch(
      /^ERR_WFDB_ANNOTATION: .*e\.atr: it is empty/,
    );
    expect(await errorOf(annotationsOf(join(folder, 'h')))).toMatch(
      /h\.atr: it is cut short \(no end mark\)/,
    );
    expect(await annotationsOf(join(folder, 'z'))).toEqual([]);
  },
  '32-out-of-order': async (folder) => {
    const annotations = await annotationsOf(join(folder, 'o'));
    expect(annotations.map(({ sample }) => sample)).toEqual([2, 402, 502, 702]);
    const { source } = (await findDatasets(folder))[0]!;
    expect([...(await reasonsOf(source)).values()]).toEqual([]);
  },
  '34-annotations-past-the-end': async (folder) => {
    const { source } = (await findDatasets(folder))[0]!;
    const { windows } = await openDataset(source, { fsHz: 250, seconds: 10 });
    expect(windows.map(({ labels }) => labels)).toEqual([expect.arrayContaining(['(N'])]);
    expect(windows[0]!.labels).not.toContain('(AFIB');
  },
  '35-aux-lengths': async (folder) => {
    const { list } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as { list: unknown[][] };
    const found = (await annotationsOf(join(folder, 'x'))).map((one) => [
      ...[one.sample, one.symbol, one.subtype, one.channel, one.number, one.aux],
    ]);
    expect(found).toEqual(list);
  },
  '37-custom-labels-by-wfdb-python': async (folder) => {
    const found = await annotationsOf(join(folder, 'c'));
    expect(found.map(({ symbol, sample }) => `${symbol} ${sample}`)).toEqual([
      'v 0',
      'l 200',
      'N 500',
      'v 800',
    ]);
  },
  '60-cinc2021-dx-dialects': async (folder) => {
    const { labels } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
      labels: Record<string, string[]>;
    };
    const { windows } = await openDataset(`cinc2021:${folder}`, at500);
    for (const [record, expected] of Object.entries(labels)) {
      const found = windows.find(({ origin }) => origin.record === record)!.labels ?? [];
      expect(found.filter((label) => !/^\d+$/.test(label)).sort(), record).toEqual(expected.sort());
    }
  },
  '61-cinc2021-broken-header': async (folder) => {
    const survey = await surveyDataset(`cinc2021:${folder}`);
    expect([survey.windows, survey.unreadable.length]).toEqual([1, 3]);
    for (const { recordName, reason } of survey.unreadable) {
      expect(reason).toContain(`${recordName}.hea`);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the bytes that must not reach a terminal.
      expect(reason).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
    }
  },
  '62-mat-versions': async (folder) => {
    for (const name of ['E90001', 'E90002', 'E90003', 'E90007', 'E90008']) {
      await expectRecord(join(folder, name), { fsHz: 500, firstMv: [0.02, 0.193] });
    }
    const bytesOf = async (name: string) =>
      Buffer.concat(
        (await readRecord(join(folder, name))).signalsMv.map(({ buffer }) => Buffer.from(buffer)),
      );
    const reference = await bytesOf('E90002');
    for (const name of ['E90001', 'E90003', 'E90007', 'E90008']) {
      expect(reference.equals(await bytesOf(name)), name).toBe(true);
    }
    const refused = await errorOf(readRecord(join(folder, 'E90006')));
    expect(refused).toMatch(/^ERR_WFDB_FORMAT: .*level 7\.3 \(HDF5\)/);
    expect(refused).not.toMatch(/cut short|20024/);
  },
  '63-cinc2021-no-lead-ii': async (folder) => {
    const { windows, skipped } = await openDataset(`cinc2021:${folder}`, at500);
    expect(windows.map(({ leads }) => leads)).toEqual([['LEAD II']]);
    expect(skipped).toEqual([{ recordName: 'E90002', reason: 'no lead II; it has V1, V5' }]);
  },
  '64-afdb-as-mitdb': async (folder) => {
    const { source } = (await findDatasets(folder))[0]!;
    const { windows, skipped } = await openDataset(source, { fsHz: 250, seconds: 10 });
    const count = (rhythm: string) => windows.filter(({ labels }) => labels!.includes(rhythm)).length;
    expect([count('(N'), count('(AFIB'), windows[0]!.leads]).toEqual([2, 3, ['ECG1']]);
    expect(skipped).toEqual([{ recordName: '00735', reason: expect.stringMatching(/lists no signals/) }]);
  },
  '65-multi-segment': async (folder) => {
    const [fixed, layout] = await Promise.all(
      ['ms/fixed', 'ms/var'].map((name) => readRecord(join(folder, name))),
    );
    const [first, second] = await Promise.all(
      ['ms/seg_1', 'ms/seg_2'].map(async (name) => [...(await readRecord(join(folder, name))).signalsMv[0]!]),
    );
    expect([...fixed!.signalsMv[0]!]).toEqual([...first!, ...second!]);
    const gap = new Array<number>(500).fill(Number.NaN);
    expect([...layout!.signalsMv[0]!]).toEqual([...first!, ...gap, ...second!]);
  },
});
