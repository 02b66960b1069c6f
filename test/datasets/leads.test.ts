// Several leads, units and origins in readers, cache and survey.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NpyWriter } from '#lib/codecs/npy/write.js';
import { readRecord } from '#lib/codecs/wfdb/read.js';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import { writeCorpus } from '#lib/corpus/write.js';
import { openDataset } from '#lib/datasets/dataset.js';
import { surveyDataset } from '#lib/datasets/survey.js';
import { twelveLeads } from '#lib/signal/leads.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { twelveLeadFolder } from '../helpers/twelve-leads.js';

const options = { fsHz: 100, seconds: 2 };

describe('a data set with several leads', () => {
  it('holds the leads of a window one after the other in the requested order', async () => {
    const folder = await temporaryFolder();
    const source = await twelveLeadFolder(folder, { patients: 1 });
    const { signalsMv } = await readRecord(join(folder, 'r0'));
    const set = await openDataset(source, { ...options, leads: ['V1', 'I'] });
    expect([set.leads, set.unit, set.windows.length]).toEqual([['V1', 'I'], 'mV', 8]);
    const [first, second] = set.windows;
    expect(first!.signal.length).toBe(400);
    expect(first!.signal).toEqual(
      Float32Array.of(...signalsMv[6]!.subarray(0, 200), ...signalsMv[0]!.subarray(0, 200)),
    );
    expect(second!.signal.subarray(200)).toEqual(signalsMv[0]!.subarray(200, 400));
    expect(first!.origin).toEqual({ dataset: '', record: 'r0', patient: 'p0-0' });
    const whole = await openDataset(source, { ...options, leads: twelveLeads });
    expect([whole.leads, whole.windows[0]!.signal.length]).toEqual([twelveLeads, 2400]);
    // Without a request, a window holds only lead II.
    const plain = await openDataset(source, options);
    expect(plain.windows[0]!.signal).toEqual(signalsMv[1]!.slice(0, 200));
  });

  it('never uses another lead: it skips records without a requested lead, and windows with a flat lead', async () => {
    const folder = await temporaryFolder();
    const wave = Float32Array.from({ length: 400 }, (_, n) => Math.round(900 * Math.sin(n / 7)) / 1000);
    const flat = wave.map((mv, n) => (n < 200 ? 0.5 : mv));
    await writeRecord(folder, { name: 'a', fsHz: 100, leads: ['mlii', 'V5'], signalsMv: [wave, flat] });
    await writeRecord(folder, { name: 'b', fsHz: 100, leads: ['V5', 'V2'], signalsMv: [wave, wave] });
    await writeFile(join(folder, 'labels.csv'), 'record,label\na,af\nb,af\n');
    const set = await openDataset(`folder:${folder}`, { ...options, leads: ['II', 'V5'] });
    expect(set.windows.map(({ origin, startS, leads }) => [origin.record, startS, leads])).toEqual([
      ['a', 2, ['mlii', 'V5']],
    ]);
    expect(set.skipped).toEqual([
      { recordName: 'a', reason: '1 of 2 windows: flat (lead V5), the first at 0.0 s' },
      { recordName: 'b', reason: 'no lead II; it has V5, V2' },
    ]);
    expect(await errorOf(openDataset(`folder:${folder}`, { ...options, leads: ['aVR'] }))).toMatch(
      /^ERR_DATA_EMPTY: .*no lead aVR; it has mlii, V5[;)]/,
    );
  });

  it('has its own cache for each choice of leads, with units, leads and origins', async () => {
    const parent = await temporaryFolder();
    const source = await twelveLeadFolder(join(parent, 'records'), { patients: 1 });
    const cacheFolder = join(parent, 'cache');
    const one = await openDataset(source, { ...options, cacheFolder });
    const leads = ['II', 'V6'];
    const two = await openDataset(source, { ...options, cacheFolder, leads });
    expect(two.windows[0]!.signal.length).toBe(2 * one.windows[0]!.signal.length);
    expect(await openDataset(source, { ...options, cacheFolder, leads })).toEqual(two);
    expect(await openDataset(source, { ...options, cacheFolder })).toEqual(one);
  });

  it('is counted by a survey', async () => {
    const source = await twelveLeadFolder(await temporaryFolder(), { patients: 1 });
    const survey = await surveyDataset(source, { ...options, leads: 'i,V1' });
    expect([survey.leadsRead, survey.windows]).toEqual([[{ leads: ['I', 'V1'], records: 4 }], 8]);
    expect(survey.leads).toEqual([{ leads: twelveLeads, records: 4 }]);
  });

  it('is counted by a survey of a corpus, with the leads that no window has', async () => {
    const folder = join(await temporaryFolder(), 'c');
    await writeCorpus(folder, { preset: 'physiological', leads: 'I,II,V1', format: 'npy', count: 2 });
    const survey = await surveyDataset(`corpus:${folder}`);
    expect(survey.leads).toEqual([{ leads: ['I', 'II', 'V1'], records: 2 }]);
    expect(survey.leadsRead).toEqual([{ leads: ['II'], records: 2 }]);
  });

  it('has only lead II if it is a corpus of the paper', async () => {
    const folder = join(await temporaryFolder(), 'c');
    await writeCorpus(folder, {
      format: 'npy',
      count: 4,
      fsHz: 100,
      seconds: 2,
      unit: 'zscore',
      type: 'float32',
    });
    const set = await openDataset(`corpus:${folder}`, { ...options, leads: ['II'] });
    expect([set.unit, set.windows[0]!.unit, set.leads]).toEqual(['sd', 'sd', ['II']]);
    expect(await errorOf(openDataset(`corpus:${folder}`, { ...options, leads: ['I', 'II'] }))).toMatch(
      /^ERR_DATA_EMPTY: .*no lead I; it has II/,
    );
  });
});

describe('the unit of a data set', () => {
  it('is stated by the meta.json of an array, and volts become mV', async () => {
    const setOf = async (unit: string | undefined) => {
      const folder = await temporaryFolder();
      const writer = await NpyWriter.open(join(folder, 'signals.npy'), 'float32', [2, 200]);
      await writer.append(Float32Array.from({ length: 400 }, (_, n) => n));
      await writer.close();
      await writeFile(join(folder, 'labels.csv'), 'label\naf\n');
      await writeFile(join(folder, 'meta.json'), JSON.stringify({ fsHz: 100, leads: ['V1', 'II'], unit }));
      const set = await openDataset(`npy:${folder}`, { ...options, leads: ['II', 'V1'] });
      return [set.unit, set.windows[0]!.signal[1], set.windows[0]!.signal[201]];
    };
    expect(await setOf(undefined)).toEqual(['mV', 201, 1]);
    expect(await setOf('V')).toEqual(['mV', 201_000, 1000]);
    expect(await setOf('sd')).toEqual(['sd', 201, 1]);
    expect(await setOf('arbitrary')).toEqual(['arbitrary', 201, 1]);
  });

  it('is mixed if merged sets have different units', async () => {
    const parent = await temporaryFolder();
    await writeCorpus(join(parent, 'c'), {
      format: 'npy',
      count: 4,
      fsHz: 100,
      seconds: 2,
      unit: 'zscore',
      type: 'float32',
    });
    const records = await twelveLeadFolder(join(parent, 'records'), { patients: 1 });
    const set = await openDataset([`corpus:${join(parent, 'c')}`, records], options);
    expect([set.unit, set.leads]).toEqual(['mixed', ['II']]);
    expect(new Set(set.windows.map(({ unit, origin }) => `${origin.dataset} ${unit}`))).toEqual(
      new Set(['corpus sd', 'folder mV']),
    );
  });
});
