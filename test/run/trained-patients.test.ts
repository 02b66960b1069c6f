// The patients that trained a model are found beside it, in public data sets also in another folder, and in the user's own
// data in the same folder alone.

import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { evaluate } from '#lib/run/evaluate.js';
import { type RunResult, trainRun } from '#lib/run/train-run.js';
import { trainedWindows } from '#lib/run/trained-patients.js';
import { temporaryFolder } from '../helpers/folder.js';
import { ownRecords } from '../helpers/own-records.js';
import { sharedFolder } from '../helpers/shared-folder.js';
import { setOf, windowOf } from '../helpers/windows.js';

const home = sharedFolder();
const config = {
  ...{ task: 'af', arch: 'lstm', archOptions: { layers: 1, units: 16 }, fsHz: 50, seconds: 2 },
  ...{ epochs: 1, validateEvery: 1, batch: 8 },
  setting: 'real',
} as const;
let engine: Engine;
let run: string;
let data: string;
let result: RunResult;

beforeAll(async () => {
  engine = onnxRuntimeEngine();
  const folder = await home();
  run = join(folder, 'run');
  await mkdir(join(folder, 'records'));
  data = await ownRecords(join(folder, 'records'));
  result = await trainRun(config, { out: run, data, engine });
});
afterAll(() => engine.close());

it('warns where patients of the training are evaluated, and counts them', async () => {
  const { train, val, test } = result.split!;
  const trained = train.patients.length + val.patients.length;
  const all = trained + test.patients.length;
  const windows = train.windows + val.windows;
  const found = await evaluate({ modelPath: join(run, 'model.onnx'), data, engine });
  expect(found.data.trained).toEqual({ windows, patients: trained });
  expect(found.notes).toContain(
    `${trained} of ${all} patients (${windows} of ${windows + test.windows} windows) trained or validated this model; ` +
      'their scores say nothing about new patients',
  );
});

it('says nothing about other records with equal names, or about a model that lies elsewhere', async () => {
  const others = await ownRecords(await temporaryFolder());
  const found = await evaluate({ modelPath: join(run, 'model.onnx'), data: others, engine });
  expect(found.data.trained).toEqual({ windows: 0, patients: 0 });
  expect(found.notes.join()).not.toContain('trained or validated');
  const alone = join(await temporaryFolder(), 'model.onnx');
  await copyFile(join(run, 'model.onnx'), alone);
  const without = await evaluate({ modelPath: alone, data, engine });
  expect(without.data).not.toHaveProperty('trained');
  expect(without.notes.join()).not.toContain('trained or validated');
});

it('evaluates a model beside a damaged metrics.json, and says that the patients are not known', async () => {
  const folder = await temporaryFolder();
  await copyFile(join(run, 'model.onnx'), join(folder, 'model.onnx'));
  await writeFile(join(folder, 'metrics.json'), '{');
  const { notes, data: facts } = await evaluate({ modelPath: join(folder, 'model.onnx'), data, engine });
  expect(facts).not.toHaveProperty('trained');
  expect(notes.join()).toMatch(/which patients trained the model is not known: .*metrics\.json/);
});

it('takes equal names in two folders of a public data set for one patient', () => {
  const set = setOf(['p1', 'p2'].map((patient) => windowOf({ signal: Float32Array.of(1, 2), patient })));
  const training = { source: 'ptb-xl:one', isSynthetic: false, patients: new Set(['p1']) };
  const count = (from: string, source: string) =>
    trainedWindows({ ...training, source: from }, { ...set, source }).length;
  expect(count('ptb-xl:one', 'ptb-xl:two')).toBe(1);
  expect(count('ptb-xl:one', 'mitdb:one')).toBe(0);
  expect(count('npy:one', 'npy:two')).toBe(0);
  expect(count('npy:one', 'npy:./one')).toBe(1);
});

it('answers a task with an unknown label by the labels of the data', async () => {
  const message = async (task: string, setting: 'syn-real' | 'real') => {
    const out = join(await temporaryFolder(), 'run');
    return trainRun({ ...config, task, setting }, { out, data, engine }).then(
      () => 'no error',
      (error: Error) => error.message,
    );
  };
  const labels = /Its most frequent labels: \w+ \d+, \w+ \d+/;
  expect(await message('AVNRT:normal', 'syn-real')).toMatch(labels);
  expect(await message('AVNRT', 'real')).toMatch(labels);
  expect(await message('AVNRT:normal', 'real')).toMatch(labels);
});
