// The terms of an evaluation, from the statements of the model file and the options that replace them.

import { PqrstError } from '../base/errors.js';
import type { Scaling } from '../model/metadata.js';
import { type Model, replacedNote } from '../model/session.js';
import type { ScorePlan } from '../score/columns.js';
import { parseLeads } from '../signal/leads.js';
import { type LabelMap, parseLabelMap } from '../signal/synonyms.js';
import type { LabelTask } from '../signal/tasks.js';
import type { WindowSet } from '../signal/window.js';
import type { JudgeOptions } from './evaluate.js';
import { labelCountOf } from './judge.js';
import { leadsToLoad } from './leads.js';
import { missingOptions } from './missing-options.js';
import { taskOf } from './model-task.js';
import { mapFor } from './open-windows.js';

/** How an open model is evaluated. */
export interface Terms {
  readonly task: LabelTask;
  /** For each label of the task, its place among the model's probabilities; default the same order. */
  readonly order?: readonly number[] | undefined;
  readonly fsHz: number;
  /** Length of a window in s. */
  readonly seconds: number;
  readonly scaling: Scaling;
  readonly filter: string | undefined;
  readonly labelMap: LabelMap | undefined;
  /** The leads to read; undefined for the default lead of each data set. */
  readonly leads: readonly string[] | undefined;
  readonly scores: ScorePlan;
  /** A sentence for each statement of the file that an option replaces. */
  readonly notes: string[];
}

/**
 * Returns the terms.
 *
 * @throws PqrstError ERR_MODEL: when the model is multilabel.
 * @throws PqrstError ERR_OPTION: when an option is missing or does not fit the model.
 */
export function termsOf(model: Model, data: string | WindowSet, options: JudgeOptions): Terms {
  const { metadata, source, outputs } = model;
  if (outputs.kind === 'multilabel') {
    throw new PqrstError(
      'ERR_MODEL',
      `${source} is multilabel; an evaluation judges one label per window; use openModel and predict instead`,
    );
  }
  const missing = missingOptions(options, metadata, source);
  if (missing !== undefined) throw new PqrstError('ERR_OPTION', missing);
  const notes = [...model.notes];
  const stated = <T>(name: string, ofFile: T | undefined, given: T | undefined): T => {
    notes.push(...replacedNote(source, name, ofFile, given));
    return (given ?? ofFile)!;
  };
  const { task, order } = taskOf(model, options.task, notes);
  const fsHz = stated('fsHz', metadata.fsHz, options.fsHz);
  const scaling = stated('scaling', metadata.scaling, options.scaling);
  // The threshold of the file belongs to its own positive class.
  const threshold = options.threshold ?? (order === undefined ? metadata.threshold : undefined) ?? 0.5;
  const { prior, seed = 0 } = options;
  if (prior !== undefined && labelCountOf(model) > 2) {
    throw new PqrstError(
      'ERR_OPTION',
      `${source} distinguishes ${labelCountOf(model)} classes, but a prior corrects the probability of one label against another; ` +
        'leave `prior` out',
    );
  }
  const correction =
    prior === undefined
      ? undefined
      : { prior, trainPrior: stated('trainPrior', metadata.trainPrior, options.trainPrior) };
  const labelMap = options.labelMap ? parseLabelMap(options.labelMap) : mapFor(data, metadata.labelMap);
  if (options.labelMap) {
    notes.push(...replacedNote(source, 'labelMap', mapText(metadata.labelMap), mapText(options.labelMap)));
  }
  return {
    ...{ task, order, fsHz, scaling, labelMap, notes },
    seconds: model.lengthSamples / fsHz,
    filter: metadata.filter,
    leads: options.leads === undefined ? leadsToLoad(metadata.leads) : parseLeads(options.leads),
    scores: { threshold, seed, correction, validationThreshold: metadata.validationThreshold },
  };
}

function mapText(map: LabelMap | undefined): string | undefined {
  return (
    map &&
    Object.entries(map)
      .map((pair) => pair.join('='))
      .join(', ')
  );
}
