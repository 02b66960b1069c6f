// Sampling with untrained networks: a record depends on the seed, its number and its label alone, and the files answer as
// the programs do.

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import type { Execution, State } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { buildPriorTraining } from '#lib/generators/prior-objective.js';
import type { SampleRequest } from '#lib/generators/sample-records.js';
import { type TokenDecoder, tokenSampler } from '#lib/generators/sample-tokens.js';
import {
  buildPriorGraph,
  buildPriorProgram,
  buildTokenizerGraph,
  buildTokenizerProgram,
} from '#lib/generators/token-programs.js';
import { buildTokenizerTraining } from '#lib/generators/tokenize.js';
import { pickState } from '#lib/model/program.js';
import { timeVqvae, tokenCounts } from '#lib/nn/tokenizer/time-vqvae.js';
import { frozen } from '../helpers/frozen.js';

const engine = onnxRuntimeEngine();
afterAll(() => engine.close());

const plan = { lengthSamples: 62, leads: 2, labels: 3, options: timeVqvae.sizes.tiny };
const size = 2 * 62;
const counts = tokenCounts(plan.lengthSamples);
const { codes } = timeVqvae.parse(plan.options);
let state: State;
beforeAll(() => {
  state = new Map([
    ...buildTokenizerTraining(plan, { batch: 2, seed: 1 }).initialState,
    ...buildPriorTraining(plan, { batch: 2, seed: 1 }).initialState,
  ]);
});

type Sampling = Omit<TokenDecoder, 'plan' | 'priors'>;

async function made(request: SampleRequest, sampling: Sampling, threads = 1): Promise<Float32Array> {
  const graphs = [
    buildPriorGraph('lowPrior', plan, state),
    buildPriorGraph('highPrior', plan, state),
    buildTokenizerGraph('decoder', plan, state),
  ];
  const opened = await Promise.all(
    graphs.map(async (graph) => engine.load(await frozen(graph, engine), new Map(), { threads })),
  );
  const [low, high, decoder] = opened as [Execution, Execution, Execution];
  try {
    return await tokenSampler({ plan, priors: { low, high }, decoder, ...sampling })(request);
  } finally {
    await Promise.all(opened.map((execution) => execution.close()));
  }
}

const records = (signals: Float32Array, from: number, to: number) => signals.subarray(from * size, to * size);

test('a record depends on the seed, its number and its label alone', async () => {
  const labels = [0, 1, 2];
  const all = await made({ labels, start: 0, count: 70 }, { seed: 5, steps: 3 });
  expect(all).toHaveLength(70 * size);
  const again = await made({ labels, start: 0, count: 70 }, { seed: 5, steps: 3 }, 2);
  expect(again).toEqual(all);
  expect(await made({ labels, start: 62, count: 5 }, { seed: 5, steps: 3 })).toEqual(records(all, 62, 67));
  // Records 0 and 3 have label 0 in both requests.
  const others = await made({ labels: [0], start: 0, count: 4 }, { seed: 5, steps: 3 });
  expect(records(others, 0, 1)).toEqual(records(all, 0, 1));
  expect(records(others, 3, 4)).toEqual(records(all, 3, 4));
  expect(records(others, 1, 2)).not.toEqual(records(all, 1, 2));
  const seeded = await made({ labels, start: 0, count: 1 }, { seed: 6, steps: 3 });
  expect(seeded).not.toEqual(records(all, 0, 1));
});

test('guidance of 0 ignores the label, as no label does', async () => {
  const sampling = { seed: 5, steps: 2, guidance: 0 };
  const [one, other] = [
    await made({ labels: [0], start: 0, count: 2 }, sampling),
    await made({ labels: [2], start: 0, count: 2 }, sampling),
  ];
  expect(one).toEqual(other);
  expect(await made({ labels: [3], start: 0, count: 2 }, { seed: 5, steps: 2 })).toEqual(one);
});

describe('the files answer as the programs do, for every batch size', () => {
  const stream = randomStream(8, 'feeds');
  const tokens = (count: number) => ({
    data: BigInt64Array.from({ length: 3 * count }, () => BigInt(stream.below(codes))),
    shape: [3, count],
  });
  const feeds = {
    ecg: { data: stream.fillNormal(new Float32Array(3 * size)), shape: [3, 2, 62] },
    low: tokens(counts.low),
    high: tokens(counts.high),
    label: { data: Float32Array.of(1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1), shape: [3, 4] },
  };

  test.each([
    [
      'encoder',
      () => buildTokenizerProgram('encoder', plan),
      () => buildTokenizerGraph('encoder', plan, state),
    ],
    [
      'decoder',
      () => buildTokenizerProgram('decoder', plan),
      () => buildTokenizerGraph('decoder', plan, state),
    ],
    ['lowPrior', () => buildPriorProgram('lowPrior', plan), () => buildPriorGraph('lowPrior', plan, state)],
    [
      'highPrior',
      () => buildPriorProgram('highPrior', plan),
      () => buildPriorGraph('highPrior', plan, state),
    ],
  ])('%s', async (_, program, graph) => {
    const { inputs } = program();
    const execution = await engine.load(program(), pickState(state, program()), { threads: 1 });
    const expected = await execution.run(feeds);
    await execution.close();
    const session = await InferenceSession.create((await frozen(graph(), engine)).bytes, {
      logSeverityLevel: 3,
    });
    for (let row = 0; row < 3; row++) {
      const own = inputs.map(({ name, type }) => {
        const { data, shape } = feeds[name as keyof typeof feeds];
        const width = data.length / 3;
        const part = data.slice(row * width, (row + 1) * width) as Float32Array;
        return [name, new Tensor(type, part, [1, ...shape.slice(1)])] as const;
      });
      const results = await session.run(Object.fromEntries(own));
      for (const [name, { data }] of Object.entries(expected)) {
        const alone = results[name]!.data as Float32Array;
        const width = data.length / 3;
        for (const [at, value] of alone.entries()) {
          expect(Math.abs(value - Number(data[row * width + at]))).toBeLessThan(1e-4);
        }
      }
    }
    await session.release();
  });
});

describe('what is refused', () => {
  test.each([
    [{ labels: [4], start: 0, count: 1 }, /labels from 0 to 3, .* got 4/],
    [{ labels: [], start: 0, count: 1 }, /got an empty list/],
    [{ labels: [0], start: -1, count: 1 }, /got 1 records from -1/],
    [{ labels: [0], start: 0, count: 0 }, /got 0 records from 0/],
    [{ labels: [0], start: 0.5, count: 1 }, /got 1 records from 0.5/],
    [{ labels: [0], start: 0, count: 1, out: new Float32Array(7) }, /needs 124 values, got 7/],
  ])('%o', async (request, message) => {
    await expect(made(request, { seed: 1 })).rejects.toMatchObject({
      code: 'ERR_RANGE',
      message: expect.stringMatching(message),
    });
  });

  test.each([
    [{ seed: 1, steps: 0 }, /steps from 1 to 1000, got 0/],
    [{ seed: 1, guidance: -1 }, /guidance must be a number from 0 to 100, got -1/],
    [{ seed: 1, temperatures: { low: Number.NaN, high: 1 } }, /temperature .* got NaN/],
  ])('sampling %o', async (sampling, message) => {
    await expect(made({ labels: [0], start: 0, count: 1 }, sampling)).rejects.toMatchObject({
      code: 'ERR_RANGE',
      message: expect.stringMatching(message),
    });
  });

  test('a state of other hyper-parameters', () => {
    const wider = { ...plan, options: { ...plan.options, codes: 20 } };
    expect(() => buildPriorGraph('lowPrior', wider, state)).toThrow(
      expect.objectContaining({ code: 'ERR_CHECKPOINT' }),
    );
  });

  test('an aborted request', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const request = { labels: [0], start: 0, count: 1, signal };
    await expect(made(request, { seed: 1 })).rejects.toThrow('enough');
  });
});
