// Records of the simulator as a generator sees them: its channels, filtered and scaled together.

import { simulatedLeadsOf, type TrainConfig } from '../run/config.js';
import { specOfTask } from '../run/task-spec.js';
import { leadFilter } from '../signal/filter.js';
import { splitLeads } from '../signal/leads.js';
import { parseLabelTask, simulatedClasses } from '../signal/tasks.js';
import { Synthesizer } from '../synth/synthesizer.js';
import { scaleTogether } from './channels.js';

/** What the records depend on, besides seed, index and label. */
export type SimulatorConfig = Pick<
  TrainConfig,
  'task' | 'preset' | 'ownClasses' | 'labelMap' | 'fsHz' | 'seconds' | 'filter' | 'seed'
>;

/** Makes records of the simulator. */
export interface SimulatorRecords {
  readonly lengthSamples: number;
  /** For each label of the task the classes of its records, which take turns. */
  readonly outputs: readonly (readonly string[])[];
  /**
   * Makes the records start .. start + count - 1, [count, channels, L]. Record i is of the class classes[i %
   * classes.length].
   */
  batch(
    classes: readonly string[],
    start: number,
    count: number,
    signal?: AbortSignal,
  ): Promise<Float32Array>;
}

/**
 * Opens the simulator for a task.
 *
 * @param channels - The leads to make.
 * @throws PqrstError ERR_OPTION: when the preset does not make the leads.
 */
export function simulatorRecords(config: SimulatorConfig, channels: readonly string[]): SimulatorRecords {
  const { fsHz, seconds, filter, seed, ownClasses, labelMap } = config;
  const preset = specOfTask(config);
  const leads = simulatedLeadsOf(preset, channels);
  const source = new Synthesizer({ preset, fsHz, seconds, seed, leads, unit: 'mV' }).signalSource();
  const apply = filter === undefined ? undefined : leadFilter(filter, source);
  const { lengthSamples } = source;
  const size = leads.length * lengthSamples;
  return {
    lengthSamples,
    outputs: simulatedClasses(parseLabelTask(config.task), source.labels, ownClasses, labelMap)!,
    batch: async (classes, start, count, signal) => {
      const { signals } = await source.batch({ labels: classes, start, count, ...(signal && { signal }) });
      for (let row = 0; row < count; row++) {
        const record = signals.subarray(row * size, (row + 1) * size);
        for (const lead of splitLeads(record, leads.length)) apply?.(lead, lead);
        scaleTogether(record, leads.length, `synthetic record ${start + row}`);
      }
      return signals;
    },
  };
}
