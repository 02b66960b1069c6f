// Compares the gradient of every operator with central finite differences, both computed by the runtime in float32.

import { describe, expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { gradients } from '#lib/graph/autodiff.js';
import { Graph, type Shape, sizeOf, type Value } from '#lib/graph/graph.js';
import { add } from '#lib/graph/ops/add.js';
import { batchNormTraining } from '#lib/graph/ops/batch-norm.js';
import { concat } from '#lib/graph/ops/concat.js';
import { convTranspose1d } from '#lib/graph/ops/conv-transpose.js';
import { conv1d } from '#lib/graph/ops/conv1d.js';
import { cos } from '#lib/graph/ops/cos.js';
import { depthwiseConv1d } from '#lib/graph/ops/depthwise-conv.js';
import { div } from '#lib/graph/ops/div.js';
import { dropout } from '#lib/graph/ops/dropout.js';
import { exp } from '#lib/graph/ops/exp.js';
import { expand } from '#lib/graph/ops/expand.js';
import { gatherRows } from '#lib/graph/ops/gather-rows.js';
import { gelu } from '#lib/graph/ops/gelu.js';
import { gemm } from '#lib/graph/ops/gemm.js';
import { gruTraining } from '#lib/graph/ops/gru.js';
import { layerNorm } from '#lib/graph/ops/layer-norm.js';
import { log } from '#lib/graph/ops/log.js';
import { logSoftmax } from '#lib/graph/ops/log-softmax.js';
import { lstmTraining } from '#lib/graph/ops/lstm.js';
import { matmul } from '#lib/graph/ops/matmul.js';
import { maxPool1d } from '#lib/graph/ops/max-pool.js';
import { mul } from '#lib/graph/ops/mul.js';
import { neg } from '#lib/graph/ops/neg.js';
import { pad } from '#lib/graph/ops/pad.js';
import { reduceMean } from '#lib/graph/ops/reduce-mean.js';
import { reduceSum } from '#lib/graph/ops/reduce-sum.js';
import { relu } from '#lib/graph/ops/relu.js';
import { reshape } from '#lib/graph/ops/reshape.js';
import { reverse } from '#lib/graph/ops/reverse.js';
import { sigmoid } from '#lib/graph/ops/sigmoid.js';
import { silu } from '#lib/graph/ops/silu.js';
import { sin } from '#lib/graph/ops/sin.js';
import { slice } from '#lib/graph/ops/slice.js';
import { softmax } from '#lib/graph/ops/softmax.js';
import { softplus } from '#lib/graph/ops/softplus.js';
import { split } from '#lib/graph/ops/split.js';
import { sqrt } from '#lib/graph/ops/sqrt.js';
import { stochasticDepth } from '#lib/graph/ops/stochastic-depth.js';
import { sub } from '#lib/graph/ops/sub.js';
import { nowhere, takeRows } from '#lib/graph/ops/take-rows.js';
import { tanh } from '#lib/graph/ops/tanh.js';
import { transpose } from '#lib/graph/ops/transpose.js';
import { where } from '#lib/graph/ops/where.js';
import { winogradConv } from '#lib/graph/ops/winograd.js';
import { convBias, groupNorm } from '#lib/nn/layers.js';
import { longConv } from '#lib/nn/long-conv.js';
import { crossEntropy } from '#lib/objectives/cross-entropy.js';
import { ofNet } from './layer.js';
import { compile, type Values } from './run-graph.js';

interface Case {
  readonly name: string;
  readonly shapes: readonly Shape[];
  readonly build: (graph: Graph, ...inputs: Value[]) => Value;
  /** Values of at least 0.6 instead of values around 0. */
  readonly isPositive?: boolean;
}

const twoSided: Shape[] = [
  [2, 3, 4],
  [3, 1],
];

const cases: Case[] = [
  { name: 'add, broadcast', shapes: twoSided, build: add },
  { name: 'add to itself', shapes: [[5]], build: (graph, a) => add(graph, a, a) },
  { name: 'sub, broadcast', shapes: [...twoSided].reverse(), build: sub },
  { name: 'mul, broadcast', shapes: twoSided, build: mul },
  { name: 'mul by itself', shapes: [[5]], build: (graph, a) => mul(graph, a, a) },
  { name: 'div, broadcast', shapes: twoSided, build: div, isPositive: true },
  { name: 'neg', shapes: [[5]], build: neg },
  { name: 'exp', shapes: [[5]], build: exp },
  { name: 'log', shapes: [[5]], build: log, isPositive: true },
  { name: 'sqrt', shapes: [[5]], build: sqrt, isPositive: true },
  { name: 'cos', shapes: [[5]], build: cos },
  { name: 'sin', shapes: [[5]], build: sin },
  { name: 'sigmoid', shapes: [[5]], build: sigmoid },
  { name: 'silu', shapes: [[5]], build: silu },
  { name: 'softplus', shapes: [[5]], build: softplus },
  { name: 'tanh', shapes: [[5]], build: tanh },
  { name: 'gelu', shapes: [[4, 20]], build: gelu },
  { name: 'relu', shapes: [[4, 5]], build: relu },
  {
    name: 'where',
    shapes: [[3, 4], [4], [3, 4]],
    build: (graph, a, b, c) => {
      const isAbove = graph.emitOne('Greater', [c, graph.constant(0)], { dtype: 'bool', shape: c.shape });
      return add(graph, where(graph, isAbove, a, b), c);
    },
  },
  { name: 'expand', shapes: [[2, 1, 3]], build: (graph, x) => expand(graph, x, [2, 4, 3]) },
  { name: 'reshape', shapes: [[2, 6]], build: (graph, x) => reshape(graph, x, [3, 4]) },
  { name: 'transpose', shapes: [[2, 3, 4]], build: (graph, x) => transpose(graph, x, [2, 0, 1]) },
  { name: 'reverse', shapes: [[2, 5]], build: (graph, x) => reverse(graph, x, 1) },
  { name: 'slice', shapes: [[2, 7, 3]], build: (graph, x) => slice(graph, x, 1, 2, 5) },
  { name: 'slice, step 2, last axis', shapes: [[2, 9]], build: (graph, x) => slice(graph, x, 1, 1, 8, 2) },
  { name: 'slice, step 3, first axis', shapes: [[8, 3]], build: (graph, x) => slice(graph, x, 0, 1, 8, 3) },
  { name: 'pad', shapes: [[2, 3, 2]], build: (graph, x) => pad(graph, x, 1, 2, 1) },
  {
    name: 'concat',
    shapes: [
      [2, 3],
      [2, 1],
      [2, 4],
    ],
    build: (graph, ...parts) => concat(graph, parts, 1),
  },
  {
    name: 'split, one part unused',
    shapes: [[2, 6]],
    build: (graph, x) => {
      const [first, , last] = split(graph, x, 1, [1, 3, 2]);
      return mul(graph, first!, last!);
    },
  },
  { name: 'reduceSum', shapes: [[2, 3, 4]], build: (graph, x) => reduceSum(graph, x, [0, 2]) },
  { name: 'reduceMean, kept', shapes: [[2, 3, 4]], build: (graph, x) => reduceMean(graph, x, [1], true) },
  { name: 'reduceMean of all', shapes: [[2, 3]], build: (graph, x) => reduceMean(graph, x) },
  {
    name: 'matmul, batched',
    shapes: [
      [2, 3, 4],
      [2, 4, 2],
    ],
    build: matmul,
  },
  {
    name: 'matmul, batched, repeated',
    shapes: [
      [1, 3, 2, 4],
      [2, 1, 4, 5],
    ],
    build: matmul,
  },
  {
    name: 'matmul by one matrix',
    shapes: [
      [2, 3, 4],
      [4, 2],
    ],
    build: matmul,
  },
  ...[0, 1, 2, 3].map((bits) => {
    const [transposeA, transposeB] = [bits % 2 === 1, bits > 1];
    return {
      name: `gemm, transposed ${transposeA} ${transposeB}`,
      shapes: [transposeA ? [4, 3] : [3, 4], transposeB ? [2, 4] : [4, 2], [2]],
      build: (graph: Graph, a: Value, b: Value, bias: Value) =>
        gemm(graph, a, b, { bias, transposeA, transposeB }),
    };
  }),
  ...[
    [3, 1, 1, 8],
    [3, 2, 1, 8],
    [3, 2, 1, 9],
    [1, 2, 0, 7],
    [7, 2, 3, 12],
    [2, 3, 1, 11],
    [4, 3, 2, 10],
    [3, 1, 0, 6],
    [3, 1, 2, 6],
  ].map(([taps = 0, stride = 0, padding = 0, length = 0]) => ({
    name: `conv1d of ${taps} taps, stride ${stride}, padding ${padding}, length ${length}`,
    shapes: [
      [2, 3, length],
      [4, 3, taps],
    ],
    build: (graph: Graph, x: Value, w: Value) => conv1d(graph, x, w, { stride, padding }),
  })),
  ...[
    [3, 2, 2, 8],
    [3, 4, 4, 9],
    [3, 4, 0, 10],
    [3, 3, 6, 5],
    [3, 2, 1, 7],
    [2, 5, 3, 6],
    [1, 4, 0, 5],
  ].map(([taps = 0, dilation = 0, padding = 0, length = 0]) => ({
    name: `conv1d of ${taps} taps, dilation ${dilation}, padding ${padding}, length ${length}`,
    shapes: [
      [2, 3, length],
      [4, 3, taps],
    ],
    build: (graph: Graph, x: Value, w: Value) => conv1d(graph, x, w, { dilation, padding }),
  })),
  ...[
    [3, 1, 1, 6],
    [3, 1, 0, 1],
    [4, 2, 1, 5],
    [3, 2, 0, 4],
    [5, 3, 2, 4],
    [2, 2, 0, 4],
  ].map(([taps = 0, stride = 0, padding = 0, length = 0]) => ({
    name: `convTranspose1d of ${taps} taps, stride ${stride}, padding ${padding}, length ${length}`,
    shapes: [
      [2, 3, length],
      [3, 4, taps],
    ],
    build: (graph: Graph, x: Value, w: Value) => convTranspose1d(graph, x, w, { stride, padding }),
  })),
  ...[
    [3, 1, 1, 8],
    [3, 2, 1, 8],
    [3, 2, 1, 9],
    [5, 1, 2, 7],
    [5, 2, 2, 7],
    [5, 2, 2, 8],
    [5, 2, 0, 9],
    [4, 3, 1, 11],
    [2, 3, 0, 9],
  ].map(([taps = 0, stride = 0, padding = 0, length = 0]) => ({
    name: `depthwiseConv1d of ${taps} taps, stride ${stride}, padding ${padding}, length ${length}`,
    shapes: [
      [2, 3, length],
      [3, 1, taps],
    ],
    build: (graph: Graph, x: Value, w: Value) => depthwiseConv1d(graph, x, w, { stride, padding }),
  })),
  ...[
    [3, 2, 1, 8],
    [3, 2, 1, 9],
    [2, 2, 0, 7],
    [3, 1, 1, 6],
    [2, 3, 0, 9],
  ].map(([kernel = 0, stride = 0, padding = 0, length = 0]) => ({
    name: `maxPool1d of ${kernel} taps, stride ${stride}, padding ${padding}, length ${length}`,
    shapes: [[2, 2, length]],
    build: (graph: Graph, x: Value) => maxPool1d(graph, x, { kernel, stride, padding }),
  })),
  {
    name: 'batchNorm in training',
    shapes: [[3, 2, 5], [2], [2]],
    build: (graph, x, gamma, beta) => {
      const running = { mean: graph.constant([0, 0]), variance: graph.constant([1, 1]) };
      return batchNormTraining(graph, x, { gamma, beta, ...running }).y;
    },
  },
  { name: 'layerNorm', shapes: [[2, 3, 5], [5], [5]], build: layerNorm },
  {
    name: 'dropout',
    shapes: [[3, 4]],
    build: (graph, x) => dropout(graph, x, graph.constant(uniforms(12), [3, 4]), 0.25),
  },
  ...[1, 2].flatMap((directions) => {
    const shapes = (gates: number): Shape[] => [
      [4, 3, 2],
      [directions, gates * 3, 2],
      [directions, gates * 3, 3],
      [directions, 2 * gates * 3],
    ];
    return [
      {
        name: `lstm in ${directions} direction(s)`,
        shapes: shapes(4),
        build: (graph: Graph, x: Value, inputWeight: Value, recurrentWeight: Value, bias: Value) =>
          lstmTraining(graph, x, { inputWeight, recurrentWeight, bias }),
      },
      {
        name: `gru in ${directions} direction(s)`,
        shapes: shapes(3),
        build: (graph: Graph, x: Value, inputWeight: Value, recurrentWeight: Value, bias: Value) =>
          gruTraining(graph, x, { inputWeight, recurrentWeight, bias }),
      },
    ];
  }),
  {
    name: 'stochastic depth',
    shapes: [[4, 2, 3]],
    build: (graph, x) => stochasticDepth(graph, x, graph.constant([0.1, 0.9, 0.25, 0.24], [4, 1, 1]), 0.25),
  },
  {
    name: 'weighted binary cross-entropy',
    shapes: [[6]],
    build: (graph, logit) =>
      crossEntropy(graph, logit, 'binary', {
        label: graph.constant([0, 1, 1, 0, 1, 0]),
        sampleWeight: graph.constant([1, 1, 0, 1, 0.5, 2]),
        positiveWeight: graph.constant(3),
      }),
  },
  {
    name: 'weighted cross-entropy of exclusive classes',
    shapes: [[2, 3]],
    build: (graph, logit) =>
      crossEntropy(graph, logit, 'multiclass', {
        label: graph.constant([0, 1, 0, 0, 0, 1], [2, 3]),
        sampleWeight: graph.constant([1, 0.5]),
        positiveWeight: graph.constant([1, 2, 3]),
      }),
  },
  {
    name: 'weighted cross-entropy of several labels',
    shapes: [[2, 3]],
    build: (graph, logit) =>
      crossEntropy(graph, logit, 'multilabel', {
        label: graph.constant([0, 1, 1, 1, 0, 1], [2, 3]),
        sampleWeight: graph.constant([1, 0.5]),
        positiveWeight: graph.constant([1, 2, 3]),
      }),
  },
  {
    name: 'long convolution',
    shapes: [
      [2, 5, 3],
      [3, 5],
      [3, 5],
    ],
    build: longConv,
  },
  {
    name: 'takeRows, rows taken twice, once and never',
    shapes: [[4, 3]],
    build: (graph, x) => takeRows(graph, x, [2, nowhere, 0, 2, 1, nowhere, 0]),
  },
  {
    name: 'winogradConv, a length of whole tiles',
    shapes: [
      [2, 3, 8],
      [2, 3, 3],
    ],
    build: (graph, x, w) => winogradConv(graph, x, w),
  },
  {
    name: 'winogradConv, a last tile half full',
    shapes: [
      [2, 2, 10],
      [3, 2, 3],
    ],
    build: (graph, x, w) => winogradConv(graph, x, w),
  },
  ...[1, 2, 4].map((groups) => ({
    name: `groupNorm in ${groups} group(s)`,
    shapes: [
      [2, 4, 6],
      [4, 1],
      [4, 1],
    ],
    build: ofNet((net, x) => groupNorm(net, 'n', x, groups)),
  })),
  {
    name: 'convBias',
    shapes: [
      [2, 3, 4],
      [3, 1],
    ],
    build: ofNet((net, x) => convBias(net, 'b', x)),
  },
  {
    name: 'gatherRows, rows taken twice, once and never',
    shapes: [[5, 3]],
    build: (graph, table) => gatherRows(graph, table, codesOf(graph, [4, 0, 4, 1, 1, 2])),
  },
  {
    name: 'gatherRows, a table wider than high',
    shapes: [[2, 3]],
    build: (graph, table) => gatherRows(graph, table, codesOf(graph, [1, 0, 1, 1])),
  },
  { name: 'softmax', shapes: [[2, 3, 4]], build: softmax },
  { name: 'log-softmax', shapes: [[3, 4]], build: logSoftmax },
];

describe.each(cases)('$name', (one) => {
  test('equals central differences', async () => {
    const forward = new Graph('forward');
    const probe = probed(forward, one);
    forward.output('loss', probe);
    const backward = new Graph('backward');
    const loss = probed(backward, one);
    const wanted = backward.inputs.filter(({ name }) => name.startsWith('x'));
    gradients(backward, loss, wanted).forEach((gradient, index) => {
      expect(gradient.shape).toEqual(wanted[index]!.shape);
      backward.output(`d.${wanted[index]!.name}`, gradient);
    });
    const feeds = feedsOf(forward, one);
    const [runForward, runBackward] = [await compile(forward), await compile(backward)];
    const derived = await runBackward.run(feeds);
    for (const { name } of wanted) {
      const numeric = await differences(name, feeds, async (at) => (await runForward.run(at)).loss![0]!);
      const analytic = derived[`d.${name}`]!;
      const scale = Math.max(0.05, ...numeric.map(Math.abs));
      numeric.forEach((value, index) => {
        expect(Math.abs(value - analytic[index]!) / scale, `${name}[${index}]`).toBeLessThan(3e-3);
      });
    }
    await Promise.all([runForward.release(), runBackward.release()]);
  });
});

test('the first of equal maxima receives the whole gradient', async () => {
  const graph = new Graph('ties');
  const x = graph.input('x', 'float32', [1, 1, 6]);
  const y = maxPool1d(graph, x, { kernel: 3, stride: 3 });
  graph.output('d', gradients(graph, reduceSum(graph, y), [x])[0]!);
  const runner = await compile(graph);
  expect(Array.from((await runner.run({ x: Float32Array.of(0, 2, 2, 1, 1, 1) })).d!)).toEqual([
    0, 1, 0, 1, 0, 0,
  ]);
  await runner.release();
});

/** Returns constant codes [2, n]. */
function codesOf(graph: Graph, codes: readonly number[]): Value {
  return reshape(graph, graph.integers(codes), [2, codes.length / 2]);
}

/** sum(probe * output): a scalar whose gradient weights every output element differently. */
function probed(graph: Graph, { shapes, build }: Case): Value {
  const inputs = shapes.map((shape, index) => graph.input(`x${index}`, 'float32', shape));
  const output = build(graph, ...inputs);
  return reduceSum(graph, mul(graph, output, graph.input('probe', 'float32', output.shape)));
}

/** Distinct values on a grid of 0.07, at least 0.03 away from 0, so that no difference crosses a kink. */
function feedsOf(graph: Graph, { isPositive = false }: Case): Values {
  const stream = randomStream(7, 'feeds');
  return Object.fromEntries(
    graph.inputs.map(({ name, shape }) => {
      const size = sizeOf(shape);
      const grid = Array.from({ length: size }, (_, at) => (at - (size >> 1)) * 0.07 + 0.035);
      const values = stream.shuffle(grid).map((value) => (isPositive ? 0.6 + Math.abs(value) : value));
      return [name, Float32Array.from(values)];
    }),
  );
}

async function differences(
  name: string,
  feeds: Values,
  loss: (at: Values) => Promise<number>,
): Promise<number[]> {
  const slopes: number[] = [];
  for (let index = 0; index < feeds[name]!.length; index++) {
    const moved = async (by: number) => {
      const values = feeds[name]!.slice();
      values[index]! += by;
      return { value: await loss({ ...feeds, [name]: values }), at: values[index]! };
    };
    const [above, below] = [await moved(0.02), await moved(-0.02)];
    slopes.push((above.value - below.value) / (above.at - below.at));
  }
  return slopes;
}

function uniforms(count: number): number[] {
  const stream = randomStream(3, 'uniforms');
  return Array.from({ length: count }, () => stream.uniform());
}
