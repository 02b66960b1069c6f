// Judges an open model on labelled records: one row per record, and the scores of the rows. evaluate.ts opens the file and
// the records; train-run.ts judges a model before its file is written.

import type { JobOptions } from '../base/job.js';
import type { BatchSource } from '../batches/batches.js';
import type { Model } from '../model/session.js';
import { type Calibration, calibrationOf } from '../score/calibration.js';
import { compareDecisions, type Decision } from '../score/decisions.js';
import { type ClassMetrics, type Metrics, measure, measureClasses, type Scored } from '../score/metrics.js';
import { correctPrior, estimatePrior, thresholdOfPrior } from '../score/prior.js';
import { type PredictedPlace, type PredictedWindow, predictBatches } from './predict.js';

/** The scores of a test: `Metrics` for two labels, `ClassMetrics` (with a `confusion`) for several. */
export type JudgedScores =
  | {
      readonly kind: 'binary';
      readonly metrics: Metrics;
      /** F1 at 0.5, at the threshold of the validation records if the file states it, and after the correction. */
      readonly decisions: readonly Decision[];
      /** Calibration of the probabilities of the model. */
      readonly calibration: Calibration;
      /** The correction for the prior, if one was requested. */
      readonly prior?: PriorCorrection;
    }
  | { readonly kind: 'multiclass'; readonly metrics: ClassMetrics };

/** A correction of probabilities for the prior, and the calibration after it. */
export interface PriorCorrection {
  /** The share of positives for which the probabilities are corrected. */
  readonly value: number;
  /** True if it was estimated from the probabilities, without labels. */
  readonly isEstimate: boolean;
  /** The share of positives that the training saw. */
  readonly trainPrior: number;
  /** Calibration of the corrected probabilities. */
  readonly calibration: Calibration;
}

/** The rows of a test, with the logits and probabilities of the model, and their scores. */
export type Judged = { readonly rows: readonly PredictedWindow[] } & JudgedScores;

/** How `judge` scores. */
export interface JudgePlan extends JobOptions {
  readonly threshold: number;
  readonly seed: number;
  /** For each label of the task, its place among the model's probabilities; default the same order. */
  readonly order?: readonly number[] | undefined;
  /** Receives the samples of each batch [N, C, L], in the order of the rows, before the model does. */
  readonly onInputs?: ((signals: Float32Array) => Promise<void>) | undefined;
  /** The correction for the prior; default no correction. */
  readonly correction?: { readonly prior: number | 'estimate'; readonly trainPrior: number };
}

/**
 * Judges a model on the records of `batches`, in their order. `onProgress` counts them. Two probabilities per window are
 * those of the negative and of the positive label.
 */
export async function judge(
  model: Model,
  batches: BatchSource,
  describe: (at: number) => PredictedPlace,
  { threshold, seed, order, correction, onInputs, ...job }: JudgePlan,
): Promise<Judged> {
  const predict = async (signals: Float32Array) => {
    await onInputs?.(signals);
    return model.answer(signals);
  };
  const predicted = await predictBatches(predict, batches, describe, job);
  const rows = predicted.map((row) => inOrder(row, order));
  if (!isOfTwo(model)) {
    return { kind: 'multiclass', rows, metrics: measureClasses(rows, { seed }) };
  }
  const scored = rows.map(({ patientId, label, probabilities }): Scored => {
    return { patientId, positive: label === 1, probability: probabilities[1]! };
  });
  const prior = correction && corrected(scored, correction);
  const thresholds = {
    half: 0.5,
    validation: model.metadata.validationThreshold,
    prior: prior && thresholdOfPrior(prior.value, prior.trainPrior),
  };
  return {
    ...{ kind: 'binary', rows },
    metrics: measure(scored, { threshold, seed }),
    decisions: compareDecisions(scored, thresholds, { seed }),
    calibration: calibrationOf(scored),
    ...(prior && { prior }),
  };
}

/** Returns a row in the order of the task's labels. Two logits become that of the positive label. */
function inOrder(row: PredictedWindow, order: JudgePlan['order']): PredictedWindow {
  const { logits, probabilities } = row;
  const placed = (values: readonly number[]) => order?.map((at) => values[at]!) ?? values;
  const [negative, positive, ...others] = placed(logits);
  const isPair = positive !== undefined && others.length === 0;
  return {
    ...row,
    logits: isPair ? [positive - negative!] : placed(logits),
    probabilities: placed(probabilities),
  };
}

/** Returns whether the model distinguishes two labels, by one output or by one per label. */
export function isOfTwo({ outputs }: Pick<Model, 'outputs'>): boolean {
  return outputs.kind === 'binary' || outputs.count === 2;
}

/** Returns a note if the model answers the same label for all windows, although they have different labels. */
export function oneClassNote(
  { metrics }: { readonly metrics: Metrics | ClassMetrics },
  labels: readonly string[],
): string[] {
  const { windows } = metrics;
  const isBinary = 'positives' in metrics;
  const confusion = isBinary
    ? [
        [metrics.trueNegatives.value, metrics.falsePositives.value],
        [metrics.falseNegatives.value, metrics.truePositives.value],
      ]
    : metrics.confusion;
  const shown = confusion.filter((row) => row.some((count) => count > 0)).length;
  const answer = labels.findIndex((_, at) => confusion.reduce((sum, row) => sum + row[at]!, 0) === windows);
  if (shown < 2 || answer < 0) return [];
  const hint = isBinary
    ? ` at the threshold ${metrics.threshold}; AUROC shows whether another one helps`
    : '';
  return [`the model answers one class, ${labels[answer]}, for all ${windows} windows${hint}`];
}

/**
 * Returns a note for each label whose test windows are all of one patient. The scores then say how well this patient is
 * recognized, and their intervals over patients are too narrow.
 */
export function onePatientNotes(
  tested: readonly Pick<PredictedWindow, 'label' | 'patientId'>[],
  labels: readonly string[],
): string[] {
  return labels.flatMap((label, at) => {
    const own = tested.filter((one) => one.label === at);
    const [patient, ...others] = new Set(own.map(({ patientId }) => patientId));
    if (patient === undefined || others.length > 0) return [];
    const which = own.length === 1 ? 'the only test window' : `all ${own.length} test windows`;
    return [
      `${which} of ${label} ${own.length === 1 ? 'is' : 'are'} of one patient (${patient}); the scores say little about ` +
        'other patients, so add records of others, or try other seeds',
    ];
  });
}

function corrected(
  windows: readonly Scored[],
  { prior, trainPrior }: NonNullable<JudgePlan['correction']>,
): PriorCorrection {
  const isEstimate = prior === 'estimate';
  const probabilities = windows.map(({ probability }) => probability);
  const value = isEstimate ? estimatePrior(probabilities, trainPrior) : prior;
  const changed = windows.map(({ positive, probability }) => ({
    positive,
    probability: correctPrior(probability, value, trainPrior),
  }));
  return { value, isEstimate, trainPrior, calibration: calibrationOf(changed) };
}
