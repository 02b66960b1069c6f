// Reads corpora of every format: the samples of the synthesizer, labels, splits and folds. Missing and damaged files
// are reported with a message.

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PqrstError } from '#lib/base/errors.js';
import { halfToFloat } from '#lib/base/half.js';
import { randomStream } from '#lib/base/random.js';
import { type FormatName, formatNames } from '#lib/corpus/format.js';
import { type CorpusManifest, checksumOf } from '#lib/corpus/manifest.js';
import type { CorpusRequest } from '#lib/corpus/plan.js';
import { type CorpusRecord, readCorpus } from '#lib/corpus/read.js';
import { writeCorpus } from '#lib/corpus/write.js';
import { openDataset } from '#lib/datasets/dataset.js';
import type { SampleType } from '#lib/kernel/binding.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { allUnchecked } from '../helpers/unchecked.js';
import { batchOf } from './formats/write-shards.js';

async function corpus(request: CorpusRequest) {
  const folder = join(await temporaryFolder(), 'corpus');
  for (let part = 2; part <= (request.parts ?? 1); part++) await writeCorpus(folder, request, { part });
  const { plan } = await writeCorpus(folder, request, { part: 1 });
  return { folder, plan };
}

async function all(folder: string): Promise<CorpusRecord[]> {
  const found: CorpusRecord[] = [];
  for await (const record of readCorpus(folder)) found.push(record);
  return found;
}

/** Returns the text of a manifest with a checksum that fits its contents. */
function forged(manifest: Parameters<typeof checksumOf>[0]): string {
  return JSON.stringify({ ...manifest, checksum: checksumOf(manifest) });
}

const cases: [FormatName, SampleType, 'mV' | 'zscore'][] = [
  ['npy', 'float32', 'zscore'],
  ['npy', 'float16', 'mV'],
  ['npy', 'int16', 'zscore'],
  ['parquet', 'float32', 'mV'],
  ['parquet', 'float16', 'zscore'],
  ['parquet', 'int16', 'mV'],
  ['wfdb', 'int16', 'mV'],
  ['edf', 'int16', 'mV'],
  ['ptb-xl', 'int16', 'mV'],
];

describe.each(cases)('a corpus of %s, %s, %s', (format, type, unit) => {
  const request: CorpusRequest = {
    ...{ format, type, unit, count: 20, start: 7, fsHz: 500, seconds: 2, seed: 3, replicas: 2, parts: 6 },
    classes: { af: 2, normal: 1 },
    split: { train: 0.8, val: 0.2 },
  };

  it('returns every record as the synthesizer makes it, in order, with its split', async () => {
    const { folder, plan } = await corpus(request);
    const records = await all(folder);
    expect(records.map(({ index }) => index)).toEqual(Array.from({ length: 40 }, (_, k) => 7 + k));
    const batch = await batchOf(plan, type, 7, 40);
    for (const [k, { index, ecgClass, signal, annotations, split, fold }] of records.entries()) {
      const samples = batch.signals.subarray(k * 1000, (k + 1) * 1000);
      const expected =
        type === 'int16'
          ? Float32Array.from(samples, (count) => count / 1000)
          : type === 'float16'
            ? halfToFloat(samples as Uint16Array)
            : samples;
      expect(
        Buffer.compare(Buffer.from(signal.buffer), Buffer.from(Float32Array.from(expected).buffer)),
      ).toBe(0);
      expect(ecgClass).toBe(plan.classes[index % plan.classes.length]);
      expect(split).toBe(k % 20 < 16 ? 'train' : 'val');
      expect(split === 'train' ? fold! <= 8 : fold === 9).toBe(true);
      if (format === 'npy' || format === 'parquet') expect(annotations).toEqual(batch.annotations!.record(k));
      else expect(annotations).toBeUndefined();
    }
  });

  it('opens as the data set corpus:DIR', async () => {
    const { folder, plan } = await corpus(request);
    const set = await openDataset(`corpus:${folder}`, { fsHz: 500, seconds: 1 });
    expect(set).toMatchObject({ fsHz: 500, lengthSamples: 500, leads: ['II'], skipped: [] });
    expect(set.unit).toBe(request.unit === 'zscore' ? 'sd' : 'mV');
    expect(set.windows).toHaveLength(80);
    const records = await all(folder);
    for (const [n, window] of set.windows.entries()) {
      const { index, signal, fold } = records[Math.floor(n / 2)]!;
      expect([window.origin.record, window.origin.patient, window.startS, window.fold]).toEqual([
        `r${String(index).padStart(7, '0')}`,
        `r${String(index).padStart(7, '0')}`,
        n % 2,
        fold,
      ]);
      expect(window.classes).toEqual([plan.classes[index % plan.classes.length]]);
      expect(window.signal).toEqual(signal.slice((n % 2) * 500, ((n % 2) + 1) * 500));
    }
  });
});

describe('corpus:DIR', () => {
  it('resamples, reports progress, and states no fold if there are no splits', async () => {
    const { folder } = await corpus({ format: 'npy', count: 6, seconds: 2 });
    const seen: number[][] = [];
    const onProgress = (done: number, total: number) => seen.push([done, total]);
    const set = await openDataset(`corpus:${folder}`, { fsHz: 100, seconds: 2, onProgress });
    expect(set.windows.map(({ signal, fold }) => [signal.length, fold])).toEqual(
      Array.from({ length: 6 }, () => [200, undefined]),
    );
    expect(seen.at(-1)).toEqual([6, 6]);
  });

  it('reports that records are too short', async () => {
    const { folder } = await corpus({ format: 'npy', count: 2, seconds: 2 });
    const opened = openDataset(`corpus:${folder}`, { fsHz: 100, seconds: 10 });
    expect(await errorOf(opened)).toMatch(/^ERR_DATA_EMPTY: .*too short: 2 s, a window takes 10 s/);
  });

  it('stops when it is aborted', async () => {
    const { folder } = await corpus({ format: 'npy', count: 2, seconds: 1 });
    const reading = readCorpus(folder, { signal: AbortSignal.abort(new Error('enough')) });
    await expect(reading.next()).rejects.toThrow('enough');
  });
});

describe('the reader of a format, past the hashes of the files', () => {
  const shard = (format: FormatName) =>
    ({
      npy: '00000/signals.npy',
      parquet: '00000.parquet',
      wfdb: '00000/r0000001.dat',
      edf: '00000/r0000001.edf',
      'ptb-xl': 'records500/00000/00002_hr.dat',
    })[format];

  it('reports a beat without a time of its QRS complex', async () => {
    const { folder } = await corpus({ format: 'npy', count: 3, seconds: 4 });
    const path = join(folder, '00000/beat_fiducials_s.npy');
    const bytes = await readFile(path);
    bytes.writeDoubleLE(Number.NaN, bytes.length - 5 * 8); // the QRS peak of the last beat
    await writeFile(path, bytes);
    expect(await errorOf(allUnchecked(folder))).toMatch(
      /^ERR_CORPUS: .*beat_fiducials_s\.npy gives beat \d+ the QRS time NaN/,
    );
  });

  it.each([
    ['npy', /^ERR_NPY: .*signals\.npy holds 5872 bytes/],
    ['parquet', /^ERR_CORPUS: 00000\.parquet is not a complete Parquet file/],
    ['wfdb', /^ERR_CORPUS: .*r0000001\.hea does not fit its files: .*r0000001\.dat holds/],
    ['edf', /^ERR_EDF: .*r0000001\.edf holds 0 complete data records .* it is cut short/],
    ['ptb-xl', /^ERR_WFDB_SIGNAL: .*00002_hr\.dat/],
  ] as const)('reports a %s file that has another length or is missing', async (format, sentence) => {
    const { folder } = await corpus({ format, count: 3, seconds: 1 });
    const path = join(folder, shard(format));
    await truncate(path, format === 'npy' ? 6000 : 900);
    expect(await errorOf(allUnchecked(folder))).toMatch(sentence);
    await rm(path);
    expect(await errorOf(all(folder))).toMatch(/^ERR_NOT_FOUND: /);
  });

  it('reports a record with a changed sample by the checksum in its header', async () => {
    const { folder } = await corpus({ format: 'wfdb', count: 3, seconds: 1 });
    const path = join(folder, '00000/r0000001.dat');
    const bytes = await readFile(path);
    bytes[100]! ^= 1;
    await writeFile(path, bytes);
    expect(await errorOf(allUnchecked(folder))).toMatch(/^ERR_CORPUS: .*r0000001\.hea .*checksum of II/);
  });

  it('reports an inverted byte of a Parquet file, or returns all records', async () => {
    const { folder, plan } = await corpus({ format: 'parquet', count: 3, seconds: 1, type: 'int16' });
    const path = join(folder, '00000.parquet');
    const whole = await readFile(path);
    const before = await allUnchecked(folder);
    for (let at = whole.length - 1; at > whole.length - 1500; at -= 13) {
      const bytes = Uint8Array.from(whole);
      bytes[at]! ^= 0xff;
      await writeFile(path, bytes);
      try {
        const after = await allUnchecked(folder);
        expect(after.map(({ index }) => index)).toEqual(before.map(({ index }) => index));
        for (const { signal } of after) expect(signal).toHaveLength(plan.lengthSamples);
      } catch (error) {
        expect((error as { code?: string }).code).toMatch(/^ERR_/);
      }
    }
  });
});

describe('reading a damaged corpus', () => {
  const request = {
    count: 3,
    fsHz: 500,
    seconds: 2,
    classes: { 'normal>af': 1, normal: 1 },
    preset: 'physiological',
  };
  const flips = 160;
  /** Whether readCorpus opens the file. The others (tables, signals at 100 Hz) change none of its records. */
  const isRead = (path: string) =>
    /\.(npy|parquet|hea|dat|edf)$|SHA256SUMS$/.test(path) && !path.includes('_lr.');

  it.each(formatNames)('refuses every file of %s that it opens, if one byte differs', async (format) => {
    const { folder } = await corpus({ format, ...request } as CorpusRequest);
    const whole = JSON.stringify(await all(folder));
    const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((one) => one.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .sort();
    const random = randomStream(1, format);
    const silent: string[] = [];
    for (let n = 0; n < flips; n++) {
      const path = names[random.below(names.length)]!;
      const bytes = await readFile(path);
      const at = random.below(bytes.length);
      const before = bytes[at]!;
      bytes[at] = before ^ (1 + random.below(255));
      await writeFile(path, bytes);
      try {
        const isSame = JSON.stringify(await all(folder)) === whole;
        if (!isSame || isRead(path)) silent.push(`${path} at ${at}`);
      } catch (error) {
        if (!(error instanceof PqrstError)) throw error;
      }
      bytes[at] = before;
      await writeFile(path, bytes);
    }
    expect(silent).toEqual([]);
  });

  it('refuses a changed sample, list of hashes and missing entry with a message', async () => {
    const { folder } = await corpus({ format: 'wfdb', count: 3, seconds: 1 });
    const dat = join(folder, '00000/r0000001.dat');
    const bytes = await readFile(dat);
    const changed = Uint8Array.from(bytes);
    changed[100]! ^= 1;
    await writeFile(dat, changed);
    expect(await errorOf(all(folder))).toMatch(
      /^ERR_CORPUS: 00000\/r0000001\.dat is not as it was written \(its SHA-256 differs\); pqrst verify names/,
    );
    const opened = openDataset(`corpus:${folder}`, { fsHz: 100, seconds: 1 });
    expect(await errorOf(opened)).toMatch(/^ERR_CORPUS: 00000\/r0000001\.dat is not as it was written/);
    await writeFile(dat, bytes);
    const list = join(folder, '00000/SHA256SUMS');
    const sums = await readFile(list, 'utf8');
    await writeFile(list, sums.replace('r0000001.dat', 'r0000009.dat'));
    expect(await errorOf(all(folder))).toMatch(
      /^ERR_CORPUS: 00000\/SHA256SUMS is not as it was written .* so its files cannot be checked/,
    );
    await rm(list);
    expect(await errorOf(all(folder))).toMatch(/^ERR_NOT_FOUND: /);
    await writeFile(list, sums);
    await rm(dat);
    expect(await errorOf(all(folder))).toMatch(/^ERR_NOT_FOUND: could not read the signal file/);
    await mkdir(dat);
    expect(await errorOf(all(folder))).toMatch(/^ERR_NOT_FOUND: .* it is a folder; name a file/);
    await rm(dat, { recursive: true });
    await writeFile(dat, bytes);
    const path = join(folder, 'manifest.json');
    const manifest: CorpusManifest = JSON.parse(await readFile(path, 'utf8'));
    const shorter = sums.replace(/^.* r0000001\.dat\n/m, '');
    await writeFile(list, shorter);
    const sha256 = createHash('sha256').update(shorter).digest('hex');
    const [set] = manifest.sets;
    const shards = [{ ...set!.shards[0]!, sha256 }];
    await writeFile(path, forged({ ...manifest, sets: [{ ...set!, shards }] }));
    expect(await errorOf(all(folder))).toMatch(/^ERR_CORPUS: 00000\/SHA256SUMS does not list r0000001\.dat/);
  });

  it('refuses a manifest that points outside the folder, by a path or by a link', async () => {
    const { folder } = await corpus({ format: 'npy', count: 3, seconds: 1 });
    const path = join(folder, 'manifest.json');
    const text = await readFile(path, 'utf8');
    await writeFile(path, forged(JSON.parse(text.replace('"00000"', '"../other/00000"'))));
    expect(await errorOf(all(folder))).toMatch(/^ERR_PATH_OUTSIDE: /);
    await writeFile(path, text);
    await rm(join(folder, '00000/signals.npy'));
    await symlink('/dev/zero', join(folder, '00000/signals.npy'));
    expect(await errorOf(all(folder))).toMatch(/^ERR_PATH_OUTSIDE: .*signals\.npy/);
  });

  it('refuses a manifest whose shards leave a gap, or whose classes differ from those of the files', async () => {
    const { folder } = await corpus({ format: 'npy', count: 6, seconds: 1, parts: 3 });
    const path = join(folder, 'manifest.json');
    const manifest = JSON.parse(await readFile(path, 'utf8'));
    const [set] = manifest.sets;
    const put = (change: object) => writeFile(path, forged({ ...manifest, ...change }));
    await put({ sets: [{ ...set, shards: [set.shards[0], set.shards[2]] }] });
    expect(await errorOf(all(folder))).toMatch(/^ERR_CORPUS: .*has the shard/);
    await put({ request: { ...manifest.request, classes: { wpw: 1 } } });
    expect(await errorOf(all(folder))).toMatch(
      /^ERR_CORPUS: .*labels\.npy gives record 0 the label normal, but the manifest states wpw/,
    );
  });

  it('refuses a folder that is not a corpus', async () => {
    const folder = await temporaryFolder();
    expect(await errorOf(openDataset(`corpus:${folder}`, { fsHz: 100, seconds: 1 }))).toMatch(
      /^ERR_NOT_FOUND: /,
    );
    await writeFile(join(folder, 'manifest.json'), '{}');
    expect(await errorOf(openDataset(`corpus:${folder}`, { fsHz: 100, seconds: 1 }))).toMatch(
      /^ERR_CORPUS: /,
    );
  });
});

describe('halfToFloat', () => {
  it('returns the value of every half', () => {
    const values = halfToFloat(Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits));
    expect([values[0x3c00], values[0xc000], values[0x0001], values[0x7bff]]).toEqual([
      1,
      -2,
      2 ** -24,
      65504,
    ]);
    expect([values[0x7c00], values[0xfc00], values[0x7e00]]).toEqual([Infinity, -Infinity, Number.NaN]);
    expect(Object.is(values[0x8000], -0)).toBe(true);
    const positive = values.subarray(0, 0x7c00);
    expect(positive.findIndex((value, bits) => bits > 0 && !(value > positive[bits - 1]!))).toBe(-1);
  });
});
