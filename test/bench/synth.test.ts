// `pqrst bench synth` measures every case of every target and restores the target of the kernel. The measured speeds
// are not checked, because machines differ.

import { expect, it } from 'vitest';
import { benchSynth } from '#lib/bench/synth.js';
import { loadKernel } from '#lib/kernel/node.js';
import { ecgClasses } from '#lib/signal/classes.js';
import { presets } from '#lib/synth/presets.js';
import { packSpec } from '#lib/synth/spec.js';

const native = loadKernel();

it('measures every case of every target, and restores the target', async () => {
  const before = native.target();
  const shares: number[] = [];
  const measured = await benchSynth({
    preset: 'clinical',
    seconds: 0.1,
    onProgress: (done, total) => shares.push(done / total),
  });
  expect(native.target()).toBe(before);
  expect(shares.at(-1)).toBe(1);
  expect(Object.keys(measured.targets)).toEqual(native.targets());
  for (const [target, cases] of Object.entries(measured.targets)) {
    expect(measured.rounds[target]).toBeGreaterThanOrEqual(3);
    expect(Object.keys(cases)).toEqual(expect.arrayContaining([...ecgClasses, 'noise', 'memset']));
    for (const { median, low, high, ofNoise } of Object.values(cases)) {
      expect(low).toBeGreaterThan(0);
      expect([low, median, high]).toEqual([low, median, high].sort((a, b) => a - b));
      expect(ofNoise.median).toBeGreaterThan(0);
    }
    expect(cases.noise!.ofNoise).toEqual({ median: 1, low: 1, high: 1 });
  }
  expect(measured.javascript.target).toBe(native.targets()[0]);
  for (const { threads, cores, cpuTime } of measured.javascript.threads) {
    expect([threads > 1, cores.median > 0]).toEqual([true, true]);
    expect(cpuTime.median).toBeGreaterThan(0);
  }
  for (const { met, measured: rate, goal } of measured.goals) expect(met).toBe(rate >= goal);
}, 60_000);

it('stops when it is aborted, and restores the target', async () => {
  const before = native.target();
  const stop = new AbortController();
  const running = benchSynth({
    preset: 'paper',
    seconds: 600,
    signal: stop.signal,
    onProgress: () => stop.abort(new Error('enough')),
  });
  await expect(running).rejects.toThrow('enough');
  expect(native.target()).toBe(before);
}, 60_000);

it('refuses a control block that can be detached', async () => {
  const request = {
    model: 'paper' as const,
    spec: packSpec(presets.paper, native.specFields()),
    seed: 7n,
    classes: Uint8Array.of(0),
    fsHz: 500,
    lengthSamples: 5000,
    leads: Uint8Array.of(1),
    unit: 'zscore' as const,
    type: 'float32' as const,
    control: new Int32Array(2),
  };
  expect(() => native.benchRound(request)).toThrow('control must be a view of a SharedArrayBuffer');
});
