// Makes single records again from the manifest alone, with the bits that the shards hold, in every format.

import { execFileSync, spawnSync } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNpy, readNpyRows } from '#lib/codecs/npy/read.js';
import { readAnnotations, readDigital } from '#lib/codecs/wfdb/read.js';
import type { FormatName } from '#lib/corpus/format.js';
import { toUnit } from '#lib/corpus/formats/stored.js';
import { checksumOf, manifestIn } from '#lib/corpus/manifest.js';
import type { CorpusRequest } from '#lib/corpus/plan.js';
import { readCorpus } from '#lib/corpus/read.js';
import { regenerateRecord } from '#lib/corpus/regenerate.js';
import { writeCorpus } from '#lib/corpus/write.js';
import type { SampleType } from '#lib/kernel/binding.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';

const main = resolve(import.meta.dirname, '../../dist/cli/main.js');
const run = (...args: string[]) =>
  execFileSync(process.execPath, [main, 'regenerate', ...args], { encoding: 'utf8', stdio: 'pipe' });
const bytesOf = (array: ArrayBufferView) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);

async function corpus(request: CorpusRequest) {
  const parent = await temporaryFolder();
  const folder = join(parent, 'corpus');
  await writeCorpus(folder, { fsHz: 500, ...request });
  // This folder holds only the manifest, so a record that is made from it cannot come from a shard.
  const alone = join(parent, 'alone');
  await mkdir(alone);
  const name = manifestIn(await readdir(folder))!;
  await copyFile(join(folder, name), join(alone, name));
  return { parent, folder, alone };
}

const cases: [FormatName, SampleType, 'mV' | 'zscore', object][] = [
  ['npy', 'float32', 'mV', { classes: { normal: 3, wpw: 1 } }],
  ['npy', 'float16', 'zscore', { preset: 'clinical' }],
  ['npy', 'int16', 'mV', { noise: { powerline: { snrDb: 20 }, adc: { clipMv: 1 } } }],
  ['parquet', 'float32', 'zscore', {}],
  ['parquet', 'int16', 'mV', {}],
  ['wfdb', 'int16', 'mV', {}],
  ['edf', 'int16', 'mV', {}],
  ['ptb-xl', 'int16', 'mV', {}],
];

describe.each(cases)('regenerateRecord of a corpus of %s, %s, %s', (format, type, unit, more) => {
  it('returns the same samples and annotations as every stored record', async () => {
    const { folder, alone } = await corpus({
      ...{ format, type, unit, count: 11, start: 1000, seconds: 1, seed: 12, replicas: 2 },
      split: { train: 0.5, test: 0.5 },
      ...more,
    });
    let seen = 0;
    for await (const stored of readCorpus(folder)) {
      const made = await regenerateRecord(alone, stored.index);
      const pieces: Float32Array[] = [];
      for await (const piece of made.pieces()) pieces.push(Float32Array.from(toUnit(piece, type)));
      expect(Buffer.concat(pieces.map(bytesOf)).equals(bytesOf(stored.signal))).toBe(true);
      expect([made.ecgClass, made.set, made.split]).toEqual([stored.ecgClass, stored.set, stored.split]);
      if (stored.annotations !== undefined) expect(made.annotations).toEqual(stored.annotations);
      expect(made.warning).toBeUndefined();
      seen++;
    }
    expect(seen).toBe(22);
  });
});

describe('pqrst regenerate', () => {
  it('writes exactly the stored samples as .npy', async () => {
    const { parent, folder, alone } = await corpus({ format: 'npy', type: 'float16', count: 5, seconds: 1 });
    const out = join(parent, 'r.npy');
    run(alone, '--index', '3', '--out', out);
    const [made, stored] = [await readNpy(out), await readNpyRows(join(folder, '00000/signals.npy'), 3, 1)];
    expect([made.type, made.shape]).toEqual(['float16', [500]]);
    expect(bytesOf(made.data).equals(bytesOf(stored.data))).toBe(true);
  });

  it('writes a record of a WFDB corpus with the same bytes, under its own name', async () => {
    const { parent, folder, alone } = await corpus({ format: 'wfdb', count: 5, seconds: 3, seed: 8 });
    run(alone, '--index', '4', '--out', join(parent, 'made', 'r0000004.hea'));
    expect((await readdir(join(parent, 'made'))).sort()).toEqual([
      'r0000004.atr',
      'r0000004.dat',
      'r0000004.hea',
    ]);
    for (const extension of ['hea', 'dat', 'atr']) {
      const made = await readFile(join(parent, 'made', `r0000004.${extension}`));
      expect(made.equals(await readFile(join(folder, '00000', `r0000004.${extension}`)))).toBe(true);
    }
  });

  it('writes WFDB from float samples in mV, but not from z-scores', async () => {
    const { parent, alone } = await corpus({ format: 'npy', count: 2, seconds: 2 });
    run(alone, '--index', '1', '--out', join(parent, 'one.hea'));
    const { adc } = await readDigital(join(parent, 'one'));
    const record = await regenerateRecord(alone, 1);
    for await (const piece of record.pieces()) {
      const signalMv = toUnit(piece, 'float32');
      expect(adc[0]!.findIndex((count, n) => Math.abs(count - signalMv[n]! * 1000) > 0.51)).toBe(-1);
    }
    expect((await readAnnotations(join(parent, 'one'), 'atr'))[0]!.aux).toBe('(AFIB');
    const zscored = await corpus({ format: 'npy', count: 2, seconds: 2, unit: 'zscore' });
    const { status, stderr } = spawnSync(
      process.execPath,
      [main, 'regenerate', zscored.alone, '--index', '1', '--out', join(parent, 'two.hea')],
      { encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([2, expect.stringMatching(/z-scored.*\[ERR_OPTION\]/s)]);
    expect(await readdir(parent)).not.toContain('two.hea');
  });

  it('writes and prints JSON', async () => {
    const { parent, alone } = await corpus({ format: 'parquet', type: 'int16', count: 5, seconds: 2 });
    const facts = JSON.parse(run(alone, '--index', '2'));
    const { annotations } = await regenerateRecord(alone, 2);
    expect(facts).toMatchObject({ index: 2, record: 'r0000002', class: 'aflt', leads: ['II'], fsHz: 500 });
    expect(facts.rhythms).toEqual([{ ecgClass: 'aflt', rhythm: '(AFL', timeS: 0, sample: 0 }]);
    expect(facts.beats).toEqual(JSON.parse(JSON.stringify(annotations.beats)));
    expect(JSON.parse(run(alone, '--index', '2', '--json'))).toEqual(facts);
    const out = join(parent, 'two.json');
    run(alone, '--index', '2', '--out', out);
    const { samples, label } = JSON.parse(await readFile(out, 'utf8'));
    expect([samples.length, label]).toEqual([1000, 2]);
    const record = await regenerateRecord(alone, 2);
    for await (const piece of record.pieces()) expect(samples).toEqual([...toUnit(piece, 'int16')]);
  });

  it('states the available ranges for an index that the corpus does not hold', async () => {
    const request = {
      format: 'npy',
      count: 10,
      start: 5,
      seconds: 1,
      split: { train: 0.8, val: 0.2 },
    } as const;
    const { alone } = await corpus(request);
    const expected = /^ERR_RANGE: .*no record 15; it holds records 5-12 \(train\), 13-14 \(val\)/;
    expect(await errorOf(regenerateRecord(alone, 15))).toMatch(expected);
    expect(await errorOf(regenerateRecord(alone, 4))).toMatch(/^ERR_RANGE: /);
    expect(await errorOf(regenerateRecord(alone, 5.5))).toMatch(/^ERR_RANGE: /);
  });

  it('warns if another version made the corpus', async () => {
    const { alone } = await corpus({ format: 'npy', count: 1, seconds: 1 });
    const path = join(alone, 'manifest.json');
    const manifest = { ...JSON.parse(await readFile(path, 'utf8')), generator: 'pqrst 0.0.7' };
    await writeFile(path, JSON.stringify({ ...manifest, checksum: checksumOf(manifest) }));
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [main, 'regenerate', alone, '--index', '0', '--json'],
      { encoding: 'utf8' },
    );
    expect(status).toBe(0);
    expect(stderr).toMatch(/pqrst 0\.0\.7 made the corpus, but this is pqrst .*may differ/);
    expect(JSON.parse(stdout).warning).toMatch(/pqrst 0\.0\.7/);
  });

  it('refuses a changed manifest, because it describes other records than the stored ones', async () => {
    const { alone } = await corpus({ format: 'npy', count: 2, seconds: 1, seed: 7 });
    const path = join(alone, 'manifest.json');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"seed": 7', '"seed": 8'));
    expect(await errorOf(regenerateRecord(alone, 1))).toMatch(/^ERR_CORPUS: .*changed after it was written/);
  });

  it('reports an unknown file type, an invalid index, a missing manifest and a folder in place of the file', async () => {
    const { parent, alone } = await corpus({ format: 'npy', count: 1, seconds: 1 });
    const refused = (...args: string[]) =>
      spawnSync(process.execPath, [main, 'regenerate', ...args], { encoding: 'utf8' }).stderr;
    expect(refused(alone, '--index', '0', '--out', 'x.mat')).toMatch(/NAME\.npy, NAME\.hea or NAME\.json/);
    expect(refused(alone, '--index', 'x')).toMatch(/--index takes a whole number/);
    expect(refused(parent, '--index', '0')).toMatch(/manifest.*\[ERR_NOT_FOUND\]/);
    await mkdir(join(parent, 'd.npy'));
    expect(refused(alone, '--index', '0', '--out', join(parent, 'd.npy'))).toMatch(/\[ERR_WRITE\]/);
  });
});
