// A corpus that holds records of a training is refused, before anything is trained: a record is the same where the values
// of the simulator, the seed, the class and the index are.

import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCorpus } from '#lib/corpus/read.js';
import { writeCorpus } from '#lib/corpus/write.js';
import { openDataset } from '#lib/datasets/dataset.js';
import { type ExperimentConfigInput, parseExperimentConfig } from '#lib/experiment/config.js';
import { runExperiment } from '#lib/experiment/experiment.js';
import { refuseTrainedCorpora } from '#lib/experiment/overlap.js';
import { parseConfig, type TrainConfigInput } from '#lib/run/config.js';
import { refuseTrainedRecords, type TrainedRecords } from '#lib/run/overlap.js';
import { openRunData } from '#lib/run/run-data.js';
import { trainRun } from '#lib/run/train-run.js';
import { presets } from '#lib/synth/presets.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';
import { errorOf } from '../helpers/folder.js';
import { ownRecords } from '../helpers/own-records.js';
import { sharedFolder } from '../helpers/shared-folder.js';

const home = sharedFolder();
let corpus: string;
let away: string;
const request = { preset: 'paper', format: 'npy', unit: 'zscore', seed: 5, seconds: 4, fsHz: 100 } as const;

beforeAll(async () => {
  const folder = await home();
  corpus = join(folder, 'corpus');
  // Normal, af, pvc, normal, ...: the classes of a training on af meet it at 0, 1, 6, 7, ...
  await writeCorpus(corpus, { ...request, count: 24, classes: { normal: 1, af: 1, pvc: 1 } });
  away = join(folder, 'away');
  await writeCorpus(away, { ...request, count: 24, start: 100_000, classes: { normal: 1, af: 1 } });
});

describe('refuseTrainedRecords', () => {
  const trained: TrainedRecords = {
    ...{ spec: presets.paper, seed: 5, classes: ['normal', 'af'], first: 2, count: 40 },
  };
  const check = (change: Partial<TrainedRecords> = {}, folder = corpus) =>
    refuseTrainedRecords(`corpus:${folder}`, { ...trained, ...change });

  it('names the corpus, the record, the seed and what to do; the record is the same, sample for sample', async () => {
    const error = await errorOf(check());
    expect(error).toMatch(/^ERR_OPTION: /);
    expect(error).toContain(
      `record 6 (normal) of corpus:${corpus} is also one of the synthetic records 2-41`,
    );
    expect(error).toMatch(/preset paper with the seed 5. Choose another `seed`/);
    const signals: Float32Array[] = [];
    for await (const { signal } of readCorpus(corpus)) signals.push(signal);
    const synthesizer = new Synthesizer({ preset: 'paper', fsHz: 100, seconds: 4, seed: 5, unit: 'zscore' });
    const trainedOn = await synthesizer.batch({ classes: ['normal', 'af'], start: 6, count: 1 });
    expect(signals[6]).toEqual(trainedOn.signals);
  });

  it.each([
    ['another seed', { seed: 6 }],
    ['other values of the simulator', { spec: presets.clinical }],
    ['records behind those of the corpus', { first: 24 }],
    ['a range in which the classes differ', { first: 2, count: 4 }],
  ] as [string, Partial<TrainedRecords>][])('accepts %s', async (_, change) => {
    await expect(check(change)).resolves.toBeUndefined();
  });

  it('accepts a corpus of other indices, and data sets that are not corpora', async () => {
    await expect(check({}, away)).resolves.toBeUndefined();
    const there = { first: 100_000, classes: ['af', 'normal'] as const };
    await expect(check(there, away), 'turns of the classes that never meet').resolves.toBeUndefined();
    await expect(check({ ...there, first: 99_999, classes: ['normal', 'af'] }, away)).rejects.toThrow(
      /100000/,
    );
    await expect(refuseTrainedRecords(['mitdb:x', 'corpus:missing'], trained)).resolves.toBeUndefined();
  });

  it('refuses one of several data sets, and windows that were loaded', async () => {
    const several = refuseTrainedRecords([`corpus:${away},corpus:${corpus}`], trained);
    await expect(several).rejects.toThrow(`of corpus:${corpus} is`);
    const windows = await openDataset(`corpus:${corpus}`, { fsHz: 50, seconds: 2 });
    await expect(refuseTrainedRecords(windows, trained)).rejects.toMatchObject({ code: 'ERR_OPTION' });
  });
});

describe('a training run', () => {
  const config: TrainConfigInput = {
    ...{ task: 'af', setting: 'syn-real', arch: 'lstm', fsHz: 50, seconds: 2 },
    ...{ preset: 'paper', seed: 5, syntheticCount: 32 },
  };
  const open = (change: Partial<TrainConfigInput>) =>
    openRunData(parseConfig({ ...config, ...change }), `corpus:${corpus}`, {});

  it.each(['syn-real', 'syn'] as const)(
    'refuses its own records as data of %s, also at another rate',
    async (setting) => {
      const out = join(await home(), `run-${setting}`);
      const error = await errorOf(trainRun({ ...config, setting }, { out, data: `corpus:${corpus}` }));
      expect(error).toMatch(/^ERR_OPTION: .*another `seed`/);
    },
  );

  it('refuses records of the negatives of a rest, which are of all other classes', async () => {
    const own = join(await home(), 'negatives');
    // Record i of the training on af:rest is normal, af, aflt, af, pvc, af, wpw, af, normal, ...
    await writeCorpus(own, { ...request, count: 3, start: 4, classes: { pvc: 1 } });
    const rest = { ...config, task: 'af:rest' };
    await expect(openRunData(parseConfig(rest), `corpus:${own}`, {})).rejects.toThrow(
      /record 4 \(pvc\) of corpus:/,
    );
    await writeCorpus(own.concat('-af'), { ...request, count: 1, start: 4, classes: { af: 1 } });
    await expect(openRunData(parseConfig(rest), `corpus:${own}-af`, {})).rejects.toMatchObject({
      code: 'ERR_DATA_EMPTY',
    });
  });

  it('accepts another seed, and any seed where nothing synthetic is trained on', async () => {
    expect((await open({ seed: 6 })).split!.train.windows).toBeGreaterThan(0);
    expect((await open({ setting: 'real' })).split!.train.windows).toBeGreaterThan(0);
  });
});

describe('an experiment', () => {
  const config = {
    ...{
      tasks: ['af'],
      archs: ['lstm'],
      fsHz: 50,
      seconds: 2,
      seed: 5,
      runs: 1,
      syntheticCount: 32,
      preset: 'paper',
    },
    search: { trials: 2 },
  };
  const check = (change: Partial<ExperimentConfigInput>) =>
    refuseTrainedCorpora(parseExperimentConfig({ ...config, data: `corpus:${corpus}`, ...change }));

  it('refuses its own records as data and as an outside set', async () => {
    const folder = await home();
    const data = await ownRecords(join(folder, 'records'));
    const options = { out: join(folder, 'experiment'), threads: 1 };
    const refused = (given: ExperimentConfigInput) => errorOf(runExperiment(given, options));
    expect(await refused({ ...config, data: `corpus:${corpus}` })).toContain(`of corpus:${corpus} is also`);
    const outside = [`corpus:${away}`, `corpus:${corpus}`];
    expect(await refused({ ...config, data, outside })).toContain(`of corpus:${corpus} is also`);
  });

  it('accepts another seed, the setting real alone, and records that only a search would read', async () => {
    await expect(check({})).rejects.toMatchObject({ code: 'ERR_OPTION' });
    await expect(check({ seed: 6 })).resolves.toBeUndefined();
    await expect(check({ settings: ['real'] })).resolves.toBeUndefined();
    // A block is 32 + 8 records: the runs of pair 2 read 40-79.
    await expect(check({ search: { trials: 0 } })).resolves.toBeUndefined();
    await expect(check({ search: { trials: 0 }, syntheticCount: 8 })).rejects.toThrow(/records 10-19 of/);
  });
});
