// Makes records with a trained TimeVQVAE, in the batches of sample-records.ts: decodes the low tokens in a few steps, then
// the high tokens given the low ones, and adds the parts that the two decoders make.
// Shapes: C leads, L samples, n low and 2 n high tokens, K codes.

import type { Execution } from '../engine/engine.js';
import type { Feeds } from '../model/training.js';
import type { Band } from '../nn/tokenizer/stft.js';
import { timeVqvae, tokenCounts } from '../nn/tokenizer/time-vqvae.js';
import { decodeTokens } from './decoding.js';
import { labelRows } from './labels.js';
import { type RecordBatch, recordSampler, type SampleRequest } from './sample-records.js';
import type { PriorPlan } from './token-programs.js';

/** A trained prior and how to decode tokens with it. */
export interface TokenDecoder {
  readonly plan: PriorPlan;
  /** Runs the networks of the prior with the trained weights. */
  readonly priors: Readonly<Record<Band, Pick<Execution, 'run'>>>;
  /** The seed of the draws of every record. */
  readonly seed: number | bigint;
  /** Steps of each band, from 1 to 1000; default 10. */
  readonly steps?: number;
  /** The chance in the choice of the tokens to keep; default 4 in the low and 1 in the high band. */
  readonly temperatures?: Readonly<Record<Band, number>>;
  /** The weight of the label, from 0 to 100; default 1. Another weight doubles the work. */
  readonly guidance?: number;
}

/** A trained TimeVQVAE. */
export interface TokenSampler extends TokenDecoder {
  /** Runs the decoder of the tokenizer with the trained weights and codebooks. */
  readonly decoder: Pick<Execution, 'run'>;
}

const defaultSteps = 10;
const defaultTemperatures: Readonly<Record<Band, number>> = { low: 4, high: 1 };

/**
 * Returns a function that makes the records of a request, [count, C, L].
 *
 * @throws PqrstError ERR_RANGE: when the number of steps, a temperature or the weight of guidance is out of range; when a
 *   request has no records, or a label or an index that does not exist.
 * @throws PqrstError ERR_MODEL: when the prior answers a wrong number of values, or a value that is not finite.
 */
export function tokenSampler(sampler: TokenSampler): (request: SampleRequest) => Promise<Float32Array> {
  const { plan, decoder } = sampler;
  return recordSampler(plan, async (batch) => {
    const { low, high } = await decodeBatch(sampler, batch);
    batch.signal?.throwIfAborted();
    const { ecg } = await decoder.run({ ...codeFeed(plan, 'low', low), ...codeFeed(plan, 'high', high) });
    return ecg!.data as Float32Array;
  });
}

/**
 * Returns the codes of the records of a batch, [records, n] and [records, 2 n].
 *
 * @throws PqrstError The errors of `decodeTokens`.
 */
export async function decodeBatch(
  {
    plan,
    priors,
    seed,
    steps = defaultSteps,
    temperatures = defaultTemperatures,
    guidance = 1,
  }: TokenDecoder,
  { records, shown, signal }: RecordBatch,
): Promise<Readonly<Record<Band, Int32Array>>> {
  const { codes } = timeVqvae.parse(plan.options ?? {});
  const counts = tokenCounts(plan.lengthSamples);
  const decodeBand = (band: Band, given: Feeds) => {
    const ask = (labelled: readonly number[]) => async (sequence: Int32Array) => {
      signal?.throwIfAborted();
      const label = { data: labelRows(labelled, plan.labels), shape: [records.length, plan.labels + 1] };
      const { logits } = await priors[band].run({ ...given, ...codeFeed(plan, band, sequence), label });
      return logits!.data as Float32Array;
    };
    return decodeTokens({
      ...{ tokens: counts[band], codes, steps, temperature: temperatures[band], seed, stage: band, records },
      logits: ask(shown),
      guidance: { weight: guidance, unconditional: ask(records.map(() => plan.labels)) },
    });
  };
  const low = await decodeBand('low', {});
  return { low, high: await decodeBand('high', codeFeed(plan, 'low', low)) };
}

function codeFeed({ lengthSamples }: PriorPlan, band: Band, sequence: Int32Array): Feeds {
  const tokens = tokenCounts(lengthSamples)[band];
  const shape = [sequence.length / tokens, tokens];
  return { [band]: { data: BigInt64Array.from(sequence, BigInt), shape } };
}
