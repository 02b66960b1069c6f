// Makes signals with TimeVQVAE: decodes the low tokens in a few steps, then the high tokens given the low ones, and adds
// the parts that the two decoders make. Records are made in blocks of 64 by their numbers, and blocks are always filled, so
// that record i is the same in every request: it depends on the seed, on i and on its label.
// Shapes: C leads, L samples, n low and 2 n high tokens, K codes.

import { PqrstError } from '../base/errors.js';
import type { Engine, Execution, Program, State } from '../engine/engine.js';
import { pickState } from '../model/program.js';
import type { Feeds } from '../model/training.js';
import type { Band } from '../nn/tokenizer/stft.js';
import { timeVqvae, tokenCounts } from '../nn/tokenizer/time-vqvae.js';
import { labelAt } from '../signal/source.js';
import { decodeTokens } from './decoding.js';
import { labelRows } from './diffuse.js';
import { buildPriorProgram, buildTokenizerProgram, type PriorPlan } from './token-programs.js';

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

/** The records to make. */
export interface TokenRequest {
  /** Labels by their places: record i has the label labels[i % labels.length]. */
  readonly labels: readonly number[];
  /** The number of the first record, from 0. */
  readonly start: number;
  /** The number of records, from 1. */
  readonly count: number;
  readonly signal?: AbortSignal | undefined;
}

/** Makes records with a trained tokenizer and prior. */
export interface TokenSampler {
  /**
   * Returns the signals of the records start .. start + count - 1, [count, C, L]. Rejects with `signal.reason` after an
   * abort.
   *
   * @throws PqrstError ERR_RANGE: when a number of the request or of the sampling is out of range.
   * @throws PqrstError ERR_MODEL: when a network answers numbers that are not finite.
   */
  sample(request: TokenRequest): Promise<Float32Array>;
  /** Releases the networks. */
  close(): Promise<void>;
}

/** The number of records that are made at a time. */
export const blockRecords = 64;

const defaultSteps = 10;
const defaultTemperatures: Readonly<Record<Band, number>> = { low: 4, high: 1 };

/**
 * Loads the networks of a generator.
 *
 * @param plan - The plan of tokenizer and prior.
 * @param state - Weights and codebooks of both.
 * @throws PqrstError ERR_CHECKPOINT: when `state` lacks a tensor, or has one of another size.
 */
export async function openTokenSampler(
  plan: PriorPlan,
  state: State,
  {
    engine,
    threads,
    sampling,
  }: {
    readonly engine: Engine;
    readonly threads?: number | undefined;
    readonly sampling: TokenSampling;
  },
): Promise<TokenSampler> {
  const opened: Execution[] = [];
  const open = async (program: Program) => {
    const execution = await engine.load(program, pickState(state, program), threads ? { threads } : {});
    opened.push(execution);
    return execution;
  };
  const close = async () => {
    await Promise.all(opened.map((execution) => execution.close()));
  };
  try {
    const networks = {
      low: await open(buildPriorProgram('lowPrior', plan)),
      high: await open(buildPriorProgram('highPrior', plan)),
      decoder: await open(buildTokenizerProgram('decoder', plan)),
    };
    return { sample: (request) => sample(plan, networks, sampling, request), close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Priors = Readonly<Record<Band, Execution>>;
type Networks = Priors & { readonly decoder: Execution };

async function sample(
  plan: PriorPlan,
  networks: Networks,
  sampling: TokenSampling,
  { labels, start, count, signal }: TokenRequest,
): Promise<Float32Array> {
  expectRequest(plan, { labels, start, count });
  const size = (plan.leads ?? 1) * plan.lengthSamples;
  const signals = new Float32Array(count * size);
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

/** The 64 records of one block, with their labels. */
export interface TokenBlock {
  readonly records: readonly number[];
  readonly shown: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

async function sampleBlock(
  plan: PriorPlan,
  networks: Networks,
  sampling: TokenSampling,
  block: TokenBlock,
): Promise<Float32Array> {
  const { low, high } = await decodeBlock(plan, networks, sampling, block);
  block.signal?.throwIfAborted();
  const { ecg } = await networks.decoder.run({
    ...codeFeed(plan, 'low', low),
    ...codeFeed(plan, 'high', high),
  });
  return ecg!.data as Float32Array;
}

/** Returns the codes of the records of a block, [64, n] and [64, 2 n], by running the prior of each band. */
export async function decodeBlock(
  plan: PriorPlan,
  priors: Priors,
  sampling: TokenSampling,
  { records, shown, signal }: TokenBlock,
): Promise<Readonly<Record<Band, Int32Array>>> {
  const { steps = defaultSteps, temperatures = defaultTemperatures, guidance: weight = 1, seed } = sampling;
  const { codes } = timeVqvae.parse(plan.options ?? {});
  const counts = tokenCounts(plan.lengthSamples);
  const decodeBand = (band: Band, given: Feeds) => {
    const ask = (labelled: ArrayLike<number>) => async (sequence: Int32Array) => {
      signal?.throwIfAborted();
      const label = { data: labelRows(labelled, plan.labels), shape: [records.length, plan.labels + 1] };
      const { logits } = await priors[band].run({ ...given, ...codeFeed(plan, band, sequence), label });
      return logits!.data as Float32Array;
    };
    return decodeTokens({
      ...{ tokens: counts[band], codes, steps, temperature: temperatures[band], seed, stage: band, records },
      logits: ask(shown),
      guidance: { weight, unconditional: ask(records.map(() => plan.labels)) },
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

function expectRequest({ labels: known }: PriorPlan, { labels, start, count }: TokenRequest): void {
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
