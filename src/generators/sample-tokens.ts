// Makes signals with TimeVQVAE: decodes the low tokens in a few steps, then the high tokens given the low ones, and adds
// the parts that the two decoders make. Records are made in blocks of 64 by their numbers, and blocks are always filled, so
// that record i is the same in every request: it depends on the seed, on i and on its label.
// Shapes: C leads, L samples, n low and 2 n high tokens, K codes.

import { PqrstError } from '../base/errors.js';
import type { Execution } from '../engine/engine.js';
import { type Band, bands } from '../nn/tokenizer/stft.js';
import { timeVqvae, tokenCounts } from '../nn/tokenizer/time-vqvae.js';
import { labelAt } from '../signal/source.js';
import { decodeTokens } from './decoding.js';
import { labelRows } from './diffuse.js';
import type { SampleRequest } from './sample-diffusion.js';
import type { PriorPlan } from './token-programs.js';

/** How the tokens are decoded. */
export interface TokenSampling {
  readonly seed: number | bigint;
  /** Steps of each band, from 1 to 1000; default 10. */
  readonly steps?: number;
  /** The chance in the choice of tokens to keep, for each band; default 4 in the low and 1 in the high one. */
  readonly temperatures?: Readonly<Record<Band, number>>;
  /** The weight of the label, from 0 to 100; default 1, which asks the prior only with the label. */
  readonly guidance?: number;
}

/** The number of records that are made at a time. */
export const blockRecords = 64;

const defaultSteps = 10;
const defaultTemperatures: Readonly<Record<Band, number>> = { low: 4, high: 1 };

type Networks = Priors & { readonly decoder: Pick<Execution, 'run'> };
type Priors = Readonly<Record<Band, Pick<Execution, 'run'>>>;

/**
 * Returns a function that makes the records of a request, [count, C, L].
 *
 * @param plan - The plan of tokenizer and prior.
 * @param networks - Runs the programs of `buildPriorProgram` and of the decoder with their weights, or their files.
 * @throws PqrstError ERR_RANGE: when a number of the request or of the sampling is out of range.
 * @throws PqrstError ERR_MODEL: when a network answers numbers that are not finite.
 */
export function tokenSampler(
  plan: PriorPlan,
  networks: Networks,
  sampling: TokenSampling,
): (request: SampleRequest) => Promise<Float32Array> {
  return (request) => sample(plan, networks, sampling, request);
}

async function sample(
  plan: PriorPlan,
  networks: Networks,
  sampling: TokenSampling,
  { labels, start, count, signal, out }: SampleRequest,
): Promise<Float32Array> {
  expectRequest(plan, { labels, start, count });
  const size = (plan.leads ?? 1) * plan.lengthSamples;
  const signals = out ?? new Float32Array(count * size);
  const [first, last] = [start, start + count - 1].map((record) => Math.floor(record / blockRecords));
  for (let block = first!; block <= last!; block++) {
    const records = Array.from({ length: blockRecords }, (_, row) => block * blockRecords + row);
    const shown = records.map((record) => labelAt(labels, record));
    const made = await sampleBlock(plan, networks, sampling, { records, shown, signal });
    for (const [row, record] of records.entries()) {
      if (record < start || record >= start + count) continue;
      signals.set(made.subarray(row * size, (row + 1) * size), (record - start) * size);
    }
  }
  return signals;
}

/** The records of one block, with their labels. */
interface Block {
  readonly records: readonly number[];
  readonly shown: readonly number[];
  readonly signal: AbortSignal | undefined;
}

async function sampleBlock(
  plan: PriorPlan,
  networks: Networks,
  sampling: TokenSampling,
  { records, shown, signal }: Block,
): Promise<Float32Array> {
  const { steps = defaultSteps, temperatures = defaultTemperatures, guidance: weight = 1, seed } = sampling;
  const { codes } = timeVqvae.parse(plan.options ?? {});
  const counts = tokenCounts(plan.lengthSamples);
  const feed = (band: Band, sequence: Int32Array) => ({
    [band]: { data: BigInt64Array.from(sequence, BigInt), shape: [blockRecords, counts[band]] },
  });
  const decoded: Partial<Record<Band, Int32Array>> = {};
  for (const band of bands) {
    const given = decoded.low === undefined ? {} : feed('low', decoded.low);
    const ask = (labelled: ArrayLike<number>) => async (sequence: Int32Array) => {
      signal?.throwIfAborted();
      const label = { data: labelRows(labelled, plan.labels), shape: [blockRecords, plan.labels + 1] };
      const { logits } = await networks[band].run({ ...given, ...feed(band, sequence), label });
      return logits!.data as Float32Array;
    };
    decoded[band] = await decodeTokens({
      ...{ tokens: counts[band], codes, steps, temperature: temperatures[band], seed, stage: band, records },
      logits: ask(shown),
      guidance: { weight, unconditional: ask(records.map(() => plan.labels)) },
    });
  }
  signal?.throwIfAborted();
  const { ecg } = await networks.decoder.run({
    ...feed('low', decoded.low!),
    ...feed('high', decoded.high!),
  });
  return ecg!.data as Float32Array;
}

function expectRequest({ labels: known }: PriorPlan, { labels, start, count }: SampleRequest): void {
  const wrong = labels.find((label) => !Number.isInteger(label) || label < 0 || label >= known);
  if (labels.length === 0 || wrong !== undefined) {
    throw new PqrstError(
      'ERR_RANGE',
      `the labels to make must be places from 0 to ${known - 1}, got ${wrong ?? 'no label'}; give labels of the generator`,
    );
  }
  if (Number.isSafeInteger(start) && start >= 0 && Number.isSafeInteger(count) && count >= 1) return;
  throw new PqrstError(
    'ERR_RANGE',
    `records are made from a whole number start of at least 0 and a count of at least 1, got ${start} and ${count}`,
  );
}
