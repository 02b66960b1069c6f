// The tensorflow engine compared with onnxruntime for each operator: the values, and the gradients of tfjs against the
// gradient nodes of the graph. Also: no leaked tensors, clear messages, and checkpoints that both engines can use.

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, test } from 'vitest';
import type { Engine, Port, Program, State, TensorData } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { tensorflowEngine } from '#lib/engine/tensorflow.js';
import { gradients } from '#lib/graph/autodiff.js';
import { Graph, type Shape, sizeOf, type Value } from '#lib/graph/graph.js';
import { mul } from '#lib/graph/ops/mul.js';
import { neg } from '#lib/graph/ops/neg.js';
import { reduceSum } from '#lib/graph/ops/reduce-sum.js';
import { sub } from '#lib/graph/ops/sub.js';
import { encodedName, encodeModel } from '#lib/graph/proto.js';
import { buildInferenceProgram, pickState } from '#lib/model/program.js';
import { buildClassifierTraining } from '#lib/objectives/classify.js';
import { noiseBatch, relativeDistance } from '../nn/agreement.js';
import { draws, type OperatorCase, operatorCases } from './operator-cases.js';

const isNativeThere = existsSync(new URL('../../node_modules/@tensorflow/tfjs-node', import.meta.url));

const onnxruntime = onnxRuntimeEngine();
const plain = await tensorflowEngine({ backend: 'cpu' });
const wasm = await tensorflowEngine({ backend: 'wasm' });
const native = isNativeThere ? [await tensorflowEngine()] : [];
afterAll(() => Promise.all([onnxruntime, plain, wasm, ...native].map((engine) => engine.close())));

describe.each(operatorCases)('$name', (one) => {
  test('gives the values and gradients of onnxruntime', async () => {
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

test('differentiates by itself and does not read the gradient nodes of the program', async () => {
  // An unknown operator computes the gradient in the program.
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
  const training = buildClassifierTraining({ arch: 'transformer', lengthSamples: 130, batch: 4, seed: 3 });
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

test('runs inference with a free batch and running statistics', { timeout: 120_000 }, async () => {
  const training = buildClassifierTraining({ arch: 'resnet18', lengthSamples: 40, batch: 4, seed: 3 });
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

test('neither a training nor a failed run leaves a tensor behind', async () => {
  const worker = new Worker(new URL('./leak-worker.mjs', import.meta.url));
  const [{ counts, refusal, left }] = await once(worker, 'message');
  expect(counts).toHaveLength(6);
  expect(new Set(counts).size).toBe(1);
  expect(refusal).toMatch(/"ecg"/);
  expect(left).toBe(0);
});

describe('rejects with a message', () => {
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

  test('an unknown operator, by name, when the program is loaded', async () => {
    const error = await failure(load((graph, value) => graph.emitOne('Hardmax', [value], value)));
    expect(error).toMatchObject({
      code: 'ERR_ENGINE',
      message: expect.stringMatching(/operator Hardmax; run .* onnxruntime/),
    });
  });

  test('an unsupported form of a known operator', async () => {
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

  test('bytes that are not a graph', async () => {
    const error = await failure(
      plain.load({ bytes: Uint8Array.of(58, 9, 1), inputs: [], outputs: [], state: [] }, new Map()),
    );
    expect(error).toMatchObject({
      code: 'ERR_ENGINE',
      message: expect.stringMatching(/not a complete ONNX graph/),
    });
  });

  test.skipIf(isNativeThere)('a backend whose package is missing, with how to install it', async () => {
    const error = await failure(tensorflowEngine());
    expect(error).toMatchObject({
      code: 'ERR_ENGINE',
      message: expect.stringMatching(/"tensorflow" is not available.*npm install @tensorflow\/tfjs-node/),
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

/** Outputs y, the scalar sum(probe y), and its slope for every input. */
function programOf({ shapes, build, isPositive = false, forwardOnly = false }: OperatorCase) {
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
      derivative: {
        loss: 'loss',
        wanted,
        gradients: wanted.map((name) => `d.${name}`),
        constants: graph.detached.map((value) => encodedName(graph, value)),
      },
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
