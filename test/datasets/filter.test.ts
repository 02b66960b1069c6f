// The filter of windows in readers, cache and survey.

import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import { writeCorpus } from '#lib/corpus/write.js';
import { openDataset } from '#lib/datasets/dataset.js';
import { surveyDataset } from '#lib/datasets/survey.js';
import { filterWindows } from '#lib/datasets/windows.js';
import { filterSignal } from '#lib/signal/filter.js';
import type { WindowSet } from '#lib/signal/window.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { twelveLeadFolder } from '../helpers/twelve-leads.js';
import { setOf, windowOf } from '../helpers/windows.js';

const options = { fsHz: 100, seconds: 4, filter: '0.5-40' };

/** Returns the windows of an unfiltered set, each lead filtered by `filterSignal`. */
function filteredByHand({ windows, lengthSamples }: WindowSet): Float32Array[] {
  return windows.map(({ signal, leads }) => {
    const parts = leads.map((_, at) => signal.subarray(at * lengthSamples, (at + 1) * lengthSamples));
    return Float32Array.from(parts.flatMap((part) => [...filterSignal(part, 100, '0.5-40')]));
  });
}

describe('the filter of windows', () => {
  it('is applied to each lead of each window by itself, after resampling', async () => {
    const source = await twelveLeadFolder(await temporaryFolder(), { patients: 2 });
    for (const more of [{}, { leads: ['V1', 'I'] }]) {
      const plain = await openDataset(source, { fsHz: 100, seconds: 4, ...more });
      const set = await openDataset(source, { ...options, ...more });
      expect([plain.filter, set.filter]).toEqual([undefined, '0.5-40']);
      expect(plain).not.toHaveProperty('filter');
      expect(set.windows.map(({ signal }) => signal)).toEqual(filteredByHand(plain));
      const { windows: _, filter, ...facts } = set;
      expect(plain).toMatchObject(facts);
    }
    const fast = { fsHz: 200, seconds: 4 };
    const resampled = await openDataset(source, fast);
    const set = await openDataset(source, { ...fast, filter: '0.50-40.0' });
    expect(set.filter).toBe('0.5-40');
    expect(set.windows[0]!.signal).toEqual(filterSignal(resampled.windows[0]!.signal, 200, '0.5-40'));
  });

  it('reads corpora and merged data sets in the same way', async () => {
    const folder = await temporaryFolder();
    await writeCorpus(join(folder, 'corpus'), {
      ...{ format: 'npy', count: 4, classes: { normal: 1, af: 1 }, fsHz: 100, seconds: 4, unit: 'zscore' },
    });
    const sources = [`corpus:${join(folder, 'corpus')}`, await twelveLeadFolder(join(folder, 'records'))];
    const plain = await openDataset(sources, { fsHz: 100, seconds: 4 });
    const set = await openDataset(sources, options);
    expect(set).toMatchObject({ filter: '0.5-40', unit: 'mixed' });
    expect(set.windows.map(({ signal }) => signal)).toEqual(filteredByHand(plain));
  });

  it('has its own cache for each filter', async () => {
    const folder = await temporaryFolder();
    const cacheFolder = join(folder, 'cache');
    const source = await twelveLeadFolder(join(folder, 'records'), { patients: 1 });
    const plain = await openDataset(source, { fsHz: 100, seconds: 4, cacheFolder });
    const set = await openDataset(source, { ...options, cacheFolder });
    const other = await openDataset(source, { ...options, filter: '0-40', cacheFolder });
    expect(await readdir(cacheFolder)).toHaveLength(3);
    const signals = [plain, set, other].map(({ windows }) => windows[0]!.signal.join());
    expect(new Set(signals).size).toBe(3);
    const steps: number[] = [];
    const again = await openDataset(source, {
      ...{ ...options, filter: '0.50-40', cacheFolder },
      onProgress: (done) => steps.push(done),
    });
    expect([again, steps]).toEqual([set, [4]]);
    expect(await readdir(cacheFolder)).toHaveLength(3);
  });

  it('skips a window that is flat after it, and reports that in a survey', async () => {
    const folder = await temporaryFolder();
    const wave = Float32Array.from({ length: 800 }, (_, n) => Math.sin(n / 3));
    const ramp = wave.map((mv, n) => (n < 400 ? n / 1000 : mv));
    await writeRecord(folder, { name: 'a', fsHz: 100, leads: ['II'], signalsMv: [ramp] });
    await writeFile(join(folder, 'labels.csv'), 'record,label\na,af\n');
    const source = `folder:${folder}`;
    const reason = '1 of 2 windows: flat after the filter, the first at 0.0 s';
    const set = await openDataset(source, options);
    expect(set.windows.map(({ startS }) => startS)).toEqual([4]);
    expect(set.skipped).toEqual([{ recordName: 'a', reason }]);
    const survey = await surveyDataset(source, options);
    expect([survey.windows, survey.leftOut]).toEqual([1, [{ recordName: 'a', reason }]]);
    expect((await surveyDataset(source, { fsHz: 100, seconds: 4 })).windows).toBe(2);
  });

  it.each([
    ['40-0.5', /^ERR_RANGE: .*LOW must be below HIGH/],
    ['0.5-50', /^ERR_RANGE: .*contain only frequencies below 50 Hz/],
    ['0.2-40', /^ERR_RANGE: .*reaches 5 s to each side/],
    ['high', /^ERR_OPTION: the filter "high" must be LOW-HIGH/],
  ])('refuses %s before any record is read', async (filter, message) => {
    const folder = await temporaryFolder();
    const cacheFolder = join(folder, 'cache');
    const source = await twelveLeadFolder(join(folder, 'records'), { patients: 1 });
    expect(await errorOf(openDataset(source, { ...options, filter, cacheFolder }))).toMatch(message);
    expect(await errorOf(surveyDataset(source, { ...options, filter }))).toMatch(message);
    expect(await readdir(folder)).toEqual(['records']);
  });
});

describe('filterWindows', () => {
  it('filters a set, and leaves out the windows that are flat after the filter', () => {
    const wave = Float32Array.from({ length: 800 }, (_, n) => Math.sin(n / 3));
    const line = Float32Array.from({ length: 800 }, (_, n) => n / 100);
    const windows = [wave, line].map((signal, at) =>
      windowOf({ signal, record: `r${at}`, leads: ['I', 'II'] }),
    );
    const set = setOf(windows, { leads: ['I', 'II'], lengthSamples: 400 });
    const { raw, filtered } = filterWindows(set, '0.5-40');
    expect(raw).toEqual({ ...set, windows: [windows[0]] });
    expect(filtered.filter).toBe('0.5-40');
    expect(filtered.windows.map(({ signal }) => signal)).toEqual(filteredByHand(raw));
    expect(filtered.windows[0]!.origin).toEqual(windows[0]!.origin);
  });
});
