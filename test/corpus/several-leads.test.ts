// Corpora of several leads, and of records that change their rhythm, in every format: the samples of the synthesizer,
// the leads in all files, and windows with the classes of their rhythms.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNpy } from '#lib/codecs/npy/read.js';
import { readAnnotations, readDigital } from '#lib/codecs/wfdb/read.js';
import type { FormatName } from '#lib/corpus/format.js';
import { readManifest } from '#lib/corpus/manifest.js';
import { type CorpusRequest, planCorpus } from '#lib/corpus/plan.js';
import { type CorpusRecord, readCorpus } from '#lib/corpus/read.js';
import { regenerateRecord } from '#lib/corpus/regenerate.js';
import { verifyCorpus } from '#lib/corpus/verify.js';
import { writeWfdbRecord } from '#lib/corpus/wfdb-record.js';
import { writeCorpus } from '#lib/corpus/write.js';
import { openDataset } from '#lib/datasets/dataset.js';
import { splitLeads, twelveLeads } from '#lib/signal/leads.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { judge } from '../helpers/judge.js';
import { pythonWith } from '../helpers/python.js';

const physiological = { preset: 'physiological', leads: '12', count: 6, seed: 3, seconds: 10 } as const;
const classes = { normal: 1, af: 1, 'normal>af': 1 };

async function corpus(request: CorpusRequest) {
  const folder = join(await temporaryFolder(), 'corpus');
  return { folder, ...(await writeCorpus(folder, request)) };
}

async function all(folder: string): Promise<CorpusRecord[]> {
  const found: CorpusRecord[] = [];
  for await (const record of readCorpus(folder)) found.push(record);
  return found;
}

/** Returns the samples of an int16 corpus as the synthesizer makes them, [records, leads, samples]. */
async function samplesOf({ preset, seed, seconds, leads }: CorpusRequest, fsHz: number) {
  const synthesizer = new Synthesizer({
    ...{ preset: preset!, fsHz, seconds: seconds!, seed: seed!, leads },
    unit: 'mV',
    type: 'int16',
  });
  return synthesizer.batch({ classes: Object.keys(classes), count: 6, annotations: true });
}

/** Expects the same samples. `toEqual` takes seconds for a hundred thousand of them. */
function expectSame(found: ArrayBufferView, expected: ArrayBufferView): void {
  expect(found.constructor).toBe(expected.constructor);
  expect(Buffer.compare(bytesOf(found), bytesOf(expected))).toBe(0);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

const toAdc = (signal: Float32Array) => Int16Array.from(signal, (mv) => Math.round(1000 * mv));

describe('a corpus of twelve leads', () => {
  it.each(['wfdb', 'edf', 'npy', 'parquet', 'ptb-xl'] as const)(
    'has the samples of the synthesizer, is verified and made again: %s',
    async (format: FormatName) => {
      const request: CorpusRequest = { ...physiological, classes, format, type: 'int16' };
      const { folder, plan } = await corpus(request);
      const expected = await samplesOf(request, plan.fsHz);
      const size = 12 * plan.lengthSamples;
      const manifest = await readManifest(folder);
      expect([plan.leads, manifest.request.leads]).toEqual([twelveLeads, twelveLeads]);
      expect((await verifyCorpus(folder)).faults).toEqual([]);
      const records = await all(folder);
      expect(records).toHaveLength(6);
      for (const [k, { leads, signal }] of records.entries()) {
        expect(leads).toEqual(twelveLeads);
        expectSame(toAdc(signal), expected.signals.subarray(k * size, (k + 1) * size));
      }
      const again = await regenerateRecord(folder, 4);
      expect(again.plan.leads).toEqual(twelveLeads);
      for await (const piece of again.pieces()) {
        expectSame(piece, expected.signals.subarray(4 * size, 5 * size));
      }
      const set = await openDataset(`corpus:${folder}`, { fsHz: plan.fsHz, seconds: 10, leads: ['V6', 'I'] });
      expect(set.leads).toEqual(['V6', 'I']);
      const [first] = set.windows;
      const [of] = records;
      const ofLead = (at: number) => splitLeads(of!.signal, 12)[at]!;
      expect(splitLeads(first!.signal, 2)).toEqual([ofLead(11), ofLead(0)]);
    },
  );

  it('keeps the rules between limb leads at both rates of PTB-XL, and PTB-XL is read with twelve leads', async () => {
    const { folder } = await corpus({ ...physiological, classes, format: 'ptb-xl' });
    for (const rate of ['hr', 'lr']) {
      const { header, adc } = await readDigital(join(folder, 'records500', '00000', `00002_${rate}`));
      const names = header.signals.map(({ description }) => description);
      expect(names).toEqual(twelveLeads.map((lead) => lead.toUpperCase()));
      const [i, ii, iii, avr, avl, avf] = adc;
      for (let n = 0; n < i!.length; n++) {
        expect(iii![n]).toBe(ii![n]! - i![n]!);
        expect(Math.abs(2 * avr![n]! + i![n]! + ii![n]!)).toBeLessThanOrEqual(1);
        expect(Math.abs(2 * avl![n]! - 2 * i![n]! + ii![n]!)).toBeLessThanOrEqual(1);
        expect(Math.abs(2 * avf![n]! - 2 * ii![n]! + i![n]!)).toBeLessThanOrEqual(1);
      }
      const sums = adc.map((lead) => Array.from(lead).reduce((sum, value) => sum + value, 0) & 0xffff);
      expect(header.signals.map(({ checksum }) => checksum! & 0xffff)).toEqual(sums);
      expect(header.signals.map(({ initial }) => initial)).toEqual(adc.map((lead) => lead[0]));
    }
    const set = await openDataset(`ptb-xl:${folder}`, { fsHz: 100, seconds: 10, leads: twelveLeads });
    expect([set.skipped, set.windows.length, set.leads]).toEqual([[], 6, twelveLeads]);
    expect(set.windows.map((window) => window.classes.join())).toEqual([
      'normal',
      'af',
      'normal,af',
      'normal',
      'af',
      'normal,af',
    ]);
  });

  it('has an axis of leads in npy only if there are several', async () => {
    const shapeOf = async (leads: string) => {
      const { folder } = await corpus({ ...physiological, classes, format: 'npy', leads });
      return (await readNpy(join(folder, '00000', 'signals.npy'))).shape;
    };
    expect(await shapeOf('12')).toEqual([6, 12, 2500]);
    expect(await shapeOf('V1')).toEqual([6, 2500]);
  });

  it.each(['npy', 'wfdb'] as const)('has long records, which are made in pieces: %s', async (format) => {
    const seconds = (262_144 + 5000) / 50;
    const request = { ...physiological, leads: 'V1,II', count: 3, seconds, fsHz: 50 } as const;
    const types = { npy: ['float32', 'int16'], wfdb: ['int16'] } as const;
    for (const type of types[format]) {
      const { folder, plan } = await corpus({ ...request, classes: { normal: 1 }, format, type });
      const { signals } = await new Synthesizer({
        ...{ preset: 'physiological', fsHz: 50, seconds, seed: 3, leads: plan.leads, unit: 'mV', type },
      }).batch({ classes: ['normal'], count: 3 });
      const size = 2 * plan.lengthSamples;
      for (const [k, { signal }] of (await all(folder)).entries()) {
        const expected = signals.subarray(k * size, (k + 1) * size);
        expectSame(type === 'float32' ? signal : toAdc(signal), expected);
      }
      expect((await verifyCorpus(folder)).faults).toEqual([]);
    }
  });

  it('is made again as WFDB', async () => {
    const { folder } = await corpus({ ...physiological, classes, format: 'npy' });
    const parent = await temporaryFolder();
    const record = await regenerateRecord(folder, 2, { type: 'int16' });
    await writeWfdbRecord(record, join(parent, 'two.hea'));
    const { header, adc } = await readDigital(join(parent, 'two'));
    expect(header.signals.map(({ description }) => description)).toEqual(twelveLeads);
    const expected = await samplesOf({ ...physiological, format: 'npy' }, 250);
    expect(adc).toEqual(splitLeads(expected.signals.subarray(2 * 30_000, 3 * 30_000), 12));
  });

  it('is refused for the presets of the paper, before anything is written', async () => {
    const folder = join(await temporaryFolder(), 'corpus');
    const request = { format: 'npy', count: 2, preset: 'clinical', leads: '12' } as const;
    expect(await errorOf(writeCorpus(folder, request))).toMatch(
      /^ERR_OPTION: the paper's model makes lead II/,
    );
    expect(await readdir(join(folder, '..'))).toEqual([]);
    const long = { ...physiological, format: 'parquet', seconds: 2000 } as const;
    expect(await errorOf(planCorpus(long))).toMatch(/^ERR_OPTION: .*not 6000000/);
  });

  it('does not mention its lead if it is lead II alone', async () => {
    const { request } = await planCorpus({ format: 'npy', count: 2, leads: ['mlii'] });
    expect(request).not.toHaveProperty('leads');
  });
});

const python = pythonWith('pyarrow', 'wfdb');
const absent = python === undefined ? ' (SKIPPED: no python3 with pyarrow and wfdb)' : '';
describe.skipIf(python === undefined)(`Python with a corpus of several leads${absent}`, () => {
  it('reads a column per lead from Parquet', async () => {
    const request = { ...physiological, leads: 'I,aVR,V1', format: 'parquet', type: 'int16' } as const;
    const { folder } = await corpus({ ...request, classes });
    const seen = judge<{
      schema: Record<string, string>;
      metadata: Record<string, string>;
      columns: Record<string, unknown[]>;
      signal: string;
    }>(python!, 'parquet_judge.py', { path: join(folder, '00000.parquet') });
    expect(seen.schema).toMatchObject({
      signal_I: 'fixed_size_list<element: int16 not null>[2500]',
      signal_aVR: 'fixed_size_list<element: int16 not null>[2500]',
      rhythm_change_s: 'list<element: double not null>',
    });
    expect(seen.metadata).toMatchObject({ 'pqrst.leads': 'I,aVR,V1' });
    const { signals, annotations } = await samplesOf(request, 250);
    const byLead = [0, 1, 2].flatMap((lead) =>
      Array.from({ length: 6 }, (_, k) => signals.subarray((3 * k + lead) * 2500, (3 * k + lead + 1) * 2500)),
    );
    const bytes = Buffer.concat(byLead.map((one) => Buffer.from(one.buffer, one.byteOffset, one.byteLength)));
    expect(Buffer.from(seen.signal, 'base64').equals(bytes)).toBe(true);
    for (let k = 0; k < 6; k++) {
      const { rhythms } = annotations!.record(k);
      expect(seen.columns.rhythm_change_s![k]).toEqual(rhythms.map(({ timeS }) => timeS));
      expect(seen.columns.rhythm_change![k]).toEqual(rhythms.map(({ rhythm }) => rhythm));
      expect(seen.columns.rhythm_change_class![k]).toEqual(rhythms.map(({ ecgClass }) => ecgClass));
      expect(seen.columns.rhythm![k]).toBe(rhythms[0]!.rhythm);
    }
  });

  it('reads the leads of WFDB', async () => {
    const { folder } = await corpus({ ...physiological, classes, format: 'wfdb' });
    const path = join(folder, '00000', 'r0000002');
    const [seen] = judge<{ leads: string[]; signals: string[]; annotations: Record<string, unknown[][]> }[]>(
      python!,
      'wfdb_judge.py',
      [{ path, annotators: ['atr'] }],
    );
    expect(seen!.leads).toEqual(twelveLeads);
    const { signals } = await samplesOf({ ...physiological, format: 'wfdb' }, 250);
    for (const [lead, text] of seen!.signals.entries()) {
      const values = new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
      expectSame(toAdc(values), signals.subarray((24 + lead) * 2500, (24 + lead + 1) * 2500));
    }
    const changes = seen!.annotations.atr!.filter(([, symbol]) => symbol === '+');
    expect(changes.map((change) => change[5])).toEqual(['(N', '(AFIB', '(N'].slice(0, changes.length));
    expect(changes.length).toBeGreaterThan(1);
  });
});

describe('records that change their rhythm', () => {
  const request = { ...physiological, leads: 'II', seconds: 60 } as const;

  it.each(['wfdb', 'edf', 'npy', 'parquet'] as const)('keep the changes: %s', async (format) => {
    const { folder } = await corpus({ ...request, classes, format });
    const { annotations } = await samplesOf({ ...request, format }, 250);
    let changes = 0;
    for (const [k, { ecgClass, rhythms }] of (await all(folder)).entries()) {
      const expected = annotations!.record(k).rhythms;
      expect(rhythms!.map(({ ecgClass, rhythm, sample }) => [ecgClass, rhythm, sample])).toEqual(
        expected.map(({ ecgClass, rhythm, sample }) => [ecgClass, rhythm, sample]),
      );
      expect(rhythms![0]).toMatchObject({ timeS: 0, sample: 0 });
      if (ecgClass === 'normal>af') changes += rhythms!.length - 1;
      else expect(rhythms).toHaveLength(1);
    }
    expect(changes).toBeGreaterThan(0);
  });

  it('give windows with the classes of the rhythms in them', async () => {
    const { folder } = await corpus({ ...request, classes, format: 'wfdb' });
    const set = await openDataset(`corpus:${folder}`, { fsHz: 250, seconds: 2 });
    const records = await all(folder);
    for (const { origin, startS, classes: shown } of set.windows) {
      const { rhythms } = records[Number(origin.record.slice(1))]!;
      const during = rhythms!.filter(({ timeS }, at) => {
        return timeS < startS + 2 && (rhythms![at + 1]?.timeS ?? 60) > startS;
      });
      expect(shown).toEqual([...new Set(during.map(({ ecgClass }) => ecgClass))]);
    }
    const kinds = new Set(set.windows.map((window) => window.classes.join()));
    expect([kinds.has('normal'), kinds.has('af')]).toEqual([true, true]);
  });

  it('have both classes in labels.csv, and a mark at each change in NAME.atr', async () => {
    const { folder } = await corpus({ ...request, classes, format: 'wfdb' });
    const table = await readFile(join(folder, 'labels.csv'), 'utf8');
    expect(table.split('\n').slice(0, 4)).toEqual([
      'record,label,patient',
      '00000/r0000000,normal,r0000000',
      '00000/r0000001,af,r0000001',
      '00000/r0000002,normal;af,r0000002',
    ]);
    const marks = await readAnnotations(join(folder, '00000', 'r0000002'), 'atr');
    const changes = marks.filter(({ symbol }) => symbol === '+');
    expect(changes.slice(0, 2).map(({ aux }) => aux)).toEqual(['(N', '(AFIB']);
    expect(changes[1]!.sample).toBeGreaterThan(0);
    const set = await openDataset(`folder:${folder}`, { fsHz: 250, seconds: 10 });
    expect(set.windows.find(({ origin }) => origin.record.endsWith('2'))!.classes).toEqual(['normal', 'af']);
  });
});
