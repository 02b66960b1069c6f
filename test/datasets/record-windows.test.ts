// One recording in memory is cut as the reader of a folder cuts it.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRecord } from '#lib/codecs/wfdb/read.js';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import { openDataset } from '#lib/datasets/dataset.js';
import { recordWindows } from '#lib/datasets/record-windows.js';
import { temporaryFolder } from '../helpers/folder.js';

const wave = (hz: number) => Float32Array.from({ length: 8000 }, (_, n) => Math.sin((hz * n) / 360));
const record = { name: 'r1', fsHz: 360, leads: ['I', 'MLII'], signalsMv: [wave(5), wave(9)] };

describe('recordWindows', () => {
  it('gives the windows that openDataset gives, resampled and filtered', async () => {
    const folder = await temporaryFolder();
    await writeRecord(folder, record);
    await writeFile(join(folder, 'labels.csv'), 'record,label\nr1,normal\n');
    const options = { fsHz: 100, seconds: 5, filter: '0.5-40' };
    const set = await openDataset(`folder:${folder}`, options);
    const cut = recordWindows(await readRecord(join(folder, 'r1')), options);
    expect(cut.windows.map(({ startS }) => startS)).toEqual([0, 5, 10, 15]);
    expect(cut.windows.map(({ signal }) => signal)).toEqual(set.windows.map(({ signal }) => signal));
    expect(cut).toMatchObject({
      unit: 'mV',
      leads: ['MLII'],
      lengthSamples: 500,
      filter: '0.5-40',
      skipped: [],
    });
  });

  it('reports windows with gaps, short recordings and missing leads', () => {
    const gap = wave(9);
    gap[4000] = Number.NaN;
    const holed = recordWindows({ ...record, signalsMv: [wave(5), gap] }, { fsHz: 360, seconds: 10 });
    expect(holed.windows.map(({ startS }) => startS)).toEqual([0]);
    expect(holed.skipped).toEqual([
      { recordName: 'r1', reason: '1 of 2 windows: missing samples, the first at 10.0 s' },
    ]);
    expect(recordWindows(record, { fsHz: 100, seconds: 30 }).skipped[0]!.reason).toMatch(
      /^too short: 22.222 s/,
    );
    const { windows, skipped } = recordWindows(record, { fsHz: 100, seconds: 10, leads: 'V1' });
    expect([windows, skipped[0]!.reason]).toEqual([[], 'no lead V1; it has I, MLII']);
  });

  it('refuses leads of different lengths and unknown options', () => {
    expect(() =>
      recordWindows({ ...record, signalsMv: [wave(5), new Float32Array(3)] }, { fsHz: 100, seconds: 5 }),
    ).toThrow(expect.objectContaining({ code: 'ERR_SIGNAL' }));
    const unknown = { fsHz: 100, seconds: 5, second: 1 };
    expect(() => recordWindows(record, unknown)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
  });
});
