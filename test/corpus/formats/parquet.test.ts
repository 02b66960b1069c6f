// Parquet corpora: pyarrow reads the samples of the synthesizer in every type.

import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { deltaBinaryPacked } from '#lib/corpus/formats/parquet/signal.js';
import { checksumOf } from '#lib/corpus/manifest.js';
import { planCorpus } from '#lib/corpus/plan.js';
import { readCorpus } from '#lib/corpus/read.js';
import { verifyCorpus } from '#lib/corpus/verify.js';
import { writeCorpus } from '#lib/corpus/write.js';
import { findDatasets } from '#lib/datasets/recognize.js';
import { errorOf, temporaryFolder } from '../../helpers/folder.js';
import { judge } from '../../helpers/judge.js';
import { pythonWith } from '../../helpers/python.js';
import { batchOf, writeShards } from './write-shards.js';

interface Verdict {
  readonly schema: Record<string, string>;
  readonly metadata: Record<string, string>;
  readonly row_groups: number;
  readonly columns: Record<string, unknown[]>;
  readonly lengths: number[];
  readonly signal: string;
}

const python = pythonWith('pyarrow');
const absent = python === undefined ? ' (SKIPPED: no python3 with pyarrow)' : '';
const bytesOf = (samples: ArrayBufferView) =>
  Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);

describe.skipIf(python === undefined)(`pyarrow with a Parquet corpus${absent}`, () => {
  it.each([
    ['float32', 'float', 'mV'],
    ['float16', 'halffloat', 'zscore'],
    ['int16', 'int16', 'mV'],
  ] as const)('reads the same %s bits, with labels, beats and times', async (type, element, unit) => {
    const { folder, plan } = await writeShards(
      {
        preset: 'paper',
        format: 'parquet',
        count: 23,
        fsHz: 250,
        seconds: 6,
        seed: 9,
        start: 100,
        type,
        unit,
      },
      15,
    );
    const batch = await batchOf(plan, type, 100, 23);
    const names = ['p', 'qrs', 't'] as const;
    const bounds = ['onset', 'peak', 'offset'] as const;
    for (const [shard, from, to] of [
      ['00000.parquet', 0, 15],
      ['00001.parquet', 15, 23],
    ] as const) {
      const seen = judge<Verdict>(python!, 'parquet_judge.py', { path: join(folder, shard) });
      expect(seen.schema.signal).toBe(`fixed_size_list<element: ${element} not null>[1500]`);
      expect(seen.metadata).toMatchObject({ 'pqrst.unit': unit, 'pqrst.type': type, 'pqrst.seed': '9' });
      expect(seen.lengths).toEqual([1500]);
      const expected = bytesOf(batch.signals.subarray(from * 1500, to * 1500));
      expect(Buffer.from(seen.signal, 'base64').equals(expected)).toBe(true);
      for (let k = from; k < to; k++) {
        const column = (name: string) => seen.columns[name]![k - from];
        const { rhythms, beats } = batch.annotations!.record(k);
        expect([column('index'), column('record'), column('label'), column('seed'), column('fs_hz')]).toEqual(
          [100 + k, `r0000${100 + k}`, plan.classes[(100 + k) % 5], 9, 250],
        );
        const types = beats.map((beat) => beat.type);
        expect([column('rhythm'), column('beat_type')]).toEqual([rhythms[0]!.rhythm, types]);
        for (const wave of names) {
          for (const bound of bounds) {
            const times = beats.map((beat) => beat[wave]?.[`${bound}S`] ?? null);
            const known = times.map((time) => (Number.isNaN(time) ? null : time));
            expect(column(`${wave}_${bound}_s`)).toEqual(known);
          }
        }
      }
    }
  });

  it('reads several row groups, and records of a single sample', async () => {
    const large = await writeShards({ format: 'parquet', count: 5, fsHz: 4000, seconds: 500, type: 'int16' });
    const seen = judge<Verdict>(python!, 'parquet_judge.py', { path: join(large.folder, '00000.parquet') });
    expect([seen.row_groups, seen.lengths]).toEqual([5, [2_000_000]]);
    const batch = await batchOf(large.plan, 'int16', 0, 5);
    expect(Buffer.from(seen.signal, 'base64').equals(bytesOf(batch.signals))).toBe(true);
    const tiny = await writeShards({ format: 'parquet', count: 30, fsHz: 50, seconds: 0.02, type: 'int16' });
    expect(tiny.plan.lengthSamples).toBe(1);
    const found = judge<Verdict>(python!, 'parquet_judge.py', { path: join(tiny.folder, '00000.parquet') });
    const samples = await batchOf(tiny.plan, 'int16', 0, 30);
    expect(Buffer.from(found.signal, 'base64').equals(bytesOf(samples.signals))).toBe(true);
  });
});

describe('a Parquet corpus', () => {
  it('has the same bytes each time and the stated hash', async () => {
    const request = { format: 'parquet', count: 9, seconds: 2, seed: 4 } as const;
    const [one, two] = [await writeShards(request), await writeShards(request)];
    expect(one.files).toEqual(two.files);
    const [shard] = one.files;
    const bytes = await readFile(join(one.folder, shard!.path));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(shard!.sha256);
    const labels = (await readFile(join(one.folder, '_labels.csv'), 'utf8')).trim().split('\n');
    expect([labels.length, labels[2]]).toEqual([10, 'r0000001,af,r0000001']);
  });

  it('refuses records that are too long for a reader', async () => {
    const long = planCorpus({ format: 'parquet', count: 1, fsHz: 4000, seconds: 2000 });
    expect(await errorOf(long)).toMatch(/^ERR_OPTION: .*4194304 samples, not 8000000.*npy or wfdb/);
  });
});

describe('deltaBinaryPacked', () => {
  it('is decoded correctly by a reader written from the specification, for many lengths and step sizes', () => {
    const random = randomStream(1, 'delta');
    for (let round = 0; round < 200; round++) {
      const size = 2 ** random.below(17);
      const values = Int16Array.from(
        { length: 1 + random.below(400) },
        () => random.below(size) - Math.floor(size / 2),
      );
      expect(unpack(deltaBinaryPacked(values))).toEqual([...values]);
    }
    const extremes = Int16Array.from({ length: 300 }, (_, n) => (n % 2 === 0 ? 32767 : -32768));
    expect(unpack(deltaBinaryPacked(extremes))).toEqual([...extremes]);
  });
});

/** Decodes DELTA_BINARY_PACKED of Parquet's Encodings.md, bit by bit. */
function unpack(bytes: Uint8Array): number[] {
  let at = 0;
  const varint = () => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 128) return value;
    }
  };
  const zigzag = () => {
    const value = varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  };
  const [block, minis, total] = [varint(), varint(), varint()];
  const values = [zigzag()];
  while (values.length < total) {
    const least = zigzag();
    const widths = Array.from({ length: minis }, () => bytes[at++]!);
    for (const width of widths) {
      if (values.length >= total) break;
      const perMini = block / minis;
      for (let n = 0; n < perMini; n++) {
        let value = 0;
        for (let bit = 0; bit < width; bit++) {
          const place = n * width + bit;
          value += ((bytes[at + (place >> 3)]! >> (place & 7)) & 1) * 2 ** bit;
        }
        if (values.length < total) values.push(values.at(-1)! + least + value);
      }
      at += (perMini * width) / 8;
    }
  }
  expect(at).toBe(bytes.length);
  return values;
}

describe('the folder of a Parquet corpus', () => {
  const request = { format: 'parquet', count: 6, seconds: 1, split: { train: 0.5, val: 0.5 } } as const;

  async function indicesOf(folder: string): Promise<number[]> {
    const indices: number[] = [];
    for await (const { index } of readCorpus(folder)) indices.push(index);
    return indices;
  }

  it('has only names that begin with an underscore beside its shards, so that readers of folders skip them', async () => {
    const folder = join(await temporaryFolder(), 'corpus');
    await writeCorpus(folder, request);
    const names = (await readdir(folder, { recursive: true })).sort();
    expect(names).toEqual([
      '_manifest.json',
      ...['train', 'val'].flatMap((set) => [set, `${set}/00000.parquet`, `${set}/_labels.csv`]),
    ]);
    expect(await findDatasets(folder)).toEqual([{ source: `corpus:${folder}`, alsoLike: [] }]);
    expect((await verifyCorpus(folder)).faults).toEqual([]);
    expect((await writeCorpus(folder, request, { resume: true })).complete).toBe(true);
    expect(await errorOf(writeCorpus(folder, request))).toMatch(/ERR_WRITE: .*it contains _manifest\.json/);
  });

  it('may have the earlier names manifest.json and labels.csv', async () => {
    const folder = join(await temporaryFolder(), 'corpus');
    await writeCorpus(folder, request);
    for (const set of ['train', 'val']) {
      await rename(join(folder, set, '_labels.csv'), join(folder, set, 'labels.csv'));
    }
    const text = (await readFile(join(folder, '_manifest.json'), 'utf8')).replaceAll(
      '_labels.csv',
      'labels.csv',
    );
    const manifest = JSON.parse(text);
    const checksum = checksumOf(manifest);
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, checksum }));
    await rm(join(folder, '_manifest.json'));
    expect(await indicesOf(folder)).toEqual([0, 1, 2, 3, 4, 5]);
    expect((await verifyCorpus(folder)).faults).toEqual([]);
    expect((await writeCorpus(folder, request, { resume: true })).complete).toBe(true);
    expect(await findDatasets(folder)).toEqual([{ source: `corpus:${folder}`, alsoLike: [] }]);
  });
});
