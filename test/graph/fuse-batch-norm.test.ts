// A convolution merged with its batch normalisation gives the outputs of both.

import { expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { fuseBatchNorm } from '#lib/graph/fuse-batch-norm.js';
import { Graph, type Value } from '#lib/graph/graph.js';
import { add } from '#lib/graph/ops/add.js';
import { batchNormInference } from '#lib/graph/ops/batch-norm.js';
import { conv1d } from '#lib/graph/ops/conv1d.js';
import { relu } from '#lib/graph/ops/relu.js';
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
  const fused = fuseBatchNorm(graph);
  expect([normalisations(graph), normalisations(fused)]).toEqual([1, 0]);
  expect(await farApart(graph, fused)).toBeLessThan(1e-5);
});

test('a convolution with another reader is kept, and so is a normalisation of another operator', async () => {
  const shared = layers((g, conv, normal) => add(g, normal(conv), conv));
  const apart = layers((g, conv, normal) => normal(relu(g, conv)));
  for (const graph of [shared, apart]) {
    expect(normalisations(fuseBatchNorm(graph))).toBe(1);
    expect(await farApart(graph, fuseBatchNorm(graph))).toBe(0);
  }
});
