// Graphs in half precision and with byte weights: their contents, their accuracy, and rejected weights.

import { describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { toFloat16 } from '#lib/graph/float16.js';
import { Graph, sizeOf, type Value } from '#lib/graph/graph.js';
import { decodeModelHeader } from '#lib/graph/header.js';
import { toInt8 } from '#lib/graph/int8.js';
import { add } from '#lib/graph/ops/add.js';
import { conv1d } from '#lib/graph/ops/conv1d.js';
import { gemm } from '#lib/graph/ops/gemm.js';
import { lstmInference } from '#lib/graph/ops/lstm.js';
import { matmul } from '#lib/graph/ops/matmul.js';
import { reduceMean } from '#lib/graph/ops/reduce-mean.js';
import { reshape } from '#lib/graph/ops/reshape.js';
import { sigmoid } from '#lib/graph/ops/sigmoid.js';
import { transpose } from '#lib/graph/ops/transpose.js';
import { encodeModel } from '#lib/graph/proto.js';
import { compile } from './run-graph.js';

const stream = randomStream(3, 'precision');
const normals = (length: number) => Float32Array.from({ length }, () => stream.normal());

/** Builds a graph x [N, 64] -> y with `build`. */
function graphOf(build: (graph: Graph, x: Value) => Value): Graph {
  const graph = new Graph('test');
  graph.output('y', build(graph, graph.input('x', 'float32', ['N', 64])));
  return graph;
}

async function answer(graph: Graph, x: Float32Array): Promise<Float32Array> {
  const runner = await compile(graph, x.length / 64);
  const { y } = await runner.run({ x });
  await runner.release();
  return y!;
}

/** Returns the largest difference divided by the largest value. */
async function error(graph: Graph, changed: Graph, x: Float32Array): Promise<number> {
  const [expected, got] = [await answer(graph, x), await answer(changed, x)];
  const largest = (values: Float32Array) =>
    values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest(got.map((value, at) => value - expected[at]!)) / largest(expected);
}

const dense = graphOf((graph, x) => {
  const w = graph.initializer(
    'w',
    normals(64 * 64).map((value) => value / 8),
    [64, 64],
  );
  return sigmoid(
    graph,
    gemm(graph, x, w, { bias: graph.initializer('b', normals(64), [64]), transposeB: true }),
  );
});

describe('toFloat16', () => {
  it('halves the weights, keeps the types of inputs and outputs, and is accurate to three digits', async () => {
    const half = toFloat16(dense);
    expect(half.initializers.map(({ name, dtype }) => [name, dtype])).toEqual([
      ['w', 'float16'],
      ['b', 'float16'],
    ]);
    const header = decodeModelHeader(encodeModel(half));
    expect([...header.inputs, ...header.outputs].map(({ name, dtype }) => [name, dtype])).toEqual([
      ['x', 'float32'],
      ['y', 'float32'],
    ]);
    expect(await error(dense, half, normals(5 * 64))).toBeLessThan(5e-3);
  });

  it('rejects a weight beyond 65504 by name', () => {
    const graph = graphOf((g, x) => add(g, x, g.initializer('large', new Float32Array(64).fill(1e5), [64])));
    expect(() => toFloat16(graph)).toThrow(/^large holds 100000, and float16 ends at 65504; export/);
    const infinite = graphOf((g, x) =>
      add(g, x, g.initializer('endless', new Float32Array(64).fill(-Infinity), [64])),
    );
    expect(toFloat16(infinite).initializers).toHaveLength(1);
  });
});

describe('toInt8', () => {
  it('multiplies integers, with one scale per output channel', async () => {
    const small = toInt8(dense);
    expect(small.nodes.map(({ type }) => type)).toContain('MatMulInteger');
    expect(await error(dense, small, normals(5 * 64))).toBeLessThan(0.02);
    // A channel with values a thousand times larger does not reduce the accuracy of the others.
    const weights = normals(64 * 64).map((value, at) => (at % 64 === 0 ? 1000 : 1) * value);
    const uneven = graphOf((g, x) => matmul(g, x, g.initializer('w', weights, [64, 64])));
    const x = normals(5 * 64);
    const [expected, got] = [await answer(uneven, x), await answer(toInt8(uneven), x)];
    const apart = expected
      .filter((_, at) => at % 64 !== 0)
      .map((value, at) => value - got.filter((_, n) => n % 64 !== 0)[at]!);
    expect(Math.max(...apart.map(Math.abs))).toBeLessThan(0.5);
  });

  it('does not saturate with the largest activations and weights', async () => {
    // Neighbours with the same sign: the sum of two products is as large as possible.
    const ends = Float32Array.from({ length: 64 * 64 }, (_, at) => (at % 64 < 32 ? 1 : -1));
    const graph = graphOf((g, x) => matmul(g, x, g.initializer('w', ends, [64, 64])));
    const x = Float32Array.from({ length: 2 * 64 }, (_, at) => (at % 2 === 0 ? 1 : 0.9));
    expect(await error(graph, toInt8(graph), x)).toBeLessThan(0.02);
  });

  it('stores convolutions and matrices by channel as bytes, a shared weight once, and small ones unchanged', async () => {
    const graph = graphOf((g, x) => {
      const w = g.initializer('w', normals(64 * 64), [64, 64]);
      const twice = matmul(g, matmul(g, x, w), w);
      const filters = g.initializer('filters', normals(8 * 64 * 5), [8, 64, 5]);
      const steps = conv1d(g, reshape(g, twice, ['N', 64, 1]), filters, { padding: 2 });
      const channels = transpose(g, reshape(g, twice, ['N', 8, 8]), [1, 0, 2]);
      const byChannel = matmul(g, channels, g.initializer('by channel', normals(8 * 8 * 40), [8, 8, 40]));
      const pooled = reduceMean(g, transpose(g, byChannel, [1, 0, 2]), [2]);
      return add(g, add(g, pooled, reduceMean(g, steps, [2])), g.initializer('few', normals(8), [8]));
    });
    const small = toInt8(graph);
    const bytes = small.initializers.filter(({ data }) => data.BYTES_PER_ELEMENT === 1 && data.length > 1);
    expect(bytes.map(({ name, dtype }) => [name, dtype])).toEqual([
      ['w.bytes', 'uint8'],
      ['filters.bytes', 'int8'],
      ['by channel.bytes', 'int8'],
    ]);
    expect(await error(graph, small, normals(3 * 64))).toBeLessThan(0.03);
    expect(encodeModel(small).length).toBeLessThan(encodeModel(graph).length / 2);
  });

  it('does not change the biases of a wide LSTM', () => {
    const graph = graphOf((g, x) => {
      const steps = transpose(g, reshape(g, x, ['N', 8, 8]), [1, 0, 2]);
      const weight = (name: string, shape: number[]) => g.initializer(name, normals(sizeOf(shape)), shape);
      return lstmInference(g, steps, {
        inputWeight: weight('W', [2, 1024, 8]),
        recurrentWeight: weight('R', [2, 1024, 256]),
        bias: weight('bias', [2, 2048]),
      });
    });
    const kept = toInt8(graph).initializers.map(({ name, dtype }) => [name, dtype]);
    expect(kept).toContainEqual(['bias', 'float32']);
    expect(kept).toContainEqual(['W.bytes', 'int8']);
    expect(kept).toContainEqual(['R.bytes', 'int8']);
    expect(kept).not.toContainEqual(['bias.bytes', 'int8']);
  });
});
