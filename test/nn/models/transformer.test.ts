// The Transformer encoder: manual counts of its plan, its arithmetic in plain loops, and the effect of the order of chunks.

import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '#lib/base/errors.js';
import { randomStream } from '#lib/base/random.js';
import { Graph, type Value } from '#lib/graph/graph.js';
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
  type Sequence,
  type Weights,
} from '../plain-attention.js';

const transformer = architectures.transformer!;
const noise = (size: number, ...path: string[]) => {
  const stream = randomStream(4, ...path);
  return Float32Array.from({ length: size }, () => stream.normal());
};
const backbone = (options: Record<string, unknown>) => (net: Net, ecg: Value) =>
  transformer.backbone(net, ecg, options);

describe('counts its parameters', () => {
  // PyTorch's TransformerEncoderLayer of width 64 and feed-forward 64: 12480 + 4160 + 4160 + 4160 + 128 + 128.
  test('two layers of 25,216 between embedding and head', () => {
    const [embedding, backboneLinear, head] = [51 * 64, 65 * 64, 65 * 32 + 33];
    expect(parameterCount(transformer)).toBe(embedding + 2 * 25_216 + backboneLinear + head);
  });

  test.each([
    {
      chunkSamples: 100,
      width: 32,
      depth: 3,
      heads: 4,
      feedForward: 16,
      norm: 'pre',
      feature: 'mean',
      leads: 12,
    },
    {
      chunkSamples: 250,
      width: 128,
      depth: 1,
      heads: 64,
      feedForward: 4,
      norm: 'post',
      feature: 'fc',
      leads: 1,
    },
    {
      chunkSamples: 500,
      width: 16,
      depth: 4,
      heads: 16,
      feedForward: 64,
      norm: 'pre',
      feature: 'fc',
      leads: 2,
    },
  ])('$depth layers, $norm, $feature', ({ leads, ...options }) => {
    const { chunkSamples, width, depth, feedForward, norm, feature } = options;
    const layer = 4 * width * (width + 1) + 2 * width * feedForward + feedForward + width + 4 * width;
    const steps = Math.ceil(1234 / chunkSamples) + 1;
    const expected =
      (leads * chunkSamples + 1) * width +
      depth * layer +
      (norm === 'pre' ? 2 * width : 0) +
      (feature === 'fc' ? steps + 1 : 0) +
      (width + 1) * 100 +
      101 * 32 +
      33;
    const all = { ...options, backboneOut: 100 };
    expect(parameterCount(transformer, all, { leads, lengthSamples: 1234 })).toBe(expected);
  });
});

/** Runs one record through two layers. */
function plainTransformer(
  weights: Weights,
  record: ArrayLike<number>,
  norm: string,
  feature: string,
): number[] {
  let x = plainTokens(weights, record, 50);
  const residual = (part: string, input: Sequence, sublayer: (y: Sequence) => Sequence) => {
    const normed = (y: Sequence) => plainLayerNorm(weights, `${part}.norm`, y);
    const sum = plainSum(input, sublayer(norm === 'pre' ? normed(input) : input));
    return norm === 'pre' ? sum : normed(sum);
  };
  for (const layer of ['layer0', 'layer1']) {
    x = residual(`${layer}.attention`, x, (y) => plainAttention(weights, `${layer}.attention`, y, y, 4));
    x = residual(`${layer}.feedForward`, x, (y) => plainFeedForward(weights, `${layer}.feedForward`, y));
  }
  if (norm === 'pre') x = plainLayerNorm(weights, 'norm', x);
  const columns = x[0]!.map((_, column) => x.map((step) => step[column]!));
  const features =
    feature === 'last'
      ? x[0]!
      : feature === 'mean'
        ? columns.map((column) => column.reduce((sum, value) => sum + value, 0) / column.length)
        : columns.map((column) => plainLinear(weights, 'backbone.steps', [column])[0]![0]!);
  return plainLinear(weights, 'backbone.linear', [features])[0]!;
}

test.each([
  ['post', 'last'],
  ['post', 'mean'],
  ['pre', 'last'],
  ['pre', 'fc'],
] as const)('computes what plain loops compute: %s-norm, feature by %s', async (norm, feature) => {
  const options = { width: 16, heads: 4, feedForward: 8, norm, feature, backboneOut: 16 };
  const ecg = noise(2 * 180, 'ecg');
  const { output, weights } = await runNetwork(ecg, [2, 1, 180], backbone(options));
  const expected = [0, 1].flatMap((record) =>
    plainTransformer(weights, ecg.subarray(record * 180, (record + 1) * 180), norm, feature),
  );
  expected.forEach((value, at) => {
    expect(Math.abs(output[at]! - value)).toBeLessThan(2e-4);
  });
});

describe('the order of the chunks', () => {
  const ecg = noise(200, 'chunks');
  const turned = Float32Array.from([150, 0, 100, 50].flatMap((from) => [...ecg.subarray(from, from + 50)]));
  const distance = async (options: Record<string, unknown>) => {
    const [one, other] = [
      await runNetwork(ecg, [1, 1, 200], backbone(options)),
      await runNetwork(turned, [1, 1, 200], backbone(options)),
    ];
    return Math.max(...one.output.map((value, at) => Math.abs(value - other.output[at]!)));
  };

  test.each(['mean', 'last'])('has no effect without positions, feature by %s', async (feature) => {
    expect(await distance({ positions: 'none', feature })).toBeLessThan(1e-5);
  });

  test.each(['mean', 'last'])('has an effect with positions, feature by %s', async (feature) => {
    expect(await distance({ feature })).toBeGreaterThan(1e-2);
  });
});

test('applies dropout in training only, on the two residual paths of each layer', () => {
  const inputsIn = (mode: 'training' | 'inference') => {
    const graph = new Graph('network');
    const net = new Net(graph, mode, (within, slot) => within.input(slot.name, 'float32', slot.shape));
    transformer.backbone(net, graph.input('ecg', 'float32', [2, 1, 100]), {});
    return net.uniforms.map(({ name, shape }) => [name, ...shape]);
  };
  expect(inputsIn('inference')).toEqual([]);
  expect(inputsIn('training')).toEqual(
    ['layer0.attention', 'layer0.feedForward', 'layer1.attention', 'layer1.feedForward'].map((part) => [
      `${part}.dropout.uniform`,
      2,
      3,
      64,
    ]),
  );
});

test.each<[Record<string, unknown>, ErrorCode, RegExp]>([
  [{ heads: 64, width: 32 }, 'ERR_RANGE', /heads must divide the 32 features .* got 64/],
  [{ heads: 12 }, 'ERR_RANGE', /one of 4, 8, 16, 32, 64/],
  [{ depth: 5 }, 'ERR_RANGE', /1-4/],
  [{ feedForward: 128 }, 'ERR_RANGE', /one of 4, 8, 16, 32, 64/],
  [{ norm: 'batch' }, 'ERR_OPTION', /one of pre, post/],
  [{ feature: 'max' }, 'ERR_OPTION', /one of fc, mean, last/],
])('%o is rejected with a message', (options, code, message) => {
  expect(() => parameterCount(transformer, options)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});
