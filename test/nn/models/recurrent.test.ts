// LSTM and GRU: both forms of each operator compared with cells in plain loops, manual counts of their plans, the contents
// of exported files, and bits that do not depend on the number of threads (those of the runtime's operators would).

import { afterAll, describe, expect, test } from 'vitest';
import type { ErrorCode } from '#lib/base/errors.js';
import { randomStream } from '#lib/base/random.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { Graph, type Value } from '#lib/graph/graph.js';
import { gruInference, gruTraining } from '#lib/graph/ops/gru.js';
import { lstmInference, lstmTraining } from '#lib/graph/ops/lstm.js';
import { encodeModel, fields } from '#lib/graph/proto.js';
import { buildConstantGraph, buildInferenceProgram, pickState } from '#lib/model/program.js';
import { architectures, parameterCount } from '#lib/nn/models/index.js';
import { buildClassifierTraining } from '#lib/objectives/classify.js';
import { compile } from '../../graph/run-graph.js';
import { noiseBatch } from '../agreement.js';

const engine = onnxRuntimeEngine();
afterAll(() => engine.close());

const archs = ['lstm', 'gru'] as const;
const gatesOf = { lstm: 4, gru: 3 };
const forms = { lstm: [lstmTraining, lstmInference], gru: [gruTraining, gruInference] };
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Computes the state after a step from W x + bW and R h + bR, by gate in the order of ONNX. */
type Cell = (ofX: number[][], ofH: number[][], state: { h: number[]; c: number[] }) => typeof state;

const cells: Record<(typeof archs)[number], Cell> = {
  lstm: (ofX, ofH, { h, c }) => {
    const next = { h: [...h], c: [...c] };
    h.forEach((_, unit) => {
      const [i, o, f, g] = ofX.map((gate, at) => gate[unit]! + ofH[at]![unit]!) as [
        number,
        number,
        number,
        number,
      ];
      next.c[unit] = sigmoid(f) * c[unit]! + sigmoid(i) * Math.tanh(g);
      next.h[unit] = sigmoid(o) * Math.tanh(next.c[unit]!);
    });
    return next;
  },
  gru: (ofX, ofH, { h, c }) => {
    const next = h.map((before, unit) => {
      const z = sigmoid(ofX[0]![unit]! + ofH[0]![unit]!);
      const r = sigmoid(ofX[1]![unit]! + ofH[1]![unit]!);
      const candidate = Math.tanh(ofX[2]![unit]! + r * ofH[2]![unit]!);
      return (1 - z) * candidate + z * before;
    });
    return { h: next, c };
  },
};

describe.each(archs)('%s', (arch) => {
  const gates = gatesOf[arch];

  test.each([
    { form: 'training', directions: 1, batch: 3 },
    { form: 'training', directions: 2, batch: 3 },
    { form: 'training', directions: 2, batch: 40 },
    { form: 'inference', directions: 1, batch: 3 },
    { form: 'inference', directions: 2, batch: 3 },
  ])('in $form is its cell, step by step: $directions direction(s), batch $batch', async (one) => {
    const { form, directions, batch } = one;
    const [steps, inputs, units] = [6, 4, 5];
    const graph = new Graph('one layer');
    const sizes = {
      x: [steps, batch, inputs],
      inputWeight: [directions, gates * units, inputs],
      recurrentWeight: [directions, gates * units, units],
      bias: [directions, 2 * gates * units],
    };
    const stream = randomStream(8, arch);
    const feeds = Object.fromEntries(
      Object.entries(sizes).map(([name, shape]) => [
        name,
        Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => stream.normal()),
      ]),
    ) as Record<keyof typeof sizes, Float32Array>;
    const [x, inputWeight, recurrentWeight, bias] = Object.entries(sizes).map(([name, shape]) =>
      graph.input(name, 'float32', shape),
    ) as [Value, Value, Value, Value];
    const layer = forms[arch][form === 'training' ? 0 : 1]!;
    const y = layer(graph, x, { inputWeight, recurrentWeight, bias });
    expect(y.shape).toEqual([steps, directions, batch, units]);
    expect(graph.nodes.some(({ type }) => type === arch.toUpperCase())).toBe(form === 'inference');
    graph.output('y', y);
    const runner = await compile(graph);
    const ours = (await runner.run(feeds)).y!;
    await runner.release();

    const product = (name: 'inputWeight' | 'recurrentWeight', direction: number, values: number[]) =>
      Array.from({ length: gates }, (_, gate) =>
        Array.from({ length: units }, (_, unit) => {
          const row = (direction * gates + gate) * units + unit;
          const biasAt = ((2 * direction + Number(name === 'recurrentWeight')) * gates + gate) * units + unit;
          return values.reduce(
            (sum, value, at) => sum + value * feeds[name][row * values.length + at]!,
            feeds.bias[biasAt]!,
          );
        }),
      );
    for (let direction = 0; direction < directions; direction++) {
      for (let record = 0; record < batch; record++) {
        let state = { h: new Array<number>(units).fill(0), c: new Array<number>(units).fill(0) };
        for (let count = 0; count < steps; count++) {
          const step = direction === 0 ? count : steps - 1 - count;
          const from = (step * batch + record) * inputs;
          const ofX = product('inputWeight', direction, [...feeds.x.subarray(from, from + inputs)]);
          state = cells[arch](ofX, product('recurrentWeight', direction, state.h), state);
          state.h.forEach((value, unit) => {
            const at = ((step * directions + direction) * batch + record) * units + unit;
            expect(Math.abs(ours[at]! - value)).toBeLessThan(2e-5);
          });
        }
      }
    }
  });

  test('has as many parameters as in PyTorch', () => {
    // A layer of one direction: W, R and two biases per gate. Embedding 50 -> 64, features 64, head 64 -> 32 -> 1.
    const layer = (inputs: number, units: number) => gates * units * (inputs + units + 2);
    const rest = 51 * 64 + 65 * 32 + 33;
    expect(parameterCount(architectures[arch]!)).toBe(
      rest + 2 * layer(64, 64) + 2 * layer(128, 64) + 129 * 64,
    );
    const options = { layers: 3, units: 100, bidirectional: false, chunkSamples: 250, width: 32 };
    expect(parameterCount(architectures[arch]!, { ...options, backboneOut: 16 }, { leads: 2 })).toBe(
      501 * 32 + layer(32, 100) + 2 * layer(100, 100) + 101 * 16 + 17 * 32 + 33,
    );
  });

  test('is exported as the standard operator, one node per layer, with unchanged weights', () => {
    const plan = { arch, lengthSamples: 200, options: { layers: 3, units: 16 } };
    const { initialState } = buildClassifierTraining({ ...plan, batch: 2, seed: 3 });
    const { types, constants } = contents(encodeModel(buildConstantGraph(plan, initialState)));
    expect(types.filter((type) => type === arch.toUpperCase())).toHaveLength(3);
    const others = new Set(types.filter((type) => type !== arch.toUpperCase()));
    expect([...others].filter((type) => /^(Sigmoid|Tanh|Split|Loop|Scan|If)$/.test(type))).toEqual([
      'Sigmoid',
    ]);
    expect(types.filter((type) => type === 'Sigmoid')).toHaveLength(1);
    for (const name of ['inputWeight', 'recurrentWeight', 'bias'])
      expect(constants).toContain(`layer2.${name}`);
  });

  test('gives the same logits unrolled in training and as the operator', async () => {
    const plan = { arch, lengthSamples: 330, options: { units: 24, layers: 3 } };
    const training = buildClassifierTraining({ ...plan, batch: 6, seed: 4 });
    const input = noiseBatch(6, 330);
    const execution = await engine.load(training.program, training.initialState, { threads: 2 });
    // Dropout that keeps all features, scaled by 4 / 3; the logits are those of the initial weights.
    const feeds = training.feeds({ ...input, step: 1 });
    (feeds['head.dropout.uniform']!.data as Float32Array).fill(0.9);
    const { logit: unrolled } = await execution.run(feeds);
    await execution.close();
    const program = buildInferenceProgram(plan);
    const reading = await engine.load(program, pickState(training.initialState, program));
    const { logit } = await reading.run({ ecg: { data: input.ecg, shape: [6, 1, 330] } });
    await reading.close();
    const bias = training.initialState.get('head.linear2.bias')![0]!;
    (logit!.data as Float32Array).forEach((value, at) => {
      const kept = bias + 0.75 * ((unrolled!.data[at] as number) - bias);
      expect(Math.abs(kept - value)).toBeLessThan(1e-6);
    });
  });

  test('the bits of odd batches and wide layers do not depend on the number of threads', async () => {
    const plan = {
      arch,
      options: { units: 256, layers: 1, chunkSamples: 100 },
      lengthSamples: 230,
      batch: 3,
    };
    const training = buildClassifierTraining({ ...plan, seed: 6 });
    const trained = async (threads: number) => {
      const execution = await engine.load(training.program, training.initialState, { threads });
      await execution.run(training.feeds({ ...noiseBatch(3, 230), step: 1 }));
      const state = await execution.getState();
      await execution.close();
      return state;
    };
    const one = await trained(1);
    for (const threads of [2, 3, 5]) {
      const more = await trained(threads);
      for (const [name, values] of one) {
        expect(Buffer.from(values.buffer).equals(Buffer.from(more.get(name)!.buffer)), name).toBe(true);
      }
    }
  });

  test('accepts a record of one chunk', async () => {
    const training = buildClassifierTraining({ arch, lengthSamples: 20, batch: 2, seed: 7 });
    const execution = await engine.load(training.program, training.initialState);
    const { loss } = await execution.run(training.feeds({ ...noiseBatch(2, 20), step: 1 }));
    expect(Number.isFinite(loss!.data[0] as number)).toBe(true);
    await execution.close();
  });

  test('has initial weights between -1 and 1 divided by the root of its units', () => {
    const { initialState } = buildClassifierTraining({ arch, lengthSamples: 100, batch: 2, seed: 8 });
    for (const name of ['inputWeight', 'recurrentWeight', 'bias']) {
      const largest = Math.max(...initialState.get(`layer1.${name}`)!.map(Math.abs));
      expect(largest).toBeLessThanOrEqual(1 / 8);
      expect(largest).toBeGreaterThan(0.124);
    }
  });

  test.each<[Record<string, unknown>, ErrorCode, RegExp]>([
    [{ layers: 5 }, 'ERR_RANGE', /whole number in 1-4/],
    [{ units: 15 }, 'ERR_RANGE', /whole number in 16-256/],
    [{ units: 257 }, 'ERR_RANGE', /whole number in 16-256/],
    [{ bidirectional: 'yes' }, 'ERR_OPTION', /one of true, false/],
    [{ unit: 32 }, 'ERR_OPTION', /unit/],
  ])('%o is rejected with a message', (options, code, message) => {
    expect(() => parameterCount(architectures[arch]!, options)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  test('weights that do not fit are reported by name', () => {
    const graph = new Graph('odd');
    const input = (name: string, shape: number[]) => graph.input(name, 'float32', shape);
    const weights = {
      inputWeight: input('w', [1, gates * 5, 4]),
      recurrentWeight: input('r', [1, gates * 5, 5]),
      bias: input('b', [1, gates * 5]),
    };
    for (const layer of forms[arch]) {
      expect(() => layer(graph, input(`x${layer.name}`, [6, 2, 4]), weights)).toThrow(
        expect.objectContaining({
          code: 'ERR_GRAPH',
          message: expect.stringMatching(/takes b as \[1, \d+\]/),
        }),
      );
    }
  });
});

/** Returns the types of the nodes of a model, and the names of its constants. */
function contents(bytes: Uint8Array): { types: string[]; constants: string[] } {
  const [types, constants]: [string[], string[]] = [[], []];
  fields(bytes, {
    7: (model) =>
      fields(model.bytes(), {
        1: (graph) => fields(graph.bytes(), { 4: (node) => types.push(node.string()) }),
        5: (graph) => fields(graph.bytes(), { 8: (tensor) => constants.push(tensor.string()) }),
      }),
  });
  return { types, constants };
}
