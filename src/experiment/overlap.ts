// Refuses an experiment with a corpus that holds synthetic records on which the experiment trains.

import { addedRecords, refuseTrainedRecords, type TrainedRecords, trainedRecords } from '../run/overlap.js';
import type { ExperimentConfig } from './config.js';
import type { TaskData } from './data.js';
import { readsSimulator, sourceParts } from './source-names.js';

/**
 * Checks that no corpus of the experiment, data or outside set, holds a synthetic record of the simulator that a search or a
 * run in the setting syn reads.
 *
 * @throws PqrstError The errors of `refuseTrainedRecords`.
 */
export async function refuseTrainedCorpora(config: ExperimentConfig): Promise<void> {
  const { tasks, settings, runs, search } = config;
  if (!settings.includes('syn')) return;
  // Pair k reads block k - 1. Only the searches read the block of pair 1.
  const block = search.trials === 0 ? 1 : 0;
  for (const task of tasks) {
    await refuseIn(config, [trainedRecords(config, task, { block, end: runs + 1 })]);
  }
}

/**
 * Checks the same for the records that real+syn adds, whose number depends on the real ones.
 *
 * @throws PqrstError The errors of `refuseTrainedRecords`.
 */
export async function refuseAddedCorpora(
  config: ExperimentConfig,
  tasks: readonly Pick<TaskData, 'task' | 'pairs'>[],
): Promise<void> {
  if (!config.settings.includes('real+syn')) return;
  const ratio = config.ratios.at(-1)!;
  for (const { task, pairs } of tasks) {
    for (const [block, { train }] of pairs.entries()) {
      if (block > 0) await refuseIn(config, addedRecords(config, task, train, { ratio, block }));
    }
  }
}

async function refuseIn(
  { data, outside, sources }: ExperimentConfig,
  trained: readonly TrainedRecords[],
): Promise<void> {
  const read = sources
    .filter(readsSimulator)
    .flatMap((source) => (sourceParts(source).kind === 'both' ? trained.map(inTurns) : trained));
  for (const one of read) await refuseTrainedRecords([...data, ...outside], one);
}

/** Returns the records that a source reads of the simulator if every second record of each label is of a generator. */
function inTurns({ first, count, ...rest }: TrainedRecords): TrainedRecords {
  const start = Math.floor(first / 2);
  return { ...rest, first: start, count: Math.ceil((first + count) / 2) - start };
}
