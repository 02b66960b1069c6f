// Convolutions over time: the taps of a dilation, the nodes, and what is refused.

import { expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { Graph } from '#lib/graph/graph.js';
import { convTranspose1d } from '#lib/graph/ops/conv-transpose.js';
import { conv1d } from '#lib/graph/ops/conv1d.js';
import { spread } from '#lib/graph/ops/spread.js';
import { relativeDistance } from '../nn/agreement.js';
import { compile } from './run-graph.js';

const stream = randomStream(4, 'convolution');
const normals = (size: number) => Float32Array.from({ length: size }, () => stream.normal());

test.each([2, 16, 64])('dilation %i equals taps with zeros between them', async (dilation) => {
  const graph = new Graph('dilated');
  const x = graph.input('x', 'float32', [2, 3, 140]);
  const w = graph.input('w', 'float32', [4, 3, 3]);
  graph.output('dilated', conv1d(graph, x, w, { dilation, padding: dilation }));
  graph.output('spread', conv1d(graph, x, spread(graph, w, dilation), { padding: dilation }));
  const runner = await compile(graph);
  const { dilated, spread: expected } = await runner.run({ x: normals(2 * 3 * 140), w: normals(4 * 3 * 3) });
  expect(dilated).toHaveLength(2 * 4 * 140);
  expect(relativeDistance(dilated!, expected!)).toBeLessThan(1e-6);
  await runner.release();
});

test('a convolution without dilation has no attribute for it', () => {
  const attributes = (dilation: number) => {
    const graph = new Graph('attributes');
    const w = graph.input('w', 'float32', [4, 3, 3]);
    conv1d(graph, graph.input('x', 'float32', ['N', 3, 20]), w, { dilation, padding: 2 });
    return graph.nodes[0]!.attributes;
  };
  expect(attributes(1)).toEqual({ kernel_shape: [3], strides: [1], pads: [2, 2] });
  expect(attributes(5)).toEqual({ kernel_shape: [3], strides: [1], pads: [2, 2], dilations: [5] });
});

test.each([
  ['a dilation with a stride', { dilation: 2, stride: 2 }],
  ['padding of all samples that the taps span', { dilation: 4, padding: 9 }],
  ['taps that span more than the signal', { dilation: 10 }],
  ['a dilation of 0', { dilation: 0 }],
  ['half a dilation', { dilation: 1.5 }],
  ['a stride of 0', { stride: 0 }],
  ['negative padding', { padding: -1 }],
])('%s is refused', (_, options) => {
  const graph = new Graph('refused');
  const x = graph.input('x', 'float32', [2, 3, 20]);
  const w = graph.input('w', 'float32', [4, 3, 3]);
  expect(() => conv1d(graph, x, w, options)).toThrow(
    expect.objectContaining({
      code: 'ERR_GRAPH',
      message: expect.stringMatching(/^conv1d \(.*\) cannot apply w \[4, 3, 3\] to x \[2, 3, 20\]/),
    }),
  );
});

test.each([
  [4, 2, 1],
  [3, 1, 1],
  [3, 2, 0],
  [5, 3, 4],
  [8, 4, 2],
])(
  'a transposed convolution of %i taps, stride %i, padding %i equals that of ONNX',
  async (taps, stride, padding) => {
    const graph = new Graph('transposed');
    const x = graph.input('x', 'float32', ['N', 3, 9]);
    const w = graph.input('w', 'float32', [3, 4, taps]);
    const y = convTranspose1d(graph, x, w, { stride, padding });
    const attributes = { kernel_shape: [taps], strides: [stride], pads: [padding, padding] };
    graph.output('y', y);
    graph.output('expected', graph.emitOne('ConvTranspose', [x, w], y, attributes));
    const runner = await compile(graph, 2);
    const answer = await runner.run({ x: normals(2 * 3 * 9), w: normals(3 * 4 * taps) });
    expect(answer.expected).toHaveLength(2 * 4 * (8 * stride - 2 * padding + taps));
    expect(relativeDistance(answer.y!, answer.expected!)).toBeLessThan(1e-6);
    await runner.release();
  },
);

test.each([
  ['a stride of more than the taps', { stride: 4 }, [3, 4, 3]],
  ['padding of all taps', { padding: 3 }, [3, 4, 3]],
  ['other channels', {}, [4, 4, 3]],
  ['half a stride', { stride: 1.5 }, [3, 4, 3]],
  ['two dimensions', {}, [3, 4]],
])('a transposed convolution refuses %s', (_, options, shape) => {
  const graph = new Graph('refused');
  const x = graph.input('x', 'float32', [2, 3, 20]);
  const w = graph.input('w', 'float32', shape);
  expect(() => convTranspose1d(graph, x, w, options)).toThrow(expect.objectContaining({ code: 'ERR_GRAPH' }));
});
