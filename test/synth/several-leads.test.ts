// Records of several leads: their shape, the rules between leads, and lead II, which is that of the single-lead record.

import { describe, expect, it } from 'vitest';
import type { SampleType } from '#lib/kernel/binding.js';
import { splitLeads, twelveLeads } from '#lib/signal/leads.js';
import { openRing } from '#lib/synth/ring-reader.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';
import { errorOf } from '../helpers/folder.js';

const classes = ['normal', 'af', 'clbbb'];
const base = { preset: 'physiological', fsHz: 250, seconds: 4, seed: 5, unit: 'mV' } as const;
const count = 6;

async function recordsOf(options: {
  leads: string | readonly string[];
  unit?: 'mV' | 'zscore';
  type?: SampleType;
}) {
  const synthesizer = new Synthesizer<SampleType>({ ...base, ...options });
  const { signals, leads, lengthSamples } = await synthesizer.batch({ classes, count });
  const leadAt = (at: number) => signals.subarray(at * lengthSamples, (at + 1) * lengthSamples);
  const records = Array.from({ length: count }, (_, k) => {
    return new Map(leads.map((lead, at) => [lead, leadAt(k * leads.length + at)] as const));
  });
  return { synthesizer, leads, signals, records };
}

describe('twelve leads', () => {
  it('contain the single-lead record, and any choice of leads is a part of them', async () => {
    for (const type of ['float32', 'float16', 'int16'] as const) {
      const { leads, records } = await recordsOf({ leads: '12', type });
      expect(leads).toEqual(twelveLeads);
      for (const some of [['II'], ['V1'], ['III'], ['V6', 'aVR', 'II']]) {
        const part = await recordsOf({ leads: some, type });
        expect(part.leads).toEqual(some);
        for (let k = 0; k < count; k++) {
          for (const lead of some) {
            const [one, other] = [part.records[k]!.get(lead)!, records[k]!.get(lead)!];
            expect(Buffer.compare(bytesOf(one), bytesOf(other))).toBe(0);
          }
        }
      }
    }
  });

  it('obey the rules of Einthoven and Goldberger: exactly in int16, to the last bit in float32', async () => {
    const whole = await recordsOf({ leads: '12', type: 'int16' });
    const wide = await recordsOf({ leads: '12' });
    for (let k = 0; k < count; k++) {
      const [i, ii, iii, avr, avl, avf] = [...whole.records[k]!.values()];
      for (let n = 0; n < i!.length; n++) {
        expect(iii![n]).toBe(ii![n]! - i![n]!);
        expect(Math.abs(2 * avr![n]! + i![n]! + ii![n]!)).toBeLessThanOrEqual(1);
        expect(Math.abs(2 * avl![n]! - 2 * i![n]! + ii![n]!)).toBeLessThanOrEqual(1);
        expect(Math.abs(2 * avf![n]! - 2 * ii![n]! + i![n]!)).toBeLessThanOrEqual(1);
      }
      const [fi, fii, fiii, favr, favl, favf] = [...wide.records[k]!.values()];
      for (let n = 0; n < fi!.length; n++) {
        const [a, b] = [fi![n]!, fii![n]!];
        const ulp = 2 ** -22 * Math.max(Math.abs(a), Math.abs(b));
        expect(Math.abs(fiii![n]! - (b - a))).toBeLessThanOrEqual(ulp);
        expect(Math.abs(favr![n]! + (a + b) / 2)).toBeLessThanOrEqual(ulp);
        expect(Math.abs(favl![n]! - (a - b / 2))).toBeLessThanOrEqual(ulp);
        expect(Math.abs(favf![n]! - (b - a / 2))).toBeLessThanOrEqual(ulp);
      }
    }
  });

  it('are z-scored lead by lead', async () => {
    const { records } = await recordsOf({ leads: '12', unit: 'zscore' });
    for (const record of records) {
      for (const samples of record.values()) {
        const lead = Float64Array.from(samples);
        const mean = lead.reduce((sum, value) => sum + value, 0) / lead.length;
        const squares = lead.reduce((sum, value) => sum + (value - mean) ** 2, 0) / lead.length;
        expect([mean, Math.sqrt(squares)]).toEqual([expect.closeTo(0, 4), expect.closeTo(1, 4)]);
      }
    }
  });
});

describe('several leads', () => {
  it('come from batches, streams, rings and pieces alike', async () => {
    const { synthesizer, signals } = await recordsOf({ leads: 'I,II,V1' });
    const size = 3 * synthesizer.lengthSamples;
    for await (const batch of synthesizer.stream({ classes, count, batchSize: 4 })) {
      expect([batch.leads, batch.lengthSamples]).toEqual([['I', 'II', 'V1'], 1000]);
      expect(batch.signals).toEqual(signals.subarray(batch.start * size, (batch.start + batch.count) * size));
    }
    const ring = synthesizer.ring({ classes, count, batchSize: 4 });
    for await (const batch of openRing(ring.handle)) {
      expect(batch.leads).toEqual(['I', 'II', 'V1']);
      const expected = signals.subarray(batch.start * size, (batch.start + batch.count) * size);
      expect(Float32Array.from(batch.signals)).toEqual(expected);
    }
    await ring.done;
    const record = await synthesizer.record({ classes, index: 2 });
    expect(record.leads).toEqual(['I', 'II', 'V1']);
    for await (const piece of record.pieces()) expect(piece).toEqual(signals.subarray(2 * size, 3 * size));
  });

  it('of a long record come in pieces of all leads', async () => {
    const lengthSamples = 262_144 + 1001;
    for (const unit of ['mV', 'zscore'] as const) {
      const synthesizer = new Synthesizer({ ...base, seconds: lengthSamples / 250, leads: 'V2,II', unit });
      const { signals } = await synthesizer.batch({ classes, count: 1 });
      const record = await synthesizer.record({ classes, index: 0 });
      const joined = new Float32Array(2 * lengthSamples);
      let at = 0;
      const lengths: number[] = [];
      for await (const piece of record.pieces()) {
        const leads = splitLeads(piece, 2);
        joined.set(leads[0]!, at);
        joined.set(leads[1]!, lengthSamples + at);
        at += piece.length / 2;
        lengths.push(piece.length);
      }
      expect(lengths).toEqual([2 * 262_144, 2 * 1001]);
      expect(Buffer.compare(bytesOf(joined), bytesOf(signals))).toBe(0);
    }
  });

  it('come from a source of signals, and fill an array that has room for all of them', async () => {
    const synthesizer = new Synthesizer({ ...base, leads: 'I,V1', unit: 'zscore' });
    const source = synthesizer.signalSource();
    expect([source.leads, source.unit]).toEqual([['I', 'V1'], 'sd']);
    const out = new Float32Array(2 * 2 * 1000);
    const { signals } = await source.batch({ labels: ['af'], start: 3, count: 2, out });
    expect(signals).toBe(out);
    expect(out.every((value) => value === 0)).toBe(false);
    expect(await errorOf(synthesizer.batch({ classes, count: 2, out: out.subarray(1) }))).toMatch(
      /^ERR_RANGE: out must hold count x leads x length = 2 x 2 x 1000 = 4000 samples, got 3999/,
    );
  });

  it('are refused for the presets of the paper, and where no such lead exists', async () => {
    const make = (options: object) => () => new Synthesizer({ ...base, ...options });
    expect(await errorOf(make({ preset: 'clinical', leads: '12' }))).toMatch(
      /^ERR_OPTION: the paper's model makes lead II only/,
    );
    expect(await errorOf(make({ leads: ['I', 'V9'] }))).toMatch(
      /^ERR_OPTION: the simulator makes no lead "V9"/,
    );
    expect(await errorOf(make({ leads: [] }))).toMatch(/^ERR_OPTION: the leads "" contain/);
    expect(await errorOf(make({ leads: 12 }))).toMatch(/leads must be leads such as I,II,V1 or 12/);
  });
});

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
