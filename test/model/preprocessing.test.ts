// The preprocessing in a model file: equal to that of windows in memory, at every length, number of leads and precision.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import type { Engine } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { exportModel } from '#lib/model/export.js';
import type { ModelMetadata } from '#lib/model/metadata.js';
import { preprocessWindows } from '#lib/model/preprocessing.js';
import { openModel } from '#lib/model/session.js';
import { buildClassifierTraining } from '#lib/objectives/classify.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { onnxVerdicts } from '../helpers/onnx-judge.js';
import { pythonWith } from '../helpers/python.js';
import { registerTinyArch } from '../helpers/tiny-arch.js';
import { wrongEngine } from '../helpers/wrong-engine.js';

let engine: Engine;
beforeAll(() => {
  registerTinyArch();
  engine = onnxRuntimeEngine();
});
afterAll(() => engine.close());

/** Windows with a level and a wander that are much larger than their waves, as in a recording. */
function rawWindows(count: number, leads: number, lengthSamples: number, fsHz: number): Float32Array {
  const stream = randomStream(2, 'raw', leads, lengthSamples);
  const windows = new Float32Array(count * leads * lengthSamples);
  for (let start = 0; start < windows.length; start += lengthSamples) {
    const [level, phase] = [4 * stream.normal(), stream.uniform()];
    for (let n = 0; n < lengthSamples; n++) {
      const seconds = n / fsHz;
      const wander = Math.sin(2 * Math.PI * (0.15 * seconds + phase));
      const wave = Math.max(0, Math.sin(2 * Math.PI * (1.2 * seconds + phase))) ** 20;
      windows[start + n] = level + wander + wave + 0.02 * stream.normal();
    }
  }
  return windows;
}

interface Given {
  readonly leads?: number;
  readonly lengthSamples?: number;
  readonly filter?: string;
}

function modelOf({ leads = 1, lengthSamples = 400, filter }: Given) {
  const names = ['I', 'II', 'III'].slice(0, leads);
  const plan = { arch: 'tiny', lengthSamples, leads };
  const metadata: ModelMetadata = {
    ...{ fsHz: 100, lengthSamples, leads: names, scaling: 'zscore', output: 'logit' },
    ...(filter !== undefined && { filter }),
  };
  const { initialState: state } = buildClassifierTraining({ ...plan, batch: 2, seed: 4 });
  return { engine, plan, state, metadata };
}

describe('a file with preprocessing', () => {
  it.each<Given>([
    { filter: '0.5-40' },
    { filter: '0.5-40', leads: 3 },
    // A last step of the convolution that is not full.
    { filter: '0.5-40', leads: 2, lengthSamples: 411 },
    // The shortest window that the filter accepts.
    { filter: '0.5-40', lengthSamples: 201 },
    { filter: '0-30', leads: 2 },
    {},
    { leads: 3 },
  ])('answers raw windows as the network answers prepared ones: %j', async (given) => {
    const { leads = 1, lengthSamples = 400, filter } = given;
    const folder = await temporaryFolder();
    const [plain, path] = [join(folder, 'plain.onnx'), join(folder, 'raw.onnx')];
    const model = modelOf(given);
    await exportModel(plain, model);
    const windows = rawWindows(5, leads, lengthSamples, 100);
    const report = await exportModel(path, { ...model, withPreprocessing: true, samples: windows });
    expect(report.windows).toBe(21);
    expect(report.maxDifference).toBeLessThan(1e-5);
    const [network, file] = [await openModel(plain, { engine }), await openModel(path, { engine })];
    const { filter: _, ...rest } = model.metadata;
    const steps = [...(filter === undefined ? [] : [`filter ${filter}`]), 'zscore'];
    const { inputSteps, ...stated } = file.metadata;
    expect(stated).toEqual({ ...rest, unit: 'mV', scaling: 'none', preprocessing: steps });
    expect(inputSteps!.map(({ step }) => step)).toEqual(['read', 'resample', 'window']);
    const prepared = preprocessWindows(windows, lengthSamples, { fsHz: 100, filter });
    const [expected, got] = [await network.run(prepared), await file.run(windows)];
    expect(got).toHaveLength(5);
    for (const [at, logit] of got.entries()) expect(Math.abs(logit - expected[at]!)).toBeLessThan(1e-5);
    // The unit and the level of a lead change nothing.
    const microvolts = await file.run(windows.map((value) => 1000 * value - 700));
    for (const [at, logit] of microvolts.entries())
      expect(Math.abs(logit - expected[at]!)).toBeLessThan(1e-4);
    await network.close();
    await file.close();
  });

  it('answers a window with a flat lead or a gap with an error instead of a number', async () => {
    const path = join(await temporaryFolder(), 'raw.onnx');
    await exportModel(path, { ...modelOf({ filter: '0.5-40', leads: 2 }), withPreprocessing: true });
    const model = await openModel(path, { engine });
    const flat = rawWindows(1, 2, 400, 100).fill(0.3, 400);
    expect(await errorOf(model.run(flat))).toMatch(
      /^ERR_MODEL: .*answered NaN for window \d+ of \d+; a lead of a window is flat or holds NaN, or its weights are broken/,
    );
    const gap = rawWindows(1, 2, 400, 100).fill(Number.NaN, 7, 8);
    expect(await errorOf(model.run(gap))).toMatch(/^ERR_MODEL: .*answered NaN/);
    await model.close();
  });

  it.each(['float16', 'int8'] as const)('keeps the preprocessing in float32 as %s', async (precision) => {
    const path = join(await temporaryFolder(), 'raw.onnx');
    const windows = rawWindows(5, 1, 400, 100).map((value) => value + 1000);
    const given = { ...modelOf({ filter: '0.5-40' }), withPreprocessing: true, precision, samples: windows };
    const report = await exportModel(path, given);
    // A half has three decimal digits: at a level of 1000 nothing of the waves would be left.
    expect(report.maxDifference).toBeLessThan(0.02);
    const model = await openModel(path, { engine });
    expect(model.metadata).toMatchObject({ precision, preprocessing: ['filter 0.5-40', 'zscore'] });
    await model.close();
  });

  it('is compared with the network before it is written, and needs a rate and zscore', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'raw.onnx');
    const given = { ...modelOf({ filter: '0.5-40' }), withPreprocessing: true };
    const wrong = exportModel(path, { ...given, engine: wrongEngine(engine) });
    expect(await errorOf(wrong)).toMatch(/^ERR_EXPORT_PARITY/);
    const { fsHz: _, ...unstated } = given.metadata;
    expect(await errorOf(exportModel(path, { ...given, metadata: unstated }))).toMatch(
      /^ERR_OPTION: the metadata state the rate undefined and the scaling zscore/,
    );
    expect(
      await errorOf(exportModel(path, { ...given, metadata: { ...given.metadata, scaling: 'none' } })),
    ).toMatch(/^ERR_OPTION: .*the scaling none/);
    expect(await readdir(folder)).toEqual([]);
  });

  const python = pythonWith('onnx');
  it.skipIf(python === undefined)(
    `passes onnx.checker and onnx's reference evaluator${python ? '' : ' (SKIPPED: no Python with onnx)'}`,
    async () => {
      const path = join(await temporaryFolder(), 'raw.onnx');
      await exportModel(path, { ...modelOf({ filter: '0.5-40', leads: 2 }), withPreprocessing: true });
      const windows = rawWindows(3, 2, 400, 100);
      const [verdict] = onnxVerdicts(python!, [path], windows, [3, 2, 400]);
      expect(verdict).toMatchObject({ opsets: { '': 18 }, inputs: { ecg: ['FLOAT', ['N', 2, 400]] } });
      const model = await openModel(path, { engine });
      const logits = await model.run(windows);
      for (const [at, logit] of logits.entries())
        expect(Math.abs(logit - verdict!.logits[at]!)).toBeLessThan(1e-5);
      await model.close();
    },
  );
});
