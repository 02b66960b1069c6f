// What labels become for a training: the feed of a step, the weight of a label, and the loss and scores of a
// validation in the same weighting. No labels that do not exclude each other.
// B records of a batch, K classes, N records of an epoch, n_k of them of class k.

import { PqrstError } from '../base/errors.js';
import { type Batch, type BatchSource, readAhead } from '../batches/batches.js';
import type { Execution } from '../engine/engine.js';
import { type Scores, scoreClasses } from '../score/metrics.js';
import type { Outputs } from '../signal/outputs.js';
import { toProbabilities } from '../signal/outputs.js';

/**
 * The weight in the mean over records: of the positive label negatives : positives, or of each class N / (K n_k), so
 * that every class has the same say and the weights of all records sum to N. ERR_DATA_EMPTY where `training` lacks a
 * label, ERR_OPTION where `outputs` has no place for one.
 */
export function weightOf(
  training: BatchSource,
  validation: BatchSource,
  outputs: Outputs,
): number | Float32Array {
  const { count, labelCounts } = training;
  if (outputs.kind === 'multilabel') {
    throw new PqrstError(
      'ERR_OPTION',
      'a training by label knows one label a record, but the plan is multilabel',
    );
  }
  const wanted = outputs.kind === 'binary' ? 2 : outputs.count;
  const shown = Math.max(labelCounts.length, validation.labelCounts.length);
  if (shown > wanted) {
    throw new PqrstError(
      'ERR_OPTION',
      `the records have ${shown} labels, but the plan's outputs tell ${wanted} apart; ` +
        'plan an output a label (multiclass)',
    );
  }
  const counts = Array.from({ length: wanted }, (_, label) => labelCounts[label] ?? 0);
  if (counts.includes(0)) {
    throw new PqrstError(
      'ERR_DATA_EMPTY',
      `the ${count} training records hold none of label ${counts.indexOf(0)}; give some of each label`,
    );
  }
  if (outputs.kind === 'binary') return (count - counts[1]!) / counts[1]!;
  return Float32Array.from(counts, (records) => count / (wanted * records));
}

/** [B], or one-hot [B, count]. */
export function labelFeed({ labels, count }: Batch, outputs: Outputs): Float32Array {
  if (outputs.kind === 'binary') return labels;
  const oneHot = new Float32Array(count * outputs.count);
  for (const [row, label] of labels.entries()) oneHot[row * outputs.count + label] = 1;
  return oneHot;
}

/** Mean cross-entropy of a source in inference mode, weighted as in training, and its scores. */
export async function validate(
  execution: Execution,
  source: BatchSource,
  outputs: Outputs,
  positiveWeight: number | Float32Array,
  signal: AbortSignal | undefined,
): Promise<{ loss: number; scores: Pick<Scores, 'f1' | 'auprc'> }> {
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
  // A NaN among the logits is told as a loss that is none.
  return { loss, scores: Number.isNaN(loss) ? { f1: Number.NaN, auprc: Number.NaN } : scoreClasses(scored) };
}

function logSumExp(logits: Float32Array): number {
  const largest = Math.max(...logits);
  return largest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
}

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
