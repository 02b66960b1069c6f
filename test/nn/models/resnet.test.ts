// ResNet-18, -34 and -50: parameters and shapes compared with torchvision's plan. test/nn/resnet-judge.full.test.ts compares
// gradients with tfjs.

import { describe, expect, test } from 'vitest';
import { architectures, outlineNetwork, parameterCount, resolveArch } from '#lib/nn/models/index.js';

const plans = {
  resnet18: { counts: [2, 2, 2, 2], expansion: 1, published: 11_689_512 },
  resnet34: { counts: [3, 4, 6, 3], expansion: 1, published: 21_797_672 },
  resnet50: { counts: [3, 4, 6, 3], expansion: 4, published: 25_557_032 },
} as const;
type Name = keyof typeof plans;

/** Counts the parameters up to the pooled features, for signals with `leads` channels in `dimensions` dimensions. */
function backboneParameters(name: Name, dimensions: number, leads: number): number {
  const { counts, expansion } = plans[name];
  const convNorm = (from: number, to: number, taps: number) => from * to * taps ** dimensions + 2 * to;
  let sum = convNorm(leads, 64, 7);
  let from = 64;
  for (const [stage, channels] of [64, 128, 256, 512].entries()) {
    const to = channels * expansion;
    for (let block = 0; block < counts[stage]!; block++) {
      if (from !== to) sum += convNorm(from, to, 1);
      sum +=
        expansion === 1
          ? convNorm(from, channels, 3) + convNorm(channels, channels, 3)
          : convNorm(from, channels, 1) + convNorm(channels, channels, 3) + convNorm(channels, to, 1);
      from = to;
    }
  }
  return sum;
}

describe.each(Object.keys(plans) as Name[])('%s', (name) => {
  const { counts, expansion, published } = plans[name];
  const features = 512 * expansion;

  test('has the parameters of its plan, which has those of torchvision in two dimensions', () => {
    expect(backboneParameters(name, 2, 3) + (features + 1) * 1000).toBe(published);
    const linears = (features + 1) * 64 + (64 + 1) * 32 + (32 + 1);
    expect(parameterCount(resolveArch(name))).toBe(backboneParameters(name, 1, 1) + linears);
    const twelve = parameterCount(resolveArch(name), {}, { leads: 12 });
    expect(twelve).toBe(backboneParameters(name, 1, 12) + linears);
  });

  test('halves the record and doubles the channels in each stage', () => {
    const { graph } = outlineNetwork(resolveArch(name), {}, { lengthSamples: 1000 });
    const shapeOf = (conv: string) =>
      graph.nodes.find(({ inputs }) => inputs[1]?.name === `${conv}.weight`)?.outputs[0]?.shape;
    const last = expansion === 1 ? 'conv2' : 'conv3';
    expect(shapeOf('stem.conv')).toEqual(['N', 64, 500]);
    for (const [stage, length] of [250, 125, 63, 32].entries()) {
      const channels = 64 * 2 ** stage * expansion;
      for (let block = 0; block < counts[stage]!; block++) {
        const shape = shapeOf(`stage${stage + 1}.block${block}.${last}`);
        expect(shape, `stage ${stage + 1}, block ${block}`).toEqual(['N', channels, length]);
      }
      expect(shapeOf(`stage${stage + 1}.block${counts[stage]}.${last}`)).toBeUndefined();
    }
  });
});

test('a bottleneck has its stride in the convolution with 3 taps', () => {
  const { graph } = outlineNetwork(architectures.resnet50!);
  const stridesOf = (conv: string) =>
    graph.nodes.find(({ inputs }) => inputs[1]?.name === `stage2.block0.${conv}.weight`)?.attributes.strides;
  expect(['conv1', 'conv2', 'conv3', 'shortcut.conv'].map(stridesOf)).toEqual([[1], [2], [1], [2]]);
});
