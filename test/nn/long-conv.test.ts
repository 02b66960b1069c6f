// Compares the long convolution with its explicit sum, and Toeplitz matrices with their definition.

import { expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { Graph, type Shape } from '#lib/graph/graph.js';
import { longConv, toeplitz } from '#lib/nn/long-conv.js';
import { compile } from '../graph/run-graph.js';

const draw = (count: number, name: string) => {
  const stream = randomStream(4, name);
  return Float32Array.from({ length: count }, () => stream.normal());
};

test.each([
  [2, 1, 3],
  [1, 2, 1],
  [3, 7, 2],
  [2, 20, 5],
])('batch %i, %i steps, %i channels: the sum over past and future', async (batch, steps, channels) => {
  const graph = new Graph('conv');
  const input = (name: string, shape: Shape) => graph.input(name, 'float32', shape);
  const x = input('x', ['N', steps, channels]);
  const [forward, backward] = [input('f', [channels, steps]), input('b', [channels, steps])];
  graph.output('y', longConv(graph, x, forward, backward));
  const feeds = {
    x: draw(batch * steps * channels, 'x'),
    f: draw(channels * steps, 'f'),
    b: draw(channels * steps, 'b'),
  };
  const runner = await compile(graph, batch);
  const { y } = await runner.run(feeds);
  await runner.release();
  const at = (record: number, step: number, channel: number) => (record * steps + step) * channels + channel;
  for (let record = 0; record < batch; record++)
    for (let step = 0; step < steps; step++)
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let other = 0; other < steps; other++) {
          const value = feeds.x[at(record, other, channel)]!;
          if (other <= step) sum += feeds.f[channel * steps + step - other]! * value;
          if (other >= step) sum += feeds.b[channel * steps + other - step]! * value;
        }
        expect(y![at(record, step, channel)]).toBeCloseTo(sum, 4);
      }
});

test('a Toeplitz matrix is constant along its diagonals', async () => {
  const graph = new Graph('toeplitz');
  graph.output('y', toeplitz(graph, graph.input('lags', 'float32', [2, 5])));
  const runner = await compile(graph);
  const { y } = await runner.run({ lags: Float32Array.of(1, 2, 3, 4, 5, 11, 12, 13, 14, 15) });
  await runner.release();
  expect([...y!]).toEqual([3, 4, 5, 2, 3, 4, 1, 2, 3, 13, 14, 15, 12, 13, 14, 11, 12, 13]);
});

test('kernels of another length are rejected', () => {
  const graph = new Graph('refused');
  const x = graph.input('x', 'float32', [1, 4, 2]);
  const [f, b] = [graph.input('f', 'float32', [2, 4]), graph.input('b', 'float32', [2, 3])];
  expect(() => longConv(graph, x, f, b)).toThrow('longConv takes kernels of [2, 4], b is [2, 3]');
});
