// Refuses an experiment with a corpus that holds synthetic records on which the experiment trains.

import { refuseTrainedRecords, trainedRecords } from '../run/overlap.js';
import type { ExperimentConfig } from './config.js';

/**
 * Checks that no corpus of the experiment, data or outside set, holds a synthetic record that a search or a run reads.
 *
 * @throws PqrstError The errors of `refuseTrainedRecords`.
 */
export async function refuseTrainedCorpora(config: ExperimentConfig): Promise<void> {
  const { data, outside, tasks, settings, runs, search } = config;
  if (!settings.includes('syn')) return;
  // Pair k reads block k - 1. Only the searches read the block of pair 1.
  const block = search.trials === 0 ? 1 : 0;
  for (const task of tasks) {
    await refuseTrainedRecords([...data, ...outside], trainedRecords(config, task, { block, end: runs + 1 }));
  }
}
