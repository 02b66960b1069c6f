// Compares the numbers of `pqrst info --arch` with manual counts.

import { describe, expect, test } from 'vitest';
import { architectures, parameterCount, resolveArch } from '#lib/nn/models/index.js';
import { summarize } from '#lib/nn/summary.js';

/** Multiply-adds of ResNet-18: taps x input channels x output channels x output samples, for each convolution. */
function resnet18MultiplyAdds(lengthSamples: number, leads: number): number {
  const halved = (length: number) => Math.ceil(length / 2);
  const stem = 7 * leads * 64 * halved(lengthSamples);
  let length = halved(halved(lengthSamples));
  let before = 64;
  let stages = 0;
  for (const channels of [64, 128, 256, 512]) {
    if (channels > before) {
      length = halved(length);
      stages += before * channels * length;
    }
    stages += 3 * channels * (before + 3 * channels) * length;
    before = channels;
  }
  return stem + stages + 512 * 64 + 64 * 32 + 32;
}

test.each([
  [1000, 1],
  [1000, 12],
  [5000, 1],
  [333, 2],
])('ResNet-18 on %i samples of %i leads multiplies as often as its plan says', (lengthSamples, leads) => {
  const { multiplyAdds } = summarize(resolveArch('resnet18'), {}, { lengthSamples, leads });
  expect(multiplyAdds).toBe(resnet18MultiplyAdds(lengthSamples, leads));
});

test('nodes that depend only on weights do not count for a record', () => {
  // The states of S4D give its kernels, and a record is only convolved with these.
  const [few, many] = [16, 64].map((stateSize) => summarize(resolveArch('s4'), { stateSize }));
  expect(many!.parameters).toBeGreaterThan(few!.parameters);
  expect(many!.multiplyAdds).toBe(few!.multiplyAdds);
});

describe.each(Object.keys(architectures))('%s', (arch) => {
  const summary = summarize(resolveArch(arch), {}, { lengthSamples: 400 });

  test('its layers contain all parameters, each tensor once', () => {
    const counts = summary.layers.map(({ parameters }) => parameters);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(summary.parameters);
    expect(summary.parameters).toBe(parameterCount(resolveArch(arch), {}, { lengthSamples: 400 }));
    const names = summary.layers.flatMap(({ tensors }) => tensors.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
    expect(summary.layers.at(-1)!.name).toBe('head.linear2');
  });

  test('its multiply-adds and hyper-parameters are reported', () => {
    expect(summary.multiplyAdds).toBeGreaterThan(1000);
    expect(summary.hyperParameters.map(({ name }) => name)).toContain('backboneOut');
    for (const { about, default: value } of summary.hyperParameters) {
      expect(about).not.toBe('');
      expect(value).toBeDefined();
    }
  });
});

test('records that are too short are rejected', () => {
  expect(() => summarize(resolveArch('resnet50'), {}, { lengthSamples: 20 })).toThrow(
    /resnet50 takes records of at least 32 samples, got 20/,
  );
});

test.each([
  [{ lengthSamples: 99.5 }, 'at least 1 samples, got 99.5'],
  [{ leads: 0 }, 'leads must be a whole number of at least 1, got 0'],
  [
    { outputs: { kind: 'multiclass', count: 1 } } as const,
    'outputs.count must be a whole number of at least 2, got 1',
  ],
])('refuses %o', (shape, sentence) => {
  expect(() => summarize(resolveArch('s4'), {}, shape)).toThrow(
    expect.objectContaining({ code: 'ERR_RANGE', message: expect.stringContaining(sentence) }),
  );
});
