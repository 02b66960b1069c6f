// The numbers of the synthetic records that a task trains on.

import { parseLabelTask, restLabel, simulatedLabel } from '../signal/tasks.js';
import { specOf } from '../synth/check.js';
import { modelOf } from '../synth/model.js';
import { withoutChanceOf } from '../synth/physiology/without.js';
import { isPhysiological, type ModelSpec } from '../synth/presets.js';
import type { TrainConfig } from './config.js';

/**
 * Returns the spec of the synthetic records of a task: that of the preset with the user's own classes. In `LABEL:rest` no
 * class shows the label by chance, because its records are examples without the label.
 */
export function specOfTask({
  preset,
  ownClasses,
  labelMap,
  task,
}: Pick<TrainConfig, 'preset' | 'ownClasses' | 'labelMap' | 'task'>): ModelSpec {
  const spec = specOf(preset, ownClasses);
  const [negative, positive] = parseLabelTask(task).labels;
  if (negative !== restLabel || !isPhysiological(spec)) return spec;
  return withoutChanceOf(spec, simulatedLabel(positive!, modelOf(spec).offered, labelMap), ownClasses);
}
