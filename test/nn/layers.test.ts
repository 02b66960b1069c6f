// The layers of a generator compared with plain loops, in training and in inference.

import { describe, expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { Graph, type Value } from '#lib/graph/graph.js';
import { convBias, groupNorm } from '#lib/nn/layers.js';
import { Net } from '#lib/nn/net.js';
import { compile } from '../graph/run-graph.js';

const stream = randomStream(3, 'layers');
const normals = (size: number) => Float32Array.from({ length: size }, () => stream.normal());

/** Runs a layer on x [2, 6, 5]; its weights are inputs with the given values. */
async function answerOf(
  mode: 'training' | 'inference',
  layer: (net: Net, x: Value) => Value,
  values: Readonly<Record<string, Float32Array>>,
): Promise<Float32Array> {
  const graph = new Graph('layer');
  const x = graph.input('x', 'float32', [mode === 'training' ? 2 : 'N', 6, 5]);
  const net = new Net(graph, mode, (g, { name, shape }) => g.input(name, 'float32', shape));
  graph.output('y', layer(net, x));
  const runner = await compile(graph, 2);
  const { y } = await runner.run(values);
  await runner.release();
  return y!;
}

describe.each(['training', 'inference'] as const)('in %s', (mode) => {
  test.each([1, 2, 3, 6])('groupNorm in %i groups', async (groups) => {
    const x = normals(60).map((value) => 3 * value + 2);
    const [scale, shift] = [normals(6), normals(6)];
    const y = await answerOf(mode, (net, value) => groupNorm(net, 'n', value, groups), {
      ...{ x, 'n.weight': scale, 'n.bias': shift },
    });
    const size = 30 / groups;
    for (const [at, value] of y.entries()) {
      const first = Math.floor(at / size) * size;
      const group = Array.from(x.subarray(first, first + size));
      const mean = group.reduce((sum, one) => sum + one, 0) / size;
      const variance = group.reduce((sum, one) => sum + (one - mean) ** 2, 0) / size;
      const channel = Math.floor(at / 5) % 6;
      const expected = ((x[at]! - mean) / Math.sqrt(variance + 1e-5)) * scale[channel]! + shift[channel]!;
      expect(value).toBeCloseTo(expected, 4);
    }
  });

  test('convBias', async () => {
    const [x, bias] = [normals(60), normals(6)];
    const y = await answerOf(mode, (net, value) => convBias(net, 'c', value), { x, 'c.bias': bias });
    expect([...y]).toEqual(Array.from(x, (value, at) => Math.fround(value + bias[Math.floor(at / 5) % 6]!)));
  });
});

test('a bias starts at 0; a group norm at scale 1 and shift 0', () => {
  const graph = new Graph('initial');
  const net = new Net(graph, 'training', (g, { name, shape }) => g.input(name, 'float32', shape));
  groupNorm(net, 'n', convBias(net, 'c', graph.input('x', 'float32', [2, 4, 3])), 2);
  const values = net.slots.map(({ name, shape, initial }) => [name, shape, [...initial(1, name, 4)]]);
  expect(values).toEqual([
    ['c.bias', [4, 1], [0, 0, 0, 0]],
    ['n.weight', [4, 1], [1, 1, 1, 1]],
    ['n.bias', [4, 1], [0, 0, 0, 0]],
  ]);
});

test.each([0, 4, 1.5, -2])('%d groups of 6 channels are refused', (groups) => {
  const graph = new Graph('refused');
  const net = new Net(graph, 'training', (g, { name, shape }) => g.input(name, 'float32', shape));
  expect(() => groupNorm(net, 'n', graph.input('x', 'float32', [2, 6, 5]), groups)).toThrow(
    expect.objectContaining({ code: 'ERR_GRAPH', message: expect.stringMatching(/divisor of 6/) }),
  );
});

test('tensors of other than three dimensions are refused', () => {
  const graph = new Graph('refused');
  const net = new Net(graph, 'training', (g, { name, shape }) => g.input(name, 'float32', shape));
  const x = graph.input('x', 'float32', [2, 6]);
  const refusal = expect.objectContaining({ code: 'ERR_GRAPH' });
  expect(() => groupNorm(net, 'n', x, 2)).toThrow(refusal);
  expect(() => convBias(net, 'c', x)).toThrow(refusal);
});
