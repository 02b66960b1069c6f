// A generator from its training to its corpus, with a network that is too small to learn: the bits, the files and the
// refusals.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderInfo } from '#lib/cli/info-folder.js';
import { readManifest } from '#lib/corpus/manifest.js';
import { readCorpus } from '#lib/corpus/read.js';
import { verifyCorpus } from '#lib/corpus/verify.js';
import { syntheticRecords } from '#lib/fidelity/sources.js';
import type { GeneratorConfigInput } from '#lib/generators/config.js';
import { writeGenerated } from '#lib/generators/generate.js';
import { openGenerator } from '#lib/generators/open-generator.js';
import { trainGenerator } from '#lib/generators/train-generator.js';
import { trainRun } from '#lib/run/train-run.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';

const tiny: GeneratorConfigInput = {
  ...{ kind: 'diffwave', task: 'af', setting: 'syn', seconds: 2, syntheticCount: 16 },
  ...{ options: { blocks: 5, cycle: 5, channels: 8 }, batch: 8, steps: 6, stepsPerValidation: 2 },
};
const cpu = { device: 'cpu', threads: 1 } as const;

let root: string;
let trained: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'generator-'));
  trained = join(root, 'trained');
  await trainGenerator(tiny, { out: trained, ...cpu });
});
afterAll(() => rm(root, { recursive: true, force: true }));

const bytesOf = (folder: string) => readFile(join(folder, 'denoiser.onnx'));

describe('trainGenerator', () => {
  it('writes what a reader needs', async () => {
    const file = JSON.parse(await readFile(join(trained, 'generator.json'), 'utf8'));
    expect(file).toMatchObject({ kind: 'diffwave', labels: ['normal', 'af'], leads: ['II'], fsHz: 100 });
    expect(file).toMatchObject({ lengthSamples: 200, trainedOn: { source: 'synthetic', records: [8, 8] } });
    expect(file.curve.map(({ step }: { step: number }) => step)).toEqual([2, 4, 6]);
  });

  it('gives the same bytes when it is interrupted after a validation and resumed', async () => {
    const out = join(root, 'resumed');
    const stop = new AbortController();
    const training = trainGenerator(tiny, {
      ...{ out, signal: stop.signal, ...cpu },
      onEvent: (event) => event.kind === 'validation' && stop.abort(new Error('stopped')),
    });
    await expect(training).rejects.toThrow('stopped');
    await expect(trainGenerator(tiny, { out, ...cpu })).rejects.toMatchObject({ code: 'ERR_WRITE' });
    const other = trainGenerator({ ...tiny, learningRate: 0.01 }, { out, resume: true, ...cpu });
    await expect(other).rejects.toMatchObject({ code: 'ERR_CHECKPOINT' });
    await trainGenerator(tiny, { out, resume: true, ...cpu });
    expect(await bytesOf(out)).toEqual(await bytesOf(trained));
  });

  it('trains the two phases of TimeVQVAE, and resumes in the second', async () => {
    const options = {
      channels: 8,
      blocks: 1,
      codes: 16,
      codeFeatures: 4,
      lowWidth: 16,
      lowDepth: 1,
      highWidth: 16,
      highDepth: 1,
    };
    const config: GeneratorConfigInput = { ...tiny, kind: 'time-vqvae', options };
    const [whole, cut] = [join(root, 'tokens'), join(root, 'cut-tokens')];
    const file = await trainGenerator(config, { out: whole, ...cpu });
    expect([...new Set(file.curve.map(({ phase }) => phase))]).toEqual(['tokenize', 'prior']);
    const stop = new AbortController();
    const training = trainGenerator(config, {
      ...{ out: cut, signal: stop.signal, ...cpu },
      onEvent: (event) =>
        event.kind === 'validation' && event.point.phase === 'prior' && stop.abort(new Error('stopped')),
    });
    await expect(training).rejects.toThrow('stopped');
    const resumed = await trainGenerator(config, { out: cut, resume: true, ...cpu });
    expect(resumed.files).toEqual(file.files);
    const generator = await openGenerator(whole, { sampling: { steps: 2 }, ...cpu });
    const { signals } = await generator.batch({ labels: ['normal', 'af'], start: 60, count: 8 });
    const one = await generator.batch({ labels: ['normal', 'af'], start: 65, count: 1 });
    expect(one.signals).toEqual(signals.slice(5 * 200, 6 * 200));
    await generator.close();
  });

  it('continues the weights of the simulator with real records, in two stages', async () => {
    const data = join(root, 'real');
    await writeGenerated(trained, data, { format: 'npy', count: 60 }, { sampling: { steps: 2 }, ...cpu });
    const file = await trainGenerator(
      { ...tiny, setting: 'syn-real' },
      { out: join(root, 'two'), data: `corpus:${data}`, ...cpu },
    );
    expect([...new Set(file.curve.map(({ phase }) => phase))]).toEqual(['pretrain', 'finetune']);
    expect(file.trainedOn.patients.length).toBeGreaterThan(40);
  });

  it('learns eight channels of twelve leads, and computes the other four', async () => {
    const out = join(root, 'twelve');
    await trainGenerator({ ...tiny, leads: '12', steps: 2 }, { out, ...cpu });
    const generator = await openGenerator(out, { sampling: { steps: 2 }, ...cpu });
    expect(generator.file.channels).toEqual(['I', 'II', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6']);
    const { signals } = await generator.batch({ labels: ['af'], start: 0, count: 2 });
    await generator.close();
    expect(signals).toHaveLength(2 * 12 * 200);
    for (let lead = 0; lead < 24; lead++) {
      const samples = signals.subarray(lead * 200, (lead + 1) * 200);
      expect(samples.reduce((sum, value) => sum + value, 0) / 200).toBeCloseTo(0, 5);
      expect(samples.reduce((sum, value) => sum + value ** 2, 0) / 200).toBeCloseTo(1, 4);
    }
  });

  it.each([
    [{ setting: 'real' }, 'ERR_OPTION', /name them with `data`/],
    [{ kind: 'gan' }, 'ERR_OPTION', /diffwave/],
    [{ setting: 'real+syn' }, 'ERR_OPTION', /setting must be one of real, syn, syn-real/],
    [{ options: { blocks: 0 } }, 'ERR_RANGE', /blocks/],
    [{ seconds: 2.01 }, 'ERR_RANGE', /multiple of 4/],
    [{ batch: 1 }, 'ERR_RANGE', /batch/],
    [{ steps: 0 }, 'ERR_RANGE', /steps/],
    [{ size: 'paper', options: {}, seconds: 10 }, 'ERR_OPTION', /needs a GPU/],
  ] as const)('refuses %j', async (change, code, message) => {
    const given = { ...tiny, ...change } as GeneratorConfigInput;
    const training = trainGenerator(given, { out: join(root, 'refused'), ...cpu });
    await expect(training).rejects.toThrow(message);
    await expect(training).rejects.toMatchObject({ code });
  });
});

describe('openGenerator', () => {
  it('makes a record of an index, seed and label alone', async () => {
    const generator = await openGenerator(trained, { sampling: { steps: 2 }, seed: 7, ...cpu });
    const labels = ['normal', 'af'];
    const { signals } = await generator.batch({ labels, start: 0, count: 130 });
    for (const [start, count] of [
      [0, 1],
      [63, 2],
      [100, 30],
    ] as const) {
      // The first label of a request is that of record 0, so a part has the same labels.
      const part = await generator.batch({ labels, start, count });
      expect(part.signals).toEqual(signals.slice(start * 200, (start + count) * 200));
    }
    const other = await openGenerator(trained, { sampling: { steps: 2 }, seed: 8, ...cpu });
    expect((await other.batch({ labels, start: 0, count: 1 })).signals).not.toEqual(signals.slice(0, 200));
    const twoThreads = await openGenerator(trained, {
      sampling: { steps: 2 },
      seed: 7,
      device: 'cpu',
      threads: 2,
    });
    expect((await twoThreads.batch({ labels, start: 0, count: 130 })).signals).toEqual(signals);
    for (const one of [generator, other, twoThreads]) await one.close();
  });

  it('refines records of the simulator: the less, the lower the level from which it starts', async () => {
    const labels = ['normal', 'af'];
    const made = async (fromLevel: number) => {
      const sampling = { refine: 'physiological', fromLevel, steps: 2 };
      const generator = await openGenerator(trained, { sampling, seed: 3, ...cpu });
      const { signals } = await generator.batch({ labels, start: 62, count: 4 });
      await generator.close();
      return signals;
    };
    const preset = { preset: 'physiological', fsHz: 100, seconds: 2, seed: 3, unit: 'zscore' } as const;
    const clean = (await new Synthesizer(preset).batch({ classes: labels, start: 62, count: 4 })).signals;
    const difference = (signals: Float32Array) =>
      Math.sqrt(signals.reduce((sum, value, at) => sum + (value - clean[at]!) ** 2, 0) / signals.length);
    const [low, high] = [difference(await made(2)), difference(await made(180))];
    expect(low).toBeLessThan(0.1);
    expect(high).toBeGreaterThan(5 * low);
    const alone = openGenerator(trained, { sampling: { fromLevel: 20 }, ...cpu });
    await expect(alone).rejects.toThrow(/name the preset whose records to refine/);
  });

  it('refuses what is not a generator, damaged files and unknown options', async () => {
    await expect(openGenerator(root, cpu)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    await expect(openGenerator(join(root, 'nowhere'), cpu)).rejects.toThrow(/is not a generator/);
    await expect(openGenerator(trained, { sampling: { steps: 0 }, ...cpu })).rejects.toMatchObject({
      code: 'ERR_RANGE',
    });
    await expect(openGenerator(trained, { sampling: { guidance: -1 }, ...cpu })).rejects.toThrow(/guidance/);
    await expect(openGenerator(trained, { sampling: { warmth: 1 }, ...cpu })).rejects.toThrow(/warmth/);
    const damaged = join(root, 'damaged');
    await trainGenerator({ ...tiny, steps: 2 }, { out: damaged, ...cpu });
    const bytes = await bytesOf(damaged);
    await writeFile(join(damaged, 'denoiser.onnx'), bytes.subarray(0, bytes.length / 2));
    await expect(openGenerator(damaged, cpu)).rejects.toMatchObject({ code: 'ERR_MODEL' });
    await rm(join(damaged, 'denoiser.onnx'));
    await expect(openGenerator(damaged, cpu)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    const generator = await openGenerator(trained, cpu);
    const request = { labels: ['wpw'], start: 0, count: 1 };
    await expect(generator.batch(request)).rejects.toMatchObject({ code: 'ERR_UNKNOWN_CLASS' });
    await generator.close();
  });
});

describe('a training on a generator', () => {
  it('reads its records in place of the simulator, and states it', async () => {
    const source = await openGenerator(trained, { sampling: { steps: 2 }, ...cpu });
    const small = {
      arch: 'lstm',
      archOptions: { layers: 1, units: 16 },
      epochs: 1,
      validateEvery: 1,
      batch: 8,
    };
    const config = {
      task: 'af',
      setting: 'syn',
      fsHz: 100,
      seconds: 2,
      syntheticCount: 16,
      ...small,
    } as const;
    const metrics = await trainRun(config, { out: join(root, 'run'), source, ...cpu });
    expect(metrics.origin.source).toMatch(
      /^diffwave [0-9a-f]{12} \(solver dpm-solver\+\+2m, steps 2, guidance 1, seed 0\)$/,
    );
    const other = trainRun({ ...config, seconds: 4 }, { out: join(root, 'other'), source, ...cpu });
    await expect(other).rejects.toThrow(/200 samples at 100 Hz, but the training takes 400/);
    const unknown = trainRun({ ...config, task: 'wpw' }, { out: join(root, 'other'), source, ...cpu });
    await expect(unknown).rejects.toThrow(/makes normal, af, but the task "wpw"/);
    await source.close();
  });
});

describe('a comparison with a generator', () => {
  it('takes its records at its rate', async () => {
    const shape = { label: 'af', count: 4, seconds: 2, lead: 'II', filter: undefined };
    const { signals, unit } = await syntheticRecords(`generator:${trained}`, { ...shape, fsHz: 100 });
    expect(signals.map(({ length }) => length)).toEqual([200, 200, 200, 200]);
    expect(unit).toBe('sd');
    const other = syntheticRecords(`generator:${trained}`, { ...shape, fsHz: 250 });
    await expect(other).rejects.toThrow(/makes 200 samples at 100 Hz/);
  });
});

describe('pqrst info', () => {
  it('describes a generator, its corpus and what is damaged', async () => {
    const made = join(root, 'described');
    await writeGenerated(trained, made, { format: 'npy', count: 2 }, { sampling: { steps: 2 }, ...cpu });
    const found = await folderInfo(trained);
    expect(found.what).toMatch(/^a learned generator \(diffwave, small, \d+ weights\)$/);
    expect(found.facts).toMatchObject({ records: '200 samples at 100 Hz, lead II' });
    expect(found.facts.learnt).toBe('8 normal, 8 af from synthetic (0 patients)');
    const corpus = await folderInfo(made);
    expect(corpus.facts.generator).toBe(`diffwave, hash ${found.facts.hash}`);
    expect(corpus.next.join()).not.toContain('regenerate');
    const cut = join(root, 'cut-short');
    await cp(trained, cut, { recursive: true });
    await writeFile(join(cut, 'denoiser.onnx'), 'cut');
    expect((await folderInfo(cut)).damage).toMatch(/denoiser.onnx is damaged/);
    await rm(join(cut, 'generator.json'));
    expect(await folderInfo(cut)).toMatchObject({
      what: 'an unfinished generator',
      facts: { phases: 'train' },
    });
  });
});

describe('writeGenerated', () => {
  it('writes a corpus whose bytes do not depend on parts or interruptions', async () => {
    const sampling = { steps: 2 };
    const request = { format: 'npy', count: 300, labels: { normal: 2, af: 1 }, parts: 2 } as const;
    const whole = join(root, 'whole');
    await writeGenerated(trained, whole, request, { part: 1, sampling, ...cpu });
    await writeGenerated(trained, whole, request, { part: 2, sampling, ...cpu });
    expect((await verifyCorpus(whole)).faults).toEqual([]);
    expect((await readManifest(whole)).counts).toEqual({ normal: 200, af: 100 });
    const cut = join(root, 'cut');
    const stop = new AbortController();
    const written = writeGenerated(trained, cut, request, {
      ...{ part: 2, sampling, signal: stop.signal, ...cpu },
      onProgress: (done) => done > 0 && stop.abort(new Error('stopped')),
    });
    await expect(written).rejects.toThrow('stopped');
    for (const part of [2, 1])
      await writeGenerated(trained, cut, request, { part, sampling, resume: true, ...cpu });
    expect(await readManifest(cut)).toEqual(await readManifest(whole));
    let records = 0;
    for await (const { signal } of readCorpus(cut)) records += signal.length === 200 ? 1 : 0;
    expect(records).toBe(300);
  });

  it.each([
    [{ count: 0 }, 'ERR_RANGE'],
    [{ count: 1e12 }, 'ERR_RANGE'],
    [{ labels: { wpw: 1 } }, 'ERR_UNKNOWN_CLASS'],
  ] as const)('refuses %j and writes nothing', async (change, code) => {
    const out = join(root, 'nothing');
    const written = writeGenerated(trained, out, { format: 'npy', count: 4, ...change }, cpu);
    await expect(written).rejects.toMatchObject({ code });
    await expect(readFile(join(out, 'manifest.json'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
