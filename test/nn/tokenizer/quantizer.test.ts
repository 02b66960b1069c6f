// The quantiser on points around four centres: the codes in use, the error, dead codes, and one step against the closed
// form in double precision.

import { afterAll, describe, expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { gradients } from '#lib/graph/autodiff.js';
import { Graph, type Value } from '#lib/graph/graph.js';
import { mul } from '#lib/graph/ops/mul.js';
import { reduceSum } from '#lib/graph/ops/reduce-sum.js';
import { slotInput, toProgram } from '#lib/model/program.js';
import { Net } from '#lib/nn/net.js';
import { quantize, quantizerDefaults } from '#lib/nn/tokenizer/quantizer.js';

const engine = onnxRuntimeEngine();
afterAll(() => engine.close());

const [batch, tokens, width, codes] = [8, 25, 3, 8];
const count = batch * tokens;
const deviation = 0.1;
const centres = [
  [3, 0, 0],
  [0, 3, 0],
  [0, 0, 3],
  [-3, -3, -3],
];

/** Returns points around the centres in turn, [B, T, D]. */
function pointsOf(step: number): Float32Array {
  const stream = randomStream(2, 'points', step);
  return Float32Array.from({ length: count * width }, (_, at) => {
    const centre = centres[Math.floor(at / width) % centres.length]!;
    return centre[at % width]! + deviation * stream.normal();
  });
}

/** Loads a quantiser as a program: `z` and `probe` to its outputs, `dz` the gradient of sum(probe quantized). */
async function opened(deadShare?: number, codebook?: Float32Array) {
  const graph = new Graph('quantizer');
  const net = new Net(graph, 'training', slotInput);
  const z = graph.input('z', 'float32', [batch, tokens, width]);
  const probe = graph.input('probe', 'float32', [batch, tokens, width]);
  const made = quantize(net, 'q', z, { codes, ...(deadShare !== undefined && { deadShare }) });
  for (const [name, value] of Object.entries(made)) graph.output(name, value as Value);
  const slope = (loss: Value) => gradients(graph, loss, [z])[0]!;
  graph.output('dz', slope(reduceSum(graph, mul(graph, made.quantized, probe))));
  graph.output('dCommitment', slope(made.commitment));
  const state = net.slots.map(({ name, shape }) => ({
    ...{ name, shape, type: 'float32' as const, next: `${name}.next` },
  }));
  for (const { name } of net.slots) graph.output(`${name}.next`, net.nextStatistics.get(name)!);
  const initial = new Map(
    net.slots.map(({ name, shape, initial: make }) => [
      name,
      make(
        5,
        name,
        shape.reduce((size, dim) => size * dim, 1),
      ),
    ]),
  );
  if (codebook) initial.set('q.codebook', codebook).set('q.sums', codebook.slice());
  const execution = await engine.load(toProgram(graph, state), initial, { threads: 1 });
  const run = async (step: number, values = pointsOf(step)) => {
    const stream = randomStream(4, 'probe', step);
    const given = Float32Array.from({ length: values.length }, () => stream.normal());
    const revive = BigInt64Array.from({ length: codes }, () => BigInt(stream.below(count)));
    const shape = [batch, tokens, width];
    const found = await execution.run({
      z: { data: values, shape },
      probe: { data: given, shape },
      'q.revive': { data: revive, shape: [codes] },
    });
    const number = (name: string) => found[name]!.data[0] as number;
    const floats = (name: string) => found[name]!.data as Float32Array;
    return {
      ...{ values, probe: given, revive },
      ...{ commitment: number('commitment'), perplexity: number('perplexity') },
      ...{ quantized: floats('quantized'), dz: floats('dz'), dCommitment: floats('dCommitment') },
    };
  };
  return { run, initial, getState: () => execution.getState(), close: () => execution.close() };
}

/** Returns the code of each point, in double precision. */
function plainCodes(values: Float32Array, codebook: Float32Array): number[] {
  return Array.from({ length: values.length / width }, (_, row) => {
    const distances = Array.from({ length: codes }, (__, code) =>
      Array.from({ length: width }, (___, at) => {
        return (values[row * width + at]! - codebook[code * width + at]!) ** 2;
      }).reduce((sum, square) => sum + square),
    );
    return distances.indexOf(Math.min(...distances));
  });
}

test('one code for each cluster: the perplexity is 4, the error that of the clusters, the codes their centres', async () => {
  // Four codes start in the clusters, four far from all.
  const start = [...centres, ...centres.map(([a, b, c]) => [20 + a!, 20 + b!, 20 + c!])];
  const quantizer = await opened(0, Float32Array.from(start.flat().map((value) => value * 0.8)));
  let last = await quantizer.run(0);
  for (let step = 1; step <= 60; step++) last = await quantizer.run(step);
  expect(Math.abs(last.perplexity - 4)).toBeLessThan(0.1);
  expect(Math.sqrt(last.commitment) / deviation).toBeCloseTo(1, 1);
  const codebook = (await quantizer.getState()).get('q.codebook')!;
  for (const [at, value] of centres.flat().entries())
    expect(Math.abs(codebook[at]! - value)).toBeLessThan(0.03);
  await quantizer.close();
});

test('dead codes are revived: from one code in use, all clusters are found', async () => {
  const start = Array.from({ length: codes }, (_, code) => (code === 0 ? [0, 0, 0] : [50, 50, 50 + code]));
  const dead = await opened(0, Float32Array.from(start.flat()));
  const revived = await opened(undefined, Float32Array.from(start.flat()));
  let [without, withRevival] = [await dead.run(0), await revived.run(0)];
  expect([without.perplexity, withRevival.perplexity]).toEqual([1, 1]);
  for (let step = 1; step <= 60; step++) {
    [without, withRevival] = [await dead.run(step), await revived.run(step)];
  }
  expect(without.perplexity).toBeCloseTo(1, 5);
  expect(withRevival.perplexity).toBeGreaterThan(3.9);
  expect(Math.sqrt(withRevival.commitment)).toBeLessThan(1.1 * deviation);
  const counts = (await revived.getState()).get('q.counts')!;
  for (const value of counts) expect(value).toBeGreaterThanOrEqual(Math.fround(quantizerDefaults.deadShare));
  await dead.close();
  await revived.close();
});

describe('one step equals the closed form', () => {
  test('codes, commitment, perplexity and the moving averages', async () => {
    const quantizer = await opened();
    const { initial } = quantizer;
    const found = await quantizer.run(7);
    const [before, sums] = [initial.get('q.codebook')!, initial.get('q.sums')!];
    expect(sums).toEqual(before);
    const own = plainCodes(found.values, before);
    const hits = Array.from({ length: codes }, (_, code) => own.filter((other) => other === code).length);
    const entropy = hits.reduce((sum, n) => (n === 0 ? sum : sum - (n / count) * Math.log(n / count)), 0);
    expect(found.perplexity).toBeCloseTo(Math.exp(entropy), 4);
    let commitment = 0;
    for (const [at, value] of found.values.entries()) {
      const code = before[own[Math.floor(at / width)]! * width + (at % width)]!;
      expect(found.quantized[at]).toBeCloseTo(code, 5);
      commitment += (value - code) ** 2 / found.values.length;
    }
    expect(found.commitment / commitment).toBeCloseTo(1, 5);
    const { decay, deadShare } = quantizerDefaults;
    const scale = codes / count;
    const counts = hits.map((n) => decay + (1 - decay) * n * scale);
    expect(counts.some((value) => value < deadShare)).toBe(false);
    const total = counts.reduce((sum, value) => sum + value);
    const state = await quantizer.getState();
    for (let code = 0; code < codes; code++) {
      expect(state.get('q.counts')![code]).toBeCloseTo(counts[code]!, 5);
      const smooth = ((counts[code]! + 1e-5) / (total + codes * 1e-5)) * total;
      for (let at = 0; at < width; at++) {
        const place = code * width + at;
        const fresh = own.reduce((sum, other, row) => {
          return other === code ? sum + found.values[row * width + at]! : sum;
        }, 0);
        const next = decay * sums[place]! + (1 - decay) * fresh * scale;
        expect(state.get('q.sums')![place]).toBeCloseTo(next, 4);
        expect(state.get('q.codebook')![place]).toBeCloseTo(next / smooth, 4);
      }
    }
    await quantizer.close();
  });

  test('a dead code becomes the point that was drawn for it', async () => {
    const far = Float32Array.from({ length: codes * width }, (_, at) => (at < width ? 0 : 100 + at));
    const quantizer = await opened(0.95, far);
    const found = await quantizer.run(3);
    const state = await quantizer.getState();
    for (let code = 1; code < codes; code++) {
      const row = Number(found.revive[code]!);
      const point = found.values.subarray(row * width, (row + 1) * width);
      for (const [at, value] of point.entries()) {
        expect(state.get('q.codebook')![code * width + at]).toBeCloseTo(value, 5);
        expect(state.get('q.sums')![code * width + at]).toBeCloseTo(0.95 * value, 5);
      }
      expect(state.get('q.counts')![code]).toBeCloseTo(0.95, 6);
    }
    await quantizer.close();
  });

  test('the gradient of the tokens is that of their codes; the commitment pulls them to their codes', async () => {
    const quantizer = await opened();
    const found = await quantizer.run(1);
    expect(found.dz).toEqual(found.probe);
    for (const [at, value] of found.values.entries()) {
      const slope = (2 * (value - found.quantized[at]!)) / found.values.length;
      expect(found.dCommitment[at]).toBeCloseTo(slope, 6);
    }
    await quantizer.close();
  });
});
