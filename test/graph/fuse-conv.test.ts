// A convolution merged with its batch normalisation or its bias gives the outputs of both.

import { expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { fuseConv } from '#lib/graph/fuse-conv.js';
import { Graph, type Value } from '#lib/graph/graph.js';
import { add } from '#lib/graph/ops/add.js';
import { batchNormInference } from '#lib/graph/ops/batch-norm.js';
import { conv1d } from '#lib/graph/ops/conv1d.js';
import { relu } from '#lib/graph/ops/relu.js';
import { needed } from '#lib/graph/rewrite.js';
import { compile } from './run-graph.js';

const stream = randomStream(2, 'fuse');
const normals = (length: number) => Float32Array.from({ length }, () => stream.normal());

/** x [N, 2, 20] -> a convolution with 3 filters and its normalisation with arbitrary statistics. */
function layers(build: (graph: Graph, conv: Value, normal: (x: Value) => Value) => Value): Graph {
  const graph = new Graph('layers');
  const x = graph.input('x', 'float32', ['N', 2, 20]);
  const conv = conv1d(graph, x, graph.initializer('w', normals(30), [3, 2, 5]), { stride: 2, padding: 2 });
  const values = {
    gamma: graph.initializer('gamma', normals(3), [3]),
    beta: graph.initializer('beta', normals(3), [3]),
    mean: graph.initializer('mean', normals(3), [3]),
    variance: graph.initializer('variance', Float32Array.of(0.1, 1, 30), [3]),
  };
  graph.output(
    'y',
    build(graph, conv, (value) => batchNormInference(graph, value, values)),
  );
  return graph;
}

async function farApart(one: Graph, other: Graph): Promise<number> {
  const x = normals(4 * 40);
  const [a, b] = await Promise.all(
    [one, other].map(async (graph) => {
      const runner = await compile(graph, 4);
      const { y } = await runner.run({ x });
      await runner.release();
      return y!;
    }),
  );
  return Math.max(...a!.map((value, at) => Math.abs(value - b![at]!)));
}

const normalisations = (graph: Graph) =>
  graph.nodes.filter(({ type }) => type === 'BatchNormalization').length;

test('a normalisation is merged with the convolution before it', async () => {
  const graph = layers((g, conv, normal) => relu(g, normal(conv)));
  const fused = fuseConv(graph);
  expect([normalisations(graph), normalisations(fused)]).toEqual([1, 0]);
  expect(await farApart(graph, fused)).toBeLessThan(1e-5);
});

test('a convolution with another reader is kept, and so is a normalisation of another operator', async () => {
  const shared = layers((g, conv, normal) => add(g, normal(conv), conv));
  const apart = layers((g, conv, normal) => normal(relu(g, conv)));
  for (const graph of [shared, apart]) {
    expect(normalisations(fuseConv(graph))).toBe(1);
    expect(await farApart(graph, fuseConv(graph))).toBe(0);
  }
});

test('a number per channel becomes the bias of the convolution, with its dilation', async () => {
  const biased = (added: readonly number[], channels = 3) => {
    const graph = new Graph('biased');
    const x = graph.input('x', 'float32', ['N', 2, 20]);
    const w = graph.initializer('w', normals(channels * 2 * 3), [channels, 2, 3]);
    const conv = conv1d(graph, x, w, { dilation: 4, padding: 4 });
    const size = added.reduce((product, dim) => product * dim, 1);
    graph.output('y', relu(graph, add(graph, conv, graph.initializer('b', normals(size), added))));
    return graph;
  };
  const types = (graph: Graph) => fuseConv(graph).nodes.map(({ type }) => type);
  const graph = biased([3, 1]);
  const fused = fuseConv(graph);
  expect(needed(fused).nodes.map(({ type }) => type)).toEqual(['Reshape', 'Conv', 'Relu']);
  expect(needed(fused).nodes[1]!.attributes.dilations).toEqual([4]);
  expect(await farApart(graph, fused)).toBeLessThan(1e-5);
  for (const other of [biased([3, 20]), biased([1, 1]), biased([20]), biased([1, 3, 1])]) {
    expect(types(other)).toContain('Add');
    expect(await farApart(other, fuseConv(other))).toBe(0);
  }
});
