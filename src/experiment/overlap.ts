// Refuses an experiment whose corpora hold synthetic records that it trains on.

import { refuseTrainedRecords, trainedRecords } from '../run/overlap.js';
import type { ExperimentConfig } from './config.js';

/**
 * Checks that no corpus of the experiment, inside or outside, holds a synthetic record that a search or a run reads.
 *
 * @throws PqrstError as `refuseTrainedRecords`.
 */
export async function refuseTrainedCorpora(config: ExperimentConfig): Promise<void> {
  const { data, outside, tasks, settings, runs, search } = config;
  if (!settings.includes('syn')) return;
  // Pair k reads block k - 1. Only the searches read that of pair 1.
  const block = search.trials === 0 ? 1 : 0;
  for (const task of tasks) {
    await refuseTrainedRecords([...data, ...outside], trainedRecords(config, task, { block, end: runs + 1 }));
  }
}
