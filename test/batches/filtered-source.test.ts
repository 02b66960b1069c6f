// Filters synthetic records exactly as windows of recordings are filtered.

import { describe, expect, it } from 'vitest';
import { filteredSource } from '#lib/batches/filtered-source.js';
import { filterSignal } from '#lib/signal/filter.js';
import type { SignalSource } from '#lib/signal/source.js';
import { standardize } from '#lib/signal/standardize.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';
import { errorOf } from '../helpers/folder.js';

const shape = { preset: 'clinical', fsHz: 100, seconds: 4, seed: 3, unit: 'mV' } as const;
const labels = ['normal', 'af'];

/** A source of two leads: a synthetic record, and the record reversed with another scale and level. */
function twoLeads(): SignalSource {
  const one = new Synthesizer(shape).signalSource();
  return {
    ...one,
    leads: ['I', 'II'],
    batch: async (request) => {
      const { out = new Float32Array(request.count * 800), ...rest } = request;
      const { signals } = await one.batch(rest);
      for (let row = 0; row < request.count; row++) {
        const record = signals.subarray(row * 400, (row + 1) * 400);
        out.set(record, row * 800);
        out.set(
          record.toReversed().map((mv) => 2 * mv + 1),
          row * 800 + 400,
        );
      }
      return { signals: out };
    },
  };
}

describe('filteredSource', () => {
  it('filters and z-scores each lead of each record by itself', async () => {
    const raw = twoLeads();
    const source = filteredSource(raw, '0.5-40');
    expect(source).toMatchObject({ unit: 'sd', leads: ['I', 'II'], fsHz: 100, lengthSamples: 400 });
    const out = new Float32Array(3 * 800);
    const { signals } = await source.batch({ labels, start: 5, count: 3, out });
    expect(signals).toBe(out);
    const { signals: mv } = await raw.batch({ labels, start: 5, count: 3 });
    for (let start = 0; start < mv.length; start += 400) {
      const lead = filterSignal(mv.subarray(start, start + 400), 100, '0.5-40');
      standardize(lead, lead, 'the lead');
      expect(signals.slice(start, start + 400)).toEqual(lead);
    }
  });

  it('makes the same records in batches of any size', async () => {
    const source = filteredSource(new Synthesizer(shape).signalSource(), '0.5-40');
    const { signals: all } = await source.batch({ labels, start: 0, count: 6 });
    const { signals: some } = await source.batch({ labels, start: 3, count: 2 });
    expect(some).toEqual(all.slice(3 * 400, 5 * 400));
  });

  it('refuses a record that is flat after the filter, and a filter that does not fit', async () => {
    const line: SignalSource = {
      ...new Synthesizer(shape).signalSource(),
      batch: async () => ({ signals: Float32Array.from({ length: 400 }, (_, n) => n / 100) }),
    };
    const flat = filteredSource(line, '0.5-40').batch({ labels, start: 7, count: 1 });
    expect(await errorOf(flat)).toMatch(
      /^ERR_SIGNAL: lead II of the synthetic record 7 is flat after the filter 0\.5-40/,
    );
    expect(await errorOf(() => filteredSource(line, '0.5-50'))).toMatch(/^ERR_RANGE: .*ends at 50 Hz/);
  });
});
