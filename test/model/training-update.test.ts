// Three training steps of a small network with clipped gradients and moving averages, compared with an independent
// computation: gradients by central differences in double precision, then the formulas of the papers; and with PyTorch.

import { afterAll, describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import type { Engine, State } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { tensorflowEngine } from '#lib/engine/tensorflow.js';
import { matmul } from '#lib/graph/ops/matmul.js';
import { mul } from '#lib/graph/ops/mul.js';
import { reduceMean } from '#lib/graph/ops/reduce-mean.js';
import { sub } from '#lib/graph/ops/sub.js';
import { tanh } from '#lib/graph/ops/tanh.js';
import { buildTrainingProgram, type TrainingOptions } from '#lib/model/training.js';
import { averageShare } from '#lib/model/weight-averages.js';
import type { Net } from '#lib/nn/net.js';
import { judge } from '../helpers/judge.js';
import { pythonWith } from '../helpers/python.js';
import { expectEqualBits } from '../helpers/several-steps.js';

const [batch, inputs, units] = [8, 3, 4];
const settings = { learningRate: 0.02, weightDecay: 0.05 };
// The norms of the three steps lie on both sides of this limit, and the decay is the limit in the last step only.
const update = { clipNorm: 6, emaDecay: 0.28 };
const scales = [1, 0.1, 3];

interface Rows {
  readonly x: Float32Array;
  readonly t: Float32Array;
}

const batches: readonly Rows[] = scales.map((scale, at) => {
  const stream = randomStream(5, 'rows', at);
  return {
    x: stream.fillNormal(new Float32Array(batch * inputs)),
    t: stream.fillNormal(new Float32Array(batch)).map((value) => scale * value),
  };
});

/** Builds mean((tanh(x w1) w2 - t)^2). */
function build(net: Net) {
  const { graph } = net;
  const initial = (seed: number | bigint, name: string, size: number) =>
    randomStream(seed, name).fillNormal(new Float32Array(size));
  const x = graph.input('x', 'float32', [batch, inputs]);
  const hidden = tanh(graph, matmul(graph, x, net.weight('w1', [inputs, units], initial)));
  const y = matmul(graph, hidden, net.weight('w2', [units, 1], initial));
  const difference = sub(graph, y, graph.input('t', 'float32', [batch, 1]));
  return { loss: reduceMean(graph, mul(graph, difference, difference), [0, 1]), outputs: {} };
}

const programOf = (options: Partial<TrainingOptions>) =>
  buildTrainingProgram<Rows>(
    { batch, seed: 2, ...options },
    {
      build,
      feeds: ({ x, t }) => ({
        x: { data: x, shape: [batch, inputs] },
        t: { data: t, shape: [batch, 1] },
      }),
    },
  );

interface Steps {
  readonly losses: readonly number[];
  readonly norms: readonly number[];
  readonly state: Readonly<Record<string, readonly number[]>>;
}

async function stepsOf(engine: Engine): Promise<Steps> {
  const { program, initialState, feeds } = programOf(update);
  const execution = await engine.load(program, initialState, { threads: 1 });
  const [losses, norms]: [number[], number[]] = [[], []];
  for (const [at, rows] of batches.entries()) {
    const { loss, gradientNorm } = await execution.run(feeds({ ...rows, ...settings, step: at + 1 }));
    losses.push(Number(loss!.data[0]));
    norms.push(Number(gradientNorm!.data[0]));
  }
  const state = Object.fromEntries(
    [...(await execution.getState())].map(([name, data]) => [name, [...data]]),
  );
  await execution.close();
  return { losses, norms, state };
}

/** The loss in double precision; `w` holds w1, then w2. */
function lossOf({ x, t }: Rows, w: readonly number[]): number {
  let sum = 0;
  for (let row = 0; row < batch; row++) {
    let y = 0;
    for (let unit = 0; unit < units; unit++) {
      let z = 0;
      for (let at = 0; at < inputs; at++) z += x[row * inputs + at]! * w[at * units + unit]!;
      y += Math.tanh(z) * w[inputs * units + unit]!;
    }
    sum += (y - t[row]!) ** 2;
  }
  return sum / batch;
}

function independentSteps(initial: State): Steps {
  const size = inputs * units + units;
  let w = [...initial.get('w1')!, ...initial.get('w2')!];
  let [first, second, average] = [Array<number>(size).fill(0), Array<number>(size).fill(0), w];
  const [losses, norms]: [number[], number[]] = [[], []];
  const [beta1, beta2] = [0.9, 0.999];
  for (const [at, rows] of batches.entries()) {
    const step = at + 1;
    losses.push(lossOf(rows, w));
    const h = 1e-5;
    const moved = (index: number, by: number) => w.map((value, one) => (one === index ? value + by : value));
    const raw = w.map(
      (_, index) => (lossOf(rows, moved(index, h)) - lossOf(rows, moved(index, -h))) / (2 * h),
    );
    const norm = Math.hypot(...raw);
    norms.push(norm);
    const g = raw.map((value) => (norm > update.clipNorm ? (value * update.clipNorm) / norm : value));
    first = first.map((m, one) => beta1 * m + (1 - beta1) * g[one]!);
    second = second.map((v, one) => beta2 * v + (1 - beta2) * g[one]! ** 2);
    w = w.map((value, one) => {
      const [m, v] = [first[one]! / (1 - beta1 ** step), second[one]! / (1 - beta2 ** step)];
      return value - settings.learningRate * (m / (Math.sqrt(v) + 1e-8) + settings.weightDecay * value);
    });
    const decay = Math.min(update.emaDecay, (1 + step) / (10 + step));
    average = average.map((value, one) => decay * value + (1 - decay) * w[one]!);
  }
  const parts = (values: readonly number[]) =>
    [values.slice(0, inputs * units), values.slice(inputs * units)] as const;
  const state = Object.fromEntries(
    (
      [
        ['', w],
        ['adam.first.', first],
        ['adam.second.', second],
        ['ema.', average],
      ] as const
    ).flatMap(([prefix, values]) =>
      parts(values).map((part, index) => [`${prefix}w${index + 1}`, part] as const),
    ),
  );
  return { losses, norms, state };
}

function expectClose(ours: Steps, theirs: Steps): void {
  const pairs: readonly (readonly [string, readonly number[], readonly number[]])[] = [
    ['losses', ours.losses, theirs.losses],
    ['norms', ours.norms, theirs.norms],
    ...Object.keys(theirs.state).map((name) => [name, ours.state[name]!, theirs.state[name]!] as const),
  ];
  expect(Object.keys(ours.state).sort()).toEqual(Object.keys(theirs.state).sort());
  for (const [name, got, wanted] of pairs) {
    expect(got.length, name).toBe(wanted.length);
    const scale = Math.max(...wanted.map(Math.abs));
    for (const [at, value] of wanted.entries())
      expect(Math.abs(got[at]! - value) / scale, `${name}[${at}]`).toBeLessThan(1e-5);
  }
}

const onnxruntime = onnxRuntimeEngine();
const tensorflow = await tensorflowEngine({ backend: 'cpu' });
afterAll(() => Promise.all([onnxruntime.close(), tensorflow.close()]));
const python = pythonWith('torch');
const absent = python === undefined ? ' (SKIPPED: no python3 with torch; apt-get install python3-torch)' : '';

describe('three steps with clipped gradients and moving averages', () => {
  const { initialState } = programOf(update);

  it.each([onnxruntime, tensorflow])('$name agrees with differences and formulas', async (engine) => {
    const wanted = independentSteps(initialState);
    expect(wanted.norms.map((norm) => norm > update.clipNorm)).toEqual([false, true, true]);
    expectClose(await stepsOf(engine), wanted);
  });

  it.skipIf(python === undefined)(`agree with PyTorch${absent}`, async () => {
    const matrix = (values: Float32Array, columns: number) =>
      Array.from({ length: values.length / columns }, (_, row) => [
        ...values.subarray(row * columns, (row + 1) * columns),
      ]);
    const verdict = judge<Steps>(python!, 'training_step_judge.py', {
      ...settings,
      ...update,
      weights: { w1: matrix(initialState.get('w1')!, units), w2: matrix(initialState.get('w2')!, 1) },
      batches: batches.map(({ x, t }) => ({ x: matrix(x, inputs), t: matrix(t, 1) })),
    });
    expectClose(await stepsOf(onnxruntime), verdict);
  });

  it('give the same bits in one run of two steps and one of one', async () => {
    const [single, several] = [programOf(update), programOf({ ...update, severalSteps: true })];
    const [one, two] = await Promise.all(
      [single, several].map(({ program, initialState: state }) =>
        onnxruntime.load(program, state, { threads: 1 }),
      ),
    );
    const steps = batches.map((rows, at) => ({ ...rows, ...settings, step: at + 1 }));
    const norms: number[] = [];
    for (const step of steps) norms.push(Number((await one!.run(single.feeds(step))).gradientNorm!.data[0]));
    const parts = [steps.slice(0, 2), steps.slice(2)];
    const joined: number[] = [];
    for (const part of parts)
      joined.push(...((await two!.run(several.feeds(...part))).gradientNorm!.data as Float32Array));
    expect(joined).toEqual(norms);
    expectEqualBits(await two!.getState(), await one!.getState());
    await Promise.all([one!.close(), two!.close()]);
  });
});

describe('a program without these options', () => {
  it('has no further nodes, outputs and state, and no further feeds', () => {
    const [plain, both] = [programOf({}), programOf(update)];
    expect(plain.program.outputs.map(({ name }) => name)).toEqual(['loss']);
    expect(both.program.outputs.map(({ name }) => name)).toEqual(['loss', 'gradientNorm']);
    const weights = ['w1', 'w2'].flatMap((name) => [name, `adam.first.${name}`, `adam.second.${name}`]);
    expect(plain.program.state.map(({ name }) => name)).toEqual(weights);
    expect(plain.program.inputs.map(({ name }) => name)).toEqual(['x', 't', 'stepSize', 'epsilon', 'keep']);
    expect(plain.graph.nodes.filter(({ type }) => type === 'Relu' || type === 'ReduceSum')).toEqual([]);
    const named = programOf({ clipNorm: undefined, emaDecay: undefined });
    expect(Buffer.from(named.program.bytes).equals(Buffer.from(plain.program.bytes))).toBe(true);
  });

  it('takes a step whose gradients are below the limit to the same weights, to the last bit', async () => {
    const stateOf = async (options: Partial<TrainingOptions>) => {
      const { program, initialState, feeds } = programOf(options);
      const execution = await onnxruntime.load(program, initialState, { threads: 1 });
      await execution.run(feeds({ ...batches[0]!, ...settings, step: 1 }));
      const state = await execution.getState();
      await execution.close();
      return state;
    };
    expectEqualBits(await stateOf({ clipNorm: 1e6 }), await stateOf({}));
  });
});

describe('the options', () => {
  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuse clipNorm %d', (clipNorm) => {
    expect(() => programOf({ clipNorm })).toThrow(
      expect.objectContaining({ code: 'ERR_RANGE', message: expect.stringContaining(`${clipNorm}`) }),
    );
  });

  it.each([-0.1, 1, Number.NaN])('refuse emaDecay %d', (emaDecay) => {
    expect(() => programOf({ emaDecay })).toThrow(
      expect.objectContaining({ code: 'ERR_RANGE', message: expect.stringContaining(`${emaDecay}`) }),
    );
  });

  it('take the share of the weight from the number of the step until the decay is reached', () => {
    expect(averageShare(0.999, 1)).toBeCloseTo(9 / 11, 12);
    expect(averageShare(0.999, 90)).toBeCloseTo(9 / 100, 12);
    expect(averageShare(0.999, 20_000)).toBeCloseTo(0.001, 12);
    expect(averageShare(0, 5)).toBe(1);
  });
});
