// Compares the available real data sets with the published counts.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRecord } from '#lib/codecs/wfdb/read.js';
import { openDataset, selectTask } from '#lib/datasets/dataset.js';
import { classNames } from '#lib/signal/class-table.js';
import { ecgClasses } from '#lib/signal/classes.js';
import { resample } from '#lib/signal/resample.js';
import type { WindowSet } from '#lib/signal/window.js';
import { dataFolder, titleWithData } from '../helpers/data.js';

const counts = ({ windows }: WindowSet) =>
  ecgClasses.map((name) => windows.filter(({ classes }) => classes.includes(name)).length);
/** Returns the number of windows of each class that is not one of the paper. */
const others = ({ windows }: WindowSet) =>
  Object.fromEntries(
    classNames.slice(ecgClasses.length).flatMap((name) => {
      const count = windows.filter(({ classes }) => classes.includes(name)).length;
      return count === 0 ? [] : [[name, count]];
    }),
  );
const labelled = ({ windows }: WindowSet, label: string) =>
  windows.filter(({ labels }) => labels?.includes(label)).length;
const recordsOf = ({ windows }: WindowSet, name: string) =>
  [
    ...new Set(windows.filter(({ classes }) => classes.includes(name)).map(({ origin }) => origin.record)),
  ].sort();

const mitdb = dataFolder('mitdb');
describe.skipIf(mitdb === undefined)(titleWithData('MIT-BIH', 'mitdb'), () => {
  it('returns the MLII windows of 10 s of each class, from the right patients', async () => {
    const set = await openDataset(`mitdb:${mitdb}`, { fsHz: 250, seconds: 10 });
    // 881 windows with V beats are in sinus rhythm, the others in other rhythms, such as bigeminy and fibrillation.
    expect(counts(set)).toEqual([2705, 384, 31, 1402, 36]);
    const isPvcIn = (rhythm: string) =>
      set.windows.filter(({ classes, labels }) => classes.includes('pvc') && labels!.includes(rhythm)).length;
    expect(isPvcIn('(N')).toBe(881);
    expect(others(set)).toEqual({
      ...{ sbrad: 180, pac: 601, svt: 12, avb2m1: 68, avb2m2: 68, bigeminy: 115, trigeminy: 59, vt: 8 },
      ...{ clbbb: 658, crbbb: 801, paced: 331 },
    });
    expect(recordsOf(set, 'crbbb')).toEqual(['118', '124', '207', '212', '231', '232']);
    expect(recordsOf(set, 'paced')).toEqual(['107', '217']);
    expect(recordsOf(set, 'af')).toEqual(['201', '203', '210', '217']);
    expect([recordsOf(set, 'aflt'), recordsOf(set, 'wpw')]).toEqual([['203'], ['230']]);
    expect(set.skipped).toEqual([
      { recordName: '102', reason: 'no lead MLII; it has V5, V2' },
      { recordName: '104', reason: 'no lead MLII; it has V5, V2' },
    ]);
    expect(set.windows.every(({ signal }) => signal.length === 2500)).toBe(true);
    const rhythms = ['(N', '(AFIB', '(AFL', '(PREX'];
    expect(rhythms.map((rhythm) => labelled(set, rhythm))).toEqual([4914, 384, 31, 36]);
    const { labels, patientIds } = selectTask(set, 'af');
    expect([labels.length, new Set(patientIds).has('202')]).toEqual([2705 + 384, false]);
  });
});

const ptbxl = dataFolder('ptb-xl');
describe.skipIf(ptbxl === undefined)(titleWithData('PTB-XL', 'ptb-xl'), () => {
  it.each([500, 100])('returns one window per recording at %d Hz, with its codes', async (fsHz) => {
    const set = await openDataset(`ptb-xl:${ptbxl}`, { fsHz, seconds: 10 });
    expect([set.windows.length, set.lengthSamples, set.skipped]).toEqual([400, 10 * fsHz, []]);
    expect(counts(set)).toEqual([243, 9, 7, 12, 0]);
    expect(['NORM', 'AFIB', 'AFLT', 'PVC', 'WPW'].map((code) => labelled(set, code))).toEqual(counts(set));
    expect(others(set)).toEqual({
      ...{ sbrad: 9, stach: 5, sarrh: 23, pac: 4, svt: 1, avb1: 9, clbbb: 7, crbbb: 4, irbbb: 14, lafb: 20 },
      ...{ paced: 5, lvh: 28, std: 17, invt: 4, lngqt: 3, lvolt: 2 },
    });
    expect(set.windows[0]!.labels).toEqual(['NORM', 'LVOLT', 'SR']);
    expect(set.windows[0]).toMatchObject({
      origin: { patient: '15709' },
      fold: 3,
      classes: ['normal', 'lvolt'],
    });
  });

  it('resamples a file of 500 Hz nearly to the published file of 100 Hz', async () => {
    // The publishers' filter rings at the ends and shifts by about a millisecond. Hence the limit and the inner part.
    for (const name of ['00001', '00002', '00010', '00100', '00400']) {
      const high = await readRecord(join(ptbxl!, `records500/00000/${name}_hr`));
      const low = await readRecord(join(ptbxl!, `records100/00000/${name}_lr`));
      high.signalsMv.forEach((signalMv, lead) => {
        const inner = (mv: Float32Array) => mv.subarray(20, -20);
        const ours = resample(signalMv, 500, 100);
        expect(correlation(inner(ours), inner(low.signalsMv[lead]!))).toBeGreaterThan(0.99);
      });
    }
  });
});

function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (x: Float32Array) => x.reduce((sum, value) => sum + value, 0) / x.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((value, n) => {
    const [x, y] = [value - meanA, b[n]! - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  });
  return ab / Math.sqrt(aa * bb);
}
