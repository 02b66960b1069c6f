// The prior on a toy language, whose rule depends on the label: it must write valid sentences with the right label. Then
// the masks, the batches and what is refused.

import { afterAll, describe, expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { type PriorInputs, predictTokens } from '#lib/generators/prior-objective.js';
import { evenBatches, orderedBatches } from '#lib/generators/records.js';
import { recordsPerBatch } from '#lib/generators/sample-records.js';
import { decodeBatch } from '#lib/generators/sample-tokens.js';
import { buildPriorProgram } from '#lib/generators/token-programs.js';
import { type TokenSet, tokenRecords } from '#lib/generators/tokenize.js';
import { pickState } from '#lib/model/program.js';
import { tokenCounts } from '#lib/nn/tokenizer/time-vqvae.js';
import { warmUpCosine } from '#lib/train/schedule.js';
import { train } from '#lib/train/trainer.js';

const engine = onnxRuntimeEngine();
afterAll(() => engine.close());

const codes = 6;
const options = {
  codes,
  channels: 8,
  codeFeatures: 2,
  lowWidth: 48,
  lowDepth: 2,
  highWidth: 16,
  highDepth: 1,
};
const plan = { lengthSamples: 62, labels: 3, options, seed: 1 };
const { low: lowTokens, high: highTokens } = tokenCounts(plan.lengthSamples);

/** The rule: a low code is the one before plus 1 + label; high codes are the low code of their time, and the next one. */
const next = (code: number, label: number) => (code + 1 + label) % codes;

function language(count: number, seed: number): TokenSet {
  const stream = randomStream(seed, 'language');
  const labels = Int16Array.from({ length: count }, (_, record) => record % plan.labels);
  const rows = Array.from(labels, (label) => {
    const low = [stream.below(codes)];
    while (low.length < lowTokens) low.push(next(low.at(-1)!, label));
    return [...low, ...low.flatMap((code) => [code, next(code, label)])];
  });
  return { codes: Int16Array.from(rows.flat()), labels, lowTokens };
}

test('writes a language whose rule depends on the label', { timeout: 300_000 }, async () => {
  const training = evenBatches(tokenRecords(language(960, 1), 3), {
    batch: 96,
    seed: 1,
    batchesPerEpoch: 10,
  });
  const validation = orderedBatches(tokenRecords(language(96, 2), 3), 96);
  const objective = predictTokens(plan, { training, validation });
  const { best, progress } = await train({
    ...{ engine, threads: 1, objective, training, validation },
    plan: {
      ...{ phase: 'prior', batchSize: 96, seed: 1, epochs: 30, validateEvery: 15, patience: 9 },
      ...{ learningRate: 8e-3, weightDecay: 1e-4, clipNorm: 1, emaDecay: 0.99 },
      schedule: warmUpCosine({ warmUpSteps: 20, lastShare: 0.05 }),
    },
  });
  // Where most tokens are masked, the first code and thus the others are unknown: the loss does not reach 0.
  expect(progress.best!.valLoss).toBeLessThan(1.3);
  const open = async (network: 'lowPrior' | 'highPrior') => {
    const program = buildPriorProgram(network, plan);
    return engine.load(program, pickState(best, program), { threads: 1 });
  };
  const priors = { low: await open('lowPrior'), high: await open('highPrior') };
  const records = Array.from({ length: recordsPerBatch }, (_, at) => at);
  const shown = records.map((record) => record % plan.labels);
  const decoder = { plan, priors, seed: 3, temperatures: { low: 1, high: 1 } };
  const made = await decodeBatch(decoder, { records, shown, signal: undefined });
  const isValid = shown.map((label, record) => {
    const low = made.low.subarray(record * lowTokens, (record + 1) * lowTokens);
    const high = made.high.subarray(record * highTokens, (record + 1) * highTokens);
    const follows = low.every((code, at) => at === 0 || code === next(low[at - 1]!, label));
    return (
      follows && low.every((code, at) => high[2 * at] === code && high[2 * at + 1] === next(code, label))
    );
  });
  const share = isValid.filter(Boolean).length / isValid.length;
  expect(share).toBeGreaterThanOrEqual(0.95);
  // All first codes are as likely: the sentences are not one sentence.
  const firsts = records.map((record) => made.low[record * lowTokens]!);
  expect(new Set(firsts).size).toBe(codes);
  // Guidance without the label writes sentences of any label.
  const unguided = await decodeBatch({ ...decoder, guidance: 0 }, { records, shown, signal: undefined });
  const own = shown.filter((label, record) => {
    return unguided.low[record * lowTokens + 1] === next(unguided.low[record * lowTokens]!, label);
  });
  expect(own.length / recordsPerBatch).toBeLessThan(0.7);
  await Promise.all([priors.low.close(), priors.high.close()]);
});

describe('inputs of a step', () => {
  const source = evenBatches(tokenRecords(language(60, 4), 3), { batch: 30, seed: 9, batchesPerEpoch: 2 });
  const objective = predictTokens(plan, { training: source, validation: source });
  const inputsAt = async (step: number): Promise<PriorInputs> =>
    objective.inputs(await source.batch(0, 0), step);

  test('follow from the seed and the step', async () => {
    expect(await inputsAt(5)).toEqual(await inputsAt(5));
    expect((await inputsAt(5)).low.mask).not.toEqual((await inputsAt(6)).low.mask);
  });

  test('mask one share per record and band, and hide a fifth of the labels', async () => {
    const shares: number[] = [];
    let [hidden, labels] = [0, 0];
    for (let step = 1; step <= 40; step++) {
      const { low, high, label } = await inputsAt(step);
      for (const [band, tokens] of [
        [low, lowTokens],
        [high, highTokens],
      ] as const) {
        for (let row = 0; row < 30; row++) {
          const mask = band.mask.subarray(row * tokens, (row + 1) * tokens);
          shares.push(mask.reduce((sum, value) => sum + value, 0) / tokens);
        }
      }
      for (let row = 0; row < 30; row++) hidden += label[row * 4 + 3]!;
      labels += label.reduce((sum, value) => sum + value, 0);
    }
    expect(Math.min(...shares)).toBeGreaterThan(0);
    expect(new Set(shares).size).toBeGreaterThan(5);
    // The mean of cos(pi r / 2) is 2 / pi; rounding up adds half a token.
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    expect(Math.abs(mean - 2 / Math.PI - (0.5 / lowTokens + 0.5 / highTokens) / 2)).toBeLessThan(0.03);
    expect(labels).toBe(40 * 30);
    expect(Math.abs(hidden / labels - 0.2)).toBeLessThan(0.04);
  });
});

describe('batches of codes', () => {
  const set = language(10, 4);

  test('batches without drawing have each record once, in order', async () => {
    const source = orderedBatches(tokenRecords(set, 3), 4);
    expect([source.count, source.batchesPerEpoch, source.lengthSamples]).toEqual([10, 3, 3 * lowTokens]);
    expect(source.labelCounts).toEqual([4, 3, 3]);
    const batches = await Promise.all([0, 1, 2].map((index) => source.batch(0, index)));
    expect(batches.map(({ count }) => count)).toEqual([4, 4, 2]);
    expect(batches.flatMap(({ signals }) => [...signals])).toEqual([...set.codes]);
    expect(batches.flatMap(({ labels }) => [...labels])).toEqual([...set.labels]);
  });

  test('the labels of training batches are even, and each pass has every record of a label once', async () => {
    const size = 3 * lowTokens;
    const rare = {
      ...{ ...set, labels: Int16Array.from(set.labels, (_, at) => (at === 0 ? 1 : 0)) },
      codes: Int16Array.from({ length: 10 * size }, (_, at) => Math.floor(at / size)),
    };
    const options = { batch: 6, seed: 1, batchesPerEpoch: 3 };
    const source = evenBatches(tokenRecords(rare, 3), options);
    const batches = await Promise.all([0, 1, 2].map((index) => source.batch(0, index)));
    expect(batches.flatMap(({ labels }) => [...labels])).toEqual(
      Array.from({ length: 18 }, (_, at) => at % 2),
    );
    const rows = batches.flatMap(({ signals }) =>
      Array.from({ length: 6 }, (_, row) => signals.slice(row * size, (row + 1) * size).join()),
    );
    // The other nine records are one pass.
    expect(new Set(rows.filter((_, at) => at % 2 === 0)).size).toBe(9);
    expect(await evenBatches(tokenRecords(rare, 3), options).batch(0, 2)).toEqual(batches[2]);
    expect((await source.batch(1, 2)).signals).not.toEqual(batches[2]!.signals);
  });
});

describe('what is refused', () => {
  const source = orderedBatches(tokenRecords(language(12, 4), 3), 4);
  const sources = { training: source, validation: source };

  test.each([
    [{ ...plan, lengthSamples: 200 }, 'ERR_RANGE', /takes 39 codes per record, .* 1 rows of 12/],
    [{ ...plan, labels: 2 }, 'ERR_OPTION', /3 labels, but the plan has 2/],
    [{ ...plan, labels: 4 }, 'ERR_DATA_EMPTY', /hold none of label 3/],
    [{ ...plan, labelDropout: 1 }, 'ERR_RANGE', /labelDropout must be from 0 to below 1, got 1/],
  ])('%o', (wrong, code, message) => {
    expect(() => predictTokens(wrong, sources)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});
