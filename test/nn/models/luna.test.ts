// Luna: manual counts of its plan, its arithmetic in plain loops, and the absence of maps of T x T.

import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '#lib/base/errors.js';
import { randomStream } from '#lib/base/random.js';
import { Graph } from '#lib/graph/graph.js';
import { architectures, parameterCount } from '#lib/nn/models/index.js';
import { Net } from '#lib/nn/net.js';
import {
  plainAttention,
  plainFeedForward,
  plainLayerNorm,
  plainLinear,
  plainSum,
  plainTokens,
  runNetwork,
  type Weights,
} from '../plain-attention.js';

const luna = architectures.luna!;

/** Builds the network in a mode for a number of samples, without running it. */
function networkOf(mode: 'training' | 'inference', lengthSamples: number, options = {}, arch = luna) {
  const graph = new Graph('network');
  const net = new Net(graph, mode, (within, slot) => within.input(slot.name, 'float32', slot.shape));
  const batch = mode === 'training' ? 2 : 'N';
  arch.backbone(net, graph.input('ecg', 'float32', [batch, 1, lengthSamples]), options);
  return { graph, net };
}

describe('counts its parameters', () => {
  // Each layer: two attentions, the feed-forward net, three norms. The last layer has no norm of the packed sequence.
  test.each([
    { depth: 3, width: 64, qkv: 64, context: 16, feedForward: 64, chunkSamples: 50, leads: 1 },
    { depth: 4, width: 32, qkv: 16, context: 64, feedForward: 256, chunkSamples: 100, leads: 12 },
    { depth: 6, width: 256, qkv: 32, context: 32, feedForward: 32, chunkSamples: 500, leads: 2 },
  ])('$depth layers of $width, qkv $qkv, $context packed', ({ leads, ...options }) => {
    const { depth, width, qkv, context, feedForward, chunkSamples } = options;
    const oneAttention = 3 * (width * qkv + qkv) + qkv * width + width;
    const layer = 2 * oneAttention + 2 * width * feedForward + feedForward + width + 3 * 2 * width;
    const expected =
      (leads * chunkSamples + 1) * width +
      context * width +
      depth * layer -
      2 * width +
      (width + 1) * 64 +
      (65 * 32 + 33);
    expect(parameterCount(luna, { ...options, heads: 4 }, { leads })).toBe(expected);
  });
});

/** Runs one record through three layers with two heads: eq. 4, eq. 5, and the layer around them. */
function plainLuna(weights: Weights, record: ArrayLike<number>): number[] {
  const width = 16;
  let x = plainTokens(weights, record, 50);
  const learned = weights.get('packed')!;
  let packed = Array.from({ length: learned.length / width }, (_, step) =>
    Array.from(learned.subarray(step * width, (step + 1) * width), (value) => value * Math.sqrt(width)),
  );
  for (const layer of ['layer0', 'layer1', 'layer2']) {
    const pack = plainAttention(weights, `${layer}.pack`, packed, x, 4);
    const unpack = plainAttention(weights, `${layer}.unpack`, x, pack, 4);
    x = plainLayerNorm(weights, `${layer}.unpack.norm`, plainSum(x, unpack));
    const fed = plainFeedForward(weights, `${layer}.feedForward`, x);
    x = plainLayerNorm(weights, `${layer}.feedForward.norm`, plainSum(x, fed));
    if (layer !== 'layer2') packed = plainLayerNorm(weights, `${layer}.pack.norm`, plainSum(packed, pack));
  }
  return plainLinear(weights, 'backbone.linear', [x[0]!])[0]!;
}

test('equals plain loops that carry the packed sequence from layer to layer', async () => {
  const stream = randomStream(4, 'ecg');
  const ecg = Float32Array.from({ length: 2 * 230 }, () => stream.normal());
  const options = { width: 16, heads: 4, qkv: 32, context: 16, feedForward: 32, backboneOut: 16 };
  const { output, weights } = await runNetwork(ecg, [2, 1, 230], (net, value) =>
    luna.backbone(net, value, options),
  );
  const expected = [0, 1].flatMap((record) =>
    plainLuna(weights, ecg.subarray(record * 230, (record + 1) * 230)),
  );
  expected.forEach((value, at) => {
    expect(Math.abs(output[at]! - value)).toBeLessThan(2e-4);
  });
});

describe('attends by maps of packed x steps', () => {
  test.each(['training', 'inference'] as const)('without maps of steps x steps: %s', (mode) => {
    const { graph } = networkOf(mode, 5000, { context: 32 });
    const maps = graph.nodes.filter(({ type }) => type === 'Softmax').map(({ outputs }) => outputs[0]!.shape);
    const batch = mode === 'training' ? 2 : 'N';
    const [pack, unpack] = [
      [batch, 8, 32, 101],
      [batch, 8, 101, 32],
    ];
    expect(maps).toEqual([pack, unpack, pack, unpack, pack, unpack]);
    for (const { outputs } of graph.nodes) {
      for (const { name, shape } of outputs) {
        expect(shape.filter((dim) => dim === 101).length, name).toBeLessThan(2);
      }
    }
  });

  test('so its products grow linearly with the record, and those of the Transformer quadratically', () => {
    const attended = (arch: typeof luna, lengthSamples: number) =>
      networkOf('training', lengthSamples, {}, arch)
        .graph.nodes.filter(({ type }) => type === 'Softmax')
        .reduce((sum, { outputs }) => sum + (outputs[0]!.shape as number[]).reduce((a, b) => a * b), 0);
    // 101 and 201 steps
    expect(attended(luna, 10_000) / attended(luna, 5000)).toBeCloseTo(201 / 101, 10);
    const transformer = architectures.transformer!;
    expect(attended(transformer, 10_000) / attended(transformer, 5000)).toBeCloseTo((201 / 101) ** 2, 10);
  });
});

test('applies dropout in training only, on its residual paths; the last layer has no packed sequence', () => {
  expect(networkOf('inference', 100).net.uniforms).toEqual([]);
  const { uniforms, slots } = networkOf('training', 100).net;
  expect(uniforms.map(({ name }) => name)).toEqual(
    [0, 1, 2].flatMap((index) =>
      ['unpack', 'feedForward', ...(index < 2 ? ['pack'] : [])].map(
        (part) => `layer${index}.${part}.dropout.uniform`,
      ),
    ),
  );
  expect(slots.some(({ name }) => name.startsWith('layer2.pack.norm'))).toBe(false);
});

test.each<[Record<string, unknown>, ErrorCode, RegExp]>([
  [{ heads: 64, qkv: 32 }, 'ERR_RANGE', /heads must divide the 32 features .* got 64/],
  [{ depth: 2 }, 'ERR_RANGE', /3-6/],
  [{ context: 128 }, 'ERR_RANGE', /one of 16, 32, 64/],
  [{ feedForward: 16 }, 'ERR_RANGE', /one of 32, 64, 128, 256/],
  [{ qkv: 48 }, 'ERR_RANGE', /one of 16, 32, 64/],
  [{ pack: 16 }, 'ERR_OPTION', /pack/],
])('%o is rejected with a message', (options, code, message) => {
  expect(() => parameterCount(luna, options)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});
