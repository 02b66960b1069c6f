// S4D: its kernels compared with the complex recurrence, its plan, and the contents of an exported file.

import { afterAll, expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { Graph } from '#lib/graph/graph.js';
import { exportGraph } from '#lib/model/export.js';
import { longConv } from '#lib/nn/long-conv.js';
import { architectures, parameterCount } from '#lib/nn/models/index.js';
import { stateSpaceKernels } from '#lib/nn/models/s4.js';
import { buildClassifierTraining } from '#lib/objectives/classify.js';
import { compile, type Values } from '../../graph/run-graph.js';
import { trainedOnce } from '../agreement.js';

const s4 = architectures.s4!;
const engine = onnxRuntimeEngine();
afterAll(() => engine.close());

test('the kernels equal a complex recurrence, run forwards and backwards', async () => {
  const [batch, steps, channels, pairs] = [2, 12, 3, 4];
  const graph = new Graph('recurrence');
  const input = (name: string, shape: number[]) => graph.input(name, 'float32', shape);
  const space = {
    logStep: input('logStep', [channels, 1]),
    logDecay: input('logDecay', [channels, pairs]),
    frequency: input('frequency', [channels, pairs]),
    real: input('real', [channels, 2, pairs]),
    imaginary: input('imaginary', [channels, 2, pairs]),
  };
  const x = input('x', [batch, steps, channels]);
  graph.output('y', longConv(graph, x, ...stateSpaceKernels(graph, space, steps)));
  const stream = randomStream(9, 'space');
  const draw = (count: number, scale: number, middle = 0) =>
    Float32Array.from({ length: count }, () => middle + scale * stream.normal());
  const feeds = {
    logStep: draw(channels, 0.5, -1.5),
    logDecay: draw(channels * pairs, 0.5, -0.7),
    frequency: draw(channels * pairs, 4),
    real: draw(channels * 2 * pairs, 1),
    imaginary: draw(channels * 2 * pairs, 1),
    x: draw(batch * steps * channels, 1),
  };
  const runner = await compile(graph);
  const { y } = await runner.run(feeds);
  await runner.release();
  for (let record = 0; record < batch; record++) {
    for (let channel = 0; channel < channels; channel++) {
      const u = Array.from(
        { length: steps },
        (_, step) => feeds.x[(record * steps + step) * channels + channel]!,
      );
      const forward = recurrence(feeds, channel, 0, pairs, u);
      const backward = recurrence(feeds, channel, 1, pairs, u.toReversed()).toReversed();
      for (let step = 0; step < steps; step++) {
        const ours = y![(record * steps + step) * channels + channel]!;
        expect(Math.abs(ours - forward[step]! - backward[step]!)).toBeLessThan(2e-4);
      }
    }
  }
});

test('counts its parameters', () => {
  const count = (chunk: number, width: number, depth: number, states: number, out: number, leads: number) => {
    // Per channel: the step size, D, and for each pair of states decay, frequency and complex C of two directions.
    const channel = 1 + (states / 2) * (1 + 1 + 2 * 2) + 1;
    const block = width * channel + 2 * (width * width + width) + 2 * width;
    const embedding = (leads * chunk + 1) * width;
    return embedding + depth * block + (width + 1) * out + (out + 1) * 32 + (32 + 1);
  };
  expect(parameterCount(s4)).toBe(count(50, 64, 4, 64, 64, 1));
  const options = { chunkSamples: 250, width: 32, depth: 6, stateSize: 16, backboneOut: 100 };
  expect(parameterCount(s4, options, { leads: 12 })).toBe(count(250, 32, 6, 16, 100, 12));
  // The number of weights does not depend on the length of the sequence.
  expect(parameterCount(s4, {}, { lengthSamples: 5000 })).toBe(parameterCount(s4));
});

test.each([
  [{ depth: 2 }, /s4: depth must be a whole number in 3-6, got 2/],
  [{ depth: 7 }, /depth must be a whole number in 3-6, got 7/],
  [{ stateSize: 48 }, /stateSize must be one of 16, 32, 64, got 48/],
  [{ chunkSamples: 60 }, /chunkSamples must be one of 50, 100, 250, 500, got 60/],
  [{ states: 64 }, /s4 has no option "states"/],
])('refuses %j', (options, sentence) => {
  expect(() => s4.parse(options)).toThrow(sentence);
});

test('starts as S4D-Lin with step sizes of 0.001-0.1', () => {
  const { initialState } = buildClassifierTraining({ arch: 's4', lengthSamples: 200, batch: 2, seed: 3 });
  const first = (name: string) => initialState.get(`block0.${name}`)!;
  const steps = first('logStep').map(Math.exp);
  expect(Math.min(...steps)).toBeGreaterThanOrEqual(0.000999);
  expect(Math.max(...steps)).toBeLessThan(0.1001);
  expect([...first('logDecay').slice(0, 3)].map(Math.exp)).toEqual(
    [0.5, 0.5, 0.5].map((v) => expect.closeTo(v, 6)),
  );
  expect(first('frequency')[32 + 5]).toBeCloseTo(5 * Math.PI, 5);
});

test('bits do not depend on the number of threads, even with more threads than channels', async () => {
  const options = { width: 16, depth: 3, stateSize: 16, chunkSamples: 50 };
  const plan = { arch: 's4', options, lengthSamples: 2000, batch: 8, seed: 5 };
  const [one, many] = [await trainedOnce(engine, plan, 1), await trainedOnce(engine, plan, 17)];
  for (const [name, values] of one) {
    expect(Buffer.from(values.buffer).equals(Buffer.from(many.get(name)!.buffer)), name).toBe(true);
  }
});

test('the exported file contains the kernels, not their formulas, and no DFT', async () => {
  const plan = { arch: 's4', lengthSamples: 200 };
  const { initialState } = buildClassifierTraining({ ...plan, batch: 2, seed: 1 });
  const { nodes, initializers } = await exportGraph({ plan, state: initialState, engine });
  const held = initializers.map(({ name }) => name);
  expect(held).toContain('block0.mix.bias');
  for (const name of ['logStep', 'logDecay', 'frequency', 'C.real', 'C.imaginary']) {
    expect(held).not.toContain(`block0.${name}`);
  }
  const types = new Set(nodes.map(({ type }) => type));
  for (const type of ['DFT', 'STFT', 'Sin', 'Cos', 'Exp']) expect(types).not.toContain(type);
});

/** Computes x_k = Abar x_{k-1} + Bbar u_k from x = 0 and y_k = 2 Re(C x_k), summed over the states (zero-order hold). */
function recurrence(space: Values, channel: number, direction: number, pairs: number, u: number[]): number[] {
  const y = u.map(() => 0);
  const step = Math.exp(space.logStep![channel]!);
  for (let pair = 0; pair < pairs; pair++) {
    const [re, im] = [
      -Math.exp(space.logDecay![channel * pairs + pair]!),
      space.frequency![channel * pairs + pair]!,
    ];
    const [c, ci] = [space.real!, space.imaginary!].map(
      (C) => C[(channel * 2 + direction) * pairs + pair]!,
    ) as [number, number];
    const aBar = times([Math.exp(re * step), 0], [Math.cos(im * step), Math.sin(im * step)]);
    const squared = re * re + im * im;
    const bBar = times([aBar[0] - 1, aBar[1]], [re / squared, -im / squared]);
    let x: Complex = [0, 0];
    u.forEach((value, k) => {
      const kept = times(aBar, x);
      x = [kept[0] + bBar[0] * value, kept[1] + bBar[1] * value];
      y[k]! += 2 * times([c, ci], x)[0];
    });
  }
  return y;
}

type Complex = [number, number];

function times([a, b]: Complex, [c, d]: Complex): Complex {
  return [a * c - b * d, a * d + b * c];
}
