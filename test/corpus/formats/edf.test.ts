// EDF corpora: they hold the bits of the kernel and its beats and rhythms, in a folder that the data set `edf:DIR` reads.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEdf, readEdfAnnotations } from '#lib/codecs/edf/read.js';
import { planCorpus } from '#lib/corpus/plan.js';
import { openDataset } from '#lib/datasets/dataset.js';
import { errorOf } from '../../helpers/folder.js';
import { batchOf, writeShards } from './write-shards.js';

describe('an EDF corpus', () => {
  it('holds the samples, rhythms and beats of the synthesizer, and states each file with its hash', async () => {
    const { folder, plan, files } = await writeShards(
      { format: 'edf', preset: 'paper', count: 12, fsHz: 250, seconds: 4.2, seed: 5, start: 1_000_000 },
      5,
    );
    const batch = await batchOf(plan, 'int16', 1_000_000, 12);
    for (let k = 0; k < 12; k++) {
      const path = join(folder, `0000${Math.floor(k / 5)}`, `r${1_000_000 + k}.edf`);
      const { leads, fsHz, signalsMv } = await readEdf(path);
      expect([leads, fsHz]).toEqual([['II'], 250]);
      const counts = batch.signals.subarray(k * 1050, (k + 1) * 1050);
      expect(signalsMv[0]).toEqual(Float32Array.from(counts, (count) => count / 1000));
      const [origin, ...marks] = await readEdfAnnotations(path);
      const ofClass = plan.classes[k % plan.classes.length]!;
      expect(origin).toEqual({ onsetS: 0, text: `synthetic: pqrst, preset paper, seed 5, class ${ofClass}` });
      const { rhythms, beats } = batch.annotations!.record(k);
      expect(beats.length).toBeGreaterThan(1);
      const expected = [
        ...rhythms.map(({ sample, rhythm }) => ({ onsetS: sample / 250, text: rhythm })),
        ...beats.map(({ sample, type }) => ({ onsetS: sample / 250, text: type })),
      ].sort((a, b) => a.onsetS - b.onsetS);
      expect(marks).toEqual(expected);
    }
    expect(files).toHaveLength(12 + 1);
    for (const { path, bytes, sha256 } of files) {
      const data = await readFile(join(folder, path));
      expect([data.length, createHash('sha256').update(data).digest('hex')]).toEqual([bytes, sha256]);
    }
  });

  it('opens as the data set edf:DIR', async () => {
    const { folder, plan } = await writeShards(
      { format: 'edf', preset: 'paper', count: 7, fsHz: 100, seconds: 3 },
      3,
    );
    const set = await openDataset(`edf:${folder}`, { fsHz: 100, seconds: 3 });
    const batch = await batchOf(plan, 'int16', 0, 7);
    expect(set.skipped).toEqual([]);
    expect(set.windows.map(({ classes, origin }) => [classes[0], origin.patient])).toEqual(
      Array.from({ length: 7 }, (_, k) => [plan.classes[k % 5], `r000000${k}`]),
    );
    expect(set.windows[6]!.signal).toEqual(
      Float32Array.from(batch.signals.subarray(1800, 2100), (count) => count / 1000),
    );
  });

  it('writes a record that is longer than a buffer in pieces', async () => {
    const request = { format: 'edf', count: 1, fsHz: 4000, seconds: 300, classes: { af: 1 } } as const;
    const { folder, plan } = await writeShards(request);
    const batch = await batchOf(plan, 'int16', 0, 1);
    const { signalsMv } = await readEdf(join(folder, '00000/r0000000.edf'));
    const expected = Float32Array.from(batch.signals, (count) => count / 1000);
    expect(Buffer.compare(Buffer.from(signalsMv[0]!.buffer), Buffer.from(expected.buffer))).toBe(0);
  });

  it('refuses z-scores, float samples and rates that the format cannot hold', async () => {
    const refused = (more: object) => errorOf(planCorpus({ format: 'edf', count: 1, ...more }));
    expect(await refused({ unit: 'zscore' })).toMatch(
      /^ERR_OPTION: `unit` zscore cannot be used with `format` edf/,
    );
    expect(await refused({ type: 'float32' })).toMatch(/^ERR_OPTION: `format` edf stores 16-bit counts/);
    expect(await refused({ fsHz: 128.123456, seconds: 1 })).toMatch(
      /^ERR_OPTION: EDF cannot store a rate of 128\.123456 Hz/,
    );
  });
});
