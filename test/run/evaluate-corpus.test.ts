import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parquetReadObjects } from 'hyparquet';
import { beforeEach, describe, expect, it } from 'vitest';
import { readNpy } from '#lib/codecs/npy/read.js';
import { NpyWriter } from '#lib/codecs/npy/write.js';
import type { CorpusRequest } from '#lib/corpus/plan.js';
import { writeCorpus } from '#lib/corpus/write.js';
import { openDataset } from '#lib/datasets/dataset.js';
import { Graph } from '#lib/graph/graph.js';
import { reduceMean } from '#lib/graph/ops/reduce-mean.js';
import { slice } from '#lib/graph/ops/slice.js';
import { encodeModel } from '#lib/graph/proto.js';
import { type ModelMetadata, metadataEntries } from '#lib/model/metadata.js';
import { evaluate } from '#lib/run/evaluate.js';
import { mainScript } from '../cli/run-cli.js';
import { errorOf, folderOf, temporaryFolder } from '../helpers/folder.js';

const stated: ModelMetadata = {
  ...{ fsHz: 100, lengthSamples: 200, leads: ['II'], scaling: 'zscore', output: 'logit', task: 'af' },
  threshold: 0.5,
};

/** Writes a model whose logit is the mean of the first ten samples of the window. */
async function modelOf(changes: Partial<ModelMetadata> = {}): Promise<string> {
  const metadata = { ...stated, ...changes };
  const graph = new Graph('first samples');
  const x = graph.input('ecg', 'float32', ['N', 1, metadata.lengthSamples!]);
  graph.output('logit', reduceMean(graph, slice(graph, x, 2, 0, 10), [1, 2]));
  return join(await folderOf({ 'model.onnx': encodeModel(graph, metadataEntries(metadata)) }), 'model.onnx');
}

const request: CorpusRequest = {
  ...{ format: 'npy', count: 300, classes: { normal: 2, af: 1, pvc: 1 }, fsHz: 100, seconds: 2, seed: 4 },
};

async function corpusOf(changes: Partial<CorpusRequest> = {}): Promise<string> {
  const folder = join(await temporaryFolder(), 'corpus');
  const { parts = 1 } = changes;
  for (let part = 1; part <= parts; part++) await writeCorpus(folder, { ...request, ...changes }, { part });
  return folder;
}

/** Returns the names and bytes of all files in a folder. */
async function filesOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  const files = await Promise.all(
    names.map(async (name) => (await readFile(join(folder, name))).toString('hex')),
  );
  return Object.fromEntries(names.map((name, at) => [name, files[at]!]));
}

let modelPath: string;
beforeEach(async () => {
  modelPath = await modelOf();
});

describe('evaluate on a corpus', () => {
  it.each([
    ['npy', {}, {}],
    ['parquet', { format: 'parquet' }, {}],
    ['parquet, int16, two leads', { format: 'parquet', type: 'int16', leads: 'I,II' }, {}],
    ['npy, float16', { type: 'float16' }, {}],
    ['several windows per record', { seconds: 5 }, {}],
    ['another rate', { fsHz: 250 }, {}],
    ['a filter', {}, { filter: '0.5-40', lengthSamples: 300 }],
    ['no scaling', {}, { scaling: 'none' }],
  ] as [string, Partial<CorpusRequest>, Partial<ModelMetadata>][])(
    'gives the bits of an evaluation of its windows in memory: %s',
    async (_, changes, metadata) => {
      const { lengthSamples = 200 } = metadata;
      const folder = await corpusOf({ ...(lengthSamples > 200 && { seconds: 3 }), ...changes });
      const file = await modelOf(metadata);
      const data = `corpus:${folder}`;
      const { filter } = metadata;
      const windows = { fsHz: 100, seconds: lengthSamples / 100, ...(filter && { filter }) };
      const own = await evaluate({ modelPath: file, data, threads: 2 });
      const inMemory = await evaluate({ modelPath: file, data: await openDataset(data, windows) });
      expect(own.rows.length).toBeGreaterThan(200);
      expect(own).toEqual(inMemory);
    },
  );

  it('makes the records of a request, or of a manifest, that are not stored', async () => {
    const folder = await corpusOf();
    const stored = await evaluate({ modelPath, data: `corpus:${folder}` });
    const file = join(await folderOf({ 'request.json': JSON.stringify(request) }), 'request.json');
    for (const path of [file, join(folder, 'manifest.json')]) {
      const made = await evaluate({ modelPath, data: `synth:${path}` });
      expect(made).toEqual({ ...stored, data: { ...stored.data, source: `synth:${path}` } });
    }
    expect(await errorOf(evaluate({ modelPath, data: 'synth:nowhere.json' }))).toMatch(
      /^ERR_NOT_FOUND: .*nowhere/,
    );
    const odd = join(await folderOf({ 'odd.json': '[1]' }), 'odd.json');
    expect(await errorOf(evaluate({ modelPath, data: `synth:${odd}` }))).toMatch(
      /^ERR_SPEC: .*is not a JSON object/,
    );
  });

  it('counts records, keeps no rows if they are not wanted, and stops at an abort', async () => {
    const data = `corpus:${await corpusOf({ count: 1200 })}`;
    const progress: [number, number][] = [];
    const found = await evaluate({
      modelPath,
      data,
      rows: false,
      onProgress: (...done) => progress.push(done),
    });
    expect(found.rows).toEqual([]);
    expect(found.metrics.windows).toBe(900);
    expect([progress[0], progress.at(-1)]).toEqual([
      [0, 1200],
      [1200, 1200],
    ]);
    const controller = new AbortController();
    const work = evaluate({
      ...{ modelPath, data, signal: controller.signal },
      onProgress: (done) => done > 0 && controller.abort(new Error('enough')),
    });
    await expect(work).rejects.toThrow('enough');
  });

  it('states what is wrong with the corpus or the model', async () => {
    const folder = await corpusOf();
    const signals = join(folder, '00000/signals.npy');
    const bytes = await readFile(signals);
    bytes[5000]! ^= 1;
    await writeFile(signals, bytes);
    const data = `corpus:${folder}`;
    expect(await errorOf(evaluate({ modelPath, data }))).toMatch(
      /^ERR_CORPUS: .*SHA-256 differs.*pqrst verify/,
    );
    const long = await modelOf({ lengthSamples: 400 });
    const whole = `corpus:${await corpusOf()}`;
    expect(await errorOf(evaluate({ modelPath: long, data: whole }))).toMatch(
      /^ERR_DATA_EMPTY: .*records have 2 s, a window takes 4 s/,
    );
    expect(await errorOf(evaluate({ modelPath, data: whole, task: 'wpw:aflt' }))).toMatch(
      /^ERR_DATA_EMPTY: .*classes are normal, af, pvc, and none shows/,
    );
    const wfdb = `corpus:${await corpusOf({ format: 'wfdb', count: 20 })}`;
    const out = join(await temporaryFolder(), 'out');
    expect(await errorOf(evaluate({ modelPath, data: wfdb, predictions: { out } }))).toMatch(
      /^ERR_OPTION: .*format wfdb; write it as npy or parquet/,
    );
    expect((await evaluate({ modelPath, data: wfdb })).rows).toHaveLength(15);
  });

  it('skips windows that are flat or lack samples, with the reasons', async () => {
    const folder = await corpusOf({ count: 8 });
    // The manifest does not know the changed file, so the records are made and then changed by a model of the file.
    const array = await readNpy(join(folder, '00000/signals.npy'));
    const changed = Float32Array.from(array.data as Float32Array);
    changed.fill(1, 0, 200);
    changed[205] = Number.NaN;
    const path = join(folder, '00000/signals.npy');
    const writer = await NpyWriter.open(path, 'float32', [200]);
    await writer.append(changed);
    await writer.close();
    await resign(folder, path);
    const data = `corpus:${folder}`;
    const own = await evaluate({ modelPath, data });
    const set = await openDataset(data, { fsHz: 100, seconds: 2 });
    expect(own.data.skipped).toEqual(set.skipped);
    expect(own.data.skipped.map(({ reason }) => reason.replace(/,.*/, ''))).toEqual([
      '1 of 1 windows: flat',
      '1 of 1 windows: missing samples',
    ]);
    expect(own.rows).toEqual((await evaluate({ modelPath, data: set })).rows);
  });
});

/** Makes the manifest state the hash of a changed array. */
async function resign(folder: string, path: string): Promise<void> {
  const { createHash } = await import('node:crypto');
  const { checksumOf } = await import('#lib/corpus/manifest.js');
  const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
  const list = join(folder, '00000/SHA256SUMS');
  const text = (await readFile(list, 'utf8')).replace(
    /^\w{64} {2}signals.npy$/m,
    `${sha256(await readFile(path))}  signals.npy`,
  );
  await writeFile(list, text);
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  manifest.sets[0].shards[0].sha256 = sha256(text);
  manifest.checksum = checksumOf(manifest);
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
}

describe('predictions in parts', () => {
  it.each(['parquet', 'csv'] as const)(
    'have the rows of the evaluation, and its scores: %s',
    async (format) => {
      const data = `corpus:${await corpusOf({ parts: 3 })}`;
      const out = join(await temporaryFolder(), 'out');
      const whole = await evaluate({ modelPath, data });
      const own = await evaluate({ modelPath, data, predictions: { out, format } });
      expect(own.rows).toEqual([]);
      expect(own.metrics).toEqual(whole.metrics);
      expect(own.predictions).toEqual({ out, format, shards: 3, complete: true });
      const parts = [0, 1, 2].map((part) => `0000${part}.${format}`);
      expect((await readdir(out)).sort()).toEqual([...parts, '_manifest.json']);
      if (format === 'parquet') {
        const read = async (name: string) => {
          const { buffer, byteOffset, byteLength } = await readFile(join(out, name));
          const file = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
          return parquetReadObjects({ file });
        };
        const rows = (await Promise.all(parts.map(read))).flat();
        expect(rows).toEqual(
          whole.rows.map(({ logits, probabilities, ...row }) => {
            return { ...row, logit: logits[0], probability: probabilities[1] };
          }),
        );
      }
      // The scores of complete predictions are read again from the parts.
      const again = await evaluate({ modelPath, data, predictions: { out, format, resume: true } });
      expect(again.metrics).toEqual(whole.metrics);
      const other = {
        modelPath,
        data,
        threshold: 0.5,
        task: 'pvc',
        predictions: { out, format, resume: true },
      };
      expect(await errorOf(evaluate(other))).toMatch(/^ERR_OPTION: .*`task` "af", but "pvc" is requested/);
      expect(await errorOf(evaluate({ modelPath, data, predictions: { out, format } }))).toMatch(
        /^ERR_WRITE: .*not empty/,
      );
      await writeFile(join(out, parts[1]!), 'damaged');
      expect(
        await errorOf(evaluate({ modelPath, data, predictions: { out, format, resume: true } })),
      ).toMatch(/^ERR_CHECKPOINT: .*SHA-256 differs/);
    },
  );

  it('are made by several tasks, each with the scores of its part, and have the same bytes', async () => {
    const data = `corpus:${await corpusOf({ parts: 3 })}`;
    const folder = await temporaryFolder();
    const [one, out] = [join(folder, 'one'), join(folder, 'parts')];
    const whole = await evaluate({ modelPath, data, predictions: { out: one } });
    const first = await evaluate({ modelPath, data, predictions: { out, part: 2, parts: 2 } });
    expect(first.predictions).toMatchObject({ shards: 2, complete: false });
    expect(first.metrics.windows).toBe(150);
    const last = await evaluate({ modelPath, data, predictions: { out, part: 1, parts: 2 } });
    expect(last.predictions).toMatchObject({ shards: 3, complete: true });
    expect(last.metrics).toEqual(whole.metrics);
    expect(await filesOf(out)).toEqual(await filesOf(one));
    expect(
      await errorOf(evaluate({ modelPath, data, predictions: { out: join(folder, 'x'), parts: 9 } })),
    ).toMatch(/^ERR_RANGE: .*3 shards/);
  });

  it('continue after a kill in mid-work with the bytes of an undisturbed run', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'request.json');
    await writeFile(file, JSON.stringify({ ...request, count: 12_000, parts: 12 }));
    const [one, out] = [join(folder, 'one'), join(folder, 'killed')];
    const data = `synth:${file}`;
    await evaluate({ modelPath, data, rows: false, predictions: { out: one } });
    const args = ['evaluate', '--model', modelPath, '--data', data, '--device', 'cpu', '--out', out];
    const child = spawn(process.execPath, [mainScript, ...args], { stdio: 'ignore' });
    const parts = async () =>
      (await readdir(out).catch(() => [])).filter((name) => name.endsWith('.parquet'));
    const ended = once(child, 'exit');
    while ((await parts()).length < 2 && child.exitCode === null) await setTimeout(5);
    child.kill('SIGKILL');
    await ended;
    expect(await readdir(out)).toContain('.pqrst');
    expect((await parts()).length).toBeGreaterThan(1);
    const done = await evaluate({ modelPath, data, predictions: { out, resume: true } });
    expect(done.predictions).toMatchObject({ shards: 12, complete: true });
    expect(await filesOf(out)).toEqual(await filesOf(one));
  });
});
