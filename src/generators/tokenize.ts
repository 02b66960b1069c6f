// The first phase of TimeVQVAE: the objective of the tokenizer, the start of its codebooks, and the codes of records. The
// loss is that of the published code of August 2024: the mean square error of the low part, the mean absolute error of the
// high part, and the commitment of both quantisers with weight 1. The version of 2023 also compares the rows of both
// transforms.
// Shapes: B records of a batch, C leads, L samples, n low and 2 n high tokens, K codes, D features.

import { PqrstError } from '../base/errors.js';
import { randomStream } from '../base/random.js';
import { type Batch, type BatchSource, readAhead } from '../batches/batches.js';
import type { Engine, Execution, Program, State } from '../engine/engine.js';
import type { Value } from '../graph/graph.js';
import { add } from '../graph/ops/add.js';
import { cast } from '../graph/ops/cast.js';
import { gatherRows } from '../graph/ops/gather-rows.js';
import { mul } from '../graph/ops/mul.js';
import { nearestCode } from '../graph/ops/nearest-code.js';
import { neg } from '../graph/ops/neg.js';
import { reduceMean } from '../graph/ops/reduce-mean.js';
import { relu } from '../graph/ops/relu.js';
import { sub } from '../graph/ops/sub.js';
import { inferenceProgram, pickState } from '../model/program.js';
import { buildTrainingProgram, type TrainingOptions, type TrainingProgram } from '../model/training.js';
import type { Net } from '../nn/net.js';
import { quantize, quantizerNames } from '../nn/tokenizer/quantizer.js';
import { analyse, type Band, bands, synthesise } from '../nn/tokenizer/stft.js';
import { timeVqvae, tokenCounts } from '../nn/tokenizer/time-vqvae.js';
import type { Objective, Validation } from '../objectives/objective.js';
import { kMeans } from './k-means.js';
import type { RecordSet } from './records.js';
import {
  bandCodebook,
  bandFeatures,
  bandSignal,
  buildTokenizerProgram,
  type TokenizerPlan,
} from './token-programs.js';

/** What one step of a tokenizer takes. */
export interface TokenizerInputs {
  /** [B, C, L]: the signals. */
  readonly ecg: Float32Array;
  /** [K] for each band: the tokens of the batch that replace dead codes, as places from 0 to B T - 1. */
  readonly revive: Readonly<Record<Band, BigInt64Array>>;
}

/**
 * Returns the objective of the tokenizer `plan`. The scores of a validation: `prd`, the mean over records of the
 * percentage root-mean-square difference between signal and reconstruction, and `perplexityLow` and `perplexityHigh`,
 * exp(entropy) of the codes of all records.
 *
 * @param plan - The plan, and the seed of the tokens that replace dead codes.
 * @throws PqrstError ERR_RANGE: when the records of a source do not have the shape of the plan.
 */
export function tokenize(
  plan: TokenizerPlan & { readonly seed: number | bigint },
  { training, validation }: { readonly training: BatchSource; readonly validation: BatchSource },
): Objective<TokenizerInputs> {
  for (const source of [training, validation]) expectRecordsOf(plan, source);
  return {
    buildTraining: (options) => buildTokenizerTraining(plan, options),
    buildInference: () => buildReconstruction(plan),
    inputs: (batch, step) => ({ ecg: batch.signals, revive: revivedTokens(plan, batch, step) }),
    validate: (execution, source, signal) => validate(plan, execution, source, signal),
  };
}

/**
 * Builds one step of AdamW on the loss of the tokenizer. Outputs of a run: `loss`, `perplexityLow` and `perplexityHigh`,
 * [] each; with `severalSteps` [K].
 */
export function buildTokenizerTraining(
  plan: TokenizerPlan,
  options: TrainingOptions,
): TrainingProgram<TokenizerInputs> {
  const { leads = 1, lengthSamples } = plan;
  const { batch } = options;
  const values = timeVqvae.parse(plan.options ?? {});
  return buildTrainingProgram(options, {
    build: (net) => {
      const { graph } = net;
      const ecg = graph.input('ecg', 'float32', [batch, leads, lengthSamples]);
      const parts = bands.map((band) => {
        const features = bandFeatures(net, ecg, band, values);
        const { quantized, commitment, perplexity } = quantize(net, band, features, values);
        const error = partError(net, ecg, band, bandSignal(net, quantized, band, plan, values));
        return { loss: add(graph, reduceMean(graph, error), commitment), perplexity };
      });
      const [low, high] = parts as [(typeof parts)[0], (typeof parts)[0]];
      return {
        loss: add(graph, low.loss, high.loss),
        outputs: { perplexityLow: low.perplexity, perplexityHigh: high.perplexity },
      };
    },
    feeds: ({ ecg, revive }) => ({
      ecg: { data: ecg, shape: [batch, leads, lengthSamples] },
      ...Object.fromEntries(
        bands.map((band) => [quantizerNames(band).revive, { data: revive[band], shape: [values.codes] }]),
      ),
    }),
  });
}

/**
 * Makes the codebooks to start from: the centres of the features of training records, as an untrained encoder computes
 * them. The result is for `weights` of a training with the same seed.
 *
 * @param seed - The seed of the training.
 */
export async function startCodebooks(
  plan: TokenizerPlan,
  {
    engine,
    threads,
    training,
    seed,
  }: {
    readonly engine: Engine;
    readonly threads?: number | undefined;
    readonly training: BatchSource;
    readonly seed: number | bigint;
  },
): Promise<State> {
  const { codes, codeFeatures } = timeVqvae.parse(plan.options ?? {});
  const { initialState } = buildTokenizerTraining(plan, { batch: 2, seed });
  const program = buildTokenizerProgram('features', plan);
  const execution = await engine.load(program, pickState(initialState, program), threads ? { threads } : {});
  const found: Record<Band, Float32Array[]> = { low: [], high: [] };
  let rows = 0;
  try {
    for await (const { signals, count } of readAhead(training, 0)) {
      const features = await execution.run({ ecg: ecgFeed(plan, signals, count) });
      for (const band of bands) found[band].push(features[band]!.data as Float32Array);
      rows += count * tokenCounts(plan.lengthSamples).low;
      if (rows >= tokensPerCode * codes) break;
    }
  } finally {
    await execution.close();
  }
  const state: State = new Map();
  for (const band of bands) {
    const vectors = joined(found[band]);
    const centres = kMeans(vectors, codeFeatures, codes, randomStream(seed, 'codebook', band));
    const { codebook, sums } = quantizerNames(band);
    // Each count starts at 1, so the sums start at the codes.
    state.set(codebook, centres).set(sums, centres.slice());
  }
  return state;
}

const tokensPerCode = 16;

/** The codes of records. */
export interface TokenSet {
  /** [records, 3 n]: the low codes of a record, then its high codes. */
  readonly codes: Int16Array;
  /** [records]: the label of each record. */
  readonly labels: Int16Array;
  /** n, the number of low tokens of a record. */
  readonly lowTokens: number;
}

/**
 * Returns the codes of all records of epoch 0 of `source`, in the order of its batches.
 *
 * @param state - Weights and codebooks of a trained tokenizer.
 */
export async function encodeRecords(
  plan: TokenizerPlan,
  state: State,
  {
    engine,
    threads,
    source,
    signal,
  }: {
    readonly engine: Engine;
    readonly threads?: number | undefined;
    readonly source: BatchSource;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<TokenSet> {
  const program = buildTokenizerProgram('encoder', plan);
  const execution = await engine.load(program, pickState(state, program), threads ? { threads } : {});
  const counts = tokenCounts(plan.lengthSamples);
  const size = counts.low + counts.high;
  const codes: Int16Array[] = [];
  const labels: number[] = [];
  try {
    for await (const batch of readAhead(source, 0, signal)) {
      const found = await execution.run({ ecg: ecgFeed(plan, batch.signals, batch.count) });
      const own = new Int16Array(batch.count * size);
      for (let row = 0; row < batch.count; row++) {
        own.set(rowOf(found.low!.data, row, counts.low), row * size);
        own.set(rowOf(found.high!.data, row, counts.high), row * size + counts.low);
      }
      codes.push(own);
      labels.push(...batch.labels);
    }
  } finally {
    await execution.close();
  }
  const all = new Int16Array(labels.length * size);
  codes.reduce((at, own) => {
    all.set(own, at);
    return at + own.length;
  }, 0);
  return { codes: all, labels: Int16Array.from(labels), lowTokens: counts.low };
}

/** Returns codes as records of one channel, [records, 1, 3 n], which train a prior. */
export function tokenRecords({ codes, labels, lowTokens }: TokenSet, labelCount: number): RecordSet {
  return {
    ...{ signals: Float32Array.from(codes), labels: Uint8Array.from(labels), count: labels.length },
    ...{ channels: 1, lengthSamples: 3 * lowTokens, labelCount },
  };
}

function rowOf(data: ArrayLike<number | bigint>, row: number, size: number): Int32Array {
  return (data as Int32Array).subarray(row * size, (row + 1) * size);
}

/** Returns the error of each sample of a part: its square in the low band, its amount in the high one. */
function partError(net: Net, ecg: Value, band: Band, made: Value): Value {
  const { graph } = net;
  const difference = sub(graph, made, synthesise(graph, analyse(graph, ecg, band), band));
  if (band === 'low') return mul(graph, difference, difference);
  return add(graph, relu(graph, difference), relu(graph, neg(graph, difference)));
}

/** Builds what `validate` runs: `ecg` [N, C, L] to `made` [N, C, L], the codes of both bands, and `losses` [N]. */
function buildReconstruction(plan: TokenizerPlan): Program {
  const { leads = 1, lengthSamples } = plan;
  const values = timeVqvae.parse(plan.options ?? {});
  return inferenceProgram('reconstruction', (net) => {
    const { graph } = net;
    const ecg = graph.input('ecg', 'float32', ['N', leads, lengthSamples]);
    const parts = bands.map((band) => {
      const features = bandFeatures(net, ecg, band, values);
      const table = bandCodebook(net, band, values);
      const codes = nearestCode(graph, features, table);
      const tokens = gatherRows(graph, table, codes);
      const made = bandSignal(net, tokens, band, plan, values);
      const error = sub(graph, features, tokens);
      const commitment = reduceMean(graph, mul(graph, error, error), [1, 2]);
      graph.output(band, cast(graph, codes, 'int32'));
      const losses = add(graph, reduceMean(graph, partError(net, ecg, band, made), [1, 2]), commitment);
      return { made, losses };
    });
    const [low, high] = parts as [(typeof parts)[0], (typeof parts)[0]];
    graph.output('made', add(graph, low.made, high.made));
    graph.output('losses', add(graph, low.losses, high.losses));
  });
}

async function validate(
  plan: TokenizerPlan,
  execution: Execution,
  source: BatchSource,
  signal: AbortSignal | undefined,
): Promise<Validation> {
  const { codes } = timeVqvae.parse(plan.options ?? {});
  const hits = { low: new Float64Array(codes), high: new Float64Array(codes) };
  let [loss, prd] = [0, 0];
  for await (const { signals, count } of readAhead(source, 0, signal)) {
    const found = await execution.run({ ecg: ecgFeed(plan, signals, count) });
    signal?.throwIfAborted();
    for (const value of found.losses!.data as Float32Array) loss += value;
    const made = found.made!.data as Float32Array;
    const size = made.length / count;
    for (let row = 0; row < count; row++) {
      const place = [row * size, (row + 1) * size] as const;
      prd += percentDifference(signals.subarray(...place), made.subarray(...place));
    }
    for (const band of bands) {
      for (const code of found[band]!.data as Int32Array) hits[band][code]! += 1;
    }
  }
  return {
    loss: loss / source.count,
    scores: {
      prd: prd / source.count,
      perplexityLow: perplexity(hits.low),
      perplexityHigh: perplexity(hits.high),
    },
  };
}

/**
 * Returns the percentage root-mean-square difference of a reconstruction: 100 sqrt(sum (x - y)^2 / sum x^2). Records that
 * are z-scored have mean 0, so it is the same with and without the mean.
 */
export function percentDifference(signal: Float32Array, made: Float32Array): number {
  let [error, power] = [0, 0];
  for (const [at, value] of signal.entries()) {
    error += (value - made[at]!) ** 2;
    power += value ** 2;
  }
  return 100 * Math.sqrt(error / power);
}

function perplexity(hits: Float64Array): number {
  const total = hits.reduce((sum, count) => sum + count, 0);
  let entropy = 0;
  for (const count of hits) if (count > 0) entropy -= (count / total) * Math.log(count / total);
  return Math.exp(entropy);
}

function revivedTokens(
  plan: TokenizerPlan & { readonly seed: number | bigint },
  { count }: Batch,
  step: number,
): TokenizerInputs['revive'] {
  const { codes } = timeVqvae.parse(plan.options ?? {});
  const counts = tokenCounts(plan.lengthSamples);
  const draw = (band: Band) => {
    const stream = randomStream(plan.seed, 'revive', band, step);
    return BigInt64Array.from({ length: codes }, () => BigInt(stream.below(count * counts[band])));
  };
  return { low: draw('low'), high: draw('high') };
}

function ecgFeed({ leads = 1, lengthSamples }: TokenizerPlan, signals: Float32Array, count: number) {
  return { data: signals, shape: [count, leads, lengthSamples] };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => {
    all.set(part, at);
    return at + part.length;
  }, 0);
  return all;
}

function expectRecordsOf({ leads = 1, lengthSamples }: TokenizerPlan, source: BatchSource): void {
  if (source.leads === leads && source.lengthSamples === lengthSamples) return;
  throw new PqrstError(
    'ERR_RANGE',
    `the tokenizer takes records of ${leads} leads and ${lengthSamples} samples, but a source has ${source.leads} leads ` +
      `and ${source.lengthSamples} samples; plan the tokenizer for its records`,
  );
}
