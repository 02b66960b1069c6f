// mimic:DIR, with tables and records that are made here.

import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import { openDataset, selectTask } from '#lib/datasets/dataset.js';
import { findDatasets } from '#lib/datasets/recognize.js';
import { errorOf, folderOf, temporaryFolder } from '../helpers/folder.js';

const options = { fsHz: 100, seconds: 2 };
const leads = ['I', 'II', 'III', 'aVR', 'aVF', 'aVL', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'];
const pathOf = (subject: number, study: number) =>
  `files/p${Math.floor(subject / 10_000)}/p${subject}/s${study}/${study}`;
const listed = [
  [10000032, 40689238],
  [10000032, 44458630],
  [10000117, 45090959],
  [10010002, 49036311],
  [19999987, 41190887],
] as const;
const recordList = [
  'subject_id,study_id,file_name,ecg_time,path',
  ...listed.map(
    ([subject, study]) => `${subject},${study},${study},2180-07-23 08:44:00,${pathOf(subject, study)}`,
  ),
  '',
].join('\n');
const reports = [
  'subject_id,study_id,cart_id,ecg_time,report_0,report_1,report_2,bandwidth,rr_interval',
  '10000032,40689238,6848296,2180,Sinus rhythm,"Possible right atrial abnormality, or not",,0.005-150 Hz,659',
  '10000032,44458630,6848296,2180,Sinus rhythm,,Sinus rhythm,0.005-150 Hz,659',
  '10000117,45090959,6848296,2180,Atrial fibrillation,Abnormal ECG.,,0.005-150 Hz,659',
  '19999987,41190887,6848296,2180,Sinus rhythm,,,0.005-150 Hz,659',
  '',
].join('\n');

async function write(folder: string, subject: number, study: number, length = 400) {
  const signalsMv = leads.map((_, at) => Float32Array.from({ length }, (__, n) => at + (n % 10) / 100));
  const path = join(folder, pathOf(subject, study), '..');
  await mkdir(path, { recursive: true });
  await writeRecord(path, { name: String(study), fsHz: 100, leads, signalsMv });
}

async function release() {
  const folder = await folderOf({ 'record_list.csv': recordList, 'machine_measurements.csv': reports });
  for (const [subject, study] of listed.slice(0, 3)) await write(folder, subject, study);
  return folder;
}

describe('mimic:DIR', () => {
  it('reads lead II, the lines of the reports and the patients of the folders that exist', async () => {
    const folder = await release();
    expect(await findDatasets(folder)).toEqual([{ source: `mimic:${folder}`, alsoLike: [] }]);
    const set = await openDataset(`mimic:${folder}`, options);
    expect(
      set.windows
        .filter(({ startS }) => startS === 0)
        .map(({ origin, classes, labels }) => [origin.record, origin.patient, classes, labels]),
    ).toEqual([
      ['40689238', '10000032', [], ['Sinus rhythm', 'Possible right atrial abnormality, or not']],
      ['44458630', '10000032', [], ['Sinus rhythm']],
      ['45090959', '10000117', [], ['Atrial fibrillation', 'Abnormal ECG.']],
    ]);
    expect([set.windows.length, set.skipped, set.leads.join()]).toEqual([6, [], 'II']);
    expect(set.windows[0]!.signal[3]).toBeCloseTo(1.03, 5);
    const { labels, patientIds } = selectTask(set, 'Atrial fibrillation:Sinus rhythm');
    expect([labels.length, new Set(patientIds).size]).toEqual([6, 2]);
    // In this release aVF is before aVL.
    const avl = await openDataset(`mimic:${folder}`, { ...options, leads: ['aVL'] });
    expect(avl.windows[0]!.signal[0]).toBe(5);
  });

  it('skips a record that is missing in the folder of its patient', async () => {
    const folder = await release();
    await rm(join(folder, pathOf(10000032, 44458630), '..'), { recursive: true });
    const { windows, skipped } = await openDataset(`mimic:${folder}`, options);
    expect(windows).toHaveLength(4);
    expect(skipped).toEqual([
      {
        recordName: '44458630',
        reason: expect.stringMatching(/could not read the header .*44458630\.hea/),
        unreadable: true,
      },
    ]);
  });

  it('notices patients and groups of patients that are added beside a cache', async () => {
    const folder = await release();
    const cacheFolder = await temporaryFolder();
    const records = async () => {
      const { windows } = await openDataset(`mimic:${folder}`, { ...options, cacheFolder });
      return new Set(windows.map(({ origin }) => origin.record)).size;
    };
    // The folders are older than this test, so that an added entry changes their time whatever its resolution.
    for (const path of ['files', 'files/p1000']) await utimes(join(folder, path), 1, 1);
    expect([await records(), await records()]).toEqual([3, 3]);
    await write(folder, 10010002, 49036311);
    expect(await records()).toBe(4);
    await write(folder, 19999987, 41190887);
    expect(await records()).toBe(5);
  });

  it('refuses tables with errors, and names a missing one', async () => {
    const folder = await release();
    const message = async (name: string, text: string) => {
      await writeFile(join(folder, name), text);
      return errorOf(openDataset(`mimic:${folder}`, options));
    };
    const head = 'subject_id,study_id,file_name,ecg_time,path\n';
    expect(await message('record_list.csv', 'subject_id,study_id\n1,2\n')).toMatch(/column "path"/);
    expect(await message('record_list.csv', `${head}x,1,1,,a\n`)).toMatch(/line 2: subject_id "x" must be/);
    expect(await message('record_list.csv', `${head}1,,1,,a\n`)).toMatch(/line 2: study_id "" must be/);
    expect(await message('record_list.csv', `${head}1,1,1,,\n`)).toMatch(/line 2: path is empty/);
    expect(await message('record_list.csv', `${head}1,1,1,,a\n2,1,1,,b\n`)).toMatch(
      /line 2: study_id 1 is on the lines 2, 3 with different cells/,
    );
    expect(await message('record_list.csv', `${head}1,1,1,,../a\n`)).toMatch(/"\.\.\/a\.hea" points outside/);
    expect(await message('record_list.csv', `${head}1,1,1,,files/p1/../x/1\n`)).toMatch(/ERR_DATA_EMPTY/);
    expect(await message('machine_measurements.csv', 'study_id,text\n1,2\n')).toMatch(/column "report_0"/);
    await rm(join(folder, 'machine_measurements.csv'));
    expect(await message('record_list.csv', recordList)).toMatch(
      /ERR_NOT_FOUND: could not read the table .*machine_measurements\.csv/,
    );
  });
});
