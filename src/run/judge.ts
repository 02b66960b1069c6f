// Judges an open model on labelled records: one row per record, and the scores of the rows. evaluate.ts opens the file and
// the records; train-run.ts judges a model before its file is written.

import type { JobOptions } from '../base/job.js';
import type { BatchSource } from '../batches/batches.js';
import type { Model } from '../model/session.js';
import {
  ColumnsBuilder,
  type JudgedScores,
  type ScoreColumns,
  type ScorePlan,
  scoreColumns,
} from '../score/columns.js';
import type { ClassMetrics, Metrics } from '../score/metrics.js';
import { type PredictedPlace, type PredictedWindow, predictBatches } from './predict.js';

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
  readonly correction?: ScorePlan['correction'];
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
  const labelCount = labelCountOf(model);
  const { validationThreshold } = model.metadata;
  return {
    rows,
    ...scoreColumns(columnsOf(rows, labelCount), labelCount, {
      ...{ threshold, seed, validationThreshold, correction },
    }),
  };
}

/** Returns the columns of rows of any order. */
function columnsOf(rows: readonly PredictedWindow[], labelCount: number): ScoreColumns {
  const numbers = new Map<string, number>();
  const builder = new ColumnsBuilder(rows.length, labelCount > 2 ? labelCount : 1);
  for (const { patientId, label, probabilities } of rows) {
    const patient = numbers.get(patientId) ?? numbers.size;
    numbers.set(patientId, patient);
    builder.add(label, patient, labelCount > 2 ? probabilities : probabilities.slice(1));
  }
  return { ...builder.columns(), patientCount: numbers.size };
}

/** Returns a row in the order of the task's labels. Two logits become that of the positive label. */
export function inOrder(row: PredictedWindow, order: JudgePlan['order']): PredictedWindow {
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

/** Returns the number of labels that the model distinguishes, by one output per label or one for two labels. */
export function labelCountOf({ outputs }: Pick<Model, 'outputs'>): number {
  return outputs.kind === 'binary' ? 2 : outputs.count;
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
  tested: Iterable<Pick<PredictedWindow, 'label' | 'patientId'>>,
  labels: readonly string[],
): string[] {
  const found = labels.map(() => ({ windows: 0, patient: '', isSeveral: false }));
  for (const { label, patientId } of tested) {
    const own = found[label]!;
    if (own.windows++ === 0) own.patient = patientId;
    else if (patientId !== own.patient) own.isSeveral = true;
  }
  return found.flatMap(({ windows, patient, isSeveral }, at) => {
    if (windows === 0 || isSeveral) return [];
    const which = windows === 1 ? 'the only test window' : `all ${windows} test windows`;
    return [
      `${which} of ${labels[at]} ${windows === 1 ? 'is' : 'are'} of one patient (${patient}); the scores say little about ` +
        'other patients, so add records of others, or try other seeds',
    ];
  });
}
