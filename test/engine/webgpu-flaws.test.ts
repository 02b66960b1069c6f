// Finds the convolutions that ONNX Runtime computes incorrectly on WebGPU.

import { expect, test } from 'vitest';
import { flawedNodes } from '#lib/engine/webgpu-flaws.js';
import { Graph } from '#lib/graph/graph.js';
import { encodeModel } from '#lib/graph/proto.js';
import { scan } from '#lib/graph/scan.js';

/** Builds a Conv of [2, 3, 8] with [4, 3, taps] for each pair of pads. */
function convolutions(taps: number, pads: readonly (readonly [number, number])[]): Graph {
  const graph = new Graph('convolutions');
  const x = graph.input('x', 'float32', [2, 3, 8]);
  const w = graph.input('w', 'float32', [4, 3, taps]);
  for (const [at, [before, after]] of pads.entries()) {
    const shape = [2, 4, 8 + before + after - taps + 1];
    const attributes = { kernel_shape: [taps], strides: [1], pads: [before, after] };
    graph.output(`y${at}`, graph.emitOne('Conv', [x, w], { dtype: 'float32', shape }, attributes));
  }
  return graph;
}

const pads = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const;

test('finds the one-tap convolution that pads only at the end, also in a subgraph', () => {
  const graph = convolutions(1, pads);
  const flawed = graph.nodes.filter(({ attributes }) => String(attributes.pads) === '0,1');
  const names = flawed.map(({ outputs }) => outputs[0]!.name);
  expect(names).toHaveLength(1);
  expect(flawedNodes(encodeModel(graph))).toEqual(names);
  expect(flawedNodes(encodeModel(scan(graph, [])))).toEqual(names);
});

test('finds it with a dilation too, which moves no tap of a convolution with one tap', () => {
  const graph = convolutions(1, pads);
  for (const node of graph.nodes) Object.assign(node.attributes, { dilations: [4] });
  expect(flawedNodes(encodeModel(graph))).toHaveLength(1);
});

test('ignores wider convolutions', () => {
  expect(flawedNodes(encodeModel(convolutions(2, pads)))).toEqual([]);
});
