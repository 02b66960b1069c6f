// NumPy arrays as people of the field save them: read right, or refused with the right reason.

import { expect } from 'vitest';
import { openDataset, surveyDataset } from '#lib/records.js';
import { errorOf } from '../helpers/folder.js';
import { checkCases } from './walk.js';

const at100 = { fsHz: 100, seconds: 10 };
const open = (folder: string) => openDataset(`npy:${folder}`, at100);

/** Expects two windows with the first samples 0.201 and 0.203 mV. */
async function read(folder: string) {
  const { windows, skipped, unit } = await open(folder);
  expect(windows.map(({ signal }) => signal[0])).toEqual([0.201, 0.203].map(Math.fround));
  expect(windows.map(({ labels }) => labels)).toEqual([
    expect.arrayContaining(['AFIB']),
    expect.arrayContaining(['NORM']),
  ]);
  expect([skipped, unit]).toEqual([[], 'mV']);
}

/** Expects a refusal that names the cause, and not another one. */
const refused = (cause: RegExp, other?: RegExp) => async (folder: string) => {
  const error = await errorOf(open(folder));
  expect(error).toMatch(cause);
  if (other !== undefined) expect(error).not.toMatch(other);
};

const unitless = (type: string) =>
  refused(new RegExp(`^ERR_NPY: .*signals\\.npy holds ${type}, and meta\\.json does not state their unit`));

checkCases('npy', {
  '110-npy-fortran-order': read,
  '111-npy-big-endian': read,
  '112-npy-version-2': read,
  '113-npy-version-3': read,
  '114-npy-b1': refused(/truth values \(bool\); expected samples as numbers/),
  '114-npy-i1': unitless('int8'),
  '114-npy-i4': unitless('int32'),
  '114-npy-i8': unitless('int64'),
  '114-npy-u2': unitless('uint16'),
  '115-npy-structured': refused(/structured array with the fields ecg, n/),
  '116-npy-object': refused(/Python objects, as arrays of several lengths.*nothing is unpickled/),
  '117-npy-is-a-pickle': refused(/is a Python pickle.*not opened.*numpy\.save/),
  '118-npy-python2-longs': read,
  '120-npy-other-key-order': read,
  '121-npy-double-quotes': read,
  '122-npy-channels-last': async (folder) => {
    const { windows, notes } = await open(folder);
    expect(windows.map(({ leads }) => leads)).toEqual([['II'], ['II']]);
    expect(notes!.join()).toMatch(/\(2, 1000, 2\) and is read as \(records, samples, leads\)/);
  },
  '123-npy-one-dimensional': refused(/has the shape \(1000\); expected \(records, samples\)/),
  '124-npy-truncated': refused(/holds 7600 bytes of data where its shape \(2, 1000\) needs 8000/),
  '125-npy-nan-inf': async (folder) => {
    const { windows, leftOut } = await surveyDataset(`npy:${folder}`, { fsHz: 100 });
    expect(windows).toBe(0);
    expect(leftOut.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/missing samples/),
      expect.stringMatching(/missing samples/),
    ]);
  },
  '126-npy-huge-values': async (folder) => {
    const { notes } = await open(folder);
    expect(notes!.join()).toMatch(/above 20 mV .*160\d mV.*the unit, the gain or the baseline/);
  },
  '127-npy-labels-multi-hot': async (folder) => {
    const { windows, notes } = await open(folder);
    expect(windows.flatMap(({ labels = [] }) => labels).sort()).toEqual(['AFIB', 'LVH', 'NORM']);
    expect(notes!.join()).toMatch(/columns of 0 and 1 are read as labels: AFIB, LVH, NORM/);
  },
  '128-npy-labels-npy': refused(/labels\.npy holds 2 columns whose labels are not known.*"classes"/),
  '129-npy-fs-missing': refused(/meta\.json does not state the sampling rate.*"fsHz"/),
  '130-npy-12-leads-8': async (folder) => {
    const { notes, hints, leadsRead } = await surveyDataset(`npy:${folder}`, { fsHz: 100 });
    expect(leadsRead.map(({ leads }) => leads)).toEqual([['signal 0']]);
    expect([...notes, ...hints].join()).toMatch(/leads?\b.*\bfirst/);
  },
  '131-npy-fs-string': refused(/meta\.json has a field "fs"; its name must be "fsHz"/),
  '133-npz': refused(/is a zip archive, as numpy\.savez/),
});
