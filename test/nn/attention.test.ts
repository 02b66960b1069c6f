// Compares the attention layer with plain loops, for self-attention and cross-attention.

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { gradients } from '#lib/graph/autodiff.js';
import { Graph, sizeOf, type Value } from '#lib/graph/graph.js';
import { mul } from '#lib/graph/ops/mul.js';
import { reduceSum } from '#lib/graph/ops/reduce-sum.js';
import { encodeModel } from '#lib/graph/proto.js';
import { attention } from '#lib/nn/attention.js';
import { Net } from '#lib/nn/net.js';
import { selectFeature } from '#lib/nn/sequence.js';
import { plainAttention, runNetwork, type Sequence } from './plain-attention.js';

const noise = (size: number, ...path: string[]) => {
  const stream = randomStream(9, ...path);
  return Float32Array.from({ length: size }, () => stream.normal());
};
/** Returns steps with `width` features. */
const sequence = (values: Float32Array, width: number): Sequence =>
  Array.from({ length: values.length / width }, (_, step) => [
    ...values.subarray(step * width, (step + 1) * width),
  ]);

test.each([1, 2, 4, 8])('self-attention with %i heads', async (heads) => {
  const x = noise(2 * 5 * 8, 'self');
  const { output, weights } = await runNetwork(x, [2, 5, 8], (net, value) =>
    attention(net, 'a', value, value, { heads }),
  );
  for (const record of [0, 1]) {
    const steps = sequence(x.subarray(record * 40, record * 40 + 40), 8);
    const expected = plainAttention(weights, 'a', steps, steps, heads).flat();
    expected.forEach((value, at) => {
      expect(output[record * 40 + at]).toBeCloseTo(value, 5);
    });
  }
});

test('separate queries, the same for every record, projected to another width', async () => {
  const [queries, context] = [noise(3 * 6, 'queries'), noise(2 * 7 * 10, 'context')];
  const { output, weights } = await runNetwork(context, [2, 7, 10], (net, value) =>
    attention(net, 'a', net.graph.constant([...queries], [1, 3, 6]), value, { heads: 2, inner: 4 }),
  );
  expect(output.length).toBe(2 * 3 * 6);
  for (const record of [0, 1]) {
    const steps = sequence(context.subarray(record * 70, record * 70 + 70), 10);
    const expected = plainAttention(weights, 'a', sequence(queries, 6), steps, 2).flat();
    expected.forEach((value, at) => {
      expect(output[record * 18 + at]).toBeCloseTo(value, 5);
    });
  }
});

test('heads that do not divide the features are rejected with a message', async () => {
  const build = (net: Net, value: Value) => attention(net, 'a', value, value, { heads: 16 });
  await expect(runNetwork(noise(40), [1, 5, 8], build)).rejects.toMatchObject({
    code: 'ERR_RANGE',
    message: 'heads must divide the 8 features that they share, got 16 heads; take a divisor of 8',
  });
});

describe('value and gradients are the same bits for any number of threads', () => {
  // More threads than records and heads, and products with more columns than rows (fewer steps than features per head).
  test.each([
    { steps: 120, width: 32 },
    { steps: 48, width: 256 },
  ])('attention over $steps x $width', async ({ steps, width }) => {
    await expectSameBits([2, steps, width], (net, x) => attention(net, 'a', x, x, { heads: 1 }));
  });

  test.each(['fc', 'mean', 'last'] as const)('feature by %s', async (feature) => {
    await expectSameBits([3, 101, 64], (net, x) => selectFeature(net, x, feature));
  });
});

async function expectSameBits(shape: readonly number[], build: (net: Net, x: Value) => Value): Promise<void> {
  const graph = new Graph('layer');
  const net = new Net(graph, 'training', (within, slot) => within.input(slot.name, 'float32', slot.shape));
  const x = graph.input('x', 'float32', shape);
  const y = build(net, x);
  const probe = graph.input('probe', 'float32', y.shape);
  const wanted = [x, ...net.slots.map(({ value }) => value)];
  gradients(graph, reduceSum(graph, mul(graph, y, probe)), wanted).forEach((gradient, at) => {
    graph.output(`d${at}`, gradient);
  });
  graph.output('y', y);
  const feeds = Object.fromEntries(
    graph.inputs.map(({ name, shape: size }) => [
      name,
      new Tensor(
        'float32',
        noise(sizeOf(size), name).map((value) => 0.3 * value),
        size as number[],
      ),
    ]),
  );
  const run = async (intraOpNumThreads: number) => {
    const session = await InferenceSession.create(encodeModel(graph), {
      intraOpNumThreads,
      logSeverityLevel: 3,
    });
    const results = await session.run(feeds);
    const bits = graph.outputs.map(({ name }) =>
      Buffer.from((results[name]!.data as Float32Array).slice().buffer),
    );
    await session.release();
    return bits;
  };
  const one = await run(1);
  for (const threads of [2, 7, 16]) {
    const many = await run(threads);
    graph.outputs.forEach(({ name }, at) => {
      expect(many[at]!.equals(one[at]!), `${name}, ${threads} threads`).toBe(true);
    });
  }
}
