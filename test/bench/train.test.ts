// `pqrst bench train` on a tiny network. The measured speeds are not checked, because machines differ.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { benchTrain } from '#lib/bench/train.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { registerTinyArch } from '../helpers/tiny-arch.js';

const engine = onnxRuntimeEngine();
const tiny = { engine, threads: 1, archs: ['tiny'], batch: 8, seconds: 0.1 };

beforeAll(registerTinyArch);
afterAll(() => engine.close());

it('measures each architecture at each length, and counts the multiplications', async () => {
  const shares: number[] = [];
  const { gemmGflops, cases } = await benchTrain({
    ...tiny,
    lengths: [250, 500],
    onProgress: (done, total) => shares.push(done / total),
  });
  expect(gemmGflops).toBeGreaterThan(0);
  expect(shares.at(-1)).toBe(1);
  expect(cases.map(({ lengthSamples }) => lengthSamples)).toEqual([250, 500]);
  for (const one of cases) {
    const { lengthSamples, stepMs, inference } = one;
    expect(one).toMatchObject({ arch: 'tiny', batch: 8 });
    expect(one.steps).toBeGreaterThanOrEqual(3);
    expect([stepMs.low, stepMs.median, stepMs.high]).toEqual(
      [stepMs.low, stepMs.median, stepMs.high].sort((a, b) => a - b),
    );
    // conv1 8 x 1 x 9, norm, conv2 16 x 8 x 9, norm, head 16 -> 32 -> 1
    expect(one.parameters).toBe(72 + 16 + 1152 + 32 + 16 * 32 + 32 + 32 + 1);
    // The first layer needs no gradient of its input. All other layers cost three times their forward pass.
    const [conv1, conv2] = [(lengthSamples / 2) * 72, Math.ceil(lengthSamples / 4) * 1152];
    const expected = 8 * (2 * conv1 + 3 * (conv2 + 16 * 32 + 32));
    expect(one.multiplyAdds / expected).toBeGreaterThan(0.98);
    expect(one.multiplyAdds / expected).toBeLessThan(1.05);
    expect(one.recordsPerS).toBeCloseTo(8000 / stepMs.median, 6);
    expect(one.samplesPerS).toBeCloseTo(one.recordsPerS * lengthSamples, 3);
    expect(one.gflops).toBeCloseTo((2e-6 * one.multiplyAdds) / stepMs.median, 9);
    expect(one.ofGemm).toBeCloseTo(one.gflops / gemmGflops, 9);
    expect(one.outside).toBeGreaterThan(0);
    expect(one.outside).toBeLessThan(1);
    // ecg, label, sample weights, three scalars, the weight of positives, the dropout draws of backbone and head
    expect(one.feedBytes).toBe(4 * (8 * lengthSamples + 8 + 8 + 3 + 1 + 8 * 16 + 8 * 32));
    expect(inference.batch).toBe(256);
    expect(inference.recordsPerS.low).toBeGreaterThan(0);
  }
});

it('stops when it is aborted', async () => {
  const stop = new AbortController();
  const running = benchTrain({
    ...tiny,
    lengths: [250],
    seconds: 3600,
    signal: stop.signal,
    onProgress: () => stop.abort(new Error('enough')),
  });
  await expect(running).rejects.toThrow('enough');
});

it('refuses an unknown architecture before it measures any', async () => {
  const running = benchTrain({ ...tiny, archs: ['tiny', 'resnet81'], lengths: [250] });
  await expect(running).rejects.toMatchObject({ code: 'ERR_UNKNOWN_ARCH' });
});
