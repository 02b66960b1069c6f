// Exports a network in every precision, compares the file with the network, and rejects unusable weights.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import type { Engine, State } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { exportModel } from '#lib/model/export.js';
import type { ModelPlan } from '#lib/model/program.js';
import { openModel } from '#lib/model/session.js';
import { buildClassifierTraining } from '#lib/objectives/classify.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { registerTinyArch } from '../helpers/tiny-arch.js';
import { wrongEngine } from '../helpers/wrong-engine.js';

const lengthSamples = 120;
const metadata = { fsHz: 60, lengthSamples, leads: ['II'], scaling: 'zscore', output: 'logit' } as const;
const stream = randomStream(1, 'export test');
const samples = Float32Array.from({ length: 5 * lengthSamples }, () => stream.normal());

let engine: Engine;
beforeAll(() => {
  registerTinyArch();
  engine = onnxRuntimeEngine();
});
afterAll(() => engine.close());

/** Returns a state with running statistics that differ from the initial ones. */
function someState(arch: string, plan: Partial<ModelPlan> = {}): State {
  const { initialState } = buildClassifierTraining({ arch, lengthSamples, ...plan, batch: 2, seed: 4 });
  for (const [name, data] of initialState) {
    if (name.endsWith('runningVariance')) data.set(data.map(() => 0.5 + stream.uniform()));
    if (name.endsWith('runningMean')) data.set(data.map(() => stream.normal() / 10));
  }
  return initialState;
}

describe('exportModel', () => {
  it.each(['tiny', 'resnet18'])(
    '%s gives the outputs of the network, in a file with a free batch',
    async (arch) => {
      const path = join(await temporaryFolder(), 'deep', 'model.onnx');
      const plan = { arch, lengthSamples };
      const report = await exportModel(path, { engine, plan, state: someState(arch), metadata, samples });
      expect(report).toMatchObject({ path, windows: 21, sizeBytes: (await readFile(path)).length });
      expect(report.maxDifference).toBeLessThanOrEqual(1e-4);
      const model = await openModel(path, { engine });
      expect(model).toMatchObject({ metadata, lengthSamples, output: 'logit' });
      const [one, all] = [
        await model.predict(samples.subarray(0, lengthSamples)),
        await model.predict(samples),
      ];
      expect(all).toHaveLength(5);
      expect(one[0]).toBeCloseTo(all[0]!, 5);
      await model.close();
    },
  );

  it('compares only random windows if no samples are given', async () => {
    const path = join(await temporaryFolder(), 'model.onnx');
    const plan = { arch: 'tiny', lengthSamples };
    const report = await exportModel(path, { engine, plan, state: someState('tiny'), metadata });
    expect(report.windows).toBe(16);
  });

  it('writes nothing if the file and the network differ', async () => {
    const folder = await temporaryFolder();
    const wrong = wrongEngine(engine);
    const plan = { arch: 'tiny', lengthSamples };
    const path = join(folder, 'model.onnx');
    const work = exportModel(path, { engine: wrong, plan, state: someState('tiny'), metadata, samples });
    expect(await errorOf(work)).toMatch(/^ERR_EXPORT_PARITY: .*at most 0\.0001/);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['float16', 0.6, 5e-3],
    ['int8', 0.4, 0.05],
  ] as const)('writes a smaller file as %s and reports its differences', async (precision, share, far) => {
    const folder = await temporaryFolder();
    const given = {
      engine,
      plan: { arch: 'resnet18', lengthSamples },
      state: someState('resnet18'),
      metadata,
      samples,
    };
    const [plain, path] = [join(folder, 'plain.onnx'), join(folder, 'model.onnx')];
    const whole = await exportModel(plain, given);
    const report = await exportModel(path, { ...given, precision });
    expect(report).toMatchObject({ precision, windows: 21 });
    expect(report.sizeBytes).toBeLessThan(share * whole.sizeBytes);
    expect(report.maxProbabilityDifference).toBeGreaterThan(0);
    expect(report.maxProbabilityDifference).toBeLessThan(far);
    const [before, after] = [await openModel(plain, { engine }), await openModel(path, { engine })];
    expect([before.metadata.precision, after.metadata.precision]).toEqual([undefined, precision]);
    const [expected, got] = [await before.predict(samples), await after.predict(samples)];
    for (const [at, probability] of expected.entries())
      expect(Math.abs(got[at]! - probability)).toBeLessThan(far);
    await before.close();
    await after.close();
  });

  it.each(['multiclass', 'multilabel'] as const)(
    'accepts twelve leads and returns %s outputs',
    async (kind) => {
      const path = join(await temporaryFolder(), 'model.onnx');
      const plan = { arch: 'tiny', lengthSamples, leads: 12, outputs: { kind, count: 3 } } as const;
      const state = someState('tiny', plan);
      const leads = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'];
      const classes = ['normal', 'af', 'pvc'];
      const wide = Float32Array.from({ length: 5 * 12 * lengthSamples }, () => stream.normal());
      const { leads: _, ...shared } = metadata;
      const given = { engine, plan, state, samples: wide };
      const refused = exportModel(path, { ...given, metadata: { ...shared, classes } });
      expect(await errorOf(refused)).toMatch(
        /^ERR_OPTION: the model takes 12 leads, but its metadata name none/,
      );
      const unnamed = exportModel(path, {
        ...given,
        metadata: { ...shared, leads, classes: ['normal', 'af'] },
      });
      expect(await errorOf(unnamed)).toMatch(
        /^ERR_OPTION: the model gives 3 outputs, but its metadata name 2 classes/,
      );
      const report = await exportModel(path, { ...given, metadata: { ...shared, leads, classes } });
      expect(report.windows).toBe(21);
      const model = await openModel(path, { engine });
      expect(model).toMatchObject({
        leads: 12,
        outputs: { kind, count: 3 },
        metadata: { leads, classes, outputs: kind },
      });
      const all = await model.predict(wide);
      expect(all).toHaveLength(15);
      const alone = await model.predict(wide.subarray(0, 12 * lengthSamples));
      for (const [at, value] of alone.entries()) expect(value).toBeCloseTo(all[at]!, 5);
      const sum = alone.reduce((total, value) => total + value, 0);
      if (kind === 'multiclass') expect(sum).toBeCloseTo(1, 5);
      else expect(Math.abs(sum - 1)).toBeGreaterThan(1e-3);
      expect(await errorOf(model.run(new Float32Array(lengthSamples)))).toMatch(
        /not a whole number of windows of 12 leads/,
      );
      await model.close();
    },
  );

  it('rejects weights that are NaN or too large for the precision', async () => {
    const folder = await temporaryFolder();
    const plan = { arch: 'tiny', lengthSamples };
    const refuse = (change: (state: State) => void, precision: 'float16' | 'int8') => {
      const state = someState('tiny');
      change(state);
      return errorOf(
        exportModel(join(folder, 'm.onnx'), { engine, plan, state, metadata, samples, precision }),
      );
    };
    const bias = 'head.linear2.bias';
    expect(await refuse((state) => state.get(bias)!.fill(Number.NaN), 'int8')).toMatch(
      /^ERR_MODEL: .* answered NaN for window \d+ of \d+; int8 is too coarse/,
    );
    expect(await refuse((state) => state.get(bias)!.fill(1e6), 'float16')).toMatch(
      /^ERR_GRAPH: head\.linear2\.bias holds 1000000, and float16 ends at 65504/,
    );
    // A half can hold both weights, but not the output.
    const large = (state: State) => {
      state.get('head.linear1.bias')!.fill(6e4);
      state.get('head.linear2.weight')!.fill(6e4);
    };
    expect(await refuse(large, 'float16')).toMatch(/^ERR_EXPORT_PARITY: .*\(float16\) answers Infinity/);
    expect(await readdir(folder)).toEqual([]);
  });

  it('rejects a state of another network', async () => {
    const path = join(await temporaryFolder(), 'model.onnx');
    const plan = { arch: 'resnet18', lengthSamples };
    const work = exportModel(path, { engine, plan, state: someState('tiny'), metadata, samples });
    expect(await errorOf(work)).toMatch(/^ERR_CHECKPOINT/);
  });
});
