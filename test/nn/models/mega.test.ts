// Mega: its moving averages compared with the recursion, attention within its sections, its plan.

import { afterAll, describe, expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { Graph } from '#lib/graph/graph.js';
import { exportGraph } from '#lib/model/export.js';
import { longConv } from '#lib/nn/long-conv.js';
import { architectures, parameterCount } from '#lib/nn/models/index.js';
import { attendWithin, emaKernels } from '#lib/nn/models/mega.js';
import { buildClassifierTraining } from '#lib/objectives/classify.js';
import { compile, type Values } from '../../graph/run-graph.js';
import { trainedOnce } from '../agreement.js';

const mega = architectures.mega!;
const engine = onnxRuntimeEngine();
afterAll(() => engine.close());
const draw = (name: string, count: number, scale = 1) => {
  const stream = randomStream(8, name);
  return Float32Array.from({ length: count }, () => scale * stream.normal());
};

test.each([1, 2, 13])(
  'the kernels of %i steps equal the damped recursion, run forwards and backwards',
  async (steps) => {
    const [batch, width, size] = [2, 3, 4];
    const graph = new Graph('ema');
    const weights = { decay: 'alpha', damping: 'delta', expansion: 'beta', projection: 'eta' } as const;
    const averages = Object.fromEntries(
      Object.entries(weights).map(([of, name]) => [of, graph.input(name, 'float32', [2 * width, size])]),
    ) as unknown as Parameters<typeof emaKernels>[1];
    const x = graph.input('x', 'float32', [batch, steps, width]);
    graph.output('y', longConv(graph, x, ...emaKernels(graph, averages, steps)));
    const feeds: Values = { x: draw('x', batch * steps * width) };
    for (const name of Object.values(weights)) feeds[name] = draw(name, 2 * width * size);
    const runner = await compile(graph);
    const { y } = await runner.run(feeds);
    await runner.release();
    for (let record = 0; record < batch; record++) {
      for (let feature = 0; feature < width; feature++) {
        const at = (step: number) => (record * steps + step) * width + feature;
        const u = Array.from({ length: steps }, (_, step) => feeds.x![at(step)]!);
        const forward = recursion(feeds, feature, size, u);
        const backward = recursion(feeds, width + feature, size, u.toReversed()).toReversed();
        u.forEach((_, step) => {
          expect(Math.abs(y![at(step)]! - forward[step]! - backward[step]!)).toBeLessThan(1e-4);
        });
      }
    }
  },
);

describe('attention within sections', () => {
  const [batch, steps, width] = [2, 11, 4];
  const given = () => ({
    query: draw('query', batch * steps * width),
    key: draw('key', batch * steps * width),
    value: draw('value', batch * steps * width),
  });
  const attend = async (feeds: Values, stretch: number) => {
    const graph = new Graph('attention');
    const input = (name: string) => graph.input(name, 'float32', ['N', steps, width]);
    const all = { query: input('query'), key: input('key'), value: input('value') };
    graph.output('y', attendWithin(graph, all, graph.input('bias', 'float32', [1, stretch, stretch])));
    const runner = await compile(graph, batch);
    const { y } = await runner.run({ ...feeds, bias: draw('bias', stretch * stretch) });
    await runner.release();
    return y!;
  };

  test.each([1, 4, 11])('of %i steps is softmax(Q K^T / 2 + bias) V', async (stretch) => {
    const feeds = given();
    const y = await attend(feeds, stretch);
    const bias = draw('bias', stretch * stretch);
    for (let row = 0; row < batch * steps; row++) {
      const [record, step] = [Math.floor(row / steps), row % steps];
      const start = step - (step % stretch);
      const others = Array.from({ length: Math.min(stretch, steps - start) }, (_, at) => start + at);
      const dot = (other: number) =>
        [0, 1, 2, 3].reduce(
          (sum, at) =>
            sum + feeds.query[row * width + at]! * feeds.key[(record * steps + other) * width + at]!,
          0,
        );
      const powers = others.map((other) =>
        Math.exp(dot(other) / 2 + bias[(step - start) * stretch + (other - start)]!),
      );
      const total = powers.reduce((sum, power) => sum + power, 0);
      for (let at = 0; at < width; at++) {
        const expected = others.reduce(
          (sum, other, index) =>
            sum + (powers[index]! / total) * feeds.value[(record * steps + other) * width + at]!,
          0,
        );
        expect(y[row * width + at]).toBeCloseTo(expected, 4);
      }
    }
  });

  test.each([4, 11])('of %i steps does not depend on steps outside its section', async (stretch) => {
    const before = await attend(given(), stretch);
    const feeds = given();
    for (const values of Object.values(feeds)) {
      // Steps 4-7 of the first record.
      for (let at = 4 * width; at < 8 * width; at++) values[at]! += 1;
    }
    const after = await attend(feeds, stretch);
    const changed = Array.from({ length: batch * steps }, (_, row) => row).filter((row) =>
      [0, 1, 2, 3].some((at) => before[row * width + at] !== after[row * width + at]),
    );
    expect(changed).toEqual(stretch === 4 ? [4, 5, 6, 7] : Array.from({ length: steps }, (_, row) => row));
  });
});

test('counts its parameters', () => {
  const count = (
    plan: { chunk: number; d: number; depth: number; h: number; z: number; f: number; c: number },
    out: number,
    leads: number,
  ) => {
    const { chunk, d, depth, h, z, f, c } = plan;
    const line = (from: number, to: number) => (from + 1) * to;
    const block =
      2 * d * 4 * h + // alpha, delta, beta, eta of both directions
      line(d, z) + // W_z
      4 * z + // kappa and mu of queries and keys
      line(d, z) + // W_v
      (2 * c - 1) + // a number for each distance
      line(d, z) + // reset gate
      line(d, d) + // update gate
      (d * d + z * d + d) + // W_h, U_h, b_h
      line(d, f) +
      line(f, d) +
      4 * d; // two norms
    return line(leads * chunk, d) + depth * block + line(d, out) + line(out, 32) + line(32, 1);
  };
  const defaults = { chunk: 50, d: 64, depth: 4, h: 16, z: 64, f: 128 };
  expect(parameterCount(mega)).toBe(count({ ...defaults, c: 20 }, 64, 1));
  expect(parameterCount(mega, { attentionSteps: 8 })).toBe(count({ ...defaults, c: 8 }, 64, 1));
  expect(parameterCount(mega, { attentionSteps: 50 })).toBe(count({ ...defaults, c: 20 }, 64, 1));
  const options = {
    chunkSamples: 100,
    width: 32,
    depth: 3,
    averages: 8,
    qkv: 16,
    feedForward: 256,
    backboneOut: 40,
  };
  expect(parameterCount(mega, options, { leads: 12, lengthSamples: 1201 })).toBe(
    count({ chunk: 100, d: 32, depth: 3, h: 8, z: 16, f: 256, c: 13 }, 40, 12),
  );
});

test.each([
  [{ depth: 2 }, /mega: depth must be a whole number in 3-6, got 2/],
  [{ qkv: 128 }, /qkv must be one of 16, 32, 64, got 128/],
  [{ feedForward: 512 }, /feedForward must be one of 32, 64, 128, 256, got 512/],
  [{ attentionSteps: -1 }, /attentionSteps must be a whole number in 0-1024, got -1/],
  [{ attentionStep: 8 }, /mega has no option "attentionStep"; did you mean "attentionSteps"\?/],
])('refuses %j', (options, sentence) => {
  expect(() => mega.parse(options)).toThrow(sentence);
});

test('bits do not depend on the number of threads, even with more threads than records or features', async () => {
  const options = { width: 16, depth: 3, qkv: 16, attentionSteps: 8 };
  const plan = { arch: 'mega', options, lengthSamples: 1070, batch: 8, seed: 5 };
  const [one, many] = [await trainedOnce(engine, plan, 1), await trainedOnce(engine, plan, 17)];
  for (const [name, values] of one) {
    expect(Buffer.from(values.buffer).equals(Buffer.from(many.get(name)!.buffer)), name).toBe(true);
  }
});

test('a record of one chunk can be trained, although no average decays in it', () => {
  const plan = { arch: 'mega', lengthSamples: 130, options: { chunkSamples: 500 }, batch: 2, seed: 1 };
  const { program } = buildClassifierTraining(plan);
  expect(program.derivative!.wanted).toContain('block0.ema.delta');
});

test('the exported file contains the kernels, not their formulas, and no DFT', async () => {
  const plan = { arch: 'mega', lengthSamples: 200, options: { attentionSteps: 3 } };
  const { initialState } = buildClassifierTraining({ ...plan, batch: 2, seed: 1 });
  const { nodes, initializers } = await exportGraph({ plan, state: initialState, engine });
  const held = initializers.map(({ name }) => name);
  expect(held).toContain('block0.update.bias');
  for (const name of ['alpha', 'delta', 'beta', 'eta']) expect(held).not.toContain(`block0.ema.${name}`);
  const types = new Set(nodes.map(({ type }) => type));
  for (const type of ['DFT', 'STFT', 'Exp', 'Log']) expect(types).not.toContain(type);
});

/** Computes h_t = alpha beta x_t + (1 - alpha delta) h_{t-1} from h = 0 and y_t = eta h_t, summed over the averages. */
function recursion(weights: Values, row: number, size: number, x: number[]): number[] {
  const y = x.map(() => 0);
  const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
  for (let at = row * size; at < (row + 1) * size; at++) {
    const [alpha, delta] = [sigmoid(weights.alpha![at]!), sigmoid(weights.delta![at]!)];
    let h = 0;
    x.forEach((value, t) => {
      h = alpha * weights.beta![at]! * value + (1 - alpha * delta) * h;
      y[t]! += weights.eta![at]! * h;
    });
  }
  return y;
}
