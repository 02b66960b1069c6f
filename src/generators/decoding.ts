// Masks of tokens, and decoding: how a network that predicts masked tokens writes a sequence in a few steps (Chang et al.
// 2022, MaskGIT; Lee, Malacarne and Aune 2023, TimeVQVAE). Both use the cosine schedule: the share of masked tokens is
// cos(pi / 2 * ratio).

import { PqrstError } from '../base/errors.js';
import { type RandomStream, randomStream } from '../base/random.js';
import { type Guidance, guided } from './guidance.js';

/**
 * Returns a mask for training: 1 for each masked token. It masks ceil(count * cos(pi / 2 * ratio)) tokens, at least one,
 * with a ratio that is uniform in [0, 1).
 *
 * @param count - The number of tokens.
 * @param random - The stream of this record and step.
 */
export function trainingMask(count: number, random: RandomStream): Uint8Array {
  const masked = Math.ceil(count * Math.cos((Math.PI / 2) * random.uniform()));
  const order = random.shuffle(Int32Array.from({ length: count }, (_, place) => place));
  const mask = new Uint8Array(count);
  for (const place of order.subarray(0, masked)) mask[place] = 1;
  return mask;
}

/** Returns the number of tokens that are still masked after a step of decoding; 0 after the last one. */
export function maskedAfter(count: number, step: number, steps: number): number {
  // The cosine of the last step is 6e-17.
  return Math.floor(count * Math.cos(((Math.PI / 2) * (step + 1)) / steps));
}

/** One batch of sequences to decode. */
export interface DecodingPlan {
  /** The number of tokens per sequence. */
  readonly tokens: number;
  /** The number of codes, K. A token is a code from 0 to K - 1; a masked token is K. */
  readonly codes: number;
  /** The number of steps, from 1 to 1000. */
  readonly steps: number;
  /**
   * How much chance there is in the choice of the tokens to keep, from 0: the factor of the Gumbel noise that is added to
   * the logarithm of a token's probability in the first step. It falls evenly to 0 in the last step.
   */
  readonly temperature: number;
  readonly seed: number | bigint;
  /** Separates the draws of several sequences of one record, for example `low` and `high`. */
  readonly stage: string;
  /** The number of each record. Record i has the same draws in every batch. */
  readonly records: readonly number[];
  /**
   * Asks the network.
   *
   * @param codes - [records, tokens]. The call must not keep or change it.
   * @returns The logits of each token, [records, tokens, K].
   */
  logits(codes: Int32Array): Promise<Float32Array>;
  /** Guidance towards the labels that `logits` uses. */
  readonly guidance?: Guidance<[codes: Int32Array]>;
}

/**
 * Returns the codes of the sequences, [records, tokens]. Each step draws all masked tokens from the softmax of their
 * logits, keeps the most certain ones, and masks the others again.
 *
 * @throws PqrstError ERR_RANGE: when the number of steps, the temperature or the weight of guidance is out of range.
 * @throws PqrstError ERR_MODEL: when the network answers a wrong number of logits, or one that is NaN or Infinity.
 */
export async function decodeTokens(plan: DecodingPlan): Promise<Int32Array> {
  const { tokens, codes: count, steps, temperature, seed, stage, records } = plan;
  if (!Number.isInteger(steps) || steps < 1 || steps > 1000) {
    throw new PqrstError(
      'ERR_RANGE',
      `decoding takes a whole number of steps from 1 to 1000, got ${steps}; 10 is usual`,
    );
  }
  if (!(temperature >= 0 && temperature <= 1000)) {
    throw new PqrstError(
      'ERR_RANGE',
      `the temperature of decoding must be a number from 0 to 1000, got ${temperature}; 4 is usual`,
    );
  }
  const ask = guided((sequence: Int32Array) => plan.logits(sequence), plan.guidance);
  const size = records.length * tokens;
  const sequences = new Int32Array(size).fill(count);
  for (let step = 0; step < steps; step++) {
    const logits = await ask(sequences);
    if (logits.length !== size * count) {
      throw new PqrstError(
        'ERR_MODEL',
        `the generator's network answered ${logits.length} logits for ${size} tokens of ${count} codes; expected ${size * count}; the file of the network does not fit its description`,
      );
    }
    for (const [row, record] of records.entries()) {
      const sequence = sequences.subarray(row * tokens, (row + 1) * tokens);
      const random = randomStream(seed, 'sample', record, stage, step);
      const chance = temperature * (1 - (step + 1) / steps);
      const certainty = drawMasked(sequence, count, logits.subarray(row * tokens * count), chance, random);
      if (certainty === undefined) {
        throw new PqrstError(
          'ERR_MODEL',
          `the generator's network answered logits for record ${record} in step ${step + 1} of ${steps} that are not finite numbers; its weights are damaged, or its training diverged: train it again`,
        );
      }
      // Array.sort is stable: equal certainties keep the order of their places.
      const order = Array.from(sequence.keys()).sort((a, b) => compared(certainty[a]!, certainty[b]!));
      for (const place of order.slice(0, maskedAfter(tokens, step, steps))) sequence[place] = count;
    }
  }
  return sequences;
}

/**
 * Draws the masked tokens of one sequence in place. Returns how certain each token is, infinite for those that were known,
 * or undefined if a logit is not a finite number.
 */
function drawMasked(
  sequence: Int32Array,
  codes: number,
  logits: Float32Array,
  chance: number,
  random: RandomStream,
): Float64Array | undefined {
  const certainty = new Float64Array(sequence.length).fill(Number.POSITIVE_INFINITY);
  const weights = new Float64Array(codes);
  for (let place = 0; place < sequence.length; place++) {
    if (sequence[place] !== codes) continue;
    const own = logits.subarray(place * codes, (place + 1) * codes);
    const sum = softmaxInto(weights, own);
    if (!Number.isFinite(sum)) return;
    const code = codeAt(weights, random.uniform() * sum);
    // 1 - uniform is in (0, 1]. At 1 the noise is infinite, and the token is kept.
    const gumbel = -Math.log(-Math.log(1 - random.uniform()));
    sequence[place] = code;
    certainty[place] = Math.log(weights[code]! / sum) + (chance === 0 ? 0 : chance * gumbel);
  }
  return certainty;
}

/** Writes the probabilities of the codes times their returned sum. The sum is not finite if a logit is NaN or Infinity. */
function softmaxInto(weights: Float64Array, logits: Float32Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let code = 0; code < weights.length; code++) largest = Math.max(largest, logits[code]!);
  let sum = 0;
  for (let code = 0; code < weights.length; code++) {
    weights[code] = Math.exp(logits[code]! - largest);
    sum += weights[code]!;
  }
  return sum;
}

/** Returns the code where the cumulative weights pass `target`. It has a weight above 0. */
function codeAt(weights: Float64Array, target: number): number {
  let rest = target;
  let last = 0;
  for (let code = 0; code < weights.length; code++) {
    if (weights[code] === 0) continue;
    rest -= weights[code]!;
    if (rest < 0) return code;
    last = code;
  }
  // Rounding left a rest after the last code.
  return last;
}

function compared(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
