// Constant parts are computed once, and the remaining graph gives the same outputs.

import { expect, test } from 'vitest';
import { foldConstants } from '#lib/graph/fold-constants.js';
import { Graph } from '#lib/graph/graph.js';
import { add } from '#lib/graph/ops/add.js';
import { cos } from '#lib/graph/ops/cos.js';
import { exp } from '#lib/graph/ops/exp.js';
import { expand } from '#lib/graph/ops/expand.js';
import { matmul } from '#lib/graph/ops/matmul.js';
import { mul } from '#lib/graph/ops/mul.js';
import { reshape } from '#lib/graph/ops/reshape.js';
import { transpose } from '#lib/graph/ops/transpose.js';
import { errorOf } from '../helpers/folder.js';
import { compile, type Values } from './run-graph.js';

async function compute(constants: Graph): Promise<Values> {
  const runner = await compile(constants);
  const values = await runner.run({});
  await runner.release();
  return values;
}

async function answers(graph: Graph, x: Float32Array): Promise<Values> {
  const runner = await compile(graph);
  const values = await runner.run({ x });
  await runner.release();
  return values;
}

const typesOf = (graph: Graph) => graph.nodes.map(({ type }) => type).sort();
const x = Float32Array.of(1, -2, 3, 0.5);

test('formulas of weights become weights, each computed once', async () => {
  const graph = new Graph('formulas');
  const input = graph.input('x', 'float32', ['N', 4]);
  const w = graph.initializer(
    'w',
    Float32Array.from({ length: 12 }, (_, at) => at / 10),
    [3, 4],
  );
  const turned = exp(graph, transpose(graph, w, [1, 0]));
  const y = matmul(graph, input, turned);
  graph.output(
    'y',
    add(graph, mul(graph, y, y), cos(graph, graph.initializer('b', Float32Array.of(1, 2, 3), [3]))),
  );
  graph.output('weights', turned);
  graph.output('unused weight', w);
  const folded = await foldConstants(graph, compute);
  expect(typesOf(folded)).toEqual(['Add', 'MatMul', 'Mul']);
  expect(folded.initializers.map(({ shape }) => shape)).toEqual([[3, 4], [4, 3], [3]]);
  expect(await answers(folded, x)).toEqual(await answers(graph, x));
});

test('a tensor that is only rearranged to several times its size stays small in the file', async () => {
  const graph = new Graph('layout');
  const input = graph.input('x', 'float32', ['N', 4]);
  const kernel = exp(graph, graph.initializer('w', Float32Array.of(1, 2, 3, 4), [1, 4]));
  const wide = expand(graph, reshape(graph, kernel, [4, 1]), [4, 40]);
  graph.output('y', matmul(graph, input, wide));
  const folded = await foldConstants(graph, compute);
  expect(typesOf(folded)).toEqual(['Expand', 'MatMul', 'Reshape']);
  const floats = folded.initializers.filter(({ dtype }) => dtype === 'float32');
  expect(floats.map(({ shape }) => shape)).toEqual([[1, 4]]);
  expect(await answers(folded, x)).toEqual(await answers(graph, x));
});

test('a graph without constant nodes is copied and nothing is computed', async () => {
  const graph = new Graph('plain');
  const input = graph.input('x', 'float32', ['N', 4]);
  graph.output('y', mul(graph, input, graph.constant([1, 2, 3, 4])));
  const never = () => Promise.reject(new Error('nothing was to be computed'));
  const folded = await foldConstants(graph, never);
  expect(await answers(folded, x)).toEqual({ y: Float32Array.of(1, -4, 9, 2) });
});

test('a failure of the engine is reported, and so is a missing value', async () => {
  const graph = new Graph('failing');
  const input = graph.input('x', 'float32', ['N', 4]);
  graph.output('y', add(graph, input, exp(graph, graph.constant([1, 2, 3, 4]))));
  await expect(foldConstants(graph, () => Promise.reject(new Error('no engine')))).rejects.toThrow(
    'no engine',
  );
  expect(await errorOf(foldConstants(graph, async () => ({})))).toMatch(/^ERR_GRAPH: .* gave no Exp/);
});
