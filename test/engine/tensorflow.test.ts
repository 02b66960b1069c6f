// The tensorflow engine, operator by operator against onnxruntime: values, and gradients where tfjs derived them against
// the nodes that the graph made of them. Then its promises: no tensor left behind, sentences, checkpoints that travel.

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, test } from 'vitest';
import type { Engine, Port, Program, State, TensorData } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { tensorflowEngine } from '#lib/engine/tensorflow.js';
import { gradients } from '#lib/graph/autodiff.js';
import { Graph, type Shape, sizeOf, type Value } from '#lib/graph/graph.js';
import { add } from '#lib/graph/ops/add.js';
import { batchNormTraining } from '#lib/graph/ops/batch-norm.js';
import { concat } from '#lib/graph/ops/concat.js';
import { conv1d } from '#lib/graph/ops/conv1d.js';
import { cos } from '#lib/graph/ops/cos.js';
import { div } from '#lib/graph/ops/div.js';
import { dropout } from '#lib/graph/ops/dropout.js';
import { exp } from '#lib/graph/ops/exp.js';
import { expand } from '#lib/graph/ops/expand.js';
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
import { neg } from '#lib/graph/ops/neg.js';
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
import { encodeModel } from '#lib/graph/proto.js';
import { randomStream } from '#lib/random.js';
import { buildInferenceProgram, buildTrainingProgram, pickState } from '#lib/train/program.js';
import { noiseBatch, relativeDistance } from '../nn/agreement.js';

type Build = (graph: Graph, ...inputs: Value[]) => Value;

/** Inputs by shape, all differentiated; `isPositive` from 0.5 up. */
interface Case {
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

const cases: readonly Case[] = [
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
    // Steps of 0, so that many taps are equal.
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

const isNativeThere = existsSync(new URL('../../node_modules/@tensorflow/tfjs-node', import.meta.url));

const onnxruntime = onnxRuntimeEngine();
const plain = await tensorflowEngine({ backend: 'cpu' });
const wasm = await tensorflowEngine({ backend: 'wasm' });
const native = isNativeThere ? [await tensorflowEngine()] : [];
afterAll(() => Promise.all([onnxruntime, plain, wasm, ...native].map((engine) => engine.close())));

describe.each(cases)('$name', (one) => {
  test('answers as onnxruntime, and so does its gradient', async () => {
    const { program, state, feeds } = programOf(one);
    const ours = await answers(onnxruntime, program, state, feeds);
    for (const engine of [plain, wasm, ...native]) {
      const theirs = await answers(engine, program, state, feeds);
      expect(Object.keys(theirs).length).toBe(one.forwardOnly ? 2 : 2 + one.shapes.length);
      for (const [name, { data, shape }] of Object.entries(theirs)) {
        expect(shape, name).toEqual(ours[name]!.shape);
        const scale = Math.max(1, ...(ours[name]!.data as Float32Array).map(Math.abs));
        for (const [at, value] of (ours[name]!.data as Float32Array).entries())
          expect(
            Math.abs((data[at] as number) - value) / scale,
            `${engine.name}, ${name}[${at}]`,
          ).toBeLessThan(1e-5);
      }
    }
  });
});

test('derives by itself: the nodes of our own gradients are not even read', async () => {
  // The gradient that the program names is made by an operator that no engine knows.
  const graph = new Graph('derived');
  const x = graph.input('x', 'float32', [3]);
  const claimed = graph.emitOne('Nonsense', [x], x);
  graph.output('loss', reduceSum(graph, mul(graph, x, x)));
  graph.output('x.next', sub(graph, x, claimed));
  const program: Program = {
    bytes: encodeModel(graph),
    inputs: [],
    outputs: [{ name: 'loss', type: 'float32', shape: [] }],
    state: [{ name: 'x', type: 'float32', shape: [3], next: 'x.next' }],
    derivative: { loss: 'loss', wanted: ['x'], gradients: [claimed.name] },
  };
  const execution = await plain.load(program, new Map([['x', Float32Array.of(1, 2, -3)]]));
  expect((await execution.run({})).loss!.data[0]).toBe(14);
  expect((await execution.getState()).get('x')).toEqual(Float32Array.of(-1, -2, 3));
  await execution.close();
});

test('a checkpoint of one engine continues in the other', { timeout: 120_000 }, async () => {
  const training = buildTrainingProgram({ arch: 'transformer', lengthSamples: 130, batch: 4, seed: 3 });
  const input = noiseBatch(4, 130);
  const steps = async (engine: Engine, state: State, first: number, last: number) => {
    const execution = await engine.load(training.program, state, { threads: 1 });
    for (let step = first; step <= last; step++) await execution.run(training.feeds({ ...input, step }));
    const after = await execution.getState();
    await execution.close();
    return after;
  };
  const whole = await steps(onnxruntime, training.initialState, 1, 5);
  const journeys = [
    await steps(wasm, await steps(onnxruntime, training.initialState, 1, 3), 4, 5),
    await steps(onnxruntime, await steps(wasm, training.initialState, 1, 3), 4, 5),
  ];
  for (const journey of journeys) {
    expect([...journey.keys()]).toEqual([...whole.keys()]);
    for (const name of training.program.derivative!.wanted)
      expect(relativeDistance(journey.get(name)!, whole.get(name)!), name).toBeLessThan(1e-3);
  }
});

test('infers with a free batch, running statistics included', { timeout: 120_000 }, async () => {
  const training = buildTrainingProgram({ arch: 'resnet18', lengthSamples: 40, batch: 4, seed: 3 });
  const program = buildInferenceProgram({ arch: 'resnet18', lengthSamples: 40 });
  const state = pickState(training.initialState, program);
  for (const batch of [1, 3]) {
    const feeds = { ecg: { data: noiseBatch(batch, 40).ecg, shape: [batch, 1, 40] } };
    const ours = await answers(onnxruntime, program, state, feeds);
    const theirs = await answers(wasm, program, state, feeds);
    expect(theirs.logit!.shape).toEqual([batch]);
    expect(
      relativeDistance(theirs.logit!.data as Float32Array, ours.logit!.data as Float32Array),
    ).toBeLessThan(1e-4);
  }
});

test('a training leaves no tensor behind, nor does a run that failed', async () => {
  const worker = new Worker(new URL('./leak-worker.mjs', import.meta.url));
  const [{ counts, refusal, left }] = await once(worker, 'message');
  expect(counts).toHaveLength(6);
  expect(new Set(counts).size).toBe(1);
  expect(refusal).toMatch(/"ecg"/);
  expect(left).toBe(0);
});

describe('refuses in a sentence', () => {
  const ports = (values: readonly Value[]): Port[] =>
    values.map(({ name, dtype, shape }) => ({ name, type: dtype, shape }));
  const load = (build: (graph: Graph, x: Value) => Value) => {
    const graph = new Graph('refused');
    const x = graph.input('x', 'float32', [2, 3]);
    graph.output('y', build(graph, x));
    const outputs = [{ name: 'y', type: 'float32', shape: [2, 3] }] as const;
    return plain.load({ bytes: encodeModel(graph), inputs: ports([x]), outputs, state: [] }, new Map());
  };
  const x = { data: new Float32Array(6), shape: [2, 3] };
  const failure = (act: Promise<unknown>) =>
    act.then(
      () => undefined,
      (error: Error) => error,
    );

  test('an operator that it does not know, by name, when the program is loaded', async () => {
    const error = await failure(load((graph, value) => graph.emitOne('Hardmax', [value], value)));
    expect(error).toMatchObject({
      code: 'ERR_ENGINE',
      message: expect.stringMatching(/operator Hardmax; run .* onnxruntime/),
    });
  });

  test('an operator that it knows, in a form that it does not', async () => {
    const execution = await load((graph, value) => graph.emitOne('Softmax', [value], value, { axis: 0 }));
    const error = await failure(execution.run({ x }));
    expect(error).toMatchObject({
      code: 'ERR_ENGINE',
      message: expect.stringMatching(/Softmax .* last axis/),
    });
  });

  test('an input of another shape, by name', async () => {
    const execution = await load((graph, value) => neg(graph, value));
    const error = await failure(execution.run({ x: { ...x, shape: [3, 2] } }));
    expect(error).toMatchObject({
      code: 'ERR_ENGINE',
      message: expect.stringMatching(/"x" is \[2, 3\], got .*\[3, 2\]/),
    });
  });

  test('bytes that are no graph', async () => {
    const error = await failure(
      plain.load({ bytes: Uint8Array.of(58, 9, 1), inputs: [], outputs: [], state: [] }, new Map()),
    );
    expect(error).toMatchObject({
      code: 'ERR_ENGINE',
      message: expect.stringMatching(/no whole ONNX graph/),
    });
  });

  test.skipIf(isNativeThere)('a backend whose package is missing, with how to install it', async () => {
    const error = await failure(tensorflowEngine());
    expect(error).toMatchObject({
      code: 'ERR_ENGINE',
      message: expect.stringMatching(/"tensorflow" cannot be had.*npm install @tensorflow\/tfjs-node/),
    });
  });
});

async function answers(
  engine: Engine,
  program: Program,
  state: State,
  feeds: Readonly<Record<string, TensorData>>,
): Promise<Record<string, TensorData>> {
  const execution = await engine.load(program, state, { threads: 1 });
  const outputs = await execution.run(feeds);
  await execution.close();
  return outputs;
}

/** y, the scalar sum(probe y), and its slope by every input. */
function programOf({ shapes, build, isPositive = false, forwardOnly = false }: Case) {
  const graph = new Graph('operator');
  const inputs = shapes.map((shape, at) => graph.input(`x${at}`, 'float32', shape));
  const y = build(graph, ...inputs);
  const probe = graph.input('probe', 'float32', y.shape);
  const loss = reduceSum(graph, mul(graph, y, probe));
  graph.output('y', y);
  graph.output('loss', loss);
  const slopes = forwardOnly ? [] : gradients(graph, loss, inputs);
  slopes.forEach((slope, at) => {
    graph.output(`d.x${at}`, slope);
  });
  const portOf = ({ name, dtype, shape }: Value): Port => ({ name, type: dtype, shape });
  const wanted = inputs.map(({ name }) => name);
  const program: Program = {
    bytes: encodeModel(graph),
    inputs: [portOf(probe)],
    outputs: graph.outputs.map(({ name, value }) => ({ ...portOf(value), name })),
    state: inputs.map((input) => ({ ...portOf(input), type: 'float32' as const })),
    ...(!forwardOnly && {
      derivative: { loss: 'loss', wanted, gradients: wanted.map((name) => `d.${name}`) },
    }),
  };
  const values = (name: string, shape: Shape) =>
    draws(name, sizeOf(shape)).map((value) => (isPositive ? 0.5 + Math.abs(value) : value));
  const state: State = new Map(inputs.map(({ name, shape }) => [name, values(name, shape)]));
  return {
    program,
    state,
    feeds: { probe: { data: draws('probe', sizeOf(y.shape)), shape: y.shape as number[] } },
  };
}

function draws(name: string, size: number): Float32Array {
  const stream = randomStream(17, name);
  return Float32Array.from({ length: size }, () => 2 * stream.uniform() - 1);
}

/** softplus(60 x) + sigmoid(60 x) / 10: both ends, where a careless form overflows. */
function far(graph: Graph, x: Value): Value {
  const wide = mul(graph, x, graph.constant(60));
  return add(graph, softplus(graph, wide), mul(graph, sigmoid(graph, wide), graph.constant(0.1)));
}
