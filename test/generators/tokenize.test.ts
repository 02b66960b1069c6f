// The tokenizer on short waves: a training lowers the error, the codes that are stored give the same reconstruction as the
// validation, and steps in one run or on more threads give the same bits.

import { afterAll, describe, expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import type { BatchSource } from '#lib/batches/batches.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { buildTokenizerProgram } from '#lib/generators/token-programs.js';
import {
  buildTokenizerTraining,
  encodeRecords,
  percentDifference,
  startCodebooks,
  tokenize,
} from '#lib/generators/tokenize.js';
import { pickState } from '#lib/model/program.js';
import { timeVqvae, tokenCounts } from '#lib/nn/tokenizer/time-vqvae.js';
import { train } from '#lib/train/trainer.js';
import { expectEqualBits } from '../helpers/several-steps.js';

const engine = onnxRuntimeEngine();
afterAll(() => engine.close());

const plan = { lengthSamples: 64, options: timeVqvae.sizes.tiny, seed: 6 };
const { codes, codeFeatures } = timeVqvae.parse(plan.options);
const counts = tokenCounts(plan.lengthSamples);

/** Returns records of a slow and a fast wave with drawn phases, mean 0 and SD 1, in order. */
function waves(count: number, batchSize: number, seed: number, leads = 1): BatchSource {
  const size = leads * plan.lengthSamples;
  const stream = randomStream(seed, 'waves');
  const signals = Float32Array.from({ length: count * leads }, () => stream.uniform());
  const record = (row: number) =>
    Array.from({ length: size }, (_, at) => {
      const [turn, place] = [
        signals[row * leads + Math.floor(at / plan.lengthSamples)]!,
        at % plan.lengthSamples,
      ];
      return (
        Math.sin(2 * Math.PI * (turn + place / 32)) + Math.cos(2 * Math.PI * (2 * turn + (place * 5) / 16))
      );
    });
  return {
    ...{ leads, lengthSamples: plan.lengthSamples, count, labelCounts: [count / 2, count / 2] },
    batchesPerEpoch: Math.ceil(count / batchSize),
    batch: async (_epoch, index) => {
      const rows = Array.from(
        { length: Math.min(batchSize, count - index * batchSize) },
        (_, row) => index * batchSize + row,
      );
      return {
        signals: Float32Array.from(rows.flatMap(record)),
        labels: Float32Array.from(rows, (row) => row % 2),
        count: rows.length,
      };
    },
  };
}

const training = waves(64, 16, 1);
const validation = waves(20, 8, 2);

test('learns waves; stored codes give the reconstruction that the validation measured', {
  timeout: 300_000,
}, async () => {
  const objective = tokenize(plan, { training, validation });
  const weights = await startCodebooks(plan, { engine, threads: 1, training, seed: 1 });
  expect([...weights.keys()].sort()).toEqual(['high.codebook', 'high.sums', 'low.codebook', 'low.sums']);
  expect(weights.get('low.codebook')).toHaveLength(codes * codeFeatures);
  const scores: Readonly<Record<string, number>>[] = [];
  const { best, progress } = await train({
    ...{ engine, threads: 1, training, validation, weights },
    objective: {
      ...objective,
      validate: async (...input) => {
        const found = await objective.validate(...input);
        scores.push(found.scores);
        return found;
      },
    },
    plan: {
      ...{ phase: 'tokenize', batchSize: 16, seed: 1, epochs: 30, validateEvery: 10, patience: 9 },
      ...{ learningRate: 3e-3, weightDecay: 1e-5, clipNorm: 1 },
    },
  });
  expect(progress.best!.epoch).toBe(30);
  const last = scores.at(-1)!;
  expect(last.prd).toBeLessThan(60);
  expect(last.prd).toBeLessThan(scores[0]!.prd!);
  for (const name of ['perplexityLow', 'perplexityHigh']) {
    expect(last[name]).toBeGreaterThan(4);
    expect(last[name]).toBeLessThanOrEqual(codes);
  }

  const set = await encodeRecords(plan, best, { engine, threads: 1, source: validation });
  expect([set.lowTokens, set.codes.length, set.labels.length]).toEqual([
    counts.low,
    20 * (counts.low + counts.high),
    20,
  ]);
  expect([...set.labels]).toEqual(Array.from({ length: 20 }, (_, record) => record % 2));
  expect(Math.max(...set.codes)).toBeLessThan(codes);
  const program = buildTokenizerProgram('decoder', plan);
  const decoder = await engine.load(program, pickState(best, program), { threads: 1 });
  let difference = 0;
  for (let record = 0; record < 20; record++) {
    const own = set.codes.subarray(record * 3 * counts.low, (record + 1) * 3 * counts.low);
    const feed = (from: number, to: number) => ({
      data: BigInt64Array.from(own.subarray(from, to), BigInt),
      shape: [1, to - from],
    });
    const { ecg } = await decoder.run({
      low: feed(0, counts.low),
      high: feed(counts.low, counts.low + counts.high),
    });
    expect(ecg!.shape).toEqual([1, 1, plan.lengthSamples]);
    const { signals } = await validation.batch(0, Math.floor(record / 8));
    const signal = signals.subarray(
      (record % 8) * plan.lengthSamples,
      ((record % 8) + 1) * plan.lengthSamples,
    );
    difference += percentDifference(signal, ecg!.data as Float32Array) / 20;
  }
  expect(difference / last.prd!).toBeCloseTo(1, 4);
  await decoder.close();
});

describe('a step', () => {
  const inputsOf = async (step: number) => {
    const objective = tokenize(plan, { training, validation });
    return { ...objective.inputs(await training.batch(0, step), step), learningRate: 1e-3, step };
  };

  test('names the tokens that replace dead codes by the seed and the step', async () => {
    const [one, again, other] = [await inputsOf(1), await inputsOf(1), await inputsOf(2)];
    expect(one).toEqual(again);
    expect(one.revive.low).not.toEqual(other.revive.low);
    expect(one.revive.low).toHaveLength(codes);
    for (const band of ['low', 'high'] as const) {
      for (const row of one.revive[band]) expect(Number(row)).toBeLessThan(16 * counts[band]);
    }
    const [row] = [Math.max(...Array.from(one.revive.high, Number))];
    expect(row).toBeGreaterThan(16 * counts.low);
  });

  test('gives the same bits on one and two threads, and with several steps per run', async () => {
    const options = { batch: 16, seed: 2 };
    const stateAfter = async (threads: number, severalSteps: boolean) => {
      const { program, initialState, feeds } = buildTokenizerTraining(plan, { ...options, severalSteps });
      const execution = await engine.load(program, initialState, { threads });
      const steps = [await inputsOf(1), await inputsOf(2), await inputsOf(3)];
      if (severalSteps) await execution.run(feeds(...steps));
      else for (const step of steps) await execution.run(feeds(step));
      const state = await execution.getState();
      await execution.close();
      return state;
    };
    const one = await stateAfter(1, false);
    expectEqualBits(await stateAfter(2, false), one);
    expectEqualBits(await stateAfter(1, true), one);
  });
});

describe('what is refused', () => {
  test.each([
    [{ ...plan, lengthSamples: 66 }, 'ERR_RANGE', /1 leads and 66 samples, but a source has 1 leads and 64/],
    [{ ...plan, leads: 8 }, 'ERR_RANGE', /8 leads and 64 samples, but a source has 1/],
  ])('records of another shape: %o', (wrong, code, message) => {
    expect(() => tokenize(wrong, { training, validation })).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  test.each([
    [{ codes: 1 }, 'ERR_RANGE', /codes.*2-8192/],
    [{ width: 3 }, 'ERR_OPTION', /width/],
    [{ channels: 7.5 }, 'ERR_RANGE', /channels/],
  ])('hyper-parameters %o', (options, code, message) => {
    expect(() => buildTokenizerProgram('encoder', { ...plan, options })).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  test('an odd number of samples', () => {
    expect(() => buildTokenizerProgram('encoder', { ...plan, lengthSamples: 65 })).toThrow(
      expect.objectContaining({ code: 'ERR_RANGE', message: expect.stringMatching(/got 65/) }),
    );
  });
});

test('takes eight leads', async () => {
  const wide = { ...plan, leads: 8 };
  const source = waves(16, 16, 3, 8);
  const objective = tokenize(wide, { training: source, validation: source });
  const { program, initialState, feeds } = objective.buildTraining({ batch: 16, seed: 2 });
  const execution = await engine.load(program, initialState, { threads: 1 });
  const inputs = { ...objective.inputs(await source.batch(0, 0), 1), learningRate: 1e-3, step: 1 };
  const { loss } = await execution.run(feeds(inputs));
  expect(Number.isFinite(loss!.data[0])).toBe(true);
  const state = await execution.getState();
  await execution.close();
  const set = await encodeRecords(wide, state, { engine, threads: 1, source });
  expect(set.codes).toHaveLength(16 * 3 * counts.low);
});
