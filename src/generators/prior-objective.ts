// The second phase of TimeVQVAE: the objective of the prior, on stored codes. In each record a random share of the tokens of
// each band is masked (decoding.ts), and the loss is the cross-entropy of the masked tokens alone, as the sum over both
// bands. The published code of TimeVQVAE keeps the share that MaskGIT masks; this file masks it, as in MaskGIT. The prior of
// the high band sees all low codes.
// All draws depend on the seed and the number of the step, or of the record in a validation.
// Shapes: B records of a batch, n low and 2 n high tokens, K codes.

import { PqrstError } from '../base/errors.js';
import { type RandomStream, randomStream } from '../base/random.js';
import { type Batch, type BatchSource, readAhead } from '../batches/batches.js';
import type { Execution, Program, TensorData } from '../engine/engine.js';
import type { Graph, Value } from '../graph/graph.js';
import { add } from '../graph/ops/add.js';
import { logSoftmax } from '../graph/ops/log-softmax.js';
import { mul } from '../graph/ops/mul.js';
import { neg } from '../graph/ops/neg.js';
import { oneHot } from '../graph/ops/one-hot.js';
import { reduceSum } from '../graph/ops/reduce-sum.js';
import { reshape } from '../graph/ops/reshape.js';
import { inferenceProgram } from '../model/program.js';
import {
  buildTrainingProgram,
  type Feeds,
  type TrainingOptions,
  type TrainingProgram,
} from '../model/training.js';
import type { Net } from '../nn/net.js';
import { highPrior, lowPrior } from '../nn/tokenizer/prior.js';
import { type Band, bands } from '../nn/tokenizer/stft.js';
import { timeVqvae, tokenCounts } from '../nn/tokenizer/time-vqvae.js';
import { crossEntropy } from '../objectives/cross-entropy.js';
import { recordsPerLabel } from '../objectives/labels.js';
import type { Objective, Validation } from '../objectives/objective.js';
import { trainingMask } from './decoding.js';
import { expectDropout, expectPlannedLabels, labelRows } from './labels.js';
import type { PriorPlan } from './token-programs.js';

/** The prior, and how it is trained. */
export interface PriorTrainingPlan extends PriorPlan {
  /** The seed of masks and label dropout. */
  readonly seed: number | bigint;
  /** The share of records whose label the prior does not see, so that it also learns without one; default 0.2. */
  readonly labelDropout?: number;
}

/** The tokens of one band in a batch. */
export interface MaskedTokens {
  /** [B, tokens]: the codes. */
  readonly codes: BigInt64Array;
  /** [B, tokens]: 1 where the prior does not see the code and predicts it. */
  readonly mask: Float32Array;
}

/** What one step of a prior takes. */
export interface PriorInputs {
  readonly low: MaskedTokens;
  readonly high: MaskedTokens;
  /** [B, labels + 1]: one 1 per record; the last column is the null label. */
  readonly label: Float32Array;
}

const defaultLabelDropout = 0.2;

/**
 * Returns the objective of the prior `plan`. The sources hold codes (`tokenRecords`).
 *
 * @throws PqrstError ERR_RANGE: when the records of a source do not have the tokens of the plan, or `labelDropout` is not
 *   from 0 to below 1.
 * @throws PqrstError ERR_OPTION: when a source has more labels than the plan.
 * @throws PqrstError ERR_DATA_EMPTY: when the training source lacks a label.
 */
export function predictTokens(
  plan: PriorTrainingPlan,
  { training, validation }: { readonly training: BatchSource; readonly validation: BatchSource },
): Objective<PriorInputs> {
  const { labelDropout = defaultLabelDropout } = plan;
  expectDropout(labelDropout, defaultLabelDropout);
  for (const source of [training, validation]) expectTokensOf(plan, source);
  recordsPerLabel(training, plan.labels);
  return {
    buildTraining: (options) => buildPriorTraining(plan, options),
    buildInference: () => buildPriorLosses(plan),
    inputs: (batch, step) => trainingInputs(plan, batch, step, labelDropout),
    validate: (execution, source, signal) => validate(plan, execution, source, signal),
  };
}

/**
 * Builds one step of AdamW on the masked cross-entropy. Outputs of a run: `loss`, `lowLoss` and `highLoss`, [] each;
 * with `severalSteps` [K].
 */
export function buildPriorTraining(plan: PriorPlan, options: TrainingOptions): TrainingProgram<PriorInputs> {
  const { codes } = timeVqvae.parse(plan.options ?? {});
  const { batch } = options;
  const counts = tokenCounts(plan.lengthSamples);
  return buildTrainingProgram(options, {
    build: (net) => {
      const { graph } = net;
      const inputs = addInputs(net, plan, batch);
      const logits = addPriors(net, plan, inputs);
      const [low, high] = bands.map((band) => {
        const rows = batch * counts[band];
        return crossEntropy(graph, reshape(graph, logits[band], [rows, codes]), 'multiclass', {
          label: reshape(graph, oneHot(graph, inputs[band].codes, codes), [rows, codes]),
          sampleWeight: reshape(graph, inputs[band].mask, [rows]),
          positiveWeight: graph.constant(1),
        });
      }) as [Value, Value];
      return { loss: add(graph, low, high), outputs: { lowLoss: low, highLoss: high } };
    },
    feeds: (inputs) => feedsOf(plan, inputs, batch),
  });
}

interface BandValues {
  readonly codes: Value;
  readonly mask: Value;
}

function addInputs(net: Net, plan: PriorPlan, batch: number | string) {
  const counts = tokenCounts(plan.lengthSamples);
  const band = (name: Band): BandValues => ({
    codes: net.graph.input(name, 'int64', [batch, counts[name]]),
    mask: net.graph.input(`${name}.mask`, 'float32', [batch, counts[name]]),
  });
  return {
    low: band('low'),
    high: band('high'),
    label: net.graph.input('label', 'float32', [batch, plan.labels + 1]),
  };
}

/** Returns the logits of both bands from the codes that are not masked. */
function addPriors(
  net: Net,
  plan: PriorPlan,
  { low, high, label }: ReturnType<typeof addInputs>,
): Readonly<Record<Band, Value>> {
  const values = timeVqvae.parse(plan.options ?? {});
  const seen = (band: BandValues) => masked(net.graph, band, values.codes);
  return {
    low: lowPrior(net, { low: seen(low), label }, values),
    high: highPrior(net, { low: low.codes, high: seen(high), label }, values),
  };
}

/** Returns the codes with K in place of the masked ones. */
function masked(graph: Graph, { codes, mask }: BandValues, count: number): Value {
  const isMasked = graph.emitOne('Greater', [mask, graph.constant(0.5)], {
    dtype: 'bool',
    shape: mask.shape,
  });
  return graph.emitOne('Where', [isMasked, graph.integers([count]), codes], codes);
}

function feedsOf({ lengthSamples, labels }: PriorPlan, inputs: PriorInputs, batch: number): Feeds {
  const counts = tokenCounts(lengthSamples);
  const feeds: Record<string, TensorData> = {
    label: { data: inputs.label, shape: [batch, labels + 1] },
  };
  for (const band of bands) {
    const shape = [batch, counts[band]];
    feeds[band] = { data: inputs[band].codes, shape };
    feeds[`${band}.mask`] = { data: inputs[band].mask, shape };
  }
  return feeds;
}

/** Builds what `validate` runs: the inputs of a step with a free batch, to `lowLosses` and `highLosses` [N], those of the records. */
function buildPriorLosses(plan: PriorPlan): Program {
  const { codes } = timeVqvae.parse(plan.options ?? {});
  return inferenceProgram('prior', (net) => {
    const { graph } = net;
    const inputs = addInputs(net, plan, 'N');
    const logits = addPriors(net, plan, inputs);
    for (const band of bands) {
      const chosen = mul(graph, oneHot(graph, inputs[band].codes, codes), logSoftmax(graph, logits[band]));
      const perToken = mul(graph, reduceSum(graph, chosen, [2]), inputs[band].mask);
      graph.output(`${band}Losses`, neg(graph, reduceSum(graph, perToken, [1])));
    }
  });
}

function trainingInputs(
  plan: PriorTrainingPlan,
  { signals, labels, count }: Batch,
  step: number,
  labelDropout: number,
): PriorInputs {
  const dropout = randomStream(plan.seed, 'label dropout', step);
  const shown = Array.from(labels, (label) => (dropout.uniform() < labelDropout ? plan.labels : label));
  const masks = randomStream(plan.seed, 'mask', step);
  return { ...maskedRecords(plan, signals, count, () => masks), label: labelRows(shown, plan.labels) };
}

/** Masks tokens of each record, with the stream of the record. `signals` are codes (`tokenRecords`). */
function maskedRecords(
  { lengthSamples }: PriorPlan,
  signals: Float32Array,
  count: number,
  streamOf: (row: number) => RandomStream,
): Readonly<Record<Band, MaskedTokens>> {
  const counts = tokenCounts(lengthSamples);
  const empty = (band: Band) => ({
    codes: new BigInt64Array(count * counts[band]),
    mask: new Float32Array(count * counts[band]),
  });
  const made = { low: empty('low'), high: empty('high') };
  const size = counts.low + counts.high;
  for (let row = 0; row < count; row++) {
    const stream = streamOf(row);
    for (const band of bands) {
      const from = row * size + (band === 'low' ? 0 : counts.low);
      const own = signals.subarray(from, from + counts[band]);
      made[band].codes.set(BigInt64Array.from(own, BigInt), row * counts[band]);
      made[band].mask.set(trainingMask(counts[band], stream), row * counts[band]);
    }
  }
  return made;
}

/**
 * Computes the loss with the labels shown. The mask of a record depends on the seed and its place in the source, so that
 * the losses of two validations differ by the weights alone.
 */
async function validate(
  plan: PriorTrainingPlan,
  execution: Execution,
  source: BatchSource,
  signal: AbortSignal | undefined,
): Promise<Validation> {
  const sums = { low: 0, high: 0 };
  const tokens = { low: 0, high: 0 };
  let record = 0;
  for await (const { signals, labels, count } of readAhead(source, 0, signal)) {
    const first = record;
    const inputs = maskedRecords(plan, signals, count, (row) =>
      randomStream(plan.seed, 'validation', first + row),
    );
    const label = labelRows(labels, plan.labels);
    const losses = await execution.run(feedsOf(plan, { ...inputs, label }, count));
    signal?.throwIfAborted();
    for (const band of bands) {
      for (const loss of losses[`${band}Losses`]!.data as Float32Array) sums[band] += loss;
      tokens[band] += inputs[band].mask.reduce((sum, isMasked) => sum + isMasked, 0);
    }
    record += count;
  }
  const [lowLoss, highLoss] = [sums.low / tokens.low, sums.high / tokens.high];
  return { loss: lowLoss + highLoss, scores: { lowLoss, highLoss } };
}

function expectTokensOf({ lengthSamples, labels }: PriorPlan, source: BatchSource): void {
  const { low, high } = tokenCounts(lengthSamples);
  if (source.leads !== 1 || source.lengthSamples !== low + high) {
    throw new PqrstError(
      'ERR_RANGE',
      `the prior takes ${low + high} codes per record, but a source has ${source.leads} rows of ${source.lengthSamples}; ` +
        'encode its records with the tokenizer of the plan',
    );
  }
  expectPlannedLabels(labels, source);
}
