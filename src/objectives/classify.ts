// The objective of a classifier: weighted cross-entropy on labels that exclude each other, and F1 and AUPRC in the same
// weighting. It does not train on several labels per record.
// B records of a batch, K classes, N records of an epoch, n_k of them of class k.

import { PqrstError } from '../base/errors.js';
import { type Batch, type BatchSource, readAhead } from '../batches/batches.js';
import type { Execution } from '../engine/engine.js';
import { sizeOf } from '../graph/graph.js';
import { buildInferenceProgram, buildLogit, type ModelPlan } from '../model/program.js';
import {
  buildTrainingProgram,
  type Feeds,
  type TrainingOptions,
  type TrainingProgram,
} from '../model/training.js';
import { scoreClasses } from '../score/metrics.js';
import { binary, type Outputs, toProbabilities } from '../signal/outputs.js';
import { crossEntropy } from './cross-entropy.js';
import { recordsPerLabel } from './labels.js';
import type { Objective, Validation } from './objective.js';

/** What one step of a classifier takes. */
export interface ClassifierInputs {
  /** [B, leads, L], record after record. */
  readonly ecg: Float32Array;
  /** [B], or [B, count] with several outputs; 0 or 1. */
  readonly label: Float32Array;
  /** [B]; default all 1. */
  readonly sampleWeight?: Float32Array;
  /** Weight of the positive class, or of each of several outputs; default 1. */
  readonly positiveWeight?: number | Float32Array;
}

/**
 * The share of positives that the loss of a task of two labels sees: positive records weigh negatives : positives, so that
 * both labels have the same weight, whatever the share of positive records is.
 */
export const trainPrior = 0.5;

export type ClassifierTrainingPlan = ModelPlan & TrainingOptions;

/**
 * Returns the objective of the classifier `plan`. Of two labels, positive records weigh negatives : positives of the
 * training source; of K exclusive classes, records of class k weigh N / (K n_k).
 *
 * @throws PqrstError ERR_DATA_EMPTY: when the training source lacks a label.
 * @throws PqrstError ERR_OPTION: when `plan.outputs` has no place for a label, or is multilabel.
 */
export function classify(
  plan: ModelPlan,
  { training, validation }: { readonly training: BatchSource; readonly validation: BatchSource },
): Objective<ClassifierInputs> {
  const { outputs = binary } = plan;
  const positiveWeight = weightOf(training, validation, outputs);
  return {
    buildTraining: (options) => buildClassifierTraining({ ...plan, ...options }),
    buildInference: () => buildInferenceProgram(plan),
    inputs: (batch) => ({ ecg: batch.signals, label: labelFeed(batch, outputs), positiveWeight }),
    validate: (execution, source, signal) => validate(execution, source, outputs, positiveWeight, signal),
  };
}

/**
 * Builds one step of AdamW on weighted cross-entropy. Outputs of a run: `loss` [] and `logit`, [B] or [B, count]; with
 * `severalSteps` `loss` [K] and `logit` [K, B] or [K, B, count].
 *
 * @throws PqrstError ERR_RANGE, ERR_UNKNOWN_ARCH, ERR_OPTION: when the plan is not one of a network.
 */
export function buildClassifierTraining(plan: ClassifierTrainingPlan): TrainingProgram<ClassifierInputs> {
  const { batch, outputs = binary } = plan;
  return buildTrainingProgram(plan, {
    build: (net) => {
      const { graph } = net;
      const logit = buildLogit(net, plan, batch);
      const label = graph.input('label', 'float32', logit.shape);
      const sampleWeight = graph.input('sampleWeight', 'float32', [batch]);
      const positiveWeight = graph.input('positiveWeight', 'float32', logit.shape.slice(1));
      const loss = crossEntropy(graph, logit, outputs.kind, { label, sampleWeight, positiveWeight });
      return { loss, outputs: { logit } };
    },
    feeds: (inputs) => feedsOf(plan, inputs),
  });
}

function feedsOf(plan: ClassifierTrainingPlan, inputs: ClassifierInputs): Feeds {
  const { batch, lengthSamples, leads = 1, outputs = binary } = plan;
  const { sampleWeight = new Float32Array(batch).fill(1), positiveWeight = 1 } = inputs;
  const perOutput = outputs.kind === 'binary' ? [] : [outputs.count];
  const weights =
    typeof positiveWeight === 'number'
      ? new Float32Array(sizeOf(perOutput)).fill(positiveWeight)
      : positiveWeight;
  return {
    ecg: { data: inputs.ecg, shape: [batch, leads, lengthSamples] },
    label: { data: inputs.label, shape: [batch, ...perOutput] },
    sampleWeight: { data: sampleWeight, shape: [batch] },
    positiveWeight: { data: weights, shape: perOutput },
  };
}

/**
 * Returns the weight in the mean over records: of the positive label negatives : positives, or of each class
 * N / (K n_k), so that every class counts alike and the weights of all records sum to N.
 */
function weightOf(training: BatchSource, validation: BatchSource, outputs: Outputs): number | Float32Array {
  const { count, labelCounts } = training;
  if (outputs.kind === 'multilabel') {
    throw new PqrstError(
      'ERR_OPTION',
      'a classifier is trained on one label per record, but the plan is multilabel; plan binary or multiclass outputs',
    );
  }
  const wanted = outputs.kind === 'binary' ? 2 : outputs.count;
  const shown = Math.max(labelCounts.length, validation.labelCounts.length);
  if (shown > wanted) {
    throw new PqrstError(
      'ERR_OPTION',
      `the records have ${shown} labels, but the plan's outputs distinguish ${wanted}; ` +
        'plan one output per label (multiclass)',
    );
  }
  const counts = recordsPerLabel(training, wanted);
  if (outputs.kind === 'binary') return (count - counts[1]!) / counts[1]!;
  return Float32Array.from(counts, (records) => count / (wanted * records));
}

/** Returns the labels as the network's outputs are shaped: [B], or one-hot [B, count]. */
function labelFeed({ labels, count }: Batch, outputs: Outputs): Float32Array {
  if (outputs.kind === 'binary') return labels;
  const oneHot = new Float32Array(count * outputs.count);
  for (const [row, label] of labels.entries()) oneHot[row * outputs.count + label] = 1;
  return oneHot;
}

/** Computes the mean cross-entropy, weighted as in training, and the scores. */
async function validate(
  execution: Execution,
  source: BatchSource,
  outputs: Outputs,
  positiveWeight: number | Float32Array,
  signal: AbortSignal | undefined,
): Promise<Validation> {
  let sum = 0;
  const scored: { patientId: string; label: number; probabilities: readonly number[] }[] = [];
  for await (const { signals, labels, count } of readAhead(source, 0, signal)) {
    const ecg = { data: signals, shape: [count, source.leads, source.lengthSamples] };
    const logits = (await execution.run({ ecg })).logit!.data as Float32Array;
    signal?.throwIfAborted();
    const width = logits.length / count;
    for (const [row, label] of labels.entries()) {
      const answer = logits.subarray(row * width, (row + 1) * width);
      if (typeof positiveWeight === 'number') {
        const logit = answer[0]!;
        sum += label === 1 ? positiveWeight * softplus(-logit) : softplus(logit);
        const probability = 1 / (1 + Math.exp(-logit));
        scored.push({ patientId: '', label, probabilities: [1 - probability, probability] });
      } else {
        sum += positiveWeight[label]! * (logSumExp(answer) - answer[label]!);
        scored.push({ patientId: '', label, probabilities: [...toProbabilities(answer, outputs)] });
      }
    }
  }
  const loss = sum / source.count;
  // One NaN among the logits makes the loss NaN. Scores of NaN probabilities would look like numbers.
  if (Number.isNaN(loss)) return { loss, scores: { f1: Number.NaN, auprc: Number.NaN } };
  const { f1, auprc } = scoreClasses(scored);
  return { loss, scores: { f1, auprc } };
}

function logSumExp(logits: Float32Array): number {
  const largest = Math.max(...logits);
  return largest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
}

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
