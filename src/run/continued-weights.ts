// The weights that one phase of a run takes over from the phase before it.

import { isDeepStrictEqual } from 'node:util';
import type { State } from '../engine/engine.js';
import { isOfOutputLayer } from '../nn/head.js';
import { classOfLabel } from '../signal/synonyms.js';
import { parseLabelTask } from '../signal/tasks.js';
import type { TrainConfig } from './config.js';
import type { Phase } from './phase.js';

/**
 * Returns the weights with which a phase continues: those of the phase before it. If that phase learned other labels, the
 * last layer is left out, so that it starts from its initial weights.
 */
export function continuedWeights(
  best: State,
  { task, labelMap }: Pick<TrainConfig, 'task' | 'labelMap'>,
  before: Phase,
  next: Phase,
): State {
  const meaning = (phase: Phase) =>
    parseLabelTask(phase.task ?? task).labels.map((label) => classOfLabel(label, labelMap) ?? label);
  if (isDeepStrictEqual(meaning(before), meaning(next))) return best;
  return new Map([...best].filter(([name]) => !isOfOutputLayer(name)));
}
