// Corpora of learned generators, with a source of known records in place of a network.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LearnedSpec, patientDigest } from '../../src/corpus/learned.js';
import { LearnedBlocks } from '../../src/corpus/learned-blocks.js';
import { readManifest } from '../../src/corpus/manifest.js';
import { type GeneratedRequest, planGenerated } from '../../src/corpus/plan-learned.js';
import { readCorpus } from '../../src/corpus/read.js';
import { regenerateRecord } from '../../src/corpus/regenerate.js';
import { verifyCorpus } from '../../src/corpus/verify.js';
import { writePlanned } from '../../src/corpus/write.js';
import { openDataset } from '../../src/datasets/dataset.js';
import { labelAt, type SignalSource } from '../../src/signal/source.js';

const spec: LearnedSpec = {
  generator: 'diffwave',
  sha256: 'ab'.repeat(32),
  sampling: { steps: 25, guidance: 1 },
  trainedOn: { source: 'ptb-xl:ptb-xl', patients: [patientDigest('17')] },
};

const lengthSamples = 100;
/** Sample t of record i is its own number in thousandths; af records are negative. */
const sampleOf = (label: string, index: number, t: number) =>
  ((label === 'af' ? -1 : 1) * (index * lengthSamples + t)) / 1000;
const source: SignalSource = {
  labels: ['normal', 'af', 'VHF'],
  fsHz: 100,
  lengthSamples,
  leads: ['II'],
  unit: 'sd',
  batch: async ({ labels, start, count }) => {
    const signals = Float32Array.from({ length: count * lengthSamples }, (_, at) => {
      const index = start + Math.floor(at / lengthSamples);
      return sampleOf(labelAt(labels, index), index, at % lengthSamples);
    });
    return { signals };
  },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'learned-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(request: GeneratedRequest, name = 'made') {
  const planned = await planGenerated(request, spec, source);
  const out = join(folder, name);
  await writePlanned(out, planned, new LearnedBlocks(planned.plan, source));
  return out;
}

describe('a corpus of a learned generator', () => {
  it.each(['npy', 'parquet'] as const)('is written and read as %s', async (format) => {
    const made = await write({ format, count: 300, labels: { normal: 1, af: 2, VHF: 1 }, start: 10 });
    expect((await verifyCorpus(made)).faults).toEqual([]);
    const labels = ['normal', 'af', 'VHF'];
    let next = 10;
    for await (const { index, ecgClass, signal, rhythms } of readCorpus(made)) {
      expect(index).toBe(next++);
      expect(labels).toContain(ecgClass);
      for (const t of [0, 57, 99]) expect(signal[t]).toBeCloseTo(sampleOf(ecgClass, index, t), 3);
      const rhythm = new Map([
        ['normal', '(N'],
        ['af', '(AFIB'],
        ['VHF', '(VHF'],
      ]).get(ecgClass);
      if (rhythms !== undefined) expect(rhythms.map((one) => one.rhythm)).toEqual([rhythm]);
    }
    expect(next).toBe(310);
  });

  it('states the generator, the sampling and the digests of the patients', async () => {
    const made = await write({ format: 'npy', count: 6 });
    const manifest = await readManifest(made);
    expect(manifest.spec).toEqual(spec);
    expect(manifest.request).toMatchObject({ preset: 'learned', fsHz: 100, seconds: 1, unit: 'zscore' });
    expect(manifest.counts).toEqual({ normal: 2, af: 2, VHF: 2 });
  });

  it('is a data set of z-scored windows with its labels', async () => {
    const made = await write({ format: 'npy', count: 6 });
    const set = await openDataset(`corpus:${made}`, { fsHz: 100, seconds: 1 });
    expect(set.unit).toBe('sd');
    expect(set.windows.map(({ classes }) => classes[0])).toEqual([
      'normal',
      'af',
      'VHF',
      'normal',
      'af',
      'VHF',
    ]);
  });

  it('has the same bytes in several parts', async () => {
    const request = { format: 'npy', count: 600, parts: 3 } as const;
    const planned = await planGenerated(request, spec, source);
    const out = join(folder, 'parts');
    for (const part of [2, 3, 1]) {
      await writePlanned(out, planned, new LearnedBlocks(planned.plan, source), { part });
    }
    const samples = async (corpus: string) => {
      const all: number[] = [];
      for await (const { signal } of readCorpus(corpus)) all.push(...signal);
      return all;
    };
    expect(await samples(out)).toEqual(await samples(await write({ ...request, parts: 1 })));
  });

  it('cannot be made again by the simulator, nor continued by another generator', async () => {
    const made = await write({ format: 'npy', count: 6 });
    await expect(regenerateRecord(made, 2)).rejects.toThrow(
      /learned generator \(diffwave, abab.*pqrst generate/s,
    );
    const other = { ...spec, sampling: { steps: 50, guidance: 1 } };
    const planned = await planGenerated({ format: 'npy', count: 6 }, other, source);
    const again = writePlanned(made, planned, new LearnedBlocks(planned.plan, source), { resume: true });
    await expect(again).rejects.toThrow(/another generator or sampling/);
  });

  it('refuses labels that the generator does not know, and formats in mV', async () => {
    const planned = planGenerated({ format: 'npy', count: 6, labels: { wpw: 1 } }, spec, source);
    await expect(planned).rejects.toMatchObject({ code: 'ERR_UNKNOWN_CLASS' });
    const inMv = planGenerated({ format: 'wfdb' as 'npy', count: 6 }, spec, source);
    await expect(inMv).rejects.toThrow(/format must be one of npy, parquet, got "wfdb"/);
  });
});
