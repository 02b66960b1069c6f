// The arithmetic of the attention models in plain loops over one record, in double precision, for comparison in tests.
// A sequence is an array of steps, a step is an array of features. Weights are given by name, row-major as in the network.

import { randomStream } from '#lib/base/random.js';
import { Graph, sizeOf, type Value } from '#lib/graph/graph.js';
import { Net, type Slot } from '#lib/nn/net.js';
import { compile } from '../graph/run-graph.js';

export type Sequence = number[][];
export type Weights = ReadonlyMap<string, Float32Array>;

/** Computes x W^T + b for each step. */
export function plainLinear(weights: Weights, name: string, x: Sequence): Sequence {
  const [weight, bias] = [weights.get(`${name}.weight`)!, weights.get(`${name}.bias`)!];
  return x.map((step) =>
    Array.from(bias, (shift, row) =>
      step.reduce((sum, v, at) => sum + v * weight[row * step.length + at]!, shift),
    ),
  );
}

/** Computes softmax(q k^T / sqrt(d)) v for each head, concatenates the heads and applies the output map. */
export function plainAttention(
  weights: Weights,
  name: string,
  queries: Sequence,
  context: Sequence,
  heads: number,
): Sequence {
  const [q, k, v] = (['query', 'key', 'value'] as const).map((part) =>
    plainLinear(weights, `${name}.${part}`, part === 'query' ? queries : context),
  ) as [Sequence, Sequence, Sequence];
  const size = q[0]!.length / heads;
  const together = q.map((query) =>
    query.map((_, column) => {
      const first = column - (column % size);
      const dot = (key: number[]) =>
        query.slice(first, first + size).reduce((sum, value, at) => sum + value * key[first + at]!, 0);
      const shares = k.map((key) => Math.exp(dot(key) / Math.sqrt(size)));
      const total = shares.reduce((sum, share) => sum + share, 0);
      return shares.reduce((sum, share, step) => sum + (share / total) * v[step]![column]!, 0);
    }),
  );
  return plainLinear(weights, `${name}.output`, together);
}

export function plainLayerNorm(weights: Weights, name: string, x: Sequence): Sequence {
  const [gamma, beta] = [weights.get(`${name}.weight`)!, weights.get(`${name}.bias`)!];
  return x.map((step) => {
    const mean = step.reduce((sum, value) => sum + value, 0) / step.length;
    const variance = step.reduce((sum, value) => sum + (value - mean) ** 2, 0) / step.length;
    return step.map((value, at) => (gamma[at]! * (value - mean)) / Math.sqrt(variance + 1e-5) + beta[at]!);
  });
}

export function plainFeedForward(weights: Weights, name: string, x: Sequence): Sequence {
  const hidden = plainLinear(weights, `${name}.linear1`, x);
  const active = hidden.map((step) => step.map((value) => 0.5 * value * (1 + erf(value / Math.SQRT2))));
  return plainLinear(weights, `${name}.linear2`, active);
}

export function plainSum(a: Sequence, b: Sequence): Sequence {
  return a.map((step, index) => step.map((value, at) => value + b[index]![at]!));
}

/** Embeds the zeros of the class token and the chunks of a record with one lead, and adds Vaswani's positions. */
export function plainTokens(weights: Weights, record: ArrayLike<number>, chunk: number): Sequence {
  const chunks = Array.from({ length: Math.ceil(record.length / chunk) + 1 }, (_, index) =>
    Array.from({ length: chunk }, (_, at) => (index === 0 ? 0 : (record[(index - 1) * chunk + at] ?? 0))),
  );
  return plainLinear(weights, 'embedding', chunks).map((step, position) =>
    step.map((value, column) => {
      const angle = position * Math.exp(-(Math.log(10000) * 2 * Math.floor(column / 2)) / step.length);
      return value + (column % 2 === 0 ? Math.sin(angle) : Math.cos(angle));
    }),
  );
}

/** Maclaurin's series of erf, accurate to 1e-9 below 3. */
function erf(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/**
 * Builds a network in inference mode and runs it on records [N, leads, L] with random weights, also for the norms, which
 * normally start at 1 and 0. Returns its graph, its output and the weights by name.
 */
export async function runNetwork(
  ecg: Float32Array,
  shape: readonly [number, number, number],
  build: (net: Net, ecg: Value) => Value,
): Promise<{ graph: Graph; slots: Slot[]; output: Float32Array; weights: Map<string, Float32Array> }> {
  const graph = new Graph('network');
  const net = new Net(graph, 'inference', (within, slot) => within.input(slot.name, 'float32', slot.shape));
  graph.output('y', build(net, graph.input('ecg', 'float32', ['N', shape[1], shape[2]])));
  const weights = new Map(
    net.slots.map(({ name, shape: size, initial }) => [
      name,
      disturbed(initial(5, name, sizeOf(size)), name),
    ]),
  );
  const runner = await compile(graph, shape[0]);
  const output = (await runner.run({ ecg, ...Object.fromEntries(weights) })).y!;
  await runner.release();
  return { graph, slots: net.slots, output, weights };
}

function disturbed(values: Float32Array, name: string): Float32Array {
  const stream = randomStream(6, name);
  return values.map((value) => value + 0.2 * stream.normal());
}
