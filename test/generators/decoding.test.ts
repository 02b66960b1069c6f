// Decoding with the exact conditional law of a toy language instead of a network.

import { describe, expect, it, vi } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { type DecodingPlan, decodeTokens, maskedAfter, trainingMask } from '#lib/generators/decoding.js';

const codes = 12;
const tokens = 32;
const labels = 4;
// A token of the language is replaced by another one with this probability, so that no sequence is impossible.
const errorRate = 1e-3;

/** A language: the next code is the code before plus the label, modulo the number of codes. */
const codeAfter = (first: number, place: number, label: number) => (first + place * label) % codes;

/** The logits of every token of one sequence, given its known tokens, if the label is one of `possible`. */
function logitsOf(sequence: Int32Array, possible: readonly number[]): Float64Array {
  const weights = new Float64Array(tokens * codes).fill(0);
  const hypotheses = possible.flatMap((label) =>
    Array.from({ length: codes }, (_, first) => {
      let logLikelihood = 0;
      for (const [place, code] of sequence.entries()) {
        if (code === codes) continue;
        const isRight = codeAfter(first, place, label) === code;
        logLikelihood += Math.log(isRight ? 1 - errorRate : errorRate / (codes - 1));
      }
      return { label, first, logLikelihood };
    }),
  );
  const most = Math.max(...hypotheses.map(({ logLikelihood }) => logLikelihood));
  for (const { label, first, logLikelihood } of hypotheses) {
    const share = Math.exp(logLikelihood - most);
    for (let place = 0; place < tokens; place++) {
      for (let code = 0; code < codes; code++) {
        const isRight = codeAfter(first, place, label) === code;
        weights[place * codes + code] =
          weights[place * codes + code]! + share * (isRight ? 1 - errorRate : errorRate / (codes - 1));
      }
    }
  }
  return weights.map(Math.log);
}

/** A network that knows the language; record i of the batch has one of the labels `possible(i)`. */
const exact = (possible: (row: number) => readonly number[]) => async (sequences: Int32Array) => {
  const logits = new Float32Array(sequences.length * codes);
  for (let row = 0; row < sequences.length / tokens; row++) {
    const sequence = sequences.subarray(row * tokens, (row + 1) * tokens);
    logits.set(logitsOf(sequence, possible(row)), row * tokens * codes);
  }
  return logits;
};

const labelOf = (record: number) => 1 + (record % labels);
const everyLabel = Array.from({ length: labels }, (_, at) => 1 + at);

const plan = (records: readonly number[], steps = 10): DecodingPlan => ({
  ...{ tokens, codes, steps, temperature: 4, seed: 5, stage: 'low', records },
  logits: exact((row) => [labelOf(records[row]!)]),
});

/** The share of sequences in which at least all but one token follow the rule of their label. */
function validShare(made: Int32Array, records: readonly number[]): number {
  const valid = records.filter((record, row) => {
    const sequence = made.subarray(row * tokens, (row + 1) * tokens);
    return sequence.every((code, place) => code === codeAfter(sequence[0]!, place, labelOf(record)));
  });
  return valid.length / records.length;
}

const records = Array.from({ length: 200 }, (_, record) => record);

describe('decodeTokens', () => {
  it('writes valid sequences of the right label, at least 95 %', async () => {
    const made = await decodeTokens(plan(records));
    expect(validShare(made, records)).toBeGreaterThanOrEqual(0.95);
    // Every first code appears: the sequences are draws, not one prototype.
    expect(new Set(records.map((_, row) => made[row * tokens])).size).toBe(codes);
  });

  it('writes no valid sequence in a single step, because all tokens are drawn independently', async () => {
    expect(validShare(await decodeTokens(plan(records, 1)), records)).toBe(0);
  });

  it('takes the label from the guidance', async () => {
    const few = records.slice(0, 50);
    // Without a label, the sequences have any label. The guidance gives them the wanted one.
    const unconditional = exact(() => everyLabel);
    const weak = await decodeTokens({ ...plan(few), logits: unconditional });
    expect(validShare(weak, few)).toBeLessThan(0.5);
    const guided = await decodeTokens({ ...plan(few), guidance: { weight: 1.5, unconditional } });
    expect(validShare(guided, few)).toBeGreaterThanOrEqual(0.95);
  });

  it('does not ask without a label for weight 1, and writes the same codes as without guidance', async () => {
    const unconditional = vi.fn(exact(() => everyLabel));
    const few = records.slice(0, 5);
    const guided = await decodeTokens({ ...plan(few), guidance: { weight: 1, unconditional } });
    expect(guided).toEqual(await decodeTokens(plan(few)));
    expect(unconditional).not.toHaveBeenCalled();
  });

  it('writes a record that does not depend on its batch, and other draws for another stage or seed', async () => {
    const together = await decodeTokens(plan(records.slice(0, 20)));
    const alone = await decodeTokens(plan([13]));
    expect(alone).toEqual(together.slice(13 * tokens, 14 * tokens));
    expect(await decodeTokens({ ...plan([13]), stage: 'high' })).not.toEqual(alone);
    expect(await decodeTokens({ ...plan([13]), seed: 6 })).not.toEqual(alone);
  });

  it('asks once per step, and masks what the schedule says', async () => {
    const masked: number[] = [];
    const watched = plan([0]);
    await decodeTokens({
      ...watched,
      logits: (sequence) => {
        masked.push(sequence.filter((code) => code === codes).length);
        return watched.logits(sequence);
      },
    });
    expect(masked).toEqual([32, 31, 30, 28, 25, 22, 18, 14, 9, 5]);
  });

  it('draws from the softmax, with the shares of its probabilities', async () => {
    const shares = [0.1, 0.2, 0.7];
    const made = await decodeTokens({
      ...{ tokens: 1000, codes: 3, steps: 1, temperature: 0, seed: 1, stage: 'low', records: [0, 1, 2, 3] },
      logits: async (sequence) =>
        Float32Array.from({ length: 3 * sequence.length }, (_, at) => 5 + Math.log(shares[at % 3]!)),
    });
    for (const [code, share] of shares.entries()) {
      const drawn = made.filter((one) => one === code).length / made.length;
      expect(Math.abs(drawn - share)).toBeLessThan(0.025);
    }
  });

  it.each([
    [{ steps: 0 }, /^decoding takes a whole number of steps from 1 to 1000, got 0;/],
    [{ temperature: Number.NaN }, /^the temperature of decoding must be a number from 0 to 1000, got NaN;/],
    [
      { logits: async () => new Float32Array(5) },
      /answered 5 logits for 32 tokens of 12 codes; expected 384/,
    ],
    [
      { logits: async (sequence: Int32Array) => new Float32Array(sequence.length * codes).fill(Number.NaN) },
      /logits for record 9 in step 1 of 10 that are not finite numbers/,
    ],
  ])('refuses %o', async (change, message) => {
    await expect(decodeTokens({ ...plan([9]), ...change })).rejects.toThrow(message);
  });
});

describe('masks', () => {
  it('keeps masked a share that falls to 0', () => {
    expect([0, 4, 8, 9].map((step) => maskedAfter(126, step, 10))).toEqual([124, 89, 19, 0]);
    expect(maskedAfter(126, 0, 1)).toBe(0);
  });

  it('masks two thirds of the tokens on average in training, and always one', () => {
    const counts = Array.from({ length: 4000 }, (_, record) =>
      trainingMask(63, randomStream(1, 'mask', record)).reduce((sum, value) => sum + value, 0),
    );
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    // The mean of ceil(n cos(pi r / 2)) is about 2 n / pi + 1/2.
    expect(Math.abs(mean - (2 * 63) / Math.PI - 0.5)).toBeLessThan(1);
    expect(Math.min(...counts)).toBe(1);
    expect(Math.max(...counts)).toBe(63);
  });

  it('masks every place equally often', () => {
    const times = new Float64Array(10);
    for (let record = 0; record < 4000; record++) {
      trainingMask(10, randomStream(2, 'mask', record)).forEach((value, place) => {
        times[place] = times[place]! + value / 4000;
      });
    }
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(0.05);
  });
});
