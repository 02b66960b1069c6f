// Compares Winograd's convolution with the direct one, and checks where it is used.

import { expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { Graph } from '#lib/graph/graph.js';
import { conv1d } from '#lib/graph/ops/conv1d.js';
import { winogradConv } from '#lib/graph/ops/winograd.js';
import { relativeDistance } from '../nn/agreement.js';
import { compile } from './run-graph.js';

const inputs = (graph: Graph, channels: number, filters: number, length: number) =>
  [
    graph.input('x', 'float32', [2, channels, length]),
    graph.input('w', 'float32', [filters, channels, 3]),
  ] as const;

test.each([1, 2, 3, 4, 5, 63, 64])('equals a convolution of %i samples', async (length) => {
  const [channels, filters] = [24, 17];
  const graph = new Graph('both');
  const [x, w] = inputs(graph, channels, filters, length);
  graph.output('winograd', winogradConv(graph, x, w));
  graph.output('plain', conv1d(graph, x, w, { padding: 1 }));
  expect(graph.nodes.filter(({ type }) => type === 'Conv')).toHaveLength(1);
  const stream = randomStream(1, 'winograd', length);
  const draw = (size: number) => Float32Array.from({ length: size }, () => stream.normal());
  const runner = await compile(graph);
  const { winograd, plain } = await runner.run({
    x: draw(2 * channels * length),
    w: draw(filters * channels * 3),
  });
  expect(relativeDistance(winograd!, plain!)).toBeLessThan(2e-6);
  await runner.release();
});

test('is used for many channels in training, never with a free batch or a dilation', () => {
  const convs = (batch: number | string, channels: number, dilation = 1) => {
    const graph = new Graph('chosen');
    const x = graph.input('x', 'float32', [batch, channels, 16]);
    conv1d(graph, x, graph.input('w', 'float32', [channels, channels, 3]), { padding: 1, dilation });
    return graph.nodes.filter(({ type }) => type === 'Conv').length;
  };
  expect(convs(2, 128)).toBe(0);
  expect(convs(2, 64)).toBe(1);
  expect(convs('N', 128)).toBe(1);
  expect(convs(2, 128, 2)).toBe(1);
});
