// Writes corpora to disk. A corpus holds the records of the synthesizer, has the same bytes for any way of making
// it, and is never incomplete without notice.

import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNpy } from '#lib/codecs/npy/read.js';
import { folderStaging } from '#lib/corpus/identity.js';
import { manifestIn } from '#lib/corpus/manifest.js';
import type { CorpusRequest } from '#lib/corpus/plan.js';
import { verifyCorpus } from '#lib/corpus/verify.js';
import { type WriteCorpusOptions, writeCorpus } from '#lib/corpus/write.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';
import { hashesOf } from '../helpers/files.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';

/** A request for twelve shards in six sets. */
const many: CorpusRequest = {
  format: 'npy',
  preset: 'paper',
  count: 40,
  replicas: 3,
  split: { train: 0.75, val: 0.25 },
  classes: { normal: 3, af: 1 },
  fsHz: 100,
  seed: 5,
  parts: 12,
};

async function writeParts(folder: string, request: CorpusRequest, options: WriteCorpusOptions = {}) {
  for (let part = 1; part <= request.parts!; part++) await writeCorpus(folder, request, { ...options, part });
}

/** Writes parts and aborts after `records` records, like a killed process, but removes temporary files. */
async function interrupted(folder: string, request: CorpusRequest, records: number): Promise<void> {
  const stop = new AbortController();
  let done = 0;
  for (let part = 1; part <= request.parts!; part++) {
    const before = done;
    const onProgress = (made: number) => {
      done = before + made;
      if (done >= records) stop.abort(new Error('stopped'));
    };
    await writeCorpus(folder, request, { part, signal: stop.signal, onProgress });
  }
}

describe('an npy shard', () => {
  it.each(['float32', 'float16', 'int16'] as const)(
    'holds the records of the synthesizer as %s',
    async (type) => {
      const folder = await temporaryFolder();
      const { plan } = await writeCorpus(folder, {
        format: 'npy',
        preset: 'paper',
        count: 9,
        start: 4,
        fsHz: 500,
        type,
        unit: 'zscore',
        seed: 3,
      });
      const synthesizer = new Synthesizer({
        preset: 'paper',
        fsHz: 500,
        seconds: 10,
        seed: 3,
        type,
        unit: 'zscore',
      });
      const batch = await synthesizer.batch({ classes: plan.classes, start: 4, count: 9, annotations: true });
      const shard = join(folder, '00000');
      const read = async (name: string) => readNpy(join(shard, `${name}.npy`));
      expect(await read('signals')).toEqual({ type, shape: [9, 5000], data: batch.signals });
      expect((await read('labels')).data).toEqual(batch.labels);
      const { offsets, fiducialsS, types } = batch.annotations!.beats;
      expect((await read('beat_offsets')).data).toEqual(offsets);
      expect(await read('beat_fiducials_s')).toEqual({
        type: 'float64',
        shape: [types.length, 9],
        data: fiducialsS,
      });
      expect((await read('beat_types')).data).toEqual(types);
      const labels = (await readFile(join(folder, 'labels.csv'), 'utf8')).split('\n');
      expect(labels.slice(0, 2)).toEqual(['record,label,patient', 'r0000004,wpw,r0000004']);
      expect(labels).toHaveLength(1 + 9 + 1);
    },
  );

  it('holds records that are longer than a buffer and made in pieces', async () => {
    const folder = await temporaryFolder();
    const length = { fsHz: 4000, seconds: 1100 };
    const request: CorpusRequest = { format: 'npy', preset: 'paper', count: 2, ...length, type: 'int16' };
    const { plan } = await writeCorpus(folder, request);
    const synthesizer = new Synthesizer({
      preset: 'paper',
      ...length,
      seed: 0,
      unit: 'mV',
      type: 'int16',
    });
    const { signals, annotations } = await synthesizer.batch({
      classes: plan.classes,
      count: 2,
      annotations: true,
    });
    const read = await readNpy(join(folder, '00000', 'signals.npy'));
    expect(Buffer.compare(Buffer.from(read.data.buffer), Buffer.from(signals.buffer))).toBe(0);
    const offsets = await readNpy(join(folder, '00000', 'beat_offsets.npy'));
    expect(offsets.data).toEqual(annotations!.beats.offsets);
  });
});

describe('the manifest', () => {
  it('does not depend on which options of the request are present', async () => {
    const [one, other] = [await temporaryFolder(), await temporaryFolder()];
    const request: CorpusRequest = { format: 'npy', count: 4, seconds: 2 };
    await writeCorpus(one, request);
    await writeCorpus(other, { ...request, fsHz: undefined, type: undefined, leads: undefined, seed: 0 });
    expect(await hashesOf(one)).toEqual(await hashesOf(other));
  });

  it('states the request, the results and every shard', async () => {
    const folder = await temporaryFolder();
    await writeParts(folder, many);
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({
      generator: expect.stringMatching(/^pqrst \d/),
      request: { ...many, type: 'float32' },
      lengthSamples: 1000,
      records: 120,
      counts: { normal: 90, af: 30 },
    });
    expect(manifest.sets.map(({ folder: name }: { folder: string }) => name)).toEqual(
      [1, 2, 3].flatMap((n) => [`replica-${n}/train`, `replica-${n}/val`]),
    );
    const shard = manifest.sets[3].shards[0];
    expect(shard).toMatchObject({
      path: 'replica-2/val/00000',
      start: 70,
      count: expect.any(Number),
      files: 6,
    });
    const list = await readFile(join(folder, shard.path, 'SHA256SUMS'));
    const { createHash } = await import('node:crypto');
    expect(createHash('sha256').update(list).digest('hex')).toBe(shard.sha256);
    expect(JSON.stringify(manifest)).not.toContain(folder);
    expect(await readdir(folder)).not.toContain('.pqrst');
  });
});

describe('a process that was suspended while another one finished the corpus', () => {
  it('changes nothing when it places its shard, and leaves nothing behind', async () => {
    const folder = await temporaryFolder();
    const request: CorpusRequest = { format: 'npy', count: 30, fsHz: 100, seconds: 2, parts: 3 };
    for (const part of [1, 2]) await writeCorpus(folder, request, { part });
    const staging = folderStaging(folder, 3);
    const late = staging.temporary(1);
    await cp(join(folder, '00001'), late, { recursive: true });
    const before = await stat(join(folder, '00001'));
    await staging.place(late, '00001');
    expect((await stat(join(folder, '00001'))).ino).toBe(before.ino);
    expect(await readdir(join(folder, '.pqrst', 'work'))).toEqual([]);
    await writeCorpus(folder, request, { part: 3 });
    await staging.writeReceipt(1, { files: 1, bytes: 1, sha256: '' });
    expect(await staging.isOpen()).toBe(false);
    expect(await verifyCorpus(folder)).toMatchObject({ faultCount: 0 });
  });
});

describe('a corpus in parts', () => {
  it.each(['npy', 'wfdb'] as const)('holds the same %s records as a corpus in one part', async (format) => {
    const [whole, cut] = [await temporaryFolder(), await temporaryFolder()];
    const request: CorpusRequest = { ...many, format };
    await writeCorpus(whole, { ...request, parts: 1 });
    await writeParts(cut, request);
    if (format === 'wfdb') {
      const records = async (folder: string) =>
        Object.entries(await hashesOf(folder))
          .filter(([path]) => /\.(hea|dat|atr)$/.test(path))
          .map(([path, hash]) => `${path.replace(/\/\d{5}\//, '/')} ${hash}`)
          .sort();
      expect(await records(cut)).toEqual(await records(whole));
      return;
    }
    const signals = async (folder: string, set: string) => {
      const shards = (await readdir(join(folder, set))).filter((name) => /^\d+$/.test(name)).sort();
      const read = await Promise.all(shards.map((name) => readNpy(join(folder, set, name, 'signals.npy'))));
      return {
        shards: shards.length,
        bytes: Buffer.concat(read.map(({ data }) => Buffer.from(data.buffer))),
      };
    };
    for (const set of ['replica-1/train', 'replica-3/val']) {
      const [a, b] = [await signals(whole, set), await signals(cut, set)];
      expect(a.bytes.equals(b.bytes)).toBe(true);
      expect(a.shards).toBe(1);
    }
    expect((await signals(cut, 'replica-1/train')).shards).toBeGreaterThan(1);
  });

  it('is complete if all parts work in one folder at the same time', async () => {
    const reference = await temporaryFolder();
    await writeParts(reference, many);
    const expected = await hashesOf(reference);
    for (let trial = 0; trial < 5; trial++) {
      const folder = join(await temporaryFolder(), 'together');
      const parts = Array.from({ length: 12 }, (_, at) => writeCorpus(folder, many, { part: at + 1 }));
      const written = await Promise.all(parts);
      expect(written.some(({ complete }) => complete)).toBe(true);
      expect(await hashesOf(folder)).toEqual(expected);
    }
  });

  it('keeps the manifest of the process that finishes first', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'manifest.json'), 'whole');
    const missing = join(folder, '.pqrst/work/tables/manifest.json');
    expect(await errorOf(folderStaging(folder, 1).place(missing, 'manifest.json'))).toMatch(
      /^ERR_WRITE.*no such file/,
    );
    expect(await readFile(join(folder, 'manifest.json'), 'utf8')).toBe('whole');
  });

  it('is incomplete until the last part is written', async () => {
    const folder = await temporaryFolder();
    const { complete, records, counts } = await writeCorpus(folder, many, { part: 2 });
    expect({ complete, records, counts }).toEqual({
      complete: false,
      records: 10,
      counts: { normal: 7, af: 3 },
    });
    expect(manifestIn(await readdir(folder))).toBeUndefined();
    expect(await errorOf(verifyCorpus(folder))).toMatch(/^ERR_CORPUS.*unfinished.*`resume`/);
    expect(await errorOf(writeCorpus(folder, many, { part: 2 }))).toMatch(/^ERR_WRITE.*unfinished.*`resume`/);
    expect(await errorOf(writeCorpus(folder, { ...many, parts: 6 }, { part: 3 }))).toMatch(
      /^ERR_OPTION.*with `parts` 12, but 6 is requested/,
    );
    expect(await errorOf(writeCorpus(folder, many, { part: 13 }))).toMatch(/^ERR_RANGE.*1 to 12, got 13/);
  });
});

describe('resume', () => {
  it.each(['npy', 'wfdb', 'parquet', 'ptb-xl'] as const)(
    'writes the same %s bytes as an uninterrupted run',
    async (format) => {
      const request: CorpusRequest = { ...many, format, fsHz: 500, parts: 1 };
      const [whole, folder] = [await temporaryFolder(), await temporaryFolder()];
      await writeCorpus(whole, request);
      for (const records of [0, 35, 64, 119]) {
        await rm(folder, { recursive: true });
        await expect(interrupted(folder, request, records)).rejects.toThrow('stopped');
        expect(manifestIn(await readdir(folder))).toBeUndefined();
        const left = await hashesOf(join(folder, '.pqrst', 'work'));
        expect(left).toEqual({});
        let first: number | undefined;
        const { complete } = await writeCorpus(folder, request, {
          resume: true,
          onProgress: (done) => {
            first ??= done;
          },
        });
        expect(complete).toBe(true);
        if (records >= 64) expect(first).toBeGreaterThan(0);
        expect(await hashesOf(folder)).toEqual(await hashesOf(whole));
      }
    },
  );

  it('makes shards again that have no receipt or are missing, and removes the files of a killed run', async () => {
    const [whole, folder] = [await temporaryFolder(), await temporaryFolder()];
    await writeParts(whole, many);
    for (let part = 1; part <= 11; part++) await writeCorpus(folder, many, { part });
    await rm(join(folder, '.pqrst', 'shards', '2.json'));
    await rm(join(folder, 'replica-1', 'val', '00000'), { recursive: true });
    const dead = join(folder, '.pqrst', 'work', '2-dead');
    await mkdir(dead);
    await writeFile(join(dead, 'signals.npy'), 'half');
    const receipt = join(folder, '.pqrst', 'shards', '0.json');
    await writeFile(receipt, '{');
    const message = await errorOf(writeParts(folder, many, { resume: true }));
    expect(message).toMatch(/^ERR_CORPUS: .*0\.json is damaged; delete it and continue with `resume`/);
    await rm(receipt);
    await writeParts(folder, many, { resume: true });
    expect(await hashesOf(folder)).toEqual(await hashesOf(whole));
  });

  it('starts a new corpus in a new folder, and does not change a complete corpus', async () => {
    const folder = join(await temporaryFolder(), 'new');
    const request: CorpusRequest = { format: 'npy', count: 3 };
    await writeCorpus(folder, request, { resume: true });
    const before = await hashesOf(folder);
    expect((await writeCorpus(folder, request, { resume: true })).complete).toBe(true);
    expect(await hashesOf(folder)).toEqual(before);
    // The state after a kill between writing the manifest and removing the staging folder.
    await mkdir(join(folder, '.pqrst', 'work'), { recursive: true });
    await writeCorpus(folder, request, { resume: true });
    expect(await hashesOf(folder)).toEqual(before);
    expect(await readdir(folder)).not.toContain('.pqrst');
    expect(await errorOf(writeCorpus(folder, request))).toMatch(/^ERR_WRITE.*is not empty/);
  });

  it.each<[string, Partial<CorpusRequest>, string]>([
    ['seed', { seed: 8 }, '`seed` 5, but 8'],
    ['classes', { classes: { normal: 1, af: 1 } }, '`classes` normal:3,af:1, but normal:1,af:1'],
    ['split', { split: undefined }, '`split` train:0.75,val:0.25, but none'],
    ['noise', { noise: { wander: { snrDb: 6 } } }, '`noise` none, but {"wander"'],
    ['rate and count', { fsHz: 250, count: 41 }, '`count` 40, but 41'],
  ])('refuses another %s and names it', async (_, other, sentence) => {
    const folder = await temporaryFolder();
    await writeCorpus(folder, many, { part: 1 });
    const again = writeCorpus(folder, { ...many, ...other }, { part: 1, resume: true });
    const message = await errorOf(again);
    expect(message).toContain(`ERR_OPTION: ${folder} contains a corpus with ${sentence}`);
  });

  it('refuses a folder that holds other files, with and without `resume`', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'mine.txt'), 'mine');
    for (const resume of [false, true]) {
      const message = await errorOf(writeCorpus(folder, { format: 'npy', count: 3 }, { resume }));
      expect(message).toMatch(/^ERR_WRITE.*is not empty \(it contains mine.txt\)/);
    }
    expect(await readdir(folder)).toEqual(['mine.txt']);
  });
});
