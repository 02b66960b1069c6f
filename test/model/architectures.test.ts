// Checks the exported file of every architecture: it gives the outputs of the network for every batch size, contains
// standard operators and no formulas of weights, and gives the stored outputs in test/golden/models (two records of noise,
// weights from a seed). After an intended change of an architecture, update them with:
// PQRST_GOLDEN=write npx vitest run test/model/architectures.test.ts

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeFileAtomic } from '#lib/base/files.js';
import type { State } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { exportGraph, exportModel } from '#lib/model/export.js';
import { openModel } from '#lib/model/session.js';
import { architectures } from '#lib/nn/models/index.js';
import { onnxVerdicts } from '../helpers/onnx-judge.js';
import { pythonWith } from '../helpers/python.js';
import { someRecords, someState } from '../helpers/some-state.js';

interface Golden {
  readonly arch: string;
  readonly lengthSamples: number;
  readonly seed: number;
  readonly logits: readonly number[];
}

const engine = onnxRuntimeEngine();
const goldenFolder = resolve(import.meta.dirname, '../golden/models');
const [lengthSamples, seed] = [500, 2026];
const names = Object.keys(architectures);
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pqrst-files-'));
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});
const pathOf = (arch: string) => join(folder, `${arch}.onnx`);

describe.each(names)('%s', { timeout: 120_000 }, (arch) => {
  const plan = { arch, lengthSamples };
  let state: State;
  beforeAll(async () => {
    state = await someState(plan, seed, engine);
  });

  test('the file gives the outputs of the network for every batch size', async () => {
    const samples = someRecords(plan, 6);
    const metadata = { lengthSamples, output: 'logit' } as const;
    const report = await exportModel(pathOf(arch), { engine, plan, state, metadata, samples, threads: 2 });
    expect(report).toMatchObject({ windows: 22, precision: 'float32' });
    expect(report.maxDifference).toBeLessThanOrEqual(1e-4);
  });

  test('the file gives the stored outputs', async () => {
    const model = await openModel(pathOf(arch), { engine, threads: 1 });
    const logits = await model.run(someRecords(plan, 2));
    await model.close();
    if (process.env.PQRST_GOLDEN === 'write') {
      const rounded = Array.from(logits, (logit) => Number(logit.toFixed(6)));
      const golden: Golden = { arch, lengthSamples, seed, logits: rounded };
      await writeFileAtomic(join(goldenFolder, `${arch}.json`), `${JSON.stringify(golden, null, 2)}\n`);
    }
    const golden = await goldenOf(arch);
    expect(golden).toMatchObject({ arch, lengthSamples, seed });
    expect(farthest(logits, golden.logits)).toBeLessThan(1e-4);
    // The outputs differ between records, so they depend on the input.
    expect(Math.abs(logits[0]! - logits[1]!)).toBeGreaterThan(1e-3);
  });

  test('the file contains weights, not formulas of weights', async () => {
    const graph = await exportGraph({ plan, state, engine });
    const constant = new Set(graph.initializers.map(({ name }) => name));
    const onWeights = graph.nodes.filter(({ inputs, outputs }) => {
      const isConstant = inputs.every(({ name }) => constant.has(name));
      if (isConstant) for (const { name } of outputs) constant.add(name);
      return isConstant;
    });
    // A kernel may be expanded to a Toeplitz matrix (by a product with ones).
    const layouts = ['MatMul', 'Pad', 'Reshape', 'Slice'];
    expect(onWeights.map(({ type }) => type).filter((type) => !layouts.includes(type))).toEqual([]);
    const types = graph.nodes.map(({ type }) => type);
    for (const type of ['DFT', 'STFT', 'BatchNormalization', 'Exp', 'Cos', 'Sin']) {
      expect(types).not.toContain(type);
    }
  });
});

const python = pythonWith('onnx');
test.skipIf(python === undefined)(
  `onnx.checker takes every file, onnx's reference evaluator answers as was written down${python ? '' : ' (SKIPPED: no Python with onnx)'}`,
  { timeout: 120_000 },
  async () => {
    const ecg = someRecords({ arch: 'any', lengthSamples }, 2);
    const verdicts = onnxVerdicts(python!, names.map(pathOf), ecg, [2, 1, lengthSamples]);
    for (const [at, { logits, ...verdict }] of verdicts.entries()) {
      expect(verdict, names[at]).toEqual({
        opsets: { '': 18 },
        domains: [''],
        operators: expect.any(Array),
        inputs: { ecg: ['FLOAT', ['N', 1, lengthSamples]] },
        outputs: { logit: ['FLOAT', ['N']], probability: ['FLOAT', ['N']] },
      });
      const golden = await goldenOf(names[at]!);
      expect(farthest(logits, golden.logits), names[at]).toBeLessThan(1e-4);
    }
  },
);

async function goldenOf(arch: string): Promise<Golden> {
  return JSON.parse(await readFile(join(goldenFolder, `${arch}.json`), 'utf8'));
}

/** Returns the largest difference; NaN if the counts differ. */
function farthest(some: ArrayLike<number>, others: ArrayLike<number>): number {
  if (some.length !== others.length) return Number.NaN;
  return Math.max(...Array.from(some, (value, at) => Math.abs(value - others[at]!)));
}
