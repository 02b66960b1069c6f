// Which synthetic records an experiment reads: one endless list per task, cut into one block per pair.

import { refuseTrainedRecords } from '../run/overlap.js';
import { simulatedClasses } from '../signal/tasks.js';
import type { ExperimentConfig } from './config.js';

/** Returns how many records of a block train (`count`) and validate (`held`); every class has equally many. */
export function blockOf(
  classes: readonly string[],
  syntheticCount: number,
): { readonly count: number; readonly held: number } {
  const wholeTurns = (count: number) => classes.length * Math.max(1, Math.round(count / classes.length));
  return { count: wholeTurns(syntheticCount), held: wholeTurns(syntheticCount / 4) };
}

/**
 * Checks that no corpus of the experiment, inside or outside, holds a synthetic record that a search or a run reads.
 *
 * @throws PqrstError as `refuseTrainedRecords`.
 */
export async function refuseTrainedCorpora(config: ExperimentConfig): Promise<void> {
  const { data, outside, tasks, settings, preset, seed, syntheticCount, runs, search } = config;
  if (!settings.includes('syn')) return;
  for (const task of tasks) {
    const classes = simulatedClasses(task)!;
    const { count, held } = blockOf(classes, syntheticCount);
    const block = count + held;
    // Only the searches read the block of pair 1.
    const blocks = search.trials === 0 ? runs : runs + 1;
    const first = (runs + 1 - blocks) * block;
    await refuseTrainedRecords([...data, ...outside], {
      ...{ preset, seed, classes, first },
      count: blocks * block,
    });
  }
}
