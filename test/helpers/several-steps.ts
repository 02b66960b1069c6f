// Compares two ways to make three training steps: three calls with one step each, or a call with two steps and a call
// with one. The losses, the logits and the state must be the same, bit for bit.

import { expect } from 'vitest';
import type { Engine, State } from '#lib/engine/engine.js';
import type { StepSettings } from '#lib/model/training.js';
import { buildClassifierTraining, type ClassifierInputs } from '#lib/objectives/classify.js';
import { noiseBatch } from '../nn/agreement.js';

/** Expects that two states have the same names and the same bits. */
export function expectEqualBits(a: State, b: State): void {
  expect([...a.keys()].sort()).toEqual([...b.keys()].sort());
  for (const [name, values] of a) {
    expect(Buffer.from(values.buffer).equals(Buffer.from(b.get(name)!.buffer)), name).toBe(true);
  }
}

/** Expects that both ways give the same result for an architecture. */
export async function expectSameSteps(engine: Engine, arch: string, threads: number): Promise<void> {
  const plan = { arch, lengthSamples: 130, batch: 4, seed: 3 };
  const inputs = [1, 2, 3].map((step): ClassifierInputs & StepSettings => {
    const { ecg, ...rest } = noiseBatch(4, 130);
    return { ...rest, ecg: ecg.map((value) => value * (1 + step / 10)), step };
  });
  const single = buildClassifierTraining(plan);
  const several = buildClassifierTraining({ ...plan, severalSteps: true });
  const one = await engine.load(single.program, single.initialState, { threads });
  const two = await engine.load(several.program, several.initialState, { threads });
  const expected: { loss: number; logit: number[] }[] = [];
  for (const input of inputs) {
    const { loss, logit } = await one.run(single.feeds(input));
    expected.push({ loss: Number(loss!.data[0]), logit: [...(logit!.data as Float32Array)] });
  }
  const got: typeof expected = [];
  for (const part of [inputs.slice(0, 2), inputs.slice(2)]) {
    const { loss, logit } = await two.run(several.feeds(...part));
    expect([loss!.shape, logit!.shape]).toEqual([[part.length], [part.length, 4]]);
    const logits = [...(logit!.data as Float32Array)];
    for (const [at, value] of (loss!.data as Float32Array).entries())
      got.push({ loss: value, logit: logits.slice(4 * at, 4 * at + 4) });
  }
  expect(got).toEqual(expected);
  expectEqualBits(await two.getState(), await one.getState());
  await Promise.all([one.close(), two.close()]);
}
