// What every architecture of the registry promises: gradients that are slopes, a file that answers as the network does,
// the same bits for any number of threads, several leads and outputs. The folder `architectures` has one file per
// architecture, so that they run side by side. Those of deep networks take minutes and are checks of the full run.

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, describe, expect, test } from 'vitest';
import type { Engine, State } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { encodeModel } from '#lib/graph/proto.js';
import { buildConstantGraph, buildInferenceProgram, pickState } from '#lib/model/program.js';
import { architectures, parameterCount } from '#lib/nn/models/index.js';
import { buildClassifierTraining } from '#lib/objectives/classify.js';
import { noiseBatch, relativeDistance } from './agreement.js';

const [batch, lengthSamples] = [4, 130];

/** Defines the tests of one architecture. */
export function testPromises(arch: string): void {
  const engine = onnxRuntimeEngine();
  afterAll(() => engine.close());
  describe(arch, () => testArchitecture(arch, engine));
}

function testArchitecture(arch: string, engine: Engine): void {
  const plan = { arch, lengthSamples };
  const training = buildClassifierTraining({ ...plan, batch, seed: 11 });
  const input = noiseBatch(batch, lengthSamples);

  const train = async (steps: number, threads: number): Promise<{ state: State; losses: number[] }> => {
    const execution = await engine.load(training.program, training.initialState, { threads });
    const losses: number[] = [];
    for (let step = 1; step <= steps; step++) {
      // The same dropout in every step, so that the loss is a fixed function of the weights.
      const { loss } = await execution.run({ ...training.feeds({ ...input, step }), ...uniformsOf(1) });
      losses.push(loss!.data[0] as number);
    }
    const state = await execution.getState();
    await execution.close();
    return { state, losses };
  };
  const uniformsOf = (step: number) =>
    Object.fromEntries(
      Object.entries(training.feeds({ ...input, step })).filter(([name]) => name.endsWith('.uniform')),
    );

  test('memorises a batch; the bits do not depend on the number of threads', async () => {
    const [one, two] = [await train(12, 1), await train(12, 2)];
    expect(one.losses.at(-1)!).toBeLessThan(one.losses[0]!);
    for (const [name, values] of one.state) {
      expect(Buffer.from(values.buffer).equals(Buffer.from(two.state.get(name)!.buffer)), name).toBe(true);
    }
  });

  test('the exported file gives the outputs of the network for every batch size', async () => {
    const { state } = await train(3, 2);
    const program = buildInferenceProgram(plan);
    const execution = await engine.load(program, pickState(state, program), { threads: 1 });
    const inferred = await execution.run({ ecg: { data: input.ecg, shape: [batch, 1, lengthSamples] } });
    const session = await InferenceSession.create(encodeModel(buildConstantGraph(plan, state)), {
      logSeverityLevel: 3,
    });
    for (const [at, logit] of (inferred.logit!.data as Float32Array).entries()) {
      const record = input.ecg.subarray(at * lengthSamples, (at + 1) * lengthSamples);
      const alone = await session.run({ ecg: new Tensor('float32', record, [1, 1, lengthSamples]) });
      expect(Math.abs((alone.logit!.data[0] as number) - logit)).toBeLessThan(1e-4);
    }
    await session.release();
    await execution.close();
  });

  test('the gradients are the slope of the loss', async () => {
    // AdamW's first moment after one step is 0.1 g. Along g the loss rises by |g|^2 per unit.
    const execution = await engine.load(training.program, training.initialState, { threads: 1 });
    const lossAt = async (state: State, step: number) => {
      await execution.setState(new Map([...training.initialState, ...state]));
      const { loss } = await execution.run({ ...training.feeds({ ...input, step }), ...uniformsOf(1) });
      return loss!.data[0] as number;
    };
    await lossAt(training.initialState, 1);
    const after = await execution.getState();
    const gradient = new Map(
      training.program.derivative!.wanted.map((name) => [
        name,
        after.get(`adam.first.${name}`)!.map((value) => 10 * value),
      ]),
    );
    const square = [...gradient.values()].flatMap((g) => [...g]).reduce((sum, g) => sum + g * g, 0);
    const moved = (by: number): State =>
      new Map(
        [...gradient].map(([name, g]) => {
          const start = training.initialState.get(name)!;
          return [name, start.map((value, at) => value + by * g[at]!)];
        }),
      );
    // Over the longest distance the loss of an untrained deep network is not linear; over the shortest, float32 rounds the
    // changes of the weights.
    const errors: number[] = [];
    for (const length of [5e-4, 1e-4, 1e-5]) {
      const reach = length / Math.sqrt(square);
      const slope = ((await lossAt(moved(reach), 1)) - (await lossAt(moved(-reach), 1))) / (2 * reach);
      errors.push(Math.abs(slope / square - 1));
      if (errors.at(-1)! < 0.03) break;
    }
    await execution.close();
    expect(Math.min(...errors), errors.join(', ')).toBeLessThan(0.06);
  });

  test('supports twelve leads, several classes and several labels', async () => {
    for (const kind of ['multiclass', 'multilabel'] as const) {
      const wide = { arch, lengthSamples, leads: 12, outputs: { kind, count: 5 } } as const;
      const { program, initialState, feeds } = buildClassifierTraining({ ...wide, batch, seed: 2 });
      const execution = await engine.load(program, initialState, { threads: 2 });
      const label = Float32Array.from({ length: batch * 5 }, (_, at) => Number(at % 6 === 0));
      const given = { ...noiseBatch(batch, lengthSamples, 12), positiveWeight: 1, label, step: 1 };
      const { logit, loss } = await execution.run(feeds(given));
      expect(logit!.shape).toEqual([batch, 5]);
      expect(Number.isFinite(loss!.data[0] as number)).toBe(true);
      const state = await execution.getState();
      await execution.close();
      const session = await InferenceSession.create(encodeModel(buildConstantGraph(wide, state)), {
        logSeverityLevel: 3,
      });
      const { probability } = await session.run({
        ecg: new Tensor('float32', given.ecg.slice(0, 12 * lengthSamples), [1, 12, lengthSamples]),
      });
      const values = [...(probability!.data as Float32Array)];
      expect(values.every((value) => value > 0 && value < 1)).toBe(true);
      const sum = values.reduce((total, value) => total + value, 0);
      if (kind === 'multiclass') expect(sum).toBeCloseTo(1, 5);
      await session.release();
    }
  });

  test('counts its parameters', () => {
    const weights = training.program.derivative!.wanted;
    const counted = weights.reduce((sum, name) => sum + training.initialState.get(name)!.length, 0);
    expect(parameterCount(architectures[arch]!, {}, { lengthSamples })).toBe(counted);
  });

  test('takes its initial weights from the seed', () => {
    const other = buildClassifierTraining({ ...plan, batch, seed: 12 });
    const distances = training.program.derivative!.wanted.map((name) =>
      relativeDistance(training.initialState.get(name)!, other.initialState.get(name)!),
    );
    expect(Math.max(...distances)).toBeGreaterThan(0.1);
  });
}
