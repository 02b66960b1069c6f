// A training with codes as feeds: several steps in one run give the bits of single steps, and the second engine, which
// differentiates by itself, treats detached values as constants. A training of the layers of a generator gives the same
// bits with every number of threads.

import { afterAll, expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import type { Engine, State } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { tensorflowEngine } from '#lib/engine/tensorflow.js';
import { fixed, type Value } from '#lib/graph/graph.js';
import { add } from '#lib/graph/ops/add.js';
import { convTranspose1d } from '#lib/graph/ops/conv-transpose.js';
import { detach } from '#lib/graph/ops/detach.js';
import { gatherRows } from '#lib/graph/ops/gather-rows.js';
import { mul } from '#lib/graph/ops/mul.js';
import { nearestCode } from '#lib/graph/ops/nearest-code.js';
import { reduceMean } from '#lib/graph/ops/reduce-mean.js';
import { reshape } from '#lib/graph/ops/reshape.js';
import { sub } from '#lib/graph/ops/sub.js';
import { transpose } from '#lib/graph/ops/transpose.js';
import { buildTrainingProgram, type TrainingDefinition, type TrainingProgram } from '#lib/model/training.js';
import { normal } from '#lib/nn/init.js';
import { conv, convBias, groupNorm, linear } from '#lib/nn/layers.js';
import type { Net } from '#lib/nn/net.js';
import { expectEqualBits } from '../helpers/several-steps.js';
import { relativeDistance } from '../nn/agreement.js';

interface Inputs {
  readonly codes: BigInt64Array;
  readonly target: Float32Array;
}

const onnxruntime = onnxRuntimeEngine();
const tensorflow = await tensorflowEngine({ backend: 'wasm' });
afterAll(() => Promise.all([onnxruntime.close(), tensorflow.close()]));

const batch = 6;

/** A small vector quantiser: embedded codes, a dense layer, the nearest row of a codebook, straight through. */
const definition: TrainingDefinition<Inputs> = {
  build(net: Net) {
    const { graph } = net;
    const codes = graph.input('codes', 'int64', [batch]);
    const target = graph.input('target', 'float32', [batch, 3]);
    const embedded = gatherRows(graph, net.weight('embedding', [5, 4], normal(1)), codes);
    const z = linear(net, 'encoder', embedded, 3);
    const codebook = net.weight('codebook', [4, 3], normal(1));
    const row = gatherRows(graph, codebook, nearestCode(graph, z, codebook));
    const quantised = add(graph, z, detach(graph, sub(graph, row, z)));
    const square = (a: Value, b: Value) => {
      const difference = sub(graph, a, b);
      return reduceMean(graph, mul(graph, difference, difference));
    };
    const commitment = square(z, detach(graph, row));
    const toCodes = square(detach(graph, z), row);
    const loss = add(graph, square(quantised, target), add(graph, commitment, toCodes));
    return { loss, outputs: { row: detach(graph, row) } };
  },
  feeds: ({ codes, target }) => ({
    codes: { data: codes, shape: [batch] },
    target: { data: target, shape: [batch, 3] },
  }),
};

const steps = [1, 2, 3, 4].map((step) => {
  const stream = randomStream(6, 'codes', step);
  return {
    codes: BigInt64Array.from({ length: batch }, () => BigInt(stream.below(5))),
    target: Float32Array.from({ length: batch * 3 }, () => stream.normal()),
    learningRate: 0.01,
    step,
  };
});

/** Returns the state after all steps, with `perRun` steps in one run. */
async function trained(engine: Engine, training: TrainingProgram<Inputs>, perRun: number): Promise<State> {
  const execution = await engine.load(training.program, training.initialState, { threads: 1 });
  for (let first = 0; first < steps.length; first += perRun) {
    await execution.run(training.feeds(...steps.slice(first, first + perRun)));
  }
  const state = await execution.getState();
  await execution.close();
  return state;
}

const single = buildTrainingProgram({ batch, seed: 2 }, definition);

test('several steps with int64 feeds give the bits of single steps', async () => {
  const several = buildTrainingProgram({ batch, seed: 2, severalSteps: true }, definition);
  expect(several.feeds(...steps).codes).toEqual({
    data: BigInt64Array.from(steps.flatMap(({ codes }) => [...codes])),
    shape: [4, batch],
  });
  expectEqualBits(await trained(onnxruntime, several, 2), await trained(onnxruntime, single, 1));
});

test('the derivative names detached values, and only then', () => {
  const { constants } = single.program.derivative!;
  expect(constants).toHaveLength(3);
  // The detached rows are also an output, whose name they have in the graph.
  expect(constants).toContain('row');
  const plain = buildTrainingProgram(
    { batch, seed: 2 },
    {
      build: (net) => ({ loss: reduceMean(net.graph, net.weight('w', [3], normal(1))), outputs: {} }),
      feeds: () => ({}),
    },
  );
  expect(Object.keys(plain.program.derivative!)).toEqual(['loss', 'wanted', 'gradients']);
});

test('the second engine agrees, and would not without the constants', async () => {
  const ours = await trained(onnxruntime, single, 1);
  const distanceOf = (theirs: State) =>
    Math.max(
      ...['embedding', 'codebook'].map((name) => relativeDistance(theirs.get(name)!, ours.get(name)!)),
    );
  expect(distanceOf(await trained(tensorflow, single, 1))).toBeLessThan(1e-4);
  const { constants: _, ...derivative } = single.program.derivative!;
  const without = { ...single, program: { ...single.program, derivative } };
  expect(distanceOf(await trained(tensorflow, without, 1))).toBeGreaterThan(1e-3);
});

test('layers of a generator give the same bits with 1, 2 and 3 threads', async () => {
  const [records, count] = [8, 40];
  const training = buildTrainingProgram<{ codes: BigInt64Array }>(
    { batch: records, seed: 4 },
    {
      build(net) {
        const { graph } = net;
        const codes = graph.input('codes', 'int64', [records, count]);
        const table = net.weight('table', [50, 32], normal(1));
        const x = transpose(graph, gatherRows(graph, table, codes), [0, 2, 1]);
        const up = convTranspose1d(graph, x, net.weight('up', [32, 24, 4], normal(0.1)), {
          stride: 2,
          padding: 1,
        });
        const wide = convBias(net, 'wide', conv(net, 'wide', up, 48, 3, { dilation: 8, padding: 8 }));
        const z = groupNorm(net, 'norm', wide, 4);
        const rows = reshape(graph, transpose(graph, z, [0, 2, 1]), [records * 2 * count, 48]);
        const codebook = net.weight('codebook', [64, 48], normal(1));
        const row = gatherRows(graph, codebook, nearestCode(graph, rows, codebook));
        const difference = sub(graph, rows, row);
        return { loss: reduceMean(graph, mul(graph, difference, difference)), outputs: {} };
      },
      feeds: ({ codes }) => ({ codes: { data: codes, shape: [records, count] } }),
    },
  );
  const states: State[] = [];
  for (const threads of [1, 2, 3]) {
    const execution = await onnxruntime.load(training.program, training.initialState, { threads });
    for (let step = 1; step <= 2; step++) {
      const stream = randomStream(3, 'threads', step);
      const codes = BigInt64Array.from({ length: records * count }, () => BigInt(stream.below(50)));
      await execution.run(training.feeds({ codes, learningRate: 0.01, step }));
    }
    states.push(await execution.getState());
    await execution.close();
  }
  for (const state of states.slice(1)) expectEqualBits(state, states[0]!);
});

test('a code outside the table is refused by both engines', async () => {
  const wrong = { ...steps[0]!, codes: BigInt64Array.of(0n, 1n, 2n, 3n, 4n, 5n) };
  expect(fixed(single.program.inputs.find(({ name }) => name === 'codes')!.shape[0])).toBe(batch);
  for (const engine of [onnxruntime, tensorflow]) {
    const execution = await engine.load(single.program, single.initialState, { threads: 1 });
    await expect(execution.run(single.feeds(wrong))).rejects.toMatchObject({ code: 'ERR_ENGINE' });
    await execution.close();
  }
});
