// A folder of WFDB records of many kinds, as `pqrst data` surveys it: each record is read or reported by itself.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { surveyDataset } from '#lib/datasets/survey.js';
import { temporaryFolder } from '../helpers/folder.js';

const fsHz = 100;
/** Samples of a triangle wave, so that no window is flat. */
const wave = (length: number) => Int16Array.from({ length }, (_, n) => (n % 50) * 10);
const bytesOf = (samples: Int16Array) => new Uint8Array(samples.buffer);
const lead = (file: string, format = '16') => `${file} ${format} 1000(0)/mV 0 0 0 0 0 II`;

it('reads the records that can be read, and reports each other one with its reason', async () => {
  const folder = await temporaryFolder();
  const names: string[] = [];
  const add = async (name: string, header: string, data: Uint8Array = bytesOf(wave(1000))) => {
    await writeFile(join(folder, `${name}.hea`), header);
    await writeFile(join(folder, `${name}.dat`), data);
    names.push(name);
  };
  await mkdir(join(folder, 'raw'));
  await writeFile(join(folder, 'raw', 's.dat'), bytesOf(wave(1000)));
  await add('good', `good 1 ${fsHz} 1000\n${lead('good.dat')}`);
  await add('sub', `sub 1 ${fsHz} 1000\n${lead('raw/s.dat')}`);
  await add('dos', `dos 1 ${fsHz} 1000\n${lead('raw\\s.dat')}`);
  await add('abs', `abs 1 ${fsHz} 1000\n${lead('/data/holter/abs.dat')}`);
  await add('win', `win 1 ${fsHz} 1000\n${lead('C:\\holter\\win.dat')}`);
  await add('up', `up 1 ${fsHz} 1000\n${lead('../up.dat')}`);
  await add('long', `long 1 ${fsHz} 900\n${lead('long.dat')}`);
  await add('short', `short 1 ${fsHz} 1001\n${lead('short.dat')}`);
  await add('rates', `rates 2 25 200\n${lead('rates.dat', '16x4')}\nrates.dat 16 1/mV 0 0 0 0 0 RESP`);
  await add('temp', `temp 2 ${fsHz} 500\n${lead('temp.dat')}\ntemp.dat 16 -100.5(3000)/degC 0 0 0 0 0 T`);
  await add('other', `other 2 ${fsHz} 1000\n${lead('other.dat')}\ngone.dat 777 1/mV 0 0 0 0 0 X`);
  await add('seg', `seg/3 1 ${fsHz} 1500\ngood 1000\n~ 100\nlong 400`);
  await writeFile(
    join(folder, 'labels.csv'),
    ['record,label', ...names.map((name) => `${name},normal`)].join('\n'),
  );
  const survey = await surveyDataset(`folder:${folder}`, { fsHz, seconds: 2 });
  expect([survey.records, survey.windows]).toEqual([12, 5 + 5 + 5 + 4 + 4 + 2 + 5 + 6]);
  expect(survey.unreadable.map(({ recordName, reason }) => `${recordName}: ${reason}`)).toEqual([
    expect.stringMatching(/^abs: header .*abs\.hea names the signal file "\/data\/holter\/abs\.dat" outside/),
    expect.stringMatching(/^win: header .*win\.hea names the signal file "C:\\holter\\win\.dat" outside/),
    expect.stringMatching(/^up: header .*up\.hea names the signal file "\.\.\/up\.dat" outside/),
    expect.stringMatching(/^short: .* holds 2000 bytes, but its header requires 2002/),
  ]);
  expect(survey.leftOut).toEqual([
    { recordName: 'seg', reason: '1 of 7 windows: missing samples, the first at 10.0 s' },
  ]);
  expect(survey.recordNotes.map(({ recordName }) => recordName)).toEqual(['long', 'seg']);
});
