// The result of an evaluation, and the notes about it.

import { PqrstError } from '../base/errors.js';
import { plural } from '../base/text.js';
import type { Device, Engine } from '../engine/engine.js';
import type { ModelMetadata } from '../model/metadata.js';
import type { Model } from '../model/session.js';
import type { JudgedScores } from '../score/columns.js';
import type { SkippedRecord, WindowSet } from '../signal/window.js';
import { type Judged, oneClassNote } from './judge.js';
import type { WrittenPredictions } from './part-formats.js';
import type { PredictedWindow } from './predict.js';
import type { Terms } from './terms.js';
import { type ModelTraining, type TrainedShare, trainingOfModel } from './trained-patients.js';

/** The result of an evaluation. In JSON, NaN becomes null. */
export type Evaluation = Judged & {
  /** The statements of the file, without the numbers of `inputSteps`. */
  readonly model: Omit<ModelMetadata, 'inputSteps'> & { readonly path: string };
  readonly engine: { readonly name: string; readonly device: Device; readonly reason: string };
  readonly task: string;
  /** Labels of the task; three or more are in the order of the file's outputs. */
  readonly labels: readonly string[];
  /** What the reader should know: options that replaced statements of the file, and a model that answers one class. */
  readonly notes: readonly string[];
  readonly data: {
    readonly source: string;
    readonly fsHz: number;
    readonly lengthSamples: number;
    readonly leads: readonly string[];
    readonly unit: WindowSet['unit'];
    readonly skipped: readonly SkippedRecord[];
    /**
     * How many of the evaluated windows, and of their patients, trained or validated the model; absent if no metrics.json
     * beside the model names its patients.
     */
    readonly trained?: TrainedShare;
    /** Sentences about the data for their user; absent if nothing is to be said. */
    readonly notes?: readonly string[];
  };
  /** The folder of predictions; absent if none was requested. */
  readonly predictions?: WrittenPredictions;
};

/** What an evaluation found, to be stated with the facts of the model and the data. */
export interface Found {
  readonly rows: readonly PredictedWindow[];
  readonly scored: JudgedScores;
  readonly trained: TrainedShare | undefined;
  readonly set: Omit<WindowSet, 'windows'>;
  /** Notes about the scores. */
  readonly notes: readonly string[];
  /** Notes about the data. */
  readonly setNotes: readonly string[];
  readonly predictions?: WrittenPredictions | undefined;
}

/** Returns the result of an evaluation. */
export function evaluationOf(
  { source, metadata }: Model,
  engine: Pick<Engine, 'name' | 'device' | 'deviceReason'>,
  terms: Pick<Terms, 'task' | 'notes'>,
  { rows, scored, trained, set, notes, setNotes, predictions }: Found,
): Evaluation {
  const { task } = terms;
  const { inputSteps: _, ...facts } = metadata;
  const { fsHz, lengthSamples, leads, unit, skipped } = set;
  return {
    model: { path: source, ...facts },
    engine: { name: engine.name, device: engine.device, reason: engine.deviceReason ?? '' },
    task: task.name,
    labels: task.labels,
    notes: [...terms.notes, ...oneClassNote(scored, task.labels), ...notes],
    data: {
      source: set.source,
      ...{ fsHz, lengthSamples, leads, unit, skipped },
      ...(trained && { trained }),
      ...(setNotes.length > 0 && { notes: setNotes }),
    },
    rows,
    ...scored,
    ...(predictions && { predictions }),
  };
}

/** Returns the training of the model, if its run says so; adds a note if this cannot be known. */
export async function knownTraining(
  { source, metadata }: Model,
  notes: string[],
): Promise<ModelTraining | undefined> {
  try {
    return await trainingOfModel(source, metadata);
  } catch (error) {
    if (!(error instanceof PqrstError) || error.code !== 'ERR_CHECKPOINT') throw error;
    notes.push(`which patients trained the model is not known: ${error.message}`);
    return undefined;
  }
}

/** Returns a note if some of the patients and windows trained the model. */
export function trainedNote(share: TrainedShare, patients: number, windows: number): string[] {
  if (share.patients === 0) return [];
  return [
    `${share.patients} of ${plural(patients, 'patient')} (${share.windows} of ` +
      `${plural(windows, 'window')}) trained or validated this model; their scores say nothing about new patients`,
  ];
}
