// WFDB corpora: they hold the bits of the kernel, in a folder that WFDB readers and the data set `folder:DIR` can read.

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAnnotations, readDigital } from '#lib/codecs/wfdb/read.js';
import { planCorpus } from '#lib/corpus/plan.js';
import { openDataset } from '#lib/datasets/dataset.js';
import { toWfdbAnnotations } from '#lib/synth/annotations.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';
import { errorOf } from '../../helpers/folder.js';
import { batchOf, writeShards } from './write-shards.js';

describe('a WFDB corpus', () => {
  it('holds the samples and marks of the synthesizer, and states each file with its hash', async () => {
    const { folder, plan, files } = await writeShards(
      { format: 'wfdb', preset: 'paper', count: 12, fsHz: 250, seconds: 4, seed: 5, start: 1_000_000 },
      5,
    );
    const batch = await batchOf(plan, 'int16', 1_000_000, 12);
    const records = (await readFile(join(folder, 'RECORDS'), 'utf8')).trim().split('\n');
    expect(records).toHaveLength(12);
    expect([records[0], records[11]]).toEqual(['00000/r1000000', '00002/r1000011']);
    for (const [k, name] of records.entries()) {
      const { header, adc } = await readDigital(join(folder, name));
      expect(adc[0]).toEqual(batch.signals.subarray(k * 1000, (k + 1) * 1000));
      const sum = Array.from(adc[0]!).reduce((total, one) => total + one, 0);
      expect(header.signals[0]).toMatchObject({ gain: 1000, initial: adc[0]![0], description: 'II' });
      expect(header.signals[0]!.checksum).toBe((sum << 16) >> 16);
      expect(header.comments).toEqual([
        `synthetic: pqrst, preset paper, seed 5, class ${plan.classes[k % plan.classes.length]}`,
      ]);
      const expected = toWfdbAnnotations(batch.annotations!.record(k), 250);
      expect(await readAnnotations(join(folder, name), 'atr')).toEqual(expected);
    }
    expect(files).toHaveLength(12 * 3 + 2);
    for (const { path, bytes, sha256 } of files) {
      const data = await readFile(join(folder, path));
      expect([data.length, createHash('sha256').update(data).digest('hex')]).toEqual([bytes, sha256]);
    }
  });

  it('opens as the data set folder:DIR', async () => {
    const { folder, plan } = await writeShards(
      { format: 'wfdb', preset: 'paper', count: 7, fsHz: 100, seconds: 3 },
      3,
    );
    const set = await openDataset(`folder:${folder}`, { fsHz: 100, seconds: 3 });
    const batch = await batchOf(plan, 'int16', 0, 7);
    expect(set.skipped).toEqual([]);
    expect(set.windows.map(({ classes, origin }) => [classes[0], origin.patient])).toEqual(
      Array.from({ length: 7 }, (_, k) => [plan.classes[k % 5], `r000000${k}`]),
    );
    expect(set.windows[6]!.signal).toEqual(
      Float32Array.from(batch.signals.subarray(1800, 2100), (adc) => adc / 1000),
    );
  });

  it('states the added noise in the header', async () => {
    const noise = { powerline: { snrDb: 12 } };
    const { folder } = await writeShards({ format: 'wfdb', preset: 'paper', count: 1, seconds: 1, noise });
    const { header } = await readDigital(join(folder, '00000/r0000000'));
    expect(header.comments[0]).toMatch(
      /^synthetic: pqrst, preset paper, seed 0, class normal, noise \{"powerline":/,
    );
  });

  it('writes a record that is longer than a buffer in pieces', async () => {
    const long = { fsHz: 4000, seconds: 1100, classes: { af: 1 } };
    const { folder, plan } = await writeShards({ format: 'wfdb', preset: 'paper', count: 1, ...long });
    expect((await stat(join(folder, '00000/r0000000.dat'))).size).toBe(2 * plan.lengthSamples);
    const { header, adc } = await readDigital(join(folder, '00000/r0000000'));
    const synthesizer = new Synthesizer({
      ...{ preset: 'paper', fsHz: 4000, seconds: 1100, seed: 0, unit: 'mV' },
      type: 'int16',
    });
    const record = await synthesizer.record({ classes: ['af'], index: 0 });
    let at = 0;
    for await (const piece of record.pieces()) {
      const stored = adc[0]!.subarray(at, at + piece.length);
      expect(
        Buffer.compare(Buffer.from(stored.buffer, 2 * at, 2 * piece.length), Buffer.from(piece.buffer)),
      ).toBe(0);
      at += piece.length;
    }
    expect(at).toBe(plan.lengthSamples);
    let sum = 0;
    for (const one of adc[0]!) sum = (sum + one) | 0;
    expect(header.signals[0]!.checksum).toBe((sum << 16) >> 16);
  });

  it('refuses z-scores and float samples, which the format cannot hold', async () => {
    const zscore = planCorpus({ format: 'wfdb', count: 1, unit: 'zscore' });
    expect(await errorOf(zscore)).toMatch(/^ERR_OPTION: `unit` zscore cannot be used with `format` wfdb/);
    const float = planCorpus({ format: 'wfdb', count: 1, type: 'float32' });
    expect(await errorOf(float)).toMatch(/^ERR_OPTION: .*16-bit counts of 1\/1000 mV, not float32/);
  });

  it('reports that the shard already exists', async () => {
    const { folder, plan } = await writeShards({ format: 'wfdb', count: 1, seconds: 1 });
    const { wfdbFormat } = await import('#lib/corpus/formats/wfdb/format.js');
    const { BlockSource } = await import('#lib/corpus/blocks.js');
    const shard = { set: plan.sets[0]!, number: 0, start: 0, count: 1 };
    const again = wfdbFormat.writeShard(
      join(folder, '00000'),
      plan,
      new BlockSource(plan).blocks([shard]),
      shard,
    );
    expect(await errorOf(again)).toMatch(/^ERR_WRITE: could not write/);
  });
});
