// A network tells the signals of two sides apart: not where both have one source, always where they differ, and never on
// patients that it was trained on.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import type { Engine } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import type { Side } from '#lib/fidelity/sides.js';
import { signalTestBy } from '#lib/fidelity/signal-test.js';
import { groupsOf } from '#lib/measures/bootstrap.js';
import { registerTinyArch } from '../helpers/tiny-arch.js';

let engine: Engine;
beforeAll(() => {
  registerTinyArch();
  engine = onnxRuntimeEngine();
});
afterAll(() => engine.close());

/** Two records per patient: noise with a wave of some rate, and a tone of the patient alone. */
function side(name: string, radiansPerSample: number): Side {
  const count = 60;
  const signals = Array.from({ length: count }, (_, at) => {
    const random = randomStream(at, name);
    const own = 0.6 + 2 * randomStream(at >> 1, name, 'patient').uniform();
    const phase = 7 * random.uniform();
    return Float32Array.from(
      { length: 100 },
      (_, n) => Math.sin(phase + n * radiansPerSample) + 0.5 * Math.sin(own * n) + 0.3 * random.normal(),
    );
  });
  const patients = signals.map((_, at) => `${name} ${at >> 1}`);
  const set = { signals, patients, fsHz: 100, unit: 'mV' };
  return { set, groups: groupsOf(patients) } as unknown as Side;
}

const test = (seed = 3) => signalTestBy({ engine, seed, steps: 120, arch: 'tiny', resamples: 50 });

it('finds no difference between two sets of one source, and each difference of shape', async () => {
  const reference = side('a', 0.1);
  const same = await test()(reference, side('b', 0.1), 'same records');
  expect(same.n).toBe(60);
  expect(same.value).toBeGreaterThan(0.3);
  expect(same.value).toBeLessThan(0.7);
  const other = await test()(reference, side('c', 0.5), 'other records');
  expect(other.value).toBeGreaterThan(0.95);
  expect(other.low).toBeLessThanOrEqual(other.value);
  expect(other.high).toBeGreaterThanOrEqual(other.value);
});

it('gives the same value again', async () => {
  const [a, b] = [side('a', 0.1), side('b', 0.2)];
  expect(await test()(a, b, 'records')).toEqual(await test()(a, b, 'records'));
});
