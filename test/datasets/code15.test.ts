// code15:DIR, with HDF5 files that are written here by h5wasm.

import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { File, ready } from 'h5wasm/node';
import { describe, expect, it } from 'vitest';
import { withHdf5 } from '#lib/codecs/hdf5.js';
import { openDataset } from '#lib/datasets/dataset.js';
import { findDatasets } from '#lib/datasets/recognize.js';
import { surveyDataset } from '#lib/datasets/survey.js';
import { errorOf, folderOf, temporaryFolder } from '../helpers/folder.js';

const options = { fsHz: 400, seconds: 2 };
const length = 4096;

/** A tracing with `count` samples in its middle. Lead k has the values 12 n + k + 1. */
function tracing(count: number): Float32Array {
  const values = new Float32Array(length * 12);
  const first = (length - count) / 2;
  for (let n = 0; n < count; n++) {
    for (let lead = 0; lead < 12; lead++) values[(first + n) * 12 + lead] = 12 * (n % 100) + lead + 1;
  }
  return values;
}

async function writePart(
  path: string,
  exams: readonly (readonly [id: bigint, count: number])[],
  chunks?: number[],
) {
  await ready;
  const file = new File(path, 'w');
  const data = new Float32Array(exams.length * length * 12);
  for (const [row, [, count]] of exams.entries()) data.set(tracing(count), row * length * 12);
  const layout = chunks && { chunks, compression: 'gzip' as const, compression_opts: 4 };
  file.create_dataset({
    ...{ name: 'tracings', data, shape: [exams.length, length, 12], dtype: '<f4' },
    ...layout,
  });
  const ids = BigInt64Array.from(exams, ([id]) => id);
  file.create_dataset({ name: 'exam_id', data: ids, shape: [exams.length], dtype: '<q' });
  file.close();
}

const columns = 'exam_id,age,is_male,1dAVb,RBBB,LBBB,SB,ST,AF,patient_id,normal_ecg,trace_file';
const tableOf = (...rows: string[]) => `${[columns, ...rows].join('\n')}\n`;

async function release(): Promise<string> {
  const folder = await folderOf({
    'exams.csv': tableOf(
      '1001,38,True,True,False,False,False,False,True,7,False,exams_part0.hdf5',
      '1002,50,False,False,False,False,False,False,False,7,True,exams_part0.hdf5',
      '1003,50,False,0,1,1,0,0,0,8.0,0,exams_part1.hdf5',
      '1004,50,False,0,0,0,1.0,0,0,9,1,exams_part1.hdf5',
      '1005,50,False,0,0,0,0,0,0,9,0,exams_part0.hdf5',
      '1006,50,False,0,0,0,0,0,0,9,0,exams_part2.hdf5',
      '1007,50,False,0,0,0,0,1,0,10,0,exams_part0.hdf5',
    ),
  });
  await writePart(join(folder, 'exams_part0.hdf5'), [
    ...([
      [1002n, 4000],
      [1001n, 2800],
      [1007n, 0],
      [0n, 0],
    ] as const),
  ]);
  await writePart(
    join(folder, 'exams_part1.hdf5'),
    [
      [1003n, 4000],
      [1004n, 4096],
    ],
    [1, 512, 12],
  );
  return folder;
}

describe('code15:DIR', () => {
  it('reads lead II without the zeros around it, the labels and the patients', async () => {
    const folder = await release();
    expect(await findDatasets(folder)).toEqual([{ source: `code15:${folder}`, alsoLike: [] }]);
    const { windows, skipped } = await openDataset(`code15:${folder}`, options);
    const seen = windows.map(({ origin, startS, classes, labels }) => [
      ...[`${origin.record} ${startS}`, origin.patient, classes.join(), labels!.join()],
    ]);
    expect(seen.filter(([at]) => at!.endsWith(' 0'))).toEqual([
      ['1001 0', '7', 'af,avb1', '1dAVb,AF,270492004,164889003'],
      ['1002 0', '7', 'normal', 'normal_ecg'],
      ['1003 0', '8', 'clbbb,crbbb', 'RBBB,LBBB,59118001,164909002'],
      ['1004 0', '9', 'sbrad', 'SB,normal_ecg,426177001'],
    ]);
    expect(seen).toHaveLength(3 + 5 + 5 + 5);
    expect(skipped.map(({ recordName, reason }) => `${recordName}: ${reason}`)).toEqual([
      '1005: exams_part0.hdf5, which exams.csv names for it, does not contain it',
      '1007: all its samples are zero',
    ]);
    const [first] = windows;
    expect([first!.leads.join(), first!.unit, ...first!.signal.subarray(0, 3)]).toEqual([
      ...['II', 'arbitrary', 2, 14, 26],
    ]);
    const two = await openDataset(`code15:${folder}`, { ...options, leads: ['V6', 'avr'] });
    expect([...two.windows[0]!.signal.subarray(0, 2), two.windows[0]!.signal[800]]).toEqual([12, 24, 4]);
  });

  it('gives no window of 10 s of an exam of 7 s', async () => {
    const { windows, skipped } = await openDataset(`code15:${await release()}`, { fsHz: 400, seconds: 10 });
    expect(windows.map(({ origin }) => origin.record)).toEqual(['1002', '1003', '1004']);
    expect(skipped[0]).toEqual({ recordName: '1001', reason: 'too short: 7 s, a window takes 10 s' });
  });

  it('finds the parts without the column trace_file, and notices a part that is added beside a cache', async () => {
    const folder = await release();
    const path = join(folder, 'exams.csv');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replaceAll(/,[^,\n]*$/gm, ''));
    const kept = join(await temporaryFolder(), 'kept');
    await copyFile(join(folder, 'exams_part1.hdf5'), kept);
    await rm(join(folder, 'exams_part1.hdf5'));
    const cacheFolder = await temporaryFolder();
    const count = async () =>
      (await openDataset(`code15:${folder}`, { ...options, cacheFolder })).windows.length;
    expect([await count(), await count()]).toEqual([8, 8]);
    await copyFile(kept, join(folder, 'exams_part1.hdf5'));
    expect(await count()).toBe(18);
  });

  it('skips the exams of a part that is not HDF5, is cut short, or has another content', async () => {
    const folder = await release();
    const part = join(folder, 'exams_part1.hdf5');
    const whole = await readFile(part);
    const reasons: string[] = [];
    for (const bytes of [Buffer.from('PK\x03\x04'), whole.subarray(0, 3000), whole.subarray(0, 90)]) {
      await writeFile(part, bytes);
      const { unreadable, leftOut } = await surveyDataset(`code15:${folder}`, options);
      reasons.push([...unreadable, ...leftOut].find(({ recordName }) => recordName === '1003')!.reason);
    }
    expect(reasons[0]).toMatch(/exams_part1\.hdf5 is not an HDF5 file; fetch it again, and unpack it/);
    expect(reasons[1]).toMatch(/exams_part1\.hdf5 is a damaged HDF5 file \(.+\); fetch it again/);
    expect(reasons[2]).toMatch(/exams_part1\.hdf5 is a damaged HDF5 file \(.+\); fetch it again/);
    const file = new File(part, 'w');
    file.create_dataset({ name: 'signals', data: new Float32Array(4), shape: [4], dtype: '<f4' });
    file.close();
    const huge = new File(join(folder, 'exams_part2.hdf5'), 'w');
    const one = {
      data: new Float32Array(12),
      shape: [1, 1, 12],
      maxshape: [1, null, 12],
      chunks: [1, 64, 12],
    };
    huge.create_dataset({ name: 'tracings', ...one, dtype: '<f4' }).resize([1, 2 ** 30, 12]);
    huge.create_dataset({ name: 'exam_id', data: BigInt64Array.of(9n), shape: [1], dtype: '<q' });
    huge.close();
    const { windows, skipped } = await openDataset(`code15:${folder}`, options);
    expect(windows).toHaveLength(8);
    expect(skipped.find(({ recordName }) => recordName === '1006')!.reason).toMatch(
      /tracings of the shape \(1, 1073741824, 12\) .*; expected \(exams, samples, 12\)/,
    );
    expect(skipped.find(({ recordName }) => recordName === '1003')!.reason).toMatch(
      /has no array "tracings"; it holds signals/,
    );
  });

  it.each([
    [
      'a label of another form',
      '1001,38,True,yes,0,0,0,0,0,7,0,exams_part0.hdf5',
      /line 2: 1dAVb "yes" must be True/,
    ],
    ['an exam without a number', 'x,38,True,0,0,0,0,0,0,7,0,exams_part0.hdf5', /line 2: exam_id "x" must be/],
    [
      'an exam without a patient',
      '1001,38,True,0,0,0,0,0,0,,0,exams_part0.hdf5',
      /line 2: patient_id "" must be/,
    ],
    ['a row that is cut short', '1001,38,True', /exams.csv line 2: it has 3 cells where the head has 12/],
  ])('refuses a table with %s', async (_, row, words) => {
    const folder = await release();
    await writeFile(join(folder, 'exams.csv'), tableOf(row));
    expect(await errorOf(openDataset(`code15:${folder}`, options))).toMatch(words);
  });

  it('refuses a table without labels or rows, with an exam twice, and a folder without parts', async () => {
    const folder = await release();
    const message = async (text: string) => {
      await writeFile(join(folder, 'exams.csv'), text);
      return errorOf(openDataset(`code15:${folder}`, options));
    };
    const row = '1001,38,True,0,0,0,0,0,0,7,0,exams_part0.hdf5';
    expect(await message('exam_id,patient_id\n1,2\n')).toMatch(
      /ERR_CSV: .*must have a column "1dAVb"; found/,
    );
    expect(await message(`${columns}\n`)).toMatch(/ERR_CSV: .*has no rows below a head line/);
    expect(await message(tableOf(row, row.replace('7', '8')))).toMatch(
      /line 2: exam_id 1001 is on the lines 2, 3 with different cells/,
    );
    await writeFile(
      join(folder, 'exams.csv'),
      tableOf(row, row, 'x', '1002,1,1,0,0,0,0,0,0,7,?,exams_part0.hdf5'),
    );
    const { windows, skipped } = await openDataset(`code15:${folder}`, options);
    expect(windows).toHaveLength(3);
    expect(skipped.map(({ recordName, reason }) => `${recordName}: ${reason}`)).toEqual([
      'exams.csv line 3: exam_id 1001 is already on line 2',
      expect.stringMatching(/^exams\.csv line 4: it has 1 cells/),
      'exams.csv line 5: normal_ecg "?" must be True or False, or 1 or 0',
    ]);
    await rm(join(folder, 'exams_part0.hdf5'));
    await rm(join(folder, 'exams_part1.hdf5'));
    expect(await message(tableOf(row))).toMatch(/ERR_NOT_FOUND: .*unpack the parts of CODE-15% there/);
  });
});

describe('withHdf5', () => {
  it('reads rows of an array, and names a file that is missing', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'a.hdf5');
    await writePart(path, [
      [5n, 0],
      [6n, 0],
      [7n, 4096],
    ] as const);
    const seen = await withHdf5(path, (array) => {
      const ids = array('exam_id');
      return [ids.shape, ids.type, ids.rows(1, 2), array('tracings').rows(2, 1)[13]];
    });
    expect(seen).toEqual([[3], '<q', BigInt64Array.of(6n, 7n), 14]);
    expect(await errorOf(withHdf5(join(folder, 'b'), () => 0))).toMatch(
      /ERR_NOT_FOUND.*HDF5 file .*no such file/,
    );
  });
});
