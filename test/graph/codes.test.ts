// Operators on codes: rows of a table, one-hot vectors, the nearest code, and values without a gradient.

import { describe, expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { gradients } from '#lib/graph/autodiff.js';
import { Graph, type Value } from '#lib/graph/graph.js';
import { add } from '#lib/graph/ops/add.js';
import { cast } from '#lib/graph/ops/cast.js';
import { detach } from '#lib/graph/ops/detach.js';
import { gatherRows } from '#lib/graph/ops/gather-rows.js';
import { mul } from '#lib/graph/ops/mul.js';
import { nearestCode } from '#lib/graph/ops/nearest-code.js';
import { oneHot } from '#lib/graph/ops/one-hot.js';
import { reduceSum } from '#lib/graph/ops/reduce-sum.js';
import { sub } from '#lib/graph/ops/sub.js';
import { compile, type Values } from './run-graph.js';

/** Runs a graph with one output y. */
async function answerOf(build: (graph: Graph) => Value, feeds: Values, free = 1): Promise<number[]> {
  const graph = new Graph('codes');
  graph.output('y', build(graph));
  const runner = await compile(graph, free);
  const { y } = await runner.run(feeds);
  await runner.release();
  return [...y!];
}

/** An int64 input by way of float32, which `compile` feeds. */
const codesInput = (graph: Graph, ...shape: (number | string)[]) =>
  cast(graph, graph.input('codes', 'float32', shape), 'int64');

describe('gatherRows', () => {
  const table = Float32Array.of(1, 2, 3, 4, 5, 6);

  test('gives the row of each code, with a free batch too', async () => {
    for (const batch of [2, 'N']) {
      const y = await answerOf(
        (graph) => gatherRows(graph, graph.input('table', 'float32', [3, 2]), codesInput(graph, batch, 2)),
        { table, codes: Float32Array.of(2, 0, 1, 2) },
        2,
      );
      expect(y).toEqual([5, 6, 1, 2, 3, 4, 5, 6]);
    }
  });

  test('adds the gradients of a row that was taken twice; a row that was not taken has none', async () => {
    const d = await answerOf(
      (graph) => {
        const rows = graph.input('table', 'float32', [3, 2]);
        const y = gatherRows(graph, rows, codesInput(graph, 3));
        const loss = reduceSum(graph, mul(graph, y, graph.constant([1, 2, 10, 20, 100, 200], [3, 2])));
        return gradients(graph, loss, [rows])[0]!;
      },
      { table, codes: Float32Array.of(2, 0, 2) },
    );
    expect(d).toEqual([10, 20, 0, 0, 101, 202]);
  });
});

describe('oneHot', () => {
  test('has 1 at the place of the code, and zeros for a code outside', async () => {
    const y = await answerOf((graph) => oneHot(graph, codesInput(graph, 2, 2), 3), {
      codes: Float32Array.of(0, 2, 3, -1),
    });
    expect(y).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  });
});

describe('nearestCode', () => {
  const run = (z: Float32Array, codebook: Float32Array, width: number, rows: number | string) =>
    answerOf(
      (graph) => {
        const points = graph.input('z', 'float32', [rows, width]);
        const codes = nearestCode(
          graph,
          points,
          graph.input('c', 'float32', [codebook.length / width, width]),
        );
        expect([codes.dtype, codes.shape]).toEqual(['int64', [rows]]);
        return cast(graph, codes, 'float32');
      },
      { z, c: codebook },
      z.length / width,
    );

  test.each([
    [40, 7, 3],
    [3, 64, 16],
  ])('gives the row at the least distance, %i of %i in %i dimensions', async (count, rows, width) => {
    const stream = randomStream(8, 'nearest', count);
    const normals = (size: number) => Float32Array.from({ length: size }, () => stream.normal());
    const [z, codebook] = [normals(count * width), normals(rows * width)];
    const distance = (row: number, code: number) =>
      z
        .subarray(row * width, (row + 1) * width)
        .reduce((sum, value, at) => sum + (value - codebook[code * width + at]!) ** 2, 0);
    const expected = Array.from({ length: count }, (_, row) => {
      const distances = Array.from({ length: rows }, (__, code) => distance(row, code));
      return distances.indexOf(Math.min(...distances));
    });
    expect(await run(z, codebook, width, count)).toEqual(expected);
    expect(await run(z, codebook, width, 'N')).toEqual(expected);
  });

  test('takes rows with further axes, of which one may be free', async () => {
    const z = Float32Array.of(0, 9, 1, 1, 5, 5, 0, 0, 9, 9, 1, 0);
    const codes = await answerOf(
      (graph) => {
        const found = nearestCode(
          graph,
          graph.input('z', 'float32', ['N', 3, 2]),
          graph.input('c', 'float32', [3, 2]),
        );
        expect(found.shape).toEqual(['N', 3]);
        return cast(graph, found, 'float32');
      },
      { z, c: Float32Array.of(0, 0, 1, 9, 6, 6) },
      2,
    );
    expect(codes).toEqual([1, 0, 2, 0, 2, 0]);
  });

  test('gives the first of equal codes', async () => {
    const codebook = Float32Array.of(9, 9, 1, 2, 1, 2, 1, 2);
    expect(await run(Float32Array.of(1, 2, 9, 8), codebook, 2, 2)).toEqual([1, 0]);
  });
});

describe('detach', () => {
  test('keeps the value and stops the gradient: a straight-through estimator', async () => {
    const graph = new Graph('through');
    const [z, table] = [graph.input('z', 'float32', [2, 2]), graph.input('table', 'float32', [3, 2])];
    const row = gatherRows(graph, table, nearestCode(graph, z, table));
    const y = add(graph, z, detach(graph, sub(graph, row, z)));
    graph.output('y', y);
    graph.output('dz', gradients(graph, reduceSum(graph, mul(graph, y, y)), [z])[0]!);
    const runner = await compile(graph);
    const { y: value, dz } = await runner.run({
      z: Float32Array.of(0.5, 0.25, 4, 4),
      table: Float32Array.of(5, 5, 1, 0, 0, 8),
    });
    expect([...value!]).toEqual([1, 0, 5, 5]);
    expect([...dz!]).toEqual([2, 0, 10, 10]);
    await runner.release();
  });

  test('a loss that depends on a weight only through it has no gradient', () => {
    const graph = new Graph('detached');
    const x = graph.input('x', 'float32', [2]);
    const y = detach(graph, x);
    expect(detach(graph, x)).toBe(y);
    expect(graph.detached).toEqual([y]);
    expect(() => gradients(graph, reduceSum(graph, y), [x])).toThrow(/does not depend on x/);
  });
});

test('what is not a code or a matrix is refused', () => {
  const graph = new Graph('refused');
  const [floats, codes] = [graph.input('f', 'float32', [4]), graph.input('k', 'int64', [4])];
  const [table, cube] = [graph.input('t', 'float32', [3, 2]), graph.input('c', 'float32', [3, 2, 1])];
  const [wide, vector] = [graph.input('w', 'float32', [3, 5]), graph.input('v', 'float32', [2])];
  for (const [build, message] of [
    [() => gatherRows(graph, table, floats), /codes of type int64, f is float32/],
    [() => gatherRows(graph, cube, codes), /takes 2 dimensions, c is \[3, 2, 1\]/],
    [() => oneHot(graph, floats, 3), /codes of type int64, f is float32/],
    [() => oneHot(graph, codes, 0), /whole number from 1, got 0/],
    [() => oneHot(graph, codes, 2.5), /whole number from 1, got 2.5/],
    [() => nearestCode(graph, table, wide), /rows of one width, t is \[3, 2\] and w \[3, 5\]/],
    [() => nearestCode(graph, cube, table), /rows of one width, c is \[3, 2, 1\]/],
    [() => nearestCode(graph, vector, table), /rows of one width, v is \[2\]/],
    [() => nearestCode(graph, table, cube), /takes 2 dimensions, c is/],
  ] as const) {
    expect(build).toThrow(
      expect.objectContaining({ code: 'ERR_GRAPH', message: expect.stringMatching(message) }),
    );
  }
});
