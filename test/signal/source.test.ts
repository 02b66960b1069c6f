// Sources of labelled signals: their labels, and a synthesizer as a source.

import { describe, expect, it } from 'vitest';
import { samplesOf } from '#lib/signal/samples.js';
import { countByLabel, labelAt } from '#lib/signal/source.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';

describe('labelAt and countByLabel', () => {
  it.each([
    [['a', 'b', 'c'], 0, 10],
    [['a', 'b', 'c'], 7, 2],
    [['a', 'a', 'b'], 4, 11],
    [['a'], 3, 0],
  ])('count %j from %d, %d records, as going through them does', (labels, start, count) => {
    const shown = Array.from({ length: count }, (_, at) => labelAt(labels, start + at));
    const counted = countByLabel(labels, start, count);
    for (const label of new Set(labels)) {
      expect(counted.get(label)).toBe(shown.filter((one) => one === label).length);
    }
  });
});

it('rounds to the nearest sample in samplesOf', () => {
  expect([samplesOf(10, 250), samplesOf(0.101, 50), samplesOf(0.0999, 50)]).toEqual([2500, 5, 5]);
});

describe('a synthesizer as a signal source', () => {
  const options = { preset: 'paper', fsHz: 100, seconds: 2, seed: 3, unit: 'zscore' } as const;

  it('returns the records of batch, with alternating labels', async () => {
    const synthesizer = new Synthesizer(options);
    const source = synthesizer.signalSource();
    expect(source).toMatchObject({ fsHz: 100, lengthSamples: 200, leads: ['II'], unit: 'sd' });
    expect(source.labels).toContain('af');
    const out = new Float32Array(5 * 200);
    const { signals } = await source.batch({ labels: ['pvc', 'normal'], start: 7, count: 5, out });
    const batch = await synthesizer.batch({ classes: ['pvc', 'normal'], start: 7, count: 5 });
    expect(signals).toBe(out);
    expect(signals).toEqual(batch.signals);
  });

  it('states mV if it does not make z-scores, and refuses a label that it cannot make', async () => {
    const source = new Synthesizer({ ...options, unit: 'mV' }).signalSource();
    expect(source.unit).toBe('mV');
    await expect(source.batch({ labels: ['LBBB'], start: 0, count: 1 })).rejects.toMatchObject({
      code: 'ERR_UNKNOWN_CLASS',
    });
  });
});
