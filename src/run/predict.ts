// Predicts labelled windows, one row per window, with an ONNX file or with a network and its weights. In shapes, N is
// the number of windows and L the number of samples per window.

import type { JobOptions } from '../base/job.js';
import { type BatchSource, type LabelledWindow, readAhead } from '../batches/batches.js';
import type { Prediction } from '../score/predictions.js';
import type { Answers } from '../signal/outputs.js';
import { displayNames } from '../signal/window.js';

/** Returns logits and probabilities, [N] or [N, count] of several classes each, for signals [N, leads, L]. */
export type Predictor = (signals: Float32Array) => Promise<Answers>;

/** A labelled window, and the logits and probabilities of a model for it. */
export interface PredictedWindow extends Prediction {
  /**
   * One logit per label of the task, in the order of the labels. One number if the task has two labels: the logit of the
   * positive label, ln(p / (1 - p)).
   */
  readonly logits: readonly number[];
}

/** The place that a predicted window comes from. */
export type PredictedPlace = Pick<Prediction, 'recordName' | 'patientId' | 'startS'>;

/**
 * Predicts every record of `batches`, in their order.
 *
 * @param describe - Returns where record `at` comes from.
 * @param job - `onProgress` counts records.
 * @throws `job.signal.reason`: when the signal is aborted.
 */
export async function predictBatches(
  predict: Predictor,
  batches: BatchSource,
  describe: (at: number) => PredictedPlace,
  { signal, onProgress }: JobOptions,
): Promise<PredictedWindow[]> {
  const rows: PredictedWindow[] = [];
  for await (const { signals, labels, count } of readAhead(batches, 0, signal)) {
    const answers = await predict(signals);
    signal?.throwIfAborted();
    for (const [row, label] of labels.entries()) {
      rows.push({ ...describe(rows.length), label, ...answerAt(answers, row, count) });
    }
    onProgress?.(rows.length, batches.count);
  }
  return rows;
}

/** Returns the answers for window `row` of `count` windows. */
export function answerAt(
  { logit, probability }: Answers,
  row: number,
  count: number,
): Pick<PredictedWindow, 'logits' | 'probabilities'> {
  const width = probability.length / count;
  const [logits, own] = [logit, probability].map((values) =>
    Array.from(values.subarray(row * width, (row + 1) * width)),
  ) as [number[], number[]];
  return { logits, probabilities: width === 1 ? [1 - own[0]!, own[0]!] : own };
}

/** Returns the `describe` of `predictBatches` for real windows. */
export function originsOf(windows: readonly LabelledWindow[]): (at: number) => PredictedPlace {
  return (at) => {
    const { window } = windows[at]!;
    return { ...displayNames(window), startS: window.startS };
  };
}
