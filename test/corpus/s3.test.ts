// Corpora in a bucket, against moto: the same bytes as in a folder, however the work was divided, killed or repeated.

import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readManifest } from '#lib/corpus/manifest.js';
import type { CorpusRequest } from '#lib/corpus/plan.js';
import { readCorpus } from '#lib/corpus/read.js';
import { regenerateRecord } from '#lib/corpus/regenerate.js';
import { verifyCorpus } from '#lib/corpus/verify.js';
import { writeCorpus } from '#lib/corpus/write.js';
import { openDataset } from '#lib/datasets/dataset.js';
import { findDatasets } from '#lib/datasets/recognize.js';
import { openStore, type Store } from '#lib/store/store.js';
import { mainScript, runCli, spawnCli } from '../cli/run-cli.js';
import { secrets } from '../helpers/aws-environment.js';
import { hashesOf } from '../helpers/files.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { hasMoto, type Moto, startMoto } from '../helpers/moto.js';

/** Six shards in two sets. */
const request: CorpusRequest = {
  ...{ format: 'npy', count: 60, classes: { normal: 1, af: 1 }, seconds: 2, seed: 5 },
  ...{ split: { train: 0.5, val: 0.5 }, parts: 3, preset: 'paper' },
};

describe.runIf(hasMoto)('a corpus in a bucket', () => {
  let moto: Moto;
  let bucket: string;
  let count = 0;
  beforeAll(async () => {
    moto = await startMoto();
    bucket = await moto.newBucket();
  });
  afterAll(() => moto?.stop());

  /** Returns a new address, and a store of it. */
  async function newPlace(): Promise<{
    address: string;
    store: Store;
    hashes: () => Promise<Record<string, string>>;
  }> {
    const prefix = `corpus-${count++}`;
    const address = `s3://${bucket}/${prefix}`;
    return { address, store: await openStore(address), hashes: () => moto.hashesOf(bucket, `${prefix}/`) };
  }

  async function inFolder(one: CorpusRequest): Promise<string> {
    const folder = join(await temporaryFolder(), 'corpus');
    for (let part = 1; part <= (one.parts ?? 1); part++) await writeCorpus(folder, one, { part });
    return folder;
  }

  it.each([
    ['npy', request],
    ['parquet', { ...request, format: 'parquet' }],
    ['wfdb', { ...request, format: 'wfdb', count: 6 }],
  ] as [string, CorpusRequest][])('has the bytes of a %s corpus in a folder', async (_, one) => {
    const { address, hashes } = await newPlace();
    for (const part of [2, 1, 3]) {
      const { complete } = await writeCorpus(address, one, { part });
      expect(complete).toBe(part === 3);
    }
    const folder = await inFolder(one);
    expect(await hashes()).toEqual(await hashesOf(folder));
    const { faults, files, bytes } = await verifyCorpus(address);
    const local = await verifyCorpus(folder);
    expect({ faults, files, bytes }).toEqual({ faults: [], files: local.files, bytes: local.bytes });
    const [there, here] = [readCorpus(address), readCorpus(folder)];
    for await (const record of there) expect(record).toEqual((await here.next()).value);
    expect((await here.next()).done).toBe(true);
  });

  it('gives its manifest and regenerated records without a shard', async () => {
    const { address, store } = await newPlace();
    for (const part of [1, 2, 3]) await writeCorpus(address, request, { part });
    for await (const { name } of store.list('train/')) await store.remove(name);
    expect((await readManifest(address)).records).toBe(60);
    const { ecgClass, plan } = await regenerateRecord(address, 7);
    expect([ecgClass, plan.lengthSamples]).toEqual(['af', 500]);
  });

  it('is written once by two writers of each part', async () => {
    const { address, hashes } = await newPlace();
    for (const part of [1, 2]) await writeCorpus(address, request, { part });
    const twice = [1, 2].map(() => writeCorpus(address, request, { part: 3, resume: true }));
    const written = await Promise.all(twice);
    expect(written.some(({ complete }) => complete)).toBe(true);
    expect(await hashes()).toEqual(await hashesOf(await inFolder(request)));
  });

  it('continues after kill -9 and has the bytes of an undisturbed run', async () => {
    const { address, store, hashes } = await newPlace();
    const args = [
      '--count',
      '500',
      '--classes',
      'normal,af',
      '--seconds',
      '2',
      '--format',
      'npy',
      '--preset',
      'paper',
    ];
    const words = ['synth', ...args, '--replicas', '12', '--out', address];
    const child = spawn(process.execPath, [mainScript, ...words], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    while ((await store.head('.pqrst/shards/1.json')) === undefined) {
      if (child.exitCode !== null) throw new Error(`synth ended with ${child.exitCode}`);
      await setTimeout(20);
    }
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    expect(await store.head('manifest.json')).toBeUndefined();
    expect(await errorOf(verifyCorpus(address))).toMatch(/^ERR_CORPUS: .* contains an unfinished corpus/);
    const again = await spawnCli(words);
    expect(again.stderr).toMatch(/contains an unfinished corpus; add --resume/);
    const resumed = await spawnCli([...words, '--resume', '--json']);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ complete: true, records: 6000 });
    const [, done] = /synth: (\d+)\/6000/.exec(resumed.stderr) ?? [];
    expect(Number(done)).toBeGreaterThanOrEqual(2 * 500); // The two finished shards are not made again.
    const folder = join(await temporaryFolder(), 'undisturbed');
    const local = await spawnCli(['synth', ...args, '--replicas', '12', '--out', folder]);
    expect(local.code).toBe(0);
    expect(await hashes()).toEqual(await hashesOf(folder));
  }, 240_000);

  it('refuses a used prefix, another request and a part that was started', async () => {
    const { address, store } = await newPlace();
    await writeCorpus(address, request, { part: 1 });
    expect(await errorOf(writeCorpus(address, request, { part: 1 }))).toMatch(
      /^ERR_WRITE: the output folder .* contains an unfinished corpus; add `resume`/,
    );
    expect(await errorOf(writeCorpus(address, { ...request, seed: 6 }, { part: 2 }))).toMatch(
      /^ERR_OPTION: .* contains a corpus with `seed` 5, but 6 is requested/,
    );
    for (const part of [2, 3]) await writeCorpus(address, request, { part });
    expect(await errorOf(writeCorpus(address, request, { part: 1 }))).toMatch(
      /not empty \(it contains manifest.json\)/,
    );
    expect((await writeCorpus(address, request, { part: 1, resume: true })).complete).toBe(true);
    const other = await newPlace();
    await other.store.put('mine.txt', Buffer.from('mine'));
    expect(await errorOf(writeCorpus(other.address, request))).toMatch(/not empty \(it contains mine.txt\)/);
    expect((await store.list('.pqrst/').next()).done).toBe(true);
  });

  it('reports changed, missing and additional objects, and gives no record of a changed one', async () => {
    const { address, store } = await newPlace();
    for (const part of [1, 2, 3]) await writeCorpus(address, request, { part });
    const names: string[] = [];
    for await (const { name } of store.list()) names.push(name);
    const signals = names.filter((name) => name.endsWith('signals.npy'));
    const bytes = Buffer.alloc((await store.head(signals[0]!))!.bytes);
    await store.put(signals[0]!, bytes);
    await store.remove(signals[1]!);
    await store.put('other', bytes);
    const { faults } = await verifyCorpus(address);
    expect(faults).toEqual([
      `${signals[0]} is not as it was written (its SHA-256 differs)`,
      `${signals[1]} is missing`,
      'other is not part of the corpus',
    ]);
    expect(await errorOf(readCorpus(address).next())).toMatch(/^ERR_CORPUS: .* is not as it was written/);
  });

  it('refuses a manifest that names objects outside its prefix', async () => {
    const { address, store } = await newPlace();
    for (const part of [1, 2, 3]) await writeCorpus(address, { ...request, format: 'parquet' }, { part });
    const text = JSON.stringify(await readManifest(address), null, 2);
    await store.put('_manifest.json', Buffer.from(text.replaceAll('"train/', '"../train/')));
    const { faults } = await verifyCorpus(address);
    expect(faults.join('\n')).toMatch(/"\.\.\/train\/[^"]*" is not a name inside s3/);
  });

  it('stops when the signal is aborted, and leaves nothing on this machine', async () => {
    const { address, store } = await newPlace();
    const own = await mkdtemp(join(tmpdir(), 'pqrst-tmp-'));
    const before = process.env.TMPDIR;
    process.env.TMPDIR = own;
    try {
      const controller = new AbortController();
      const writing = writeCorpus(
        address,
        { ...request, count: 20_000, parts: 1 },
        {
          signal: controller.signal,
          onProgress: (done) => {
            if (done > 0) controller.abort(new Error('stop'));
          },
        },
      );
      await expect(writing).rejects.toThrow('stop');
      expect(await readdir(own)).toEqual([]);
      expect(await store.head('manifest.json')).toBeUndefined();
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      await rm(own, { recursive: true });
    }
  });

  it('is read by the commands, and no output or object contains the credentials', async () => {
    const { address, store } = await newPlace();
    const write = [
      'synth',
      '--count',
      '40',
      '--classes',
      'normal,af',
      '--format',
      'npy',
      '--preset',
      'paper',
    ];
    const outcomes = [await spawnCli([...write, '--out', address])];
    for (const words of [
      ['verify', address],
      ['info', address],
      ['data', address],
      ['regenerate', address, '--index', '3'],
      ['verify', 's3://no-such-bucket/x'],
      ['evaluate', '--model', `${address}/no.onnx`, '--data', `corpus:${address}`],
    ]) {
      outcomes.push(await runCli(words));
    }
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 1, 1]);
    expect(outcomes.slice(5).map(({ stderr }) => stderr.split('\n').at(-2))).toEqual([
      'pqrst: could not read s3://no-such-bucket/x/manifest.json: there is no bucket no-such-bucket; create it, or check the address and the account [ERR_STORE]',
      `pqrst: could not read ${address}/no.onnx: there is no such object; check the address [ERR_NOT_FOUND]`,
    ]);
    const texts = outcomes.flatMap(({ stdout, stderr }) => [stdout, stderr]);
    for await (const { name } of store.list()) {
      const pieces: Uint8Array[] = [];
      for await (const piece of store.get(name)) pieces.push(piece);
      texts.push(name, Buffer.concat(pieces).toString('latin1'));
    }
    for (const text of texts) for (const secret of secrets) expect(text).not.toContain(secret);
  }, 240_000);

  it('gives the windows of a training beside a folder, and not of another kind', async () => {
    const { address } = await newPlace();
    for (const part of [1, 2, 3]) await writeCorpus(address, request, { part });
    const folder = await inFolder({ ...request, seed: 6 });
    const options = { fsHz: 250, seconds: 2 };
    const set = await openDataset(`corpus:${folder},corpus:${address}`, options);
    expect(set.windows).toHaveLength(120);
    expect(await findDatasets(address)).toEqual([{ source: `corpus:${address}`, alsoLike: [] }]);
    expect(await errorOf(openDataset(`mitdb:${address}`, options))).toMatch(
      /^ERR_OPTION: a data set of the kind mitdb is read from a folder/,
    );
    expect(await errorOf(openDataset(address, options))).toMatch(/did you mean corpus:s3:/);
    expect(await errorOf(openDataset(`corpus:${address},corpus:${address}/`, options))).toMatch(
      /are the same folder/,
    );
  }, 240_000);

  it('is not opened with wrong credentials', async () => {
    const { address } = await newPlace();
    // From now on, moto compares the key with its users, of which there is none.
    await fetch(`${moto.url}/moto-api/reset-auth`, { method: 'POST', body: '0' });
    try {
      const { code, stderr } = await spawnCli(['synth', '--count', '4', '--out', address]);
      expect(stderr).toMatch(
        /^pqrst: could not read s3:.*: the server refuses the credentials \(.*\); check that/,
      );
      expect(code).toBe(1);
      for (const secret of secrets) expect(stderr).not.toContain(secret);
    } finally {
      await fetch(`${moto.url}/moto-api/reset-auth`, { method: 'POST', body: '1e9' });
    }
  });
});
