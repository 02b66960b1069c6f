import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, Program, State } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { exportModel } from '#lib/infer/export.js';
import { openModel } from '#lib/infer/session.js';
import { randomStream } from '#lib/random.js';
import { buildTrainingProgram } from '#lib/train/program.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { registerTinyArch } from '../helpers/tiny-arch.js';

const lengthSamples = 120;
const metadata = { fsHz: 60, lengthSamples, lead: 'II', scaling: 'zscore', output: 'logit' } as const;
const stream = randomStream(1, 'export test');
const samples = Float32Array.from({ length: 5 * lengthSamples }, () => stream.normal());

let engine: Engine;
beforeAll(() => {
  registerTinyArch();
  engine = onnxRuntimeEngine();
});
afterAll(() => engine.close());

/** Some state with running statistics that are not those of the beginning. */
function someState(arch: string): State {
  const { initialState } = buildTrainingProgram({ arch, lengthSamples, batch: 2, seed: 4 });
  for (const [name, data] of initialState) {
    if (name.endsWith('runningVariance')) data.set(data.map(() => 0.5 + stream.uniform()));
    if (name.endsWith('runningMean')) data.set(data.map(() => stream.normal() / 10));
  }
  return initialState;
}

describe('exportModel', () => {
  it.each(['tiny', 'resnet18'])('%s answers as the network does, in a file of free batch', async (arch) => {
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
  });

  it('writes nothing where the file and the network differ', async () => {
    const folder = await temporaryFolder();
    // An engine that gets programs without state (the file) wrong by a hair.
    const wrong: Engine = {
      ...engine,
      load: async (program: Program, state: State) => {
        const execution = await engine.load(program, state);
        if (!program.outputs.some(({ name }) => name === 'logit') || program.state.length > 0)
          return execution;
        const run: typeof execution.run = async (feeds) => {
          const outputs = await execution.run(feeds);
          const { data, shape } = outputs.logit!;
          return { logit: { data: (data as Float32Array).map((x) => x + 2e-4), shape } };
        };
        return { ...execution, run };
      },
    };
    const plan = { arch: 'tiny', lengthSamples };
    const path = join(folder, 'model.onnx');
    const work = exportModel(path, { engine: wrong, plan, state: someState('tiny'), metadata, samples });
    expect(await errorOf(work)).toMatch(/^ERR_EXPORT_PARITY: .*at most 0\.0001/);
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses a state of another network', async () => {
    const path = join(await temporaryFolder(), 'model.onnx');
    const plan = { arch: 'resnet18', lengthSamples };
    const work = exportModel(path, { engine, plan, state: someState('tiny'), metadata, samples });
    expect(await errorOf(work)).toMatch(/^ERR_CHECKPOINT/);
  });
});
