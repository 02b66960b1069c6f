// The operators of the graphs in this package, each in a small separate graph, for a comparison of engines.

import { randomStream } from '#lib/base/random.js';
import type { Graph, Shape, Value } from '#lib/graph/graph.js';
import { add } from '#lib/graph/ops/add.js';
import { batchNormTraining } from '#lib/graph/ops/batch-norm.js';
import { cast } from '#lib/graph/ops/cast.js';
import { concat } from '#lib/graph/ops/concat.js';
import { convTranspose1d } from '#lib/graph/ops/conv-transpose.js';
import { conv1d } from '#lib/graph/ops/conv1d.js';
import { cos } from '#lib/graph/ops/cos.js';
import { detach } from '#lib/graph/ops/detach.js';
import { div } from '#lib/graph/ops/div.js';
import { dropout } from '#lib/graph/ops/dropout.js';
import { exp } from '#lib/graph/ops/exp.js';
import { expand } from '#lib/graph/ops/expand.js';
import { gatherRows } from '#lib/graph/ops/gather-rows.js';
import { gelu } from '#lib/graph/ops/gelu.js';
import { gemm } from '#lib/graph/ops/gemm.js';
import { gruInference, gruTraining } from '#lib/graph/ops/gru.js';
import { layerNorm } from '#lib/graph/ops/layer-norm.js';
import { log } from '#lib/graph/ops/log.js';
import { logSoftmax } from '#lib/graph/ops/log-softmax.js';
import { lstmInference, lstmTraining } from '#lib/graph/ops/lstm.js';
import { matmul } from '#lib/graph/ops/matmul.js';
import { maxPool1d } from '#lib/graph/ops/max-pool.js';
import { mul } from '#lib/graph/ops/mul.js';
import { nearestCode } from '#lib/graph/ops/nearest-code.js';
import { neg } from '#lib/graph/ops/neg.js';
import { oneHot } from '#lib/graph/ops/one-hot.js';
import { pad } from '#lib/graph/ops/pad.js';
import { reduceMean } from '#lib/graph/ops/reduce-mean.js';
import { reduceSum } from '#lib/graph/ops/reduce-sum.js';
import { relu } from '#lib/graph/ops/relu.js';
import { reshape } from '#lib/graph/ops/reshape.js';
import { reverse } from '#lib/graph/ops/reverse.js';
import { sigmoid } from '#lib/graph/ops/sigmoid.js';
import { sin } from '#lib/graph/ops/sin.js';
import { slice } from '#lib/graph/ops/slice.js';
import { softmax } from '#lib/graph/ops/softmax.js';
import { softplus } from '#lib/graph/ops/softplus.js';
import { split } from '#lib/graph/ops/split.js';
import { sqrt } from '#lib/graph/ops/sqrt.js';
import { sub } from '#lib/graph/ops/sub.js';
import { tanh } from '#lib/graph/ops/tanh.js';
import { transpose } from '#lib/graph/ops/transpose.js';
import { where } from '#lib/graph/ops/where.js';
import { convBias, groupNorm } from '#lib/nn/layers.js';
import { ofNet } from '../graph/layer.js';

type Build = (graph: Graph, ...inputs: Value[]) => Value;

/** Inputs by shape, all differentiated. With `isPositive`, the values start at 0.5. */
export interface OperatorCase {
  readonly name: string;
  readonly shapes: readonly Shape[];
  readonly build: Build;
  readonly isPositive?: boolean;
  readonly forwardOnly?: boolean;
}

const pair: Shape[] = [
  [2, 3, 4],
  [3, 1],
];
const recurrentShapes = (gates: number): Shape[] => [
  [3, 2, 4],
  [2, gates * 3, 4],
  [2, gates * 3, 3],
  [2, 2 * gates * 3],
];
type RecurrentBuild = (graph: Graph, x: Value, weights: Parameters<typeof lstmTraining>[2]) => Value;
const recurrent =
  (operator: RecurrentBuild): Build =>
  (graph, x, inputWeight, recurrentWeight, bias) =>
    operator(graph, x, { inputWeight: inputWeight!, recurrentWeight: recurrentWeight!, bias: bias! });
const comparison =
  (type: string): Build =>
  (graph, a, b) => {
    const holds = graph.emitOne(type, [a, b!], { dtype: 'bool', shape: a.shape });
    return where(graph, holds, mul(graph, a, a), b!);
  };

export const operatorCases: readonly OperatorCase[] = [
  { name: 'Add', shapes: pair, build: add },
  { name: 'Sub', shapes: pair, build: sub },
  { name: 'Mul', shapes: pair, build: mul },
  { name: 'Div', shapes: pair, build: div, isPositive: true },
  ...Object.entries({ neg, exp, sigmoid, softplus, relu, tanh, sin, cos, gelu }).map(([name, build]) => ({
    name,
    shapes: [[3, 5]],
    build,
  })),
  { name: 'softplus and sigmoid far out', shapes: [[9]], build: (graph, x) => far(graph, x) },
  { name: 'log', shapes: [[5]], build: log, isPositive: true },
  { name: 'sqrt', shapes: [[5]], build: sqrt, isPositive: true },
  ...['Greater', 'GreaterOrEqual', 'Equal'].map((type) => ({
    name: `${type}, Where`,
    shapes: [
      [3, 4],
      [3, 4],
    ],
    build: comparison(type),
  })),
  { name: 'Expand', shapes: [[2, 1, 3]], build: (graph, x) => expand(graph, x, [2, 4, 3]) },
  { name: 'Reshape', shapes: [[2, 6]], build: (graph, x) => reshape(graph, x, [3, 4]) },
  { name: 'Transpose', shapes: [[2, 3, 4]], build: (graph, x) => transpose(graph, x, [2, 0, 1]) },
  { name: 'Gather, turned round', shapes: [[2, 5]], build: (graph, x) => reverse(graph, x, 1) },
  {
    name: 'Gather, in any order',
    shapes: [[2, 5]],
    forwardOnly: true,
    build: (graph, x) =>
      graph.emitOne(
        'Gather',
        [x, graph.integers([3, 0, 1, 4, 3, 2])],
        { dtype: 'float32', shape: [2, 6] },
        { axis: 1 },
      ),
  },
  {
    name: 'Gather by codes in a value',
    shapes: [[5, 3]],
    build: (graph, table) => gatherRows(graph, table, cast(graph, graph.constant([4, 0, 4, 1]), 'int64')),
  },
  {
    name: 'Gather by codes of two dimensions',
    shapes: [[2, 3]],
    build: (graph, table) =>
      gatherRows(graph, table, cast(graph, graph.constant([1, 0, 1, 1], [2, 2]), 'int64')),
  },
  {
    name: 'nearest codes, their one-hot vectors and a straight-through estimator',
    shapes: [
      [6, 4],
      [3, 4],
    ],
    build: (graph, z, codebook) => {
      const codes = nearestCode(graph, z, codebook!);
      const row = gatherRows(graph, codebook!, codes);
      const through = add(graph, z, detach(graph, sub(graph, row, z)));
      const commitment = mul(graph, row, sub(graph, z, detach(graph, row)));
      return concat(graph, [through, commitment, oneHot(graph, codes, 3)], 1);
    },
  },
  {
    name: 'a product with its own constant copy',
    shapes: [[3, 5]],
    build: (graph, x) => mul(graph, mul(graph, x, x), detach(graph, mul(graph, x, x))),
  },
  { name: 'Slice', shapes: [[2, 7, 3]], build: (graph, x) => slice(graph, x, 1, 2, 5) },
  { name: 'Slice by steps', shapes: [[2, 9, 2]], build: (graph, x) => slice(graph, x, 1, 1, 9, 3) },
  { name: 'Pad', shapes: [[2, 3, 2]], build: (graph, x) => pad(graph, x, 1, 2, 1, 0.5) },
  {
    name: 'Split, Concat',
    shapes: [[2, 6]],
    build: (graph, x) => concat(graph, split(graph, x, 1, [1, 3, 2]).reverse(), 1),
  },
  { name: 'ReduceSum', shapes: [[2, 3, 4]], build: (graph, x) => reduceSum(graph, x, [0, 2]) },
  { name: 'ReduceMean, kept', shapes: [[2, 3, 4]], build: (graph, x) => reduceMean(graph, x, [1], true) },
  {
    name: 'MatMul, batched',
    shapes: [
      [2, 2, 3, 4],
      [2, 2, 4, 2],
    ],
    build: matmul,
  },
  {
    name: 'MatMul by one matrix',
    shapes: [
      [2, 3, 4],
      [4, 2],
    ],
    build: matmul,
  },
  ...[0, 1, 2, 3].map((bits) => {
    const [transposeA, transposeB] = [bits % 2 === 1, bits > 1];
    return {
      name: `Gemm, transposed ${transposeA} ${transposeB}`,
      shapes: [transposeA ? [4, 3] : [3, 4], transposeB ? [2, 4] : [4, 2], [2]],
      build: (graph: Graph, a: Value, b?: Value, bias?: Value) =>
        gemm(graph, a, b!, { bias: bias!, transposeA, transposeB }),
    };
  }),
  ...[
    [3, 1, 1, 8],
    [7, 2, 3, 12],
    [2, 3, 1, 11],
    [1, 2, 0, 7],
  ].map(([taps = 0, stride = 0, padding = 0, length = 0]) => ({
    name: `Conv of ${taps} taps, stride ${stride}, padding ${padding}`,
    shapes: [
      [2, 3, length],
      [4, 3, taps],
    ],
    build: (graph: Graph, x: Value, w?: Value) => conv1d(graph, x, w!, { stride, padding }),
  })),
  ...[
    [3, 2, 2, 8],
    [3, 4, 0, 11],
    [2, 5, 3, 6],
  ].map(([taps = 0, dilation = 0, padding = 0, length = 0]) => ({
    name: `Conv of ${taps} taps, dilation ${dilation}, padding ${padding}`,
    shapes: [
      [2, 3, length],
      [4, 3, taps],
    ],
    build: (graph: Graph, x: Value, w?: Value) => conv1d(graph, x, w!, { dilation, padding }),
  })),
  ...[
    [4, 2, 1, 5],
    [5, 3, 2, 4],
    [3, 1, 1, 6],
  ].map(([taps = 0, stride = 0, padding = 0, length = 0]) => ({
    name: `transposed convolution of ${taps} taps, stride ${stride}, padding ${padding}`,
    shapes: [
      [2, 3, length],
      [3, 4, taps],
    ],
    build: (graph: Graph, x: Value, w?: Value) => convTranspose1d(graph, x, w!, { stride, padding }),
  })),
  ...[1, 2, 4].map((group) => ({
    name: `Conv in ${group} groups with a bias`,
    shapes: [[2, 4, 9], [4, 4 / group, 3], [4]],
    forwardOnly: true,
    build: (graph: Graph, ...inputs: Value[]) =>
      graph.emitOne(
        'Conv',
        inputs,
        { dtype: 'float32', shape: [2, 4, 5] },
        { kernel_shape: [3], strides: [2], pads: [1, 1], group },
      ),
  })),
  ...[
    [3, 2, 1, 9],
    [2, 2, 0, 7],
    [3, 1, 1, 6],
  ].map(([kernel = 0, stride = 0, padding = 0, length = 0]) => ({
    name: `MaxPool of ${kernel} taps, stride ${stride}, padding ${padding}, among equal taps`,
    shapes: [[2, 2, length]],
    // A step of 0, so that many taps are equal.
    build: (graph: Graph, x: Value) => maxPool1d(graph, relu(graph, x), { kernel, stride, padding }),
  })),
  {
    name: 'BatchNormalization by the batch',
    shapes: [[3, 2, 5], [2], [2]],
    build: (graph, x, gamma, beta) => {
      const running = { mean: graph.constant([0, 0]), variance: graph.constant([1, 1]) };
      return batchNormTraining(graph, x, { gamma: gamma!, beta: beta!, ...running }).y;
    },
  },
  {
    name: 'LayerNormalization',
    shapes: [[2, 3, 4], [4], [4]],
    build: (graph, x, gamma, beta) => layerNorm(graph, x, gamma!, beta!),
  },
  {
    name: 'group norm',
    shapes: [
      [2, 4, 5],
      [4, 1],
      [4, 1],
    ],
    build: ofNet((net, x) => groupNorm(net, 'n', x, 2)),
  },
  {
    name: 'Conv with a bias by channel',
    shapes: [
      [2, 3, 9],
      [4, 3, 3],
      [4, 1],
    ],
    build: (graph, x, w, bias) =>
      ofNet((net, y) => convBias(net, 'b', y))(graph, conv1d(graph, x, w!, { dilation: 3 }), bias!),
  },
  { name: 'Softmax', shapes: [[2, 3, 4]], build: softmax },
  { name: 'LogSoftmax', shapes: [[3, 4]], build: logSoftmax },
  {
    name: 'dropout',
    shapes: [[3, 4]],
    build: (graph, x) =>
      dropout(graph, x, graph.constant([...draws('uniforms', 12)].map(Math.abs), [3, 4]), 0.25),
  },
  { name: 'LSTM', shapes: recurrentShapes(4), build: recurrent(lstmInference), forwardOnly: true },
  { name: 'GRU', shapes: recurrentShapes(3), build: recurrent(gruInference), forwardOnly: true },
  { name: 'LSTM, unrolled', shapes: recurrentShapes(4), build: recurrent(lstmTraining) },
  { name: 'GRU, unrolled', shapes: recurrentShapes(3), build: recurrent(gruTraining) },
];

/** Returns uniform values in [-1, 1), the same for the same name. */
export function draws(name: string, size: number): Float32Array {
  const stream = randomStream(17, name);
  return Float32Array.from({ length: size }, () => 2 * stream.uniform() - 1);
}

/** softplus(60 x) + sigmoid(60 x) / 10: large values of both signs, where a simple formula overflows. */
function far(graph: Graph, x: Value): Value {
  const wide = mul(graph, x, graph.constant(60));
  return add(graph, softplus(graph, wide), mul(graph, sigmoid(graph, wide), graph.constant(0.1)));
}
